import { createRandom, type Random } from '../data/random.ts';
import type { Fault } from '../start.ts';
import type { VendorName } from './vendor.ts';

/** A fault that is in force. */
export interface ActiveFault extends Fault {
  readonly id: string;
  /** Requests that it has hit. */
  readonly hits: number;
}

/** Which requests go wrong, and how. */
export interface Faults {
  /** @throws SyntaxError when `match` is not a regular expression */
  add(fault: Fault): string;
  remove(id: string): boolean;
  clear(): void;
  all(): readonly ActiveFault[];
  /** The fault that hits this request, the oldest first; `latency` comes on top of another one. Counts the hit. */
  strike(vendor: VendorName, call: string): { readonly delayMs: number; readonly fault: ActiveFault | null };
}

interface Held {
  readonly id: string;
  readonly fault: Fault;
  readonly pattern: RegExp | null;
  readonly random: Random;
  hits: number;
}

const DEFAULT_LATENCY_MS = 1000;

export function createFaults(): Faults {
  let counter = 0;
  let held: Held[] = [];
  const view = (one: Held): ActiveFault => ({ ...one.fault, id: one.id, hits: one.hits });

  const hits = (one: Held, vendor: VendorName, call: string): boolean => {
    const { fault, pattern, random } = one;
    if (fault.vendor !== vendor || (pattern !== null && !pattern.test(call))) return false;
    if (fault.share !== undefined && random.next() >= fault.share) return false;
    one.hits += 1;
    if (one.hits === fault.count) held = held.filter((other) => other !== one);
    return true;
  };

  return {
    add: (fault) => {
      const pattern = fault.match === undefined ? null : new RegExp(fault.match);
      counter += 1;
      const id = `fault-${counter}`;
      held.push({ id, fault, pattern, random: createRandom(counter), hits: 0 }); // the same run has the same luck
      return id;
    },
    remove: (id) => {
      const before = held.length;
      held = held.filter((one) => one.id !== id);
      return held.length < before;
    },
    clear: () => {
      held = [];
    },
    all: () => held.map(view),
    strike: (vendor, call) => {
      let delayMs = 0;
      for (const one of [...held]) {
        const latency = one.fault.kind === 'latency';
        if (!hits(one, vendor, call)) continue;
        if (!latency) return { delayMs, fault: view(one) };
        delayMs += one.fault.ms ?? DEFAULT_LATENCY_MS;
      }
      return { delayMs, fault: null };
    },
  };
}

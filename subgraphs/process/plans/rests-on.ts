import { amountText, type Money } from '../../../platform/money.ts';
import type { ChargeSummary, PlannedWrite, ProcessId } from '../model.ts';
import { contractIdOf } from '../new-ids.ts';

/** One thing that a plan rests on: when it is another, the plan is not the same any more. */
export interface Fact {
  /** A canonical field, or `charges.<part>`, or the path of the input that it is the price of. Example: `Customer.legalName`. */
  readonly field: string;
  /** `HELD`: what its owner holds. `PLANNED`: what would be written or charged. */
  readonly is: 'HELD' | 'PLANNED';
  readonly value: string | null;
}

/** A fact that is another now. */
export interface Change {
  readonly field: string;
  readonly is: Fact['is'];
  readonly was: string | null;
  readonly now: string | null;
}

const CHARGES = ['oneTime', 'monthly', 'monthlyDifference', 'proration', 'tax'] as const;

/** What a plan rests on: old and new value of each write, each part of the charges, and what the act names beside. */
export function restsOn(
  processId: ProcessId,
  {
    writes,
    charges,
    restsOn: further = [],
  }: {
    readonly writes: readonly PlannedWrite[];
    readonly charges: ChargeSummary | null;
    readonly restsOn?: readonly Fact[];
  },
): Fact[] {
  // The contract that a process would open is numbered anew at each look; the plan does not rest on its number.
  const lasting = (text: string | null) => text?.replaceAll(contractIdOf(processId), 'a new contract') ?? null;
  return [
    ...writes.flatMap(({ field, oldValue, newValue }): Fact[] => [
      { field, is: 'HELD', value: lasting(oldValue) },
      { field, is: 'PLANNED', value: lasting(newValue) },
    ]),
    ...(charges === null
      ? []
      : CHARGES.map((part): Fact => ({ field: `charges.${part}`, is: 'PLANNED', value: text(charges[part]) }))),
    ...further,
  ];
}

/** What is another now, in the order of the plan. A fact that is there only once has no value on the other side. */
export function changedSince(then: readonly Fact[], now: readonly Fact[]): Change[] {
  const later = byKey(now);
  const earlier = byKey(then);
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((key) => {
    const [before, after] = [earlier.get(key), later.get(key)];
    const { field, is: kind } = before ?? after ?? { field: key, is: 'PLANNED' };
    const change = { field, is: kind, was: before?.value ?? null, now: after?.value ?? null };
    return change.was === change.now ? [] : [change];
  });
}

/** A field that is written twice has each of its writes compared with its like. */
function byKey(facts: readonly Fact[]): Map<string, Fact> {
  const found = new Map<string, Fact>();
  for (const fact of facts) {
    let nr = 0;
    while (found.has(`${fact.is} ${fact.field} ${nr}`)) nr += 1;
    found.set(`${fact.is} ${fact.field} ${nr}`, fact);
  }
  return found;
}

const text = (amount: Money | null): string | null =>
  amount === null ? null : `${amountText(amount)} ${amount.currency}`;

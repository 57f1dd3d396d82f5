import type { FastifyInstance } from 'fastify';
import { VENDOR_NAMES, type VendorName } from './vendor.ts';

/** Requests that a vendor has before it: taken and not yet answered, or hung up on. */
export interface InFlight {
  readonly now: number;
  /** Most at one time since the start, or since `forget`. */
  readonly most: number;
  /** All that came, since the same time. */
  readonly total: number;
}

export interface InFlightCount {
  /** Counted where requests enter the server, so that the vendor's latency counts too. */
  watch(vendor: VendorName, app: FastifyInstance): void;
  all(): Readonly<Record<VendorName, InFlight>>;
  /** Lets `most` and `total` count from now. */
  forget(): void;
}

export function createInFlightCount(): InFlightCount {
  const counts = new Map(VENDOR_NAMES.map((vendor) => [vendor, { now: 0, most: 0, total: 0 }]));
  return {
    watch(vendor, app) {
      const count = counts.get(vendor);
      if (count === undefined) return;
      app.server.prependListener('request', (_request, response) => {
        count.now += 1;
        count.total += 1;
        count.most = Math.max(count.most, count.now);
        response.once('close', () => {
          count.now -= 1;
        });
      });
    },
    all: () =>
      Object.fromEntries([...counts].map(([vendor, count]) => [vendor, { ...count }])) as Record<VendorName, InFlight>, // one for each name
    forget() {
      for (const count of counts.values()) {
        count.most = count.now;
        count.total = 0;
      }
    },
  };
}

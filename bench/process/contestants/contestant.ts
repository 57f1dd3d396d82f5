import { cpuUsage } from 'node:process';

/** A batch of work, told to a contestant's process. */
export interface Batch {
  readonly count: number;
  readonly concurrency: number;
}

export interface BatchDone {
  readonly seconds: number;
  /** CPU time of the contestant's process, its database's left out. */
  readonly cpuMs: number;
  /** From asking to done, each, in ms. */
  readonly wholeMs: readonly number[];
  /** From asking to accepted, each, in ms; empty where the two are one. */
  readonly acceptedMs: readonly number[];
}

/** What is measured: one process of the trade, from being asked for to its end. */
export type One = (nr: number, accepted: () => void) => Promise<void>;

/** Answers each batch with its figures, until the bench lets go of the process. */
export function serveBatches(one: One): void {
  let next = 0;
  process.on('message', async ({ count, concurrency }: Batch) => {
    try {
      process.send?.(await run(count, concurrency));
    } catch (error) {
      process.send?.({ error: String((error as Error).stack ?? error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });

  async function run(count: number, concurrency: number): Promise<BatchDone> {
    const wholeMs: number[] = [];
    const acceptedMs: number[] = [];
    const cpuBefore = cpuUsage();
    const startedAt = performance.now();
    let left = count;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (left > 0) {
          left -= 1;
          next += 1;
          const askedAt = performance.now();
          await one(next, () => acceptedMs.push(performance.now() - askedAt));
          wholeMs.push(performance.now() - askedAt);
        }
      }),
    );
    const { user, system } = cpuUsage(cpuBefore);
    return { seconds: (performance.now() - startedAt) / 1000, cpuMs: (user + system) / 1000, wholeMs, acceptedMs };
  }
}

/** Given by the bench: the database of this contestant alone. */
export function databaseUrl(): string {
  const url = process.env.BENCH_DATABASE_URL;
  if (!url) throw new Error('started without BENCH_DATABASE_URL: run `npm run bench:process`');
  return url;
}

/** Steps of a run in every contestant: as many as an order has that goes to all four systems. */
export const STEPS = ['erp', 'billing', 'support', 'crm'] as const;

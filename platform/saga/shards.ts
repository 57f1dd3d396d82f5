import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { HubError } from '../errors.ts';
import type { SagaEngine } from './engine.ts';
import type { SagaTables } from './tables.ts';

/**
 * Past one PostgreSQL: each customer's processes live in one of several databases, each with workers of its own. A run never
 * crosses; what is asked by run or key is asked of all. docs/decisions/0011-shards-by-customer.md has the limits.
 */
export interface Shard {
  readonly name: string;
  readonly db: Kysely<SagaTables>;
  /** On that database: a `client`, or the worker of this process. */
  readonly engine: SagaEngine;
  /** false: keeps the customers that it has, and gets no new ones. */
  readonly takesNew: boolean;
}

export interface Shards extends SagaEngine {
  /** Where this customer's processes live. Decided at the first one, and never changed by adding a database. */
  of(customerId: string): Promise<Shard>;
  /** Entries of all shards, `first` of them by `keyOf`, the largest first; each shard is asked for as many. */
  list<T>(
    ask: (shard: Shard) => Promise<readonly T[]>,
    first: number,
    keyOf: (entry: T) => string,
  ): Promise<readonly T[]>;
}

/** How many customers' places a process remembers. */
const REMEMBERED = 100_000;

/** @param home where the map from customer to shard is kept */
export function createShards(home: Kysely<SagaTables>, shards: readonly Shard[]): Shards {
  const byName = new Map(shards.map((shard) => [shard.name, shard]));
  const places = new LRUCache<string, Shard>({ max: REMEMBERED });

  const of = async (customerId: string): Promise<Shard> => {
    const known = places.get(customerId);
    if (known !== undefined) return known;
    const chosen = chooseFor(customerId, shards);
    // Of two that choose at once, with other configurations, one is heard.
    const { rows } = await sql<{ shard: string }>`
      with chosen as (
        insert into process.shard_of (customer_id, shard) values (${customerId}, ${chosen.name})
        on conflict do nothing returning shard)
      select shard from chosen union all select shard from process.shard_of where customer_id = ${customerId}`.execute(
      home,
    );
    const name = rows[0]?.shard;
    if (name === undefined) return of(customerId); // somebody else chose between the two halves of the statement
    const shard = byName.get(name);
    if (shard === undefined) throw new Error(`customer ${customerId} lives on ${name}, which HUB_SHARDS does not name`);
    places.set(customerId, shard);
    return shard;
  };
  const holding = async (runId: string): Promise<Shard> => {
    const found = await Promise.all(
      shards.map(({ db }) => db.selectFrom('process.run').select('id').where('id', '=', runId).executeTakeFirst()),
    );
    const shard = shards[found.findIndex((row) => row !== undefined)];
    if (shard === undefined) throw new HubError('NOT_FOUND', `there is no process ${runId}`);
    return shard;
  };
  const anyOf = async (ask: (engine: SagaEngine) => Promise<string | null>): Promise<string | null> => {
    const answers = await Promise.all(shards.map(({ engine }) => ask(engine)));
    return answers.find((answer) => answer !== null) ?? null;
  };

  return {
    of,
    async list(ask, first, keyOf) {
      const entries = (await Promise.all(shards.map(ask))).flat();
      return entries.sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1)).slice(0, first);
    },
    recall: (asked) => anyOf((engine) => engine.recall(asked)),
    async start(run) {
      const { customerId } = run.attributes;
      if (customerId == null) throw new Error(`run ${run.id} has no customer, so no shard`);
      return (await of(customerId)).engine.start(run);
    },
    holderOf: (lock) => anyOf((engine) => engine.holderOf(lock)),
    wait: async (runId, ms, signal) => (await holding(runId)).engine.wait(runId, ms, signal),
    retry: async (runId, by, remedy) => (await holding(runId)).engine.retry(runId, by, remedy),
    giveUp: async (runId, reason, by) => (await holding(runId)).engine.giveUp(runId, reason, by),
    release: async (runId, by, alongside) => (await holding(runId)).engine.release(runId, by, alongside),
    dismiss: async (runId, reason, by, alongside) =>
      (await holding(runId)).engine.dismiss(runId, reason, by, alongside),
    withdraw: async (runId, reason, by) => (await holding(runId)).engine.withdraw(runId, reason, by),
    async close() {
      await Promise.all(shards.map(({ engine }) => engine.close()));
    },
  };
}

/** Spreads customers evenly; another shard moves only its share of the new ones (highest random weight). */
function chooseFor(customerId: string, shards: readonly Shard[]): Shard {
  const open = shards.filter(({ takesNew }) => takesNew);
  const weight = ({ name }: Shard) => createHash('sha256').update(`${name}\n${customerId}`).digest('hex');
  const [best] = open.sort((a, b) => (weight(a) < weight(b) ? 1 : -1));
  if (best === undefined)
    throw new Error('no shard takes new customers; leave one in HUB_SHARDS without a dash before it');
  return best;
}

const PATTERN = /^(-?)([a-z][a-z0-9-]{0,30})=(postgres(?:ql)?:\/\/\S+)$/;

/** The text of `HUB_SHARDS`: `north=postgres://...,-south=postgres://...`; one with a dash before it takes no new customers. */
export const shardsText = z.string().transform((text, context) => {
  const shards = text.split(',').map((one) => {
    const [, closed, name, url] = PATTERN.exec(one.trim()) ?? [];
    return name === undefined || url === undefined ? null : { name, url, takesNew: closed === '' };
  });
  const named = shards.filter((shard) => shard !== null);
  const names = new Set(named.map(({ name }) => name));
  if (named.length === shards.length && names.size === named.length && named.some(({ takesNew }) => takesNew))
    return named;
  context.addIssue(
    'must be like north=postgres://...,-south=postgres://...: names that differ, one at least without a dash',
  );
  return z.NEVER;
});

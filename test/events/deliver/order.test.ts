import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { inChains } from '../../../events/deliver/chains.ts';
import { deliverDue } from '../../../events/deliver/run-lanes.ts';
import type { Attempt } from '../../../events/deliver/send.ts';
import { turn } from '../../../events/deliver/turn.ts';
import { openWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});

/** What happens, one thing after another. */
type Step =
  | { readonly kind: 'told'; readonly customer: number }
  | { readonly kind: 'time'; readonly minutes: number }
  /** From now on the receiver takes all, nothing, or nothing of one customer. */
  | { readonly kind: 'receiver'; readonly refuses: 'none' | 'all' | number }
  /** A process takes the lane, sends some, and is killed before it can write that. */
  | { readonly kind: 'killed'; readonly after: number };

const CUSTOMERS = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.nat(CUSTOMERS - 1).map((customer): Step => ({ kind: 'told', customer })) },
  { weight: 3, arbitrary: fc.constantFrom(1, 10, 120).map((minutes): Step => ({ kind: 'time', minutes })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<'none' | 'all' | number>('none', 'none', 'all', 0, 1)
      .map((refuses): Step => ({ kind: 'receiver', refuses })),
  },
  { weight: 1, arbitrary: fc.nat(3).map((after): Step => ({ kind: 'killed', after })) },
);

test('whatever fails, waits, or is killed in between, a subscriber gets every event, and those of one customer in their order', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const run = ++runs;
      const { id } = await world.subscribe('http://127.0.0.1:9/');
      const told: string[][] = Array.from({ length: CUSTOMERS }, () => []);
      const taken: { readonly id: string; readonly customer: number }[] = [];
      let refuses: 'none' | 'all' | number = 'none';
      const sender = {
        send: async (_url: string, { id: eventId }: { id: string }): Promise<Attempt> => {
          const customer = Number(eventId.split(':')[1]);
          const delivered = refuses === 'none' || (refuses !== 'all' && refuses !== customer);
          if (delivered) taken.push({ id: eventId, customer });
          const reason = delivered ? null : 'status 503';
          return { delivered, status: delivered ? 204 : 503, reason, retryAfterMs: null, ms: 0 };
        },
      };
      const deliver = () => deliverDue({ ...world.turn, sender });
      for (const [nr, happens] of steps.entries()) {
        if (happens.kind === 'told') {
          const eventId = `r${run}:${happens.customer}:${nr}`;
          told[happens.customer]?.push(eventId);
          await world.tell(`C-${happens.customer}`, { id: eventId });
          if (nr % 2 === 0) await deliver();
        } else if (happens.kind === 'time') {
          world.clock.advance(happens.minutes * 60_000);
          await deliver();
        } else if (happens.kind === 'receiver') {
          refuses = happens.refuses;
        } else {
          // What was sent is written nowhere, and the lane is the dead one's until its lease runs out.
          let left = happens.after;
          const dying: typeof sender = {
            send: (url, message) => (left-- > 0 ? sender.send(url, message) : Promise.reject(new Error('killed'))),
          };
          await turn(id, { ...world.turn, sender: dying }).catch(() => {});
          await deliver();
          world.clock.advance(world.settings.leaseMs);
        }
      }
      refuses = 'none';
      for (let hours = 0; hours < 24; hours += 12) {
        world.clock.advance(12 * 3_600_000);
        await deliver();
      }
      for (const [customer, expected] of told.entries()) {
        const first = new Set(taken.filter((one) => one.customer === customer).map((one) => one.id));
        assert.deepEqual([...first], expected);
      }
      await world.delivery.subscriptions.remove(id);
    }),
    { numRuns: 8 },
  );
});

test('events of one key go one after another, those of others beside them, and behind one that fails none of its key', async () => {
  const event = fc.record({ orderKey: fc.constantFrom('a', 'b', 'c', 'd'), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (events, atOnce) => {
      const begun: typeof events = [];
      const inFlight = new Set<string>();
      let most = 0;
      const tried = await inChains(events, {
        atOnce,
        mayGoOn: () => true,
        send: async (one) => {
          assert.ok(!inFlight.has(one.orderKey), 'one of its key is in flight');
          inFlight.add(one.orderKey);
          most = Math.max(most, inFlight.size);
          begun.push(one);
          await null;
          inFlight.delete(one.orderKey);
          return { ok: !one.fails, result: null };
        },
      });
      assert.ok(most <= atOnce);
      for (const chain of Map.groupBy(events, ({ orderKey }) => orderKey).values()) {
        const failed = chain.findIndex(({ fails }) => fails);
        const expected = failed < 0 ? chain : chain.slice(0, failed + 1);
        assert.deepEqual(
          begun.filter((one) => chain.includes(one)),
          expected,
        );
        for (const one of chain) assert.equal(tried.get(one) !== null, expected.includes(one));
      }
    }),
  );
});

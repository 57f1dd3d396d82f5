import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, type HubProcess, startProcess } from '../../support/hub.ts';
import { openWorld, type Received, receiver } from './world.ts';

const EVENTS = 90;
const CUSTOMERS = 3;

test('a process is killed in the middle of delivering: others go on within its lease, every event comes, and in order', async () => {
  const world = await openWorld();
  const [one, two] = await Promise.all([receiver(), receiver()]);
  await Promise.all([one, two].map(({ url }) => world.subscribe(url)));
  const told: string[][] = Array.from({ length: CUSTOMERS }, () => []);
  for (let nr = 0; nr < EVENTS; nr++) told[nr % CUSTOMERS]?.push(await world.tell(`C-${nr % CUSTOMERS}`));

  const deliverer = (): HubProcess =>
    startProcess('test/events/deliver/deliver-process.ts', {
      DATABASE_URL: world.url,
      EVENTS_ALLOW_NETWORKS: '127.0.0.0/8',
      EVENTS_LEASE_MS: '500',
    });
  const first = deliverer();
  let killed: Promise<unknown> | null = null;
  one.answer = () => {
    if (killed === null && one.asked.length > EVENTS / 3) killed = first.end('SIGKILL');
    return killed === null ? 204 : null; // it was taken, and nobody is left who hears so
  };
  await eventually('it is killed with events in flight', async () => killed !== null, 60_000);
  await killed;
  one.answer = () => 204;

  const others = [deliverer(), deliverer()];
  try {
    for (const { taken } of [one, two]) {
      await eventually('all have come', async () => new Set(taken.map(({ id }) => id)).size === EVENTS, 60_000);
      for (const [customer, expected] of told.entries()) {
        const of = ({ event }: Received) => event.subject === `customer/C-${customer}`;
        assert.deepEqual([...new Set(taken.filter(of).map(({ id }) => id))], expected);
      }
    }
    assert.ok(one.asked.length - EVENTS <= 100, 'no more than one turn was sent once more');
  } finally {
    await Promise.all(others.map((other) => other.end('SIGKILL')));
  }
});

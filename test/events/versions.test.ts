import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENTS } from '../../events/catalogue.ts';
import { UPGRADES, upgraded } from '../../events/versions.ts';
import { toCloudEvent } from '../../platform/outbox/cloud-event.ts';

const event = (name: string, version: number, data: Record<string, unknown>) =>
  toCloudEvent({
    ...{ id: 'e', name, version, subject: 'customer/C-1', orderKey: 'customer:C-1', correlationId: 'c', data },
    occurredAt: '2027-01-31T08:15:00.000Z',
  });

test('an event of an older version is told as one of today, step by step, and one of today stays as it is', () => {
  const upgrades = {
    Moved: { 1: ({ from }: { from?: unknown }) => ({ source: from }), 2: (data: object) => ({ ...data, added: true }) },
  };
  const old = event('Moved', 1, { from: 'a' });
  const now = upgraded(old, { name: 'Moved', version: 1 }, upgrades, 3);
  assert.deepEqual([now.type, now.data, now.id], ['concord.Moved.v3', { source: 'a', added: true }, 'e']);
  const today = event('Moved', 3, { source: 'a' });
  assert.equal(upgraded(today, { name: 'Moved', version: 3 }, upgrades, 3), today);
  assert.throws(() => upgraded(old, { name: 'Moved', version: 1 }, {}, 3), /version 1 becomes version 2/);
});

test('of every event in the catalogue each older version has its step to the next', () => {
  const missing = Object.entries(EVENTS).flatMap(([name, { version }]: [string, { version: number }]) =>
    Array.from({ length: version - 1 }, (_, nr) => nr + 1)
      .filter((from) => UPGRADES[name]?.[from] === undefined)
      .map((from) => `${name} ${from}`),
  );
  assert.deepEqual(missing, []);
});

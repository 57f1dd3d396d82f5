import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { createSagaEngine } from '../../platform/saga/engine.ts';
import { type Attempt, saga, stepsIn } from '../../platform/saga/saga.ts';
import { createSystemGate } from '../../platform/saga/system-gate.ts';
import { QUICK, testEngine } from '../saga/support/engine.ts';
import { closeBeforeDatabase, testDatabase } from '../support/database.ts';

test('D11 with 10,000 waiting processes a cold start is ready in ten seconds, begins all that is due in thirty, and sends no system a herd', {
  timeout: 90_000,
}, async () => {
  const { url } = await testDatabase();
  const { db } = await testEngine(url, { role: 'client' });
  // 9,700 that wait for a time, an approval or an operator, and 300 that fell due while nobody was there
  await sql`insert into process.run (id, kind, state, principal_id, idempotency_key, input_hash, input, correlation_id, attributes,
      weight, started_at, due_at)
    select 'prc_' || lpad(nr::text, 5, '0'), 'waking', case when nr % 3 = 0 and nr > 300 then 'EXCEPTION' else 'SCHEDULED' end,
      'tester', 'wake-' || nr, '', '{}', '', '{}', 0, now() - interval '1 day',
      case when nr <= 300 then now() - interval '1 minute' when nr % 3 <> 0 then now() + interval '30 days' end
    from generate_series(1, 10000) as nr`.execute(db);
  const there = { now: 0, most: 0, begun: 0 };
  const wake = stepsIn<Attempt>()({
    name: 'wake',
    owner: 'ERP',
    do: async () => {
      there.begun += 1;
      there.now += 1;
      there.most = Math.max(there.most, there.now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      there.now -= 1;
      return null;
    },
    undo: async () => {},
  });
  const memory = heldBytes();
  const startedAt = performance.now();
  const engine = await createSagaEngine({
    databaseUrl: url,
    db,
    executorId: 'cold',
    role: 'worker',
    sagas: [saga<Attempt, object, null>({ name: 'waking', steps: [wake], run: (run) => run.step(wake, {}) })],
    contextFor: (attempt) => attempt,
    clock: systemClock,
    log: silentLog,
    retry: QUICK,
    gate: await createSystemGate({
      db,
      worker: 'cold',
      limits: { ERP: { atOnce: 8 } },
      windows: {},
      clock: systemClock,
    }),
  });
  closeBeforeDatabase(() => engine.close());
  const readyMs = performance.now() - startedAt;
  while (there.begun < 300) await new Promise((resolve) => setTimeout(resolve, 20));
  const begunMs = performance.now() - startedAt;
  assert.ok(readyMs < 10_000, `ready after ${readyMs} ms`);
  assert.ok(begunMs < 30_000, `all begun after ${begunMs} ms`);
  assert.ok(there.most <= 8, `${there.most} at once`);
  const grown = heldBytes() - memory;
  assert.ok(grown < 50 * 2 ** 20, `the waiting ones hold no memory: ${grown} bytes`);
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from process.run where ended_at is null`.execute(
    db,
  );
  assert.ok((rows[0]?.n ?? 0) >= 9_700);
  assert.equal(there.begun, 300, 'what is not due stays where it is');
});

/** Bytes of the heap that something refers to; what is only not collected yet is no matter. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)(); // what the flag promises
  return process.memoryUsage().heapUsed;
}

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { HubError } from '../../platform/errors.ts';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { callsOf, createSystems, effectsOf } from './support/ledger.ts';

let databaseUrl: string;
let under: TestEngine;
before(async () => {
  ({ url: databaseUrl } = await testDatabase());
  under = await testEngine(databaseUrl);
  await createSystems(under.db);
});
const nothing = async () => {};

test('a held run is a row that waits: restarting the worker does not run it, releasing it does, once', async () => {
  await under.engine.start({ ...asking('held'), held: true });
  await under.engine.wait('prc_held', 20_000); // rests at once
  await under.close();
  under = await testEngine(databaseUrl);
  await under.engine.start(asking('beside'));
  await under.engine.wait('prc_beside', 20_000);
  assert.equal(await stateOf(under.db, 'prc_held'), 'WAITING_FOR_APPROVAL');
  assert.deepEqual(await effectsOf(under.db, 'prc_held'), {});

  const decisions = await Promise.allSettled(
    [1, 2, 3].map((n) => under.engine.release('prc_held', `by ${n}`, nothing)),
  );
  assert.deepEqual(decisions.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  await under.engine.wait('prc_held', 20_000);
  assert.equal(await stateOf(under.db, 'prc_held'), 'COMPLETED');
  assert.deepEqual(await callsOf(under.db), ['first', 'second', 'third', 'first', 'second', 'third']);
});

test('what goes wrong beside a run or a decision leaves neither', async () => {
  const { engine, db } = under;
  const refused = async () => {
    throw new HubError('CONFLICT', 'decided elsewhere');
  };
  await assert.rejects(engine.start({ ...asking('beside it'), held: true, alongside: refused }), { code: 'CONFLICT' });
  assert.equal(await engine.recall(asking('beside it')), null);
  await engine.start({ ...asking('undecided'), held: true });
  await assert.rejects(engine.release('prc_undecided', 'somebody', refused), { code: 'CONFLICT' });
  await assert.rejects(engine.dismiss('prc_undecided', 'no', 'somebody', refused), { code: 'CONFLICT' });
  assert.equal(await stateOf(db, 'prc_undecided'), 'WAITING_FOR_APPROVAL');
});

test('a dismissed run ends, lets go of its lock, and can neither be released nor retried', async () => {
  const { engine, db } = under;
  await engine.start({ ...asking('dismissed'), held: true, lock: 'thing:1' });
  assert.equal(await engine.holderOf('thing:1'), 'prc_dismissed');
  await engine.dismiss('prc_dismissed', 'too dear', 'somebody', nothing);
  assert.equal(await stateOf(db, 'prc_dismissed'), 'REJECTED');
  assert.equal(await engine.holderOf('thing:1'), null);
  await assert.rejects(engine.release('prc_dismissed', 'somebody', nothing), { code: 'CONFLICT' });
  await assert.rejects(engine.retry('prc_dismissed', 'somebody'), { code: 'CONFLICT' });
  await assert.rejects(engine.release('prc_unknown', 'somebody', nothing), { code: 'NOT_FOUND' });
  assert.deepEqual(await effectsOf(db, 'prc_dismissed'), {});
});

test('a run that is held and for later begins at neither alone: released it is scheduled, and withdrawn it never ran', async () => {
  const { engine, db } = under;
  const notBefore = new Date(Date.now() + 3_600_000).toISOString();
  await engine.start({ ...asking('later'), held: true, notBefore, lock: 'thing:2' });
  await assert.rejects(
    engine.withdraw('prc_later', 'no', 'somebody'),
    { code: 'CONFLICT' },
    'it is held: dismissed, not withdrawn',
  );
  await engine.release('prc_later', 'somebody', nothing);
  const run = await db.selectFrom('process.run').selectAll().where('id', '=', 'prc_later').executeTakeFirstOrThrow();
  assert.deepEqual([run.state, run.due_at?.toISOString()], ['SCHEDULED', notBefore]);
  assert.equal(await engine.holderOf('thing:2'), 'prc_later');
  await engine.withdraw('prc_later', 'changed our minds', 'somebody');
  assert.equal(await stateOf(db, 'prc_later'), 'REJECTED');
  assert.equal(await engine.holderOf('thing:2'), null);
  await assert.rejects(engine.withdraw('prc_later', 'again', 'somebody'), { code: 'CONFLICT' });
  assert.deepEqual(await effectsOf(db, 'prc_later'), {});

  await engine.start({ ...asking('overdue'), held: true, notBefore: new Date(Date.now() - 1_000).toISOString() });
  await engine.release('prc_overdue', 'somebody', nothing);
  await engine.wait('prc_overdue', 20_000);
  assert.equal(await stateOf(db, 'prc_overdue'), 'COMPLETED', 'its time has come while it was held');
});

import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import type { Updateable } from 'kysely';
import type { Alongside } from '../../platform/saga/accept.ts';
import type { Edit } from '../../platform/saga/edited.ts';
import type { StepTable } from '../../platform/saga/tables.ts';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { blind, callsOf, createSystems, effectsOf, endTrouble, setTrouble } from './support/ledger.ts';

let under: TestEngine;
before(async () => {
  const { url } = await testDatabase();
  under = await testEngine(url);
  await createSystems(under.db);
});
beforeEach(() => endTrouble(under.db));

const rest = async (id: string): Promise<string> => {
  await under.engine.wait(id, 20_000);
  return stateOf(under.db, id);
};
async function runToRest(key: string): Promise<string> {
  const { id } = await under.engine.start(asking(key));
  return rest(id);
}
const stepOf = (runId: string, name: string) =>
  under.db
    .selectFrom('process.step')
    .selectAll()
    .where('run_id', '=', runId)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
const set =
  (runId: string, name: string, values: Updateable<StepTable>): Alongside =>
  async (trx) => {
    await trx.updateTable('process.step').set(values).where('run_id', '=', runId).where('name', '=', name).execute();
  };
const edits = (...all: Edit[]) => JSON.stringify(all);

test('an edited step is another write under another key, and what its first attempt may have left is taken back before', async () => {
  const { engine, db } = under;
  await setTrouble(db, 'second', 'IN_DOUBT');
  assert.equal(await runToRest('edited'), 'EXCEPTION');
  await endTrouble(db);
  const before = (await callsOf(db)).length;
  await engine.retry('prc_edited', 'olga', {
    resolution: 'EDITED',
    reason: 'n was wrong',
    alongside: set('prc_edited', 'second', { edited: edits({ changes: { n: 40 }, inDoubt: true }) }),
  });
  assert.equal(await rest('prc_edited'), 'COMPLETED');
  assert.deepEqual((await callsOf(db)).slice(before), ['undo second', 'second', 'third']);
  assert.deepEqual(await effectsOf(db, 'prc_edited'), { first: 'STANDS', 'second:1': 'STANDS', third: 'STANDS' });
  assert.deepEqual((await stepOf('prc_edited', 'third')).input, { n: 41 }, 'the story goes on with what was edited');
});

test('an edited step is undone under the key of its edit', async () => {
  const { engine, db } = under;
  await setTrouble(db, 'second', 'CREDENTIAL');
  assert.equal(await runToRest('edited-back'), 'EXCEPTION');
  await endTrouble(db);
  await setTrouble(db, 'third', 'REFUSED');
  await engine.retry('prc_edited-back', 'olga', {
    resolution: 'EDITED',
    reason: 'n was wrong',
    alongside: set('prc_edited-back', 'second', { edited: edits({ changes: { n: 7 }, inDoubt: false }) }),
  });
  assert.equal(await rest('prc_edited-back'), 'COMPENSATED');
  assert.deepEqual(await effectsOf(db, 'prc_edited-back'), { first: 'UNDONE', 'second:1': 'UNDONE' });
});

test('a skipped step is not done; the story goes on with what was stated, and undoing leaves it alone', async () => {
  const { engine, db } = under;
  for (const [key, refused, end] of [
    ['skipped', false, 'COMPLETED'],
    ['skipped-back', true, 'COMPENSATED'],
  ] as const) {
    await endTrouble(db);
    await setTrouble(db, 'second', 'IN_DOUBT');
    assert.equal(await runToRest(key), 'EXCEPTION');
    await endTrouble(db);
    if (refused) await setTrouble(db, 'third', 'REFUSED');
    const before = (await callsOf(db)).length;
    await engine.retry(`prc_${key}`, 'olga', {
      resolution: 'SKIPPED',
      reason: 'booked by hand',
      alongside: set(`prc_${key}`, 'second', {
        state: 'SKIPPED',
        in_doubt: false,
        result: JSON.stringify({ made: 'by hand', n: 9 }),
        error: 'booked by hand',
      }),
    });
    assert.equal(await rest(`prc_${key}`), end);
    assert.deepEqual((await callsOf(db)).slice(before), refused ? ['third', 'undo first'] : ['third']);
    assert.equal((await stepOf(`prc_${key}`, 'second')).state, 'SKIPPED');
    assert.deepEqual((await stepOf(`prc_${key}`, 'third')).input, { n: 10 });
  }
  const told = await db
    .selectFrom('process.audit')
    .select(['event', 'principal_id', 'detail'])
    .where('run_id', '=', 'prc_skipped-back')
    .where('event', 'in', ['SKIPPED', 'NOT_UNDONE'])
    .orderBy('id')
    .execute();
  assert.deepEqual(told, [
    { event: 'SKIPPED', principal_id: 'olga', detail: 'booked by hand' },
    { event: 'NOT_UNDONE', principal_id: null, detail: 'what was done outside is taken back there' },
  ]);
});

test('C19 a write in doubt to a system that cannot be asked is not tried again; it waits as IN_DOUBT for an operator', async () => {
  const { engine, db } = under;
  blind.add('second');
  try {
    for (const code of ['IN_DOUBT', 'TIMEOUT', 'UNAVAILABLE', 'CONTRACT_BROKEN'] as const) {
      await endTrouble(db);
      await setTrouble(db, 'second', code);
      const before = (await callsOf(db)).length;
      assert.equal(await runToRest(`unseen-${code}`), 'EXCEPTION');
      assert.deepEqual((await callsOf(db)).slice(before), ['first', 'second'], 'one attempt');
      const [open] = await db
        .selectFrom('process.exception')
        .selectAll()
        .where('run_id', '=', `prc_unseen-${code}`)
        .execute();
      assert.equal(open?.cause_class, 'IN_DOUBT');
      const { state, in_doubt } = await stepOf(`prc_unseen-${code}`, 'second');
      assert.deepEqual([state, in_doubt], ['FAILED', true]);
    }
    await endTrouble(db);
    await setTrouble(db, 'second', 'THROTTLED', 1);
    assert.equal(await runToRest('unseen-throttled'), 'COMPLETED', 'what took no effect for certain is tried again');
    await endTrouble(db);
    await engine.retry('prc_unseen-IN_DOUBT', 'olga'); // who has looked, and found nothing
    assert.equal(await rest('prc_unseen-IN_DOUBT'), 'COMPLETED');
  } finally {
    blind.clear();
  }
});

test('C19 a process that died in a write to such a system does not repeat it either', async () => {
  const { engine, db } = under;
  await engine.start({ ...asking('unseen-died'), held: true });
  const at = new Date().toISOString();
  await db
    .insertInto('process.step')
    .values(
      ['first', 'second'].map((name, nr) => ({
        run_id: 'prc_unseen-died',
        name,
        system: 'ERP',
        position: nr + 1,
        state: name === 'first' ? ('DONE' as const) : ('RUNNING' as const),
        attempts: 1,
        in_doubt: name === 'second',
        input: JSON.stringify({ n: nr + 1 }),
        before: 'null',
        result: name === 'first' ? JSON.stringify({ made: 'made', n: 1 }) : 'null',
        started_at: at,
      })),
    )
    .execute();
  blind.add('second');
  try {
    const before = (await callsOf(db)).length;
    await engine.release('prc_unseen-died', 'olga', async () => {});
    assert.equal(await rest('prc_unseen-died'), 'EXCEPTION');
    assert.deepEqual((await callsOf(db)).slice(before), []);
    const [open] = await db
      .selectFrom('process.exception')
      .selectAll()
      .where('run_id', '=', 'prc_unseen-died')
      .execute();
    assert.deepEqual([open?.cause_class, open?.step], ['IN_DOUBT', 'second']);
  } finally {
    blind.clear();
  }
});

import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { callsOf, createSystems, effectsOf, endTrouble, STEPS, setTrouble, toldOf } from './support/ledger.ts';

let under: TestEngine;
before(async () => {
  const { url } = await testDatabase();
  under = await testEngine(url);
  await createSystems(under.db);
});
beforeEach(() => endTrouble(under.db));

const stepsOf = (runId: string) =>
  under.db
    .selectFrom('process.step')
    .select(['name', 'state', 'attempts', 'error', 'error_code'])
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute();

async function runToRest(key: string): Promise<string> {
  const { engine, db } = under;
  const { id } = await engine.start(asking(key));
  await engine.wait(id, 20_000);
  return stateOf(db, id);
}

test('a run ends COMPLETED with its outcome, each step done once', async () => {
  assert.equal(await runToRest('plain'), 'COMPLETED');
  assert.deepEqual(await effectsOf(under.db, 'prc_plain'), { first: 'STANDS', second: 'STANDS', third: 'STANDS' });
  const run = await under.db
    .selectFrom('process.run')
    .selectAll()
    .where('id', '=', 'prc_plain')
    .executeTakeFirstOrThrow();
  assert.deepEqual(run.outcome, { made: STEPS.map((step) => `made by prc_plain:${step}`) });
  assert.deepEqual(run.attributes, { customerId: 'C-1', first: 'made by prc_plain:first' });
  assert.deepEqual(
    (await stepsOf('prc_plain')).map(({ name, state, attempts }) => `${name} ${state} ${attempts}`),
    ['first DONE 1', 'second DONE 1', 'third DONE 1'],
  );
});

for (const [index, refused] of STEPS.entries()) {
  test(`a refusal at the ${refused} step undoes what was done before it, last first, to net zero`, async () => {
    await setTrouble(under.db, refused, 'REFUSED');
    const before = (await callsOf(under.db)).length;
    assert.equal(await runToRest(`refused-${refused}`), 'COMPENSATED');
    const done = STEPS.slice(0, index);
    assert.deepEqual((await callsOf(under.db)).slice(before), [
      ...done,
      refused,
      ...done.toReversed().map((step) => `undo ${step}`),
    ]);
    const effects = await effectsOf(under.db, `prc_refused-${refused}`);
    assert.deepEqual(effects, Object.fromEntries(done.map((step) => [step, 'UNDONE'])));
    const { reason } = await under.db
      .selectFrom('process.run')
      .select('reason')
      .where('id', '=', `prc_refused-${refused}`)
      .executeTakeFirstOrThrow();
    assert.equal(reason, `${refused} says REFUSED`);
  });
}

test('the world is told of a run that completed in the very transaction that ends it, and of no other', async () => {
  const { db } = under;
  assert.equal(await runToRest('told'), 'COMPLETED');
  const { rows } = await sql<{ event: Record<string, unknown>; together: boolean }>`
    select event.event, event.xmin::text = run.xmin::text as together
    from process.run join outbox.event on event.event -> 'data' ->> 'processId' = run.id where run.id = 'prc_told'`.execute(
    db,
  );
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.together, true, 'one transaction wrote the end and the event');
  assert.deepEqual(
    { ...rows[0]?.event, time: undefined },
    {
      specversion: '1.0',
      id: 'prc_told:CustomerChanged:customer:C-1',
      source: '/concord',
      type: 'concord.CustomerChanged.v1',
      subject: 'customer/C-1',
      time: undefined,
      datacontenttype: 'application/json',
      orderkey: 'customer:C-1',
      correlationid: 'cor-told',
      data: { customerId: 'C-1', processId: 'prc_told' },
    },
  );
  await setTrouble(db, 'third', 'REFUSED');
  assert.equal(await runToRest('untold'), 'COMPENSATED');
  assert.deepEqual(await toldOf(db, 'prc_untold'), []);
  await setTrouble(db, 'third', 'UNAVAILABLE');
  assert.equal(await runToRest('told-later'), 'EXCEPTION');
  assert.deepEqual(await toldOf(db, 'prc_told-later'), [], 'not while it waits');
});

test('trouble that passes is tried again, and is one effect', async () => {
  await setTrouble(under.db, 'second', 'UNAVAILABLE', 2);
  assert.equal(await runToRest('passing'), 'COMPLETED');
  assert.equal((await stepsOf('prc_passing'))[1]?.attempts, 3);
  assert.deepEqual(await effectsOf(under.db, 'prc_passing'), { first: 'STANDS', second: 'STANDS', third: 'STANDS' });
});

for (const [code, causeClass] of [
  ['UNAVAILABLE', 'UNAVAILABLE'],
  ['TIMEOUT', 'TIMEOUT'],
  ['THROTTLED', 'RATE_LIMIT'],
  ['IN_DOUBT', 'IN_DOUBT'],
  ['CREDENTIAL', 'CREDENTIAL'],
  ['CONTRACT_BROKEN', 'MAPPING'],
] as const) {
  test(`${code} for longer than the retries waits for an operator as ${causeClass}; retrying does not repeat what was done`, async () => {
    const { engine, db } = under;
    await setTrouble(db, 'second', code);
    const id = `prc_parked-${code}`;
    assert.equal(await runToRest(`parked-${code}`), 'EXCEPTION');
    const open = await db.selectFrom('process.exception').selectAll().where('run_id', '=', id).execute();
    assert.deepEqual(
      open.map(({ step, system, cause_class, resolved_at }) => ({ step, system, cause_class, resolved_at })),
      [{ step: 'second', system: 'ERP', cause_class: causeClass, resolved_at: null }],
    );
    await endTrouble(db);
    const before = (await callsOf(db)).length;
    await engine.retry(id, 'olga');
    await engine.wait(id, 20_000);
    assert.equal(await stateOf(db, id), 'COMPLETED');
    assert.deepEqual((await callsOf(db)).slice(before), ['second', 'third']);
    const [resolved] = await db.selectFrom('process.exception').selectAll().where('run_id', '=', id).execute();
    assert.equal(resolved?.resolution, 'RETRIED');
    assert.equal(resolved?.resolved_by, 'olga');
  });
}

test('giving up a run that waits undoes it, the step in doubt too', async () => {
  const { engine, db } = under;
  await setTrouble(db, 'third', 'IN_DOUBT');
  assert.equal(await runToRest('given-up'), 'EXCEPTION');
  const before = (await callsOf(db)).length;
  await engine.giveUp('prc_given-up', 'the customer withdrew', 'olga');
  await engine.wait('prc_given-up', 20_000);
  assert.equal(await stateOf(db, 'prc_given-up'), 'COMPENSATED');
  assert.deepEqual((await callsOf(db)).slice(before), ['undo third', 'undo second', 'undo first']);
});

test('an undo that fails waits for an operator as UNDO_FAILED; retrying goes on with the undoing', async () => {
  const { engine, db } = under;
  await setTrouble(db, 'third', 'REFUSED');
  await setTrouble(db, 'undo second', 'UNAVAILABLE');
  assert.equal(await runToRest('stuck'), 'EXCEPTION');
  const [open] = await db.selectFrom('process.exception').selectAll().where('run_id', '=', 'prc_stuck').execute();
  assert.equal(open?.cause_class, 'UNDO_FAILED');
  await endTrouble(db);
  const before = (await callsOf(db)).length;
  await engine.retry('prc_stuck', 'olga');
  await engine.wait('prc_stuck', 20_000);
  assert.equal(await stateOf(db, 'prc_stuck'), 'COMPENSATED');
  assert.deepEqual((await callsOf(db)).slice(before), ['undo second', 'undo first']);
  assert.deepEqual(await effectsOf(db, 'prc_stuck'), { first: 'UNDONE', second: 'UNDONE' });
});

test('an effect that cannot be taken back any more and does no harm stays: the run is compensated, and shows the step with the reason', async () => {
  const { db } = under;
  await setTrouble(db, 'third', 'REFUSED');
  await setTrouble(db, 'first stays', 'REFUSED');
  const before = (await callsOf(db)).length;
  assert.equal(await runToRest('stays'), 'COMPENSATED');
  assert.deepEqual((await callsOf(db)).slice(before), ['first', 'second', 'third', 'undo second', 'undo first']);
  assert.deepEqual(await effectsOf(db, 'prc_stays'), { first: 'STANDS', second: 'UNDONE' });
  assert.deepEqual(
    (await stepsOf('prc_stays')).map(({ name, state, error }) => [name, state, error]),
    [
      ['first', 'DONE', 'first is in the books'],
      ['second', 'UNDONE', null],
      ['third', 'FAILED', 'third says REFUSED'],
    ],
  );
  const told = await db
    .selectFrom('process.audit')
    .select(['event', 'detail'])
    .where('run_id', '=', 'prc_stays')
    .where('event', '=', 'NOT_UNDONE')
    .execute();
  assert.deepEqual(told, [{ event: 'NOT_UNDONE', detail: 'first is in the books' }]);
});

test('only a run that waits as an exception can be acted on', async () => {
  const { engine } = under;
  await runToRest('finished');
  await assert.rejects(engine.retry('prc_finished', 'olga'), { code: 'CONFLICT' });
  await assert.rejects(engine.giveUp('prc_finished', 'no', 'olga'), { code: 'CONFLICT' });
  await assert.rejects(engine.retry('prc_nobody', 'olga'), { code: 'NOT_FOUND' });
});

test('the audit tells each event of a run, and cannot be changed', async () => {
  await setTrouble(under.db, 'second', 'UNAVAILABLE', 1);
  await runToRest('audited');
  const events = await under.db
    .selectFrom('process.audit')
    .select(['event', 'step'])
    .where('run_id', '=', 'prc_audited')
    .orderBy('id')
    .execute();
  assert.deepEqual(
    events.map(({ event, step }) => (step === null ? event : `${event} ${step}`)),
    [
      'ACCEPTED',
      'TAKEN',
      'STEP_BEGUN first',
      'STEP_DONE first',
      'NOTED',
      'STEP_BEGUN second',
      'STEP_RETRIES second',
      'STEP_BEGUN second',
      'STEP_DONE second',
      'STEP_BEGUN third',
      'STEP_DONE third',
      'COMPLETED',
    ],
  );
  await assert.rejects(under.db.deleteFrom('process.audit').execute(), /append-only/);
  await assert.rejects(under.db.updateTable('process.audit').set({ event: 'NOTHING' }).execute(), /append-only/);
});

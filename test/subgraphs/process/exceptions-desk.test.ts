import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createDb } from '../../../platform/db/db.ts';
import type { Principal } from '../../../platform/principal.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { Fault } from '../../../sandbox/start.ts';
import { mappingVersion } from '../../../subgraphs/process/exceptions/mapping-version.ts';
import { resolveSuperseded } from '../../../subgraphs/process/exceptions/superseded.ts';
import { everySaga } from '../../saga/support/every-saga.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { newcomer } from './support/newcomer.ts';
import {
  type ActAnswer,
  CANCEL,
  GIVE_UP,
  ONBOARD,
  PROCESS,
  RECORD_USAGE,
  RENEW,
  RETRY,
  type Run,
  SUBMIT,
  UPDATE,
} from './support/operations.ts';
import { correlated, type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
let db: ReturnType<typeof createDb>;
before(async () => {
  hub = await startHubOfProcesses();
  db = createDb(hub.databaseUrl);
  closeBeforeDatabase(() => db.destroy());
});
after(() => hub.close());
beforeEach(() => hub.sandbox.removeFaults());

const SALES: Partial<Principal> = { id: 'sales', actsFor: 'CRM', unmasked: ['PERSONAL', 'FINANCIAL'] };
const FINANCE: Partial<Principal> = { id: 'finance', actsFor: 'BILLING', unmasked: ['PERSONAL', 'FINANCIAL'] };
const OLGA: Partial<Principal> = { id: 'olga' };
const PETER: Partial<Principal> = { id: 'peter' };

const EDIT = 'edit { id step reason proposedBy decision decidedBy changes { field oldValue newValue } }';
const DESK = `query ($id: ID!) { process(id: $id) { id state
  steps { name state inDoubt attempts error input before result }
  exception { causeClass step system inDoubt mappingVersion mappingChanged editable skippable runbook amountAtRisk { amount }
    ${EDIT} history { event step by detail } } } }`;
const ASK_EDIT = `mutation ($id: ID!, $changes: JSON!, $reason: String!) {
  editAndRetryProcess(id: $id, changes: $changes, reason: $reason) { ${EDIT} } }`;
const CONFIRM = 'mutation ($id: ID!) { confirmEdit(id: $id) { process { id state } } }';
const REJECT_EDIT = `mutation ($id: ID!, $reason: String!) { rejectEdit(id: $id, reason: $reason) { ${EDIT} } }`;
const SKIP = `mutation ($id: ID!, $reason: String!, $stated: JSON) {
  skipStep(id: $id, reason: $reason, stated: $stated) { process { id state } } }`;
const BULK = `mutation ($system: System!, $causeClass: CauseClass!, $first: Int) {
  retryExceptions(system: $system, causeClass: $causeClass, first: $first) { left processes { id } } }`;
const LIST = `query ($system: System, $region: String, $customerId: ID, $causeClass: CauseClass) {
  exceptions(system: $system, region: $region, customerId: $customerId, causeClass: $causeClass, first: 100) {
    nodes { process { id } system region customer { id } amountAtRisk { amount } } } }`;

interface Edit {
  readonly id: string;
  readonly decision: string | null;
  readonly decidedBy: string | null;
  readonly changes: readonly { field: string; oldValue: unknown; newValue: unknown }[];
}
interface Desk {
  readonly id: string;
  readonly state: string;
  readonly steps: readonly {
    name: string;
    state: string;
    inDoubt: boolean;
    error: string | null;
    input: Record<string, unknown>;
    before: unknown;
    result: unknown;
  }[];
  readonly exception: {
    readonly causeClass: string;
    readonly inDoubt: boolean;
    readonly mappingVersion: string | null;
    readonly mappingChanged: boolean;
    readonly editable: readonly string[];
    readonly skippable: boolean;
    readonly runbook: string;
    readonly edit: Edit | null;
    readonly history: readonly { event: string; step: string | null; by: string | null; detail: string | null }[];
  } | null;
}
interface Listed {
  readonly process: { readonly id: string };
  readonly system: string;
  readonly region: string | null;
  readonly customer: { readonly id: string };
  readonly amountAtRisk: { readonly amount: string } | null;
}

const deskOf = async (id: string, as = OLGA): Promise<Desk> =>
  (await hub.ask<{ process: Desk }>(DESK, { id }, as)).process;
const codesOf = async (query: string, variables: object, as = OLGA) =>
  (await hub.errorsOf(query, variables, as)).map(({ code }) => code);
const askEdit = async (id: string, changes: object, as = OLGA): Promise<Edit> =>
  (await hub.ask<{ editAndRetryProcess: { edit: Edit } }>(ASK_EDIT, { id, changes, reason: 'a typing error' }, as))
    .editAndRetryProcess.edit;
const listed = async (filter: object, as = OLGA): Promise<readonly Listed[]> =>
  (await hub.ask<{ exceptions: { nodes: Listed[] } }>(LIST, filter, as)).exceptions.nodes;

/** Waits for the process to end so; retries it where a breaker was still open. */
async function ends(id: string, state: string): Promise<Run> {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { process } = await hub.ask<{ process: Run }>(PROCESS, { id });
    if (process.state === state) return process;
    if (process.state === 'EXCEPTION') await hub.errorsOf(RETRY, { id });
  }
  return assert.fail(`${id} never was ${state}: ${JSON.stringify(await deskOf(id))}`);
}

async function stuck(
  query: string,
  input: object,
  fault: Omit<Fault, 'kind'>,
  as?: Partial<Principal>,
): Promise<string> {
  hub.sandbox.addFault({ kind: 'status', status: 503, body: '{}', ...fault });
  const answer = Object.values(
    await hub.ask<Record<string, ActAnswer>>(query, { input: { waitSeconds: 30, ...input } }, as),
  )[0];
  hub.sandbox.removeFaults();
  assert.equal(answer?.process?.state, 'EXCEPTION', JSON.stringify(answer));
  return answer.process.id;
}
const CRM_DOWN = { vendor: 'salesforce', match: '^(PATCH|POST) .*(Account|composite)' } as const;
const BILLING_DOWN = { vendor: 'stripe', match: '^POST /v1/(customers|subscriptions)' } as const;
const ERP_DOWN = { vendor: 'netsuite', match: '^PUT .*salesOrder' } as const;
const DESK_DOWN = { vendor: 'zendesk', match: '^(POST|PUT|PATCH) .*records(?!/search)' } as const;

const website = (customerId: string, key: string) => ({
  idempotencyKey: key,
  customerId,
  website: `https://${key}.example`,
});
const order = (key: string) => {
  const { hubId, currency } = hub.freshCustomer();
  const lines = [
    { sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', currency), quantity: 3 },
  ];
  return { idempotencyKey: key, customerId: hubId, currency, lines };
};
async function websiteOf(customerId: string): Promise<string | null> {
  const [known] = await hub.ports.identity.customers([customerId as never], correlated);
  const [account] = await hub.ports.crm.accounts([known?.externalIdBySystem.CRM as never], correlated);
  return account?.website ?? null;
}

test('an exception shows what went in and out of each step, what it was mapped by, all that happened, and what may be done', async () => {
  const id = await stuck(SUBMIT, order('shown'), DESK_DOWN);
  const { exception, steps } = await deskOf(id);
  assert.ok(exception);
  assert.deepEqual([exception.inDoubt, exception.skippable, exception.mappingChanged], [true, true, false]);
  assert.equal(exception.mappingVersion, mappingVersion('SUPPORT'));
  const byName = new Map(steps.map((step) => [step.name, step]));
  assert.equal(byName.get('grant-entitlement')?.state, 'UNKNOWN');
  assert.equal(byName.get('open-sales-order')?.state, 'DONE');
  assert.equal(byName.get('open-sales-order')?.inDoubt, false);
  assert.ok(byName.get('open-sales-order')?.input.lines);
  assert.match(JSON.stringify(byName.get('open-sales-order')?.result), /"number":"SO/);
  const events = exception.history.map(({ event, step }) => (step === null ? event : `${event} ${step}`));
  assert.equal(events[0], 'ACCEPTED');
  assert.equal(events.filter((event) => event === 'STEP_RETRIES grant-entitlement').length, 2);
  assert.equal(events.at(-1), 'EXCEPTION');
  await hub.ask(GIVE_UP, { id, reason: 'enough seen' }, OLGA);
  await ends(id, 'COMPENSATED');
});

test('what a step was given is masked as its fields are, for who may not read them', async () => {
  const { hubId } = hub.freshCustomer();
  const input = { idempotencyKey: 'masked', customerId: hubId, billingEmail: 'ada.lovelace@example.com' };
  const id = await stuck(UPDATE, input, BILLING_DOWN, FINANCE);
  await askEdit(id, { email: 'grace.hopper@example.com' });
  assert.doesNotMatch(JSON.stringify(await deskOf(id)), /lovelace|hopper/);
  assert.match(JSON.stringify(await deskOf(id, { ...OLGA, unmasked: ['PERSONAL'] })), /lovelace.*hopper/);
  await hub.ask(GIVE_UP, { id, reason: 'enough seen' }, OLGA);
  await ends(id, 'COMPENSATED');
});

test('an edit runs once a second operator confirmed the difference; the first cannot: SELF_APPROVAL', async () => {
  const { hubId } = hub.freshCustomer();
  const id = await stuck(UPDATE, website(hubId, 'typo'), CRM_DOWN, SALES);
  assert.deepEqual((await deskOf(id)).exception?.editable, ['segment', 'industry', 'website', 'billingAddress']);
  const edit = await askEdit(id, { website: 'https://right.example' });
  assert.deepEqual(edit.changes, [
    { field: 'website', oldValue: 'https://typo.example', newValue: 'https://right.example' },
  ]);
  assert.equal((await deskOf(id)).exception?.edit?.id, edit.id);
  assert.deepEqual(await codesOf(CONFIRM, { id: edit.id }), ['SELF_APPROVAL']);
  assert.equal((await deskOf(id)).state, 'EXCEPTION', 'nothing ran');
  await hub.ask(CONFIRM, { id: edit.id }, PETER);
  await ends(id, 'COMPLETED');
  assert.equal(await websiteOf(hubId), 'https://right.example');
  assert.deepEqual(await codesOf(CONFIRM, { id: edit.id }, PETER), [], 'said again after a lost answer');
  assert.deepEqual(await codesOf(CONFIRM, { id: edit.id }, { id: 'quentin' }), ['CONFLICT']);
  const told = await db
    .withTables<SagaTables>()
    .selectFrom('process.audit')
    .select(['event', 'principal_id'])
    .where('run_id', '=', id)
    .where('event', 'in', ['EDIT_PROPOSED', 'EDITED'])
    .orderBy('id')
    .execute();
  assert.deepEqual(told, [
    { event: 'EDIT_PROPOSED', principal_id: 'olga' },
    { event: 'EDITED', principal_id: 'peter' },
  ]);
});

test('only fields that the step was given and operators may change are edited, and only to values of the right form', async () => {
  const { hubId } = hub.freshCustomer();
  const id = await stuck(UPDATE, website(hubId, 'strict'), CRM_DOWN, SALES);
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{}, /name what to change in update-account as an object; website can be edited/],
    [[], /as an object/],
    ['website', /as an object/],
    [{ segment: 'SMB' }, /not given such a field/],
    [{ accountId: '001' }, /not given such a field/],
    [{ __proto__: null, toString: 'x' }, /not given such a field/],
    [{ website: 7 }, /changes\.website/],
    [{ website: 'two\nlines' }, /plain text on one line/],
    [{ website: '' }, /changes\.website/],
    [{ website: 'x'.repeat(201) }, /changes\.website/],
    [{ website: 'https://strict.example' }, /the value it has already/],
  ];
  for (const [changes, wrong] of cases) {
    const [error, ...more] = await hub.errorsOf(ASK_EDIT, { id, changes, reason: 'why not' }, OLGA);
    assert.deepEqual([error?.code, more.length], ['INVALID', 0], JSON.stringify(changes));
    assert.match(error?.message ?? '', wrong);
  }
  for (const reason of ['', 'x'.repeat(501)]) {
    const variables = { id, changes: { website: 'https://b.example' }, reason };
    assert.deepEqual(await codesOf(ASK_EDIT, variables), ['INVALID']);
  }
  const first = await askEdit(id, { website: 'https://first.example' });
  const second = await askEdit(id, { website: 'https://second.example' }, PETER);
  assert.deepEqual(await codesOf(CONFIRM, { id: first.id }, PETER), ['CONFLICT'], 'another was asked for instead');
  const { rejectEdit } = await hub.ask<{ rejectEdit: { edit: Edit } }>(
    REJECT_EDIT,
    { id: second.id, reason: 'no' },
    OLGA,
  );
  assert.deepEqual([rejectEdit.edit.decision, rejectEdit.edit.decidedBy], ['REJECTED', 'olga']);
  assert.deepEqual(await codesOf(CONFIRM, { id: second.id }, OLGA), ['CONFLICT']);
  const late = await askEdit(id, { website: 'https://late.example' });
  await hub.ask(RETRY, { id }, OLGA);
  await ends(id, 'COMPLETED');
  assert.deepEqual(await codesOf(CONFIRM, { id: late.id }, PETER), ['CONFLICT'], 'it went on without it');
  assert.equal(await websiteOf(hubId), 'https://strict.example');
});

test('a skipped step is done outside: later steps build on what was stated, and undoing leaves it alone', async () => {
  const input = order('skipped');
  const id = await stuck(SUBMIT, input, ERP_DOWN);
  const stated = {
    id: '990001',
    number: 'SO-BY-HAND',
    netTotal: { amount: '10.00', currency: input.currency },
    tax: null,
    total: { amount: '10.00', currency: input.currency },
  };
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [null, /stated/],
    [{ ...stated, id: '' }, /stated\.id/],
    [{ ...stated, total: { amount: 10, currency: 'EUR' } }, /stated\.total\.amount/],
    [{ ...stated, more: 1 }, /stated/],
  ];
  for (const [wrong, message] of bad) {
    const [error] = await hub.errorsOf(SKIP, { id, reason: 'by hand', stated: wrong }, OLGA);
    assert.equal(error?.code, 'INVALID');
    assert.match(error?.message ?? '', message);
  }
  await hub.ask(SKIP, { id, reason: 'opened by hand', stated }, OLGA);
  const run = await ends(id, 'COMPLETED');
  assert.equal(run.outcome?.salesOrderNumber, 'SO-BY-HAND');
  assert.deepEqual(hub.effectsOf(id).netsuite, []);
  const [skipped] = (await deskOf(id)).steps;
  assert.deepEqual([skipped?.name, skipped?.state, skipped?.error], ['open-sales-order', 'SKIPPED', 'opened by hand']);
});

test('an undo that cannot be done is skipped as well, and the others go on', async () => {
  const id = await stuck(SUBMIT, order('undo'), DESK_DOWN);
  hub.sandbox.addFault({
    kind: 'status',
    status: 503,
    body: '{}',
    vendor: 'stripe',
    match: '^(POST|DELETE) /v1/(subscriptions|invoices)',
  });
  await hub.ask(GIVE_UP, { id, reason: 'withdrawn' }, OLGA);
  let desk: Desk;
  do desk = await deskOf(id);
  while (desk.state !== 'EXCEPTION' || desk.exception?.causeClass !== 'UNDO_FAILED');
  assert.deepEqual(desk.exception.editable, []);
  assert.equal(desk.exception.skippable, true);
  assert.deepEqual(await codesOf(ASK_EDIT, { id, changes: { contractId: 'x' }, reason: 'no' }), ['CONFLICT']);
  await hub.ask(SKIP, { id, reason: 'cancelled by hand' }, OLGA);
  hub.sandbox.removeFaults();
  await ends(id, 'COMPENSATED');
  const states = Object.fromEntries((await deskOf(id)).steps.map(({ name, state }) => [name, state]));
  assert.equal(states['open-subscription'], 'SKIPPED');
  assert.equal(states['open-sales-order'], 'UNDONE');
});

test('exceptions are filtered by system, region and customer, and retried in bulk by cause, the largest amount first', async () => {
  const ids: string[] = [];
  const refusing = { ...BILLING_DOWN, status: 401 };
  for (const key of ['bulk 1', 'bulk 2', 'bulk 3']) ids.push(await stuck(SUBMIT, order(key), refusing));
  const elsewhere = await stuck(UPDATE, website(hub.freshCustomer().hubId, 'elsewhere'), CRM_DOWN, SALES);
  const all = await listed({});
  assert.deepEqual(new Set(all.map(({ process }) => process.id)), new Set([...ids, elsewhere]));
  const [some] = all;
  assert.ok(some);
  for (const [filter, fits] of [
    [{ system: 'CRM' }, (one: Listed) => one.system === 'CRM'],
    [{ region: some.region }, (one: Listed) => one.region === some.region],
    [{ customerId: some.customer.id }, (one: Listed) => one.customer.id === some.customer.id],
    [{ system: 'BILLING', region: 'NOWHERE' }, () => false],
  ] as const) {
    assert.deepEqual(await listed(filter), all.filter(fits), JSON.stringify(filter));
  }
  interface Bulk {
    readonly retryExceptions: { readonly left: number; readonly processes: readonly { id: string }[] };
  }
  const about = { system: 'BILLING', causeClass: 'CREDENTIAL' };
  const foreign = await hub.ask<Bulk>(BULK, about, { ...OLGA, rows: { customers: ['C-1'] } });
  assert.deepEqual(foreign.retryExceptions, { left: 0, processes: [] });
  const { retryExceptions: first } = await hub.ask<Bulk>(BULK, { ...about, first: 1 }, OLGA);
  const [largest] = all.filter(({ system }) => system === 'BILLING');
  assert.deepEqual(first, { left: 2, processes: [{ id: largest?.process.id }] });
  await ends(largest?.process.id ?? '', 'COMPLETED');
  const { retryExceptions: rest } = await hub.ask<Bulk>(BULK, about, OLGA);
  assert.deepEqual([rest.left, rest.processes.length], [0, 2]);
  for (const id of ids) await ends(id, 'COMPLETED');
  assert.equal((await deskOf(elsewhere)).state, 'EXCEPTION', 'another cause waits on');
  await hub.ask(RETRY, { id: elsewhere }, OLGA);
  await ends(elsewhere, 'COMPLETED');
});

test('a stuck change of master data is resolved by a later one that set the same fields; one that set others resolves nothing', async () => {
  const { hubId } = hub.freshCustomer();
  const id = await stuck(UPDATE, website(hubId, 'stuck'), CRM_DOWN, SALES);
  const later = async (input: object) => {
    const { updateCustomer } = await hub.ask<{ updateCustomer: ActAnswer }>(
      UPDATE,
      { input: { customerId: hubId, waitSeconds: 30, ...input } },
      SALES,
    );
    return (await ends(updateCustomer.process.id, 'COMPLETED')).id;
  };
  await later({ idempotencyKey: 'other field', industry: 'Energy' });
  assert.deepEqual(await resolveSuperseded(db, new Date().toISOString()), []);
  const same = await later({ idempotencyKey: 'same field', website: 'https://later.example', industry: 'Media' });
  assert.deepEqual(await resolveSuperseded(db, new Date().toISOString()), [id]);
  const ended = await hub.ask<{ process: Run }>(PROCESS, { id });
  assert.deepEqual(
    [ended.process.state, ended.process.exception, ended.process.reason],
    ['SUPERSEDED', null, `process ${same} set the same later`],
  );
  assert.equal(await websiteOf(hubId), 'https://later.example');
  assert.deepEqual(await codesOf(RETRY, { id }), ['CONFLICT']);
});

test('an operator whose rows do not hold the customer, or whose key does not name the act, does nothing', async () => {
  const { hubId } = hub.freshCustomer();
  const id = await stuck(UPDATE, website(hubId, 'rows'), CRM_DOWN, SALES);
  const edit = await askEdit(id, { website: 'https://rows2.example' });
  const asks: readonly (readonly [string, object])[] = [
    [ASK_EDIT, { id, changes: { website: 'https://x.example' }, reason: 'x' }],
    [SKIP, { id, reason: 'x' }],
    [CONFIRM, { id: edit.id }],
    [REJECT_EDIT, { id: edit.id, reason: 'x' }],
  ];
  for (const [query, variables] of asks) {
    assert.deepEqual(await codesOf(query, variables, { ...PETER, rows: { customers: ['C-1'] } }), ['NOT_FOUND'], query);
    assert.deepEqual(await codesOf(query, variables, { ...PETER, acts: { retryProcess: {} } }), ['FORBIDDEN'], query);
  }
  for (const query of [ASK_EDIT, SKIP]) {
    const variables = { id: 'prc_nothing', changes: { a: 1 }, reason: 'x' };
    assert.deepEqual(await codesOf(query, variables), ['NOT_FOUND']);
  }
  await hub.ask(GIVE_UP, { id, reason: 'done' }, OLGA);
  await ends(id, 'COMPENSATED');
  assert.deepEqual(await codesOf(SKIP, { id, reason: 'too late' }), ['CONFLICT']);
});

/** A running subscription of a customer that no test has touched; one that is charged by use where `metered`. */
async function subscriptionOf(metered = false) {
  for (;;) {
    const { hubId } = hub.freshCustomer();
    const [known] = await hub.ports.identity.customers([hubId as never], correlated);
    const of = known?.externalIdBySystem.BILLING as never;
    const [page] = await hub.ports.billing.subscriptionsOf([{ of, first: 20, after: null }], correlated);
    const found = page?.entries.find((one) => one.status === 'ACTIVE' && (!metered || one.metered.length > 0));
    if (found !== undefined) return found;
  }
}
const orderByHand = (id: string) => ({
  ...{ id, number: `SO-${id}`, tax: null },
  netTotal: { amount: '10.00', currency: 'EUR' },
  total: { amount: '10.00', currency: 'EUR' },
});

test('every step can be skipped but those of the hub’s own register, and none lets an operator edit what an amount hangs on', async () => {
  const steps = (await everySaga()).flatMap(({ steps: all }) => all);
  const fixed = new Set(steps.flatMap(({ name, stated }) => (stated === undefined ? [name] : [])));
  assert.deepEqual([...fixed].sort(), [
    'end-link',
    'link-customer',
    'merge-in-register',
    'register-customer',
    'unmerge-in-register',
  ]);
  const edited = new Set(steps.flatMap(({ editable }) => Object.keys(editable?.shape ?? {})));
  for (const field of ['lines', 'items', 'quantity', 'currency', 'taxId', 'paymentTerms', 'legalEntityId', 'rights']) {
    assert.ok(!edited.has(field), field);
  }
});

test('what an operator did outside takes the place of each step of a renewal, a cancellation, a newcomer and recorded usage', async () => {
  const [renewed, cancelled, used] = [await subscriptionOf(), await subscriptionOf(), await subscriptionOf(true)];
  const usage = {
    id: 'by-hand',
    subscriptionId: used.id,
    sku: 'USE-API-CALLS',
    quantity: '1',
    occurredAt: new Date().toISOString(),
  };
  const cases: readonly {
    readonly ask: string;
    readonly input: object;
    readonly fault: Omit<Fault, 'kind'>;
    readonly step: string;
    /** What is not enough, and what is. */
    readonly wrong: unknown;
    readonly stated: unknown;
    readonly outcome: Readonly<Record<string, unknown>>;
  }[] = [
    {
      ...{ ask: RENEW, input: { subscriptionId: renewed.id, termMonths: 12 }, fault: ERP_DOWN },
      ...{ step: 'open-renewal-order', wrong: null, stated: orderByHand('990101') },
      outcome: { renewalOrderId: '990101', renewalOrderNumber: 'SO-990101' },
    },
    {
      ask: CANCEL,
      input: { subscriptionId: cancelled.id, when: 'TERM_END', reason: 'moves away' },
      fault: { vendor: 'stripe', match: '^POST /v1/subscription' },
      ...{ step: 'cancel-at-term-end', wrong: { id: cancelled.id }, stated: null },
      outcome: { subscriptionId: cancelled.id },
    },
    {
      ask: ONBOARD,
      input: newcomer('Handmade'),
      fault: { vendor: 'stripe', match: '^POST /v1/customers' },
      ...{ step: 'open-billing-account', wrong: '', stated: 'cus_byhand' },
      outcome: { billingCustomerId: 'cus_byhand' },
    },
    {
      ask: RECORD_USAGE,
      input: { events: [usage] },
      fault: { vendor: 'stripe', match: '^POST .*meter_events' },
      ...{ step: 'post-usage-1', wrong: { events: 1 }, stated: null },
      outcome: { events: 1 },
    },
  ];
  for (const { ask, input, fault, step, wrong, stated, outcome } of cases) {
    const id = await stuck(ask, { idempotencyKey: `by hand ${step}`, ...input }, fault);
    const { exception } = await deskOf(id);
    assert.deepEqual([exception?.skippable, exception?.history.at(-1)?.event], [true, 'EXCEPTION'], step);
    const [error] = await hub.errorsOf(SKIP, { id, reason: 'done by hand', stated: wrong }, OLGA);
    assert.deepEqual([error?.code, /stated/.test(error?.message ?? '')], ['INVALID', true], step);
    await hub.ask(SKIP, { id, reason: 'done by hand', stated }, OLGA);
    const run = await ends(id, 'COMPLETED');
    for (const [name, value] of Object.entries(outcome)) assert.equal(run.outcome?.[name], value, step);
    assert.equal(run.steps.find(({ name }) => name === step)?.state, 'SKIPPED');
  }
});

test('a newcomer’s name and address may be edited on the way, and a second operator lets it go on', async () => {
  const input = newcomer('Mistyped');
  const id = await stuck(ONBOARD, input, { vendor: 'netsuite', match: '^PUT .*customer' });
  const { exception } = await deskOf(id);
  assert.deepEqual(exception?.editable, ['legalName', 'billingAddress', 'email']);
  const billingAddress = { ...input.billingAddress, line1: 'Hafenstrasse 3', line2: null, region: null };
  const [error] = await hub.errorsOf(ASK_EDIT, { id, changes: { taxId: 'DE1' }, reason: 'no' }, OLGA);
  assert.match(error?.message ?? '', /legalName, billingAddress, email can be edited/);
  const edit = await askEdit(id, { legalName: 'Well Typed GmbH', billingAddress });
  await hub.ask(CONFIRM, { id: edit.id }, PETER);
  const run = await ends(id, 'COMPLETED');
  const [legal] = await hub.ports.erp.customers([run.outcome?.erpCustomerId as never], { ...correlated, fresh: true });
  assert.deepEqual([legal?.legalName, legal?.billingAddress?.line1], ['Well Typed GmbH', 'Hafenstrasse 3']);
});

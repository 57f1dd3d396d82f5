import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Principal } from '../../../platform/principal.ts';
import { DEFAULT_APPROVALS } from '../../../subgraphs/process/approvals/approval-rules.ts';
import { type ActAnswer, UPDATE } from './support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

const DAY_MS = 86_400_000;
let laterMs = 0;
let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('worker', {
    clock: { now: () => Date.now() + laterMs },
    approvals: { ...DEFAULT_APPROVALS, proposalDays: 7 },
  });
});
after(() => hub.close());

const PROPOSAL = `id state owner proposedFor proposedBy reason changes { field oldValue newValue } customer { id }
  decidedBy decisionReason process { id state steps { name } }`;
const PROPOSE = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename
  ... on CustomerUpdateAccepted { replayed process { id state steps { name } proposals { id } } writes { field system } proposals { ${PROPOSAL} } }
  ... on CustomerUpdateRefused { refusals { field owner mayPropose message } reasons { code field } } } }`;
const DECISION = `__typename ... on ProposalDecided { proposal { ${PROPOSAL} } }
  ... on ProposalStands { proposal { id state } reasons { code field system message } }`;
const APPROVE = `mutation ($id: ID!) { approveProposal(id: $id) { ${DECISION} } }`;
const REJECT = `mutation ($id: ID!, $reason: String!) { rejectProposal(id: $id, reason: $reason) { ${DECISION} } }`;
const LIST = `query ($state: ProposalState, $owner: System) { proposals(state: $state, owner: $owner, first: 100) { nodes { ${PROPOSAL} } } }`;

interface Proposal {
  readonly id: string;
  readonly state: string;
  readonly owner: string;
  readonly changes: readonly { field: string; oldValue: string | null; newValue: string }[];
  readonly process: { id: string; steps: readonly { name: string }[] } | null;
  readonly [more: string]: unknown;
}
interface Accepted extends ActAnswer {
  readonly proposals: readonly Proposal[];
}
interface Decision {
  readonly __typename: string;
  readonly proposal: Proposal;
  readonly reasons: readonly { code: string; field: string; system: string }[];
}

const SALES: Partial<Principal> = { id: 'sales', actsFor: 'CRM', unmasked: ['PERSONAL', 'FINANCIAL'] };
const STEWARD: Partial<Principal> = { id: 'erp steward', actsFor: 'ERP', unmasked: ['PERSONAL', 'FINANCIAL'] };
const propose = async (input: object, as = SALES): Promise<Accepted> =>
  (await hub.ask<{ updateCustomer: Accepted }>(PROPOSE, { input: { waitSeconds: 30, ...input } }, as)).updateCustomer;
const approve = async (id: string, as = STEWARD): Promise<Decision> =>
  (await hub.ask<{ approveProposal: Decision }>(APPROVE, { id }, as)).approveProposal;
const codesOf = async (query: string, variables: object, as: Partial<Principal>) =>
  (await hub.errorsOf(query, variables, as)).map(({ code }) => code);
const listed = async (variables: object): Promise<readonly Proposal[]> =>
  (await hub.ask<{ proposals: { nodes: Proposal[] } }>(LIST, variables, STEWARD)).proposals.nodes;

const legalName = async (hubId: string): Promise<string | undefined> => {
  const [known] = await hub.ports.identity.customers([hubId as never], correlated);
  const [legal] = await hub.ports.erp.customers([known?.externalIdBySystem.ERP as never], correlated);
  return legal?.legalName;
};

/** A legal name that sales proposes to the ERP's steward. */
async function proposedName(key: string, name = `${key} AG`) {
  const { hubId } = hub.freshCustomer();
  const input = {
    idempotencyKey: key,
    customerId: hubId,
    legalName: name,
    proposalReason: 'seen on the new letterhead',
  };
  const answer = await propose(input);
  const [proposal] = answer.proposals ?? [];
  assert.ok(proposal, JSON.stringify(answer));
  return { hubId, input, answer, proposal };
}

test('without a reason a field of another system is refused, and the answer says that it may be proposed', async () => {
  const { hubId } = hub.freshCustomer();
  const answer = await propose({
    idempotencyKey: 'no reason',
    customerId: hubId,
    legalName: 'X AG',
    supportTier: 'PREMIUM',
  });
  assert.deepEqual(
    answer.refusals.map((one) => ({ ...one, message: one.message.includes('`proposalReason`') })),
    [
      { field: 'Customer.legalName', owner: 'ERP', mayPropose: true, message: true },
      { field: 'Customer.supportTier', owner: 'SUPPORT', mayPropose: false, message: false },
    ],
  );
});

test('with a reason it is proposed: nothing is written but the caller’s own fields, and the same key proposes once', async () => {
  const { hubId } = hub.freshCustomer();
  const before = await legalName(hubId);
  const input = {
    idempotencyKey: 'mixed',
    customerId: hubId,
    legalName: 'Mixed Works AG',
    billingEmail: 'ap@mixed.example',
    segment: 'ENTERPRISE',
    proposalReason: 'as they told us',
  };
  const [first, again] = [await propose(input), await propose(input)];
  assert.equal(first.process.state, 'COMPLETED', JSON.stringify(first));
  assert.deepEqual(
    first.process.steps.map(({ name }) => name),
    ['update-account'],
  );
  assert.deepEqual(
    first.writes.map(({ field }) => field),
    ['Customer.segment'],
  );
  for (const owner of ['ERP', 'BILLING']) {
    const one = first.proposals.find((proposal) => proposal.owner === owner);
    assert.deepEqual(
      [one?.state, one?.proposedFor, one?.proposedBy, one?.reason],
      ['PROPOSED', 'CRM', 'sales', 'as they told us'],
    );
  }
  assert.equal(first.proposals.length, 2);
  const erp = first.proposals.find(({ owner }) => owner === 'ERP');
  assert.deepEqual(erp?.changes, [{ field: 'Customer.legalName', oldValue: before, newValue: 'Mixed Works AG' }]);
  assert.equal(again.replayed, true);
  assert.deepEqual(
    again.proposals.map(({ id }) => id),
    first.proposals.map(({ id }) => id),
  );
  assert.equal(await legalName(hubId), before);
  assert.deepEqual(await codesOf(PROPOSE, { input: { ...input, legalName: 'Other AG' } }, SALES), [
    'IDEMPOTENCY_KEY_REUSED',
  ]);
});

test('one field that may not even be proposed refuses all: nothing is written, and nothing proposed', async () => {
  const { hubId } = hub.freshCustomer();
  const count = (await listed({})).length;
  const written = hub.sandbox.ledger('salesforce').length;
  const answer = await propose({
    idempotencyKey: 'not that',
    customerId: hubId,
    segment: 'ENTERPRISE',
    legalName: 'Y AG',
    supportTier: 'PREMIUM',
    proposalReason: 'why not',
  });
  assert.deepEqual(
    answer.refusals.map(({ field }) => field),
    ['Customer.supportTier'],
  );
  const wordless = await propose({
    idempotencyKey: 'wordless',
    customerId: hubId,
    legalName: 'Y AG',
    proposalReason: ' ',
  });
  assert.deepEqual(
    wordless.reasons.map(({ field }) => field),
    ['proposalReason'],
  );
  assert.equal((await listed({})).length, count);
  assert.equal(hub.sandbox.ledger('salesforce').length, written);
});

test('the owner’s steward approves: an ordinary process writes it, once, however many approve at once', async () => {
  const { hubId, proposal } = await proposedName('approved');
  const before = hub.sandbox.ledger('netsuite').length;
  const errors = await Promise.all(
    ['erp steward', 'another steward'].map((id) => hub.errorsOf(APPROVE, { id: proposal.id }, { ...STEWARD, id })),
  );
  assert.deepEqual(
    errors.flat().map(({ code }) => code),
    ['CONFLICT'],
  );
  const [decided] = (await listed({ state: 'APPROVED', owner: 'ERP' })).filter(({ id }) => id === proposal.id);
  assert.ok(decided?.process);
  const again = await approve(proposal.id, { ...STEWARD, id: String(decided.decidedBy) }); // a lost answer
  assert.equal(again.proposal.process?.id, decided.process.id);
  for (let name: string | undefined; name !== 'approved AG'; ) name = await legalName(hubId);
  assert.equal(hub.sandbox.ledger('netsuite').length, before + 1);
});

test('nobody approves his own proposal, and only who acts for the owner decides', async () => {
  const { hubId, proposal } = await proposedName('own');
  const before = await legalName(hubId);
  const { id } = proposal;
  assert.deepEqual(await codesOf(APPROVE, { id }, SALES), ['SELF_APPROVAL']);
  assert.deepEqual(await codesOf(APPROVE, { id }, { ...SALES, actsFor: 'ERP' }), ['SELF_APPROVAL']);
  for (const actsFor of ['CRM', 'BILLING', 'HUB', null]) {
    assert.deepEqual(await codesOf(APPROVE, { id }, { id: 'somebody', actsFor }), ['NOT_OWNER'], String(actsFor));
    assert.deepEqual(await codesOf(REJECT, { id, reason: 'no' }, { id: 'somebody', actsFor }), ['NOT_OWNER']);
  }
  assert.deepEqual(await codesOf(APPROVE, { id: 'prp_nothing' }, STEWARD), ['NOT_FOUND']);
  assert.equal(await legalName(hubId), before);
  const withdrawn = await hub.ask<{ rejectProposal: Decision }>(REJECT, { id, reason: 'my mistake' }, SALES);
  assert.equal(withdrawn.rejectProposal.proposal.state, 'REJECTED');
});

test('a value that was changed meanwhile is told as such, and stays', async () => {
  const { hubId, proposal } = await proposedName('stale');
  const mine = { idempotencyKey: 'meanwhile', customerId: hubId, legalName: 'Meanwhile AG', waitSeconds: 30 };
  const { updateCustomer } = await hub.ask<{ updateCustomer: ActAnswer }>(UPDATE, { input: mine }, STEWARD);
  assert.equal(updateCustomer.process.state, 'COMPLETED');
  const answer = await approve(proposal.id);
  assert.equal(answer.__typename, 'ProposalStands');
  assert.equal(answer.proposal.state, 'PROPOSED');
  assert.deepEqual(
    answer.reasons.map(({ code, field, system }) => `${code} ${field} ${system}`),
    ['VALUE_CHANGED legalName ERP'],
  );
  assert.equal(await legalName(hubId), 'Meanwhile AG');
});

test('what is rejected is not written, and says why; it cannot be approved any more', async () => {
  const { hubId, proposal } = await proposedName('rejected');
  const before = await legalName(hubId);
  assert.deepEqual(await codesOf(REJECT, { id: proposal.id, reason: '' }, STEWARD), ['INVALID']);
  const { rejectProposal } = await hub.ask<{ rejectProposal: Decision }>(
    REJECT,
    { id: proposal.id, reason: 'not in the commercial register' },
    STEWARD,
  );
  const { state, decidedBy, decisionReason } = rejectProposal.proposal;
  assert.deepEqual([state, decidedBy, decisionReason], ['REJECTED', 'erp steward', 'not in the commercial register']);
  assert.deepEqual(await codesOf(APPROVE, { id: proposal.id }, STEWARD), ['CONFLICT']);
  assert.equal(await legalName(hubId), before);
});

test('what nobody decides runs out of time', async () => {
  const { proposal } = await proposedName('late');
  laterMs = 7 * DAY_MS + 1;
  assert.deepEqual(await codesOf(APPROVE, { id: proposal.id }, STEWARD), ['CONFLICT']);
  assert.ok((await listed({ state: 'EXPIRED' })).some(({ id }) => id === proposal.id));
  laterMs = 0;
});

test('proposals are seen and decided within the rows of who asks; values are masked as their fields are', async () => {
  const { hubId } = hub.freshCustomer();
  const input = {
    idempotencyKey: 'rows',
    customerId: hubId,
    billingEmail: 'new@rows.example',
    proposalReason: 'they moved',
  };
  const [proposal] = (await propose(input)).proposals;
  assert.ok(proposal);
  const elsewhere = { id: 'elsewhere', actsFor: 'BILLING', rows: { customers: ['C-1'] } };
  assert.deepEqual(await codesOf(APPROVE, { id: proposal.id }, elsewhere), ['NOT_FOUND']);
  const seen = await hub.ask<{ proposals: { nodes: Proposal[] } }>(LIST, {}, elsewhere);
  assert.deepEqual(seen.proposals.nodes, []);
  const masked = await hub.ask<{ proposals: { nodes: Proposal[] } }>(LIST, { owner: 'BILLING' }, { id: 'masked' });
  const shown = masked.proposals.nodes.find(({ id }) => id === proposal.id)?.changes[0]?.newValue;
  assert.ok(shown !== undefined && !shown.includes('new@rows.example'), shown);
});

test('the milestones of a customer are told with whose record says so', async () => {
  const of = async (id: string) => {
    const { _entities } = await hub.ask<{
      _entities: { milestones: { milestone: string; reached: boolean; owner: string }[] }[];
    }>(
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { milestones { milestone reached owner } } } }',
      { of: [{ __typename: 'Customer', id }] },
    );
    return _entities[0]?.milestones.map(({ milestone, reached, owner }) => `${milestone} ${owner} ${reached}`);
  };
  assert.deepEqual(await of(hub.freshCustomer().hubId), ['ORDER_ACCEPTED ERP true', 'CONTRACT_ACTIVE BILLING true']);
  assert.deepEqual(await of(hub.customerWith('prospect').hubId), [
    'ORDER_ACCEPTED ERP false',
    'CONTRACT_ACTIVE BILLING false',
  ]);
});

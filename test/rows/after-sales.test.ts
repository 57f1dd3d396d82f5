import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { salesforce } from '../../sandbox/data/keys.ts';
import type { GraphAnswer } from '../support/hub.ts';
import { type Caller, type HubOfCallers, openHubOfCallers } from './hub-of-callers.ts';

const PARTNER: Caller = { name: 'partner', rows: { partnerOfRecord: [salesforce.account(20)] } };
const EVERYBODY: Caller = { name: 'everybody', rows: null };

const REASONS = 'reasons { code message field system }';
const OPEN = `mutation ($input: OpenServiceOrderInput!) { openServiceOrder(input: $input) { __typename
  ... on ServiceOrderAccepted { serviceOrder { id } process { state } } ... on ServiceOrderRejected { ${REASONS} } } }`;
const RETURN = `mutation ($input: IssueReturnInput!) { issueReturn(input: $input) { __typename
  ... on ReturnAccepted { return { id } process { state } } ... on ReturnRejected { ${REASONS} } } }`;
const PREVIEW_OPEN = `query ($input: OpenServiceOrderInput!) { previewOpenServiceOrder(input: $input) {
  ... on Preview { writes { field } } ... on PreviewRejected { ${REASONS} } } }`;
const PREVIEW_RETURN = `query ($input: IssueReturnInput!) { previewIssueReturn(input: $input) {
  ... on Preview { writes { field } } ... on PreviewRejected { ${REASONS} } } }`;

/** What a customer of the world has that something can be done about. */
interface Held {
  readonly caseId: string;
  readonly asset: string;
  readonly order: string;
  readonly sku: string;
}

/** What a client can tell two answers by, with the id that was asked for left out. */
function told({ status, data, errors }: GraphAnswer<unknown>, asked: string): unknown {
  const clean = errors.map(({ message, path, extensions: { correlationId: _, ...extensions } }) => ({
    message,
    path,
    extensions,
  }));
  return JSON.parse(JSON.stringify({ status, data, errors: clean }).replaceAll(asked, 'what was asked for'));
}

describe('what comes after the sales of others', () => {
  let hub: HubOfCallers;
  let own: Held;
  let foreign: Held;
  let serviceOrder: string;
  let returned: string;
  const service = ({ caseId, asset }: Held, idempotencyKey: string) => ({
    idempotencyKey,
    caseId,
    assetSerialNumber: asset,
    parts: [{ sku: 'SVC-REPAIR', quantity: 1 }],
    dispatchOn: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    acceptCharges: true,
    waitSeconds: 30,
  });
  const back = ({ order, sku }: Held, idempotencyKey: string) => ({
    idempotencyKey,
    salesOrderId: order,
    lines: [{ sku, quantity: 1, reason: 'does not fit' }],
    waitSeconds: 30,
  });

  async function held(partnerIndex: number): Promise<Held> {
    const recent = new Date(Date.now() - 80 * 86_400_000).toISOString().slice(0, 10);
    for (const customer of hub.world.customers()) {
      if (customer.partnerIndex !== partnerIndex || customer.traits.length > 0) continue;
      if (!Object.values(customer.known).every(Boolean)) continue;
      const { data } = await hub.ask<{
        customer: {
          cases: { nodes: { id: string; status: string }[] };
          installedAssets: { nodes: { serialNumber: string }[] };
          salesOrders: {
            nodes: {
              id: string;
              orderedOn: string;
              status: string;
              lines: { sku: string; fulfilledQuantity: number }[];
            }[];
          };
        };
      }>(
        EVERYBODY,
        `query ($id: ID!) { customer(id: $id) { cases { nodes { id status } } installedAssets { nodes { serialNumber } }
          salesOrders { nodes { id orderedOn status lines { sku fulfilledQuantity } } } } }`,
        { id: customer.hubId },
      );
      const { cases, installedAssets, salesOrders } = data.customer;
      const open = cases.nodes.find(({ status }) => status !== 'SOLVED' && status !== 'CLOSED');
      const asset = installedAssets.nodes[0];
      const order = salesOrders.nodes.find(
        ({ status, orderedOn, lines }) =>
          status === 'BILLED' && orderedOn >= recent && (lines[0]?.fulfilledQuantity ?? 0) > 0,
      );
      if (open && asset && order?.lines[0]) {
        return { caseId: open.id, asset: asset.serialNumber, order: order.id, sku: order.lines[0].sku };
      }
    }
    return assert.fail(`no customer of partner ${partnerIndex} has it all`);
  }

  before(async () => {
    hub = await openHubOfCallers();
    [own, foreign] = [await held(20), await held(21)];
    const opened = await hub.ask<{ openServiceOrder: { serviceOrder: { id: string } } }>(EVERYBODY, OPEN, {
      input: service(foreign, 'theirs'),
    });
    const issued = await hub.ask<{ issueReturn: { return: { id: string } } }>(EVERYBODY, RETURN, {
      input: back(foreign, 'theirs too'),
    });
    serviceOrder = opened.data.openServiceOrder.serviceOrder?.id ?? assert.fail(JSON.stringify(opened));
    returned = issued.data.issueReturn.return?.id ?? assert.fail(JSON.stringify(issued));
  });

  test('B18: another’s assets, service orders and returns are answered as there were none, however they are reached', async () => {
    const jump = (type: string, key: string, fields: string) =>
      `query ($id: ID!) { _entities(representations: [{ __typename: "${type}", ${key}: $id }]) { ... on ${type} { ${fields} } } }`;
    const ways: [query: string, id: string, unknown: string][] = [
      ['query ($id: ID!) { installedAsset(serialNumber: $id) { sku } }', foreign.asset, 'SN-9999-01-01'],
      ['query ($id: ID!) { serviceOrder(id: $id) { billable } }', serviceOrder, '99999999'],
      ['query ($id: ID!) { return(id: $id) { number } }', returned, '99999999'],
      [jump('InstalledAsset', 'serialNumber', 'sku'), foreign.asset, 'SN-9999-01-01'],
      [jump('ServiceOrder', 'id', 'billable'), serviceOrder, '99999999'],
      [jump('Return', 'id', 'number'), returned, '99999999'],
      [jump('Case', 'id', 'serviceOrders { id }'), foreign.caseId, '999999'],
    ];
    for (const [query, id, unknown] of ways) {
      const ask = (caller: Caller, of: string) => hub.fetch(caller, 'erp', query, { id: of });
      const everybody = await ask(EVERYBODY, id);
      assert.deepEqual(everybody.errors, [], query);
      assert.doesNotMatch(JSON.stringify(everybody.data), /null|\[\]/, `${query} finds it for whoever may see it`);
      assert.deepEqual(await ask(PARTNER, id), await ask(PARTNER, unknown), query);
    }
  });

  test('B18: an act on another’s case, asset or order is answered as on one there is not, and nothing is written', async () => {
    const written = hub.sandbox.ledger('netsuite').length;
    const nothing = { caseId: '999999', asset: 'SN-9999-01-01', order: '99999999', sku: foreign.sku };
    const pairs: [query: string, named: object, other: object, id: string, unknown: string][] = [
      [
        OPEN,
        service(foreign, 'f1'),
        service({ ...foreign, caseId: nothing.caseId }, 'u1'),
        foreign.caseId,
        nothing.caseId,
      ],
      [
        OPEN,
        service({ ...own, asset: foreign.asset }, 'f2'),
        service({ ...own, asset: nothing.asset }, 'u2'),
        foreign.asset,
        nothing.asset,
      ],
      [RETURN, back(foreign, 'f3'), back(nothing, 'u3'), foreign.order, nothing.order],
      [
        PREVIEW_OPEN,
        service(foreign, 'f4'),
        service({ ...foreign, caseId: nothing.caseId }, 'u4'),
        foreign.caseId,
        nothing.caseId,
      ],
      [PREVIEW_RETURN, back(foreign, 'f5'), back(nothing, 'u5'), foreign.order, nothing.order],
    ];
    for (const [query, named, other, id, unknown] of pairs) {
      const answer = told(await hub.ask(PARTNER, query, { input: named }), id);
      assert.deepEqual(answer, told(await hub.ask(PARTNER, query, { input: other }), unknown), query);
      assert.match(JSON.stringify(answer), /UNKNOWN_(CASE|ASSET|SALES_ORDER)/);
    }
    assert.equal(hub.sandbox.ledger('netsuite').length, written);
  });
});

/** `submitOrder` whole: verdict, acceptance, and every write in four vendors over HTTP, the sandbox at 0 ms. */
import { graphql } from 'graphql';
import { takeInDirectories } from '../../../events/register/take-in.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createDb } from '../../../platform/db/db.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { startProcesses } from '../../../subgraphs/process/start.ts';
import { connectAll, ownershipOfAll } from '../../../test/subgraphs/process/support/ports.ts';
import { databaseUrl, serveBatches } from './contestant.ts';

const size = Number(process.env.BENCH_CUSTOMERS);
const environment = JSON.parse(process.env.BENCH_SANDBOX ?? '{}') as Record<string, string>; // the bench wrote it
const db = createDb(databaseUrl(), { max: 20 });
const ports = await connectAll(environment, db);
const { erp, billing, crm, support, identity } = ports;
const call = { correlationId: 'bench', signal: AbortSignal.timeout(3_600_000) };
await takeInDirectories({
  identity,
  directories: { ERP: erp.directory, BILLING: billing.directory, CRM: crm.directory, SUPPORT: support.directory },
  log: silentLog,
  call,
});
const { subgraph } = await startProcesses({
  databaseUrl: databaseUrl(),
  db,
  executorId: 'bench',
  role: 'worker',
  ports,
  ownership: ownershipOfAll(),
  clock: systemClock,
  log: silentLog,
});
const world = createWorld({ seed: 1, size, today: new Date().toISOString().slice(0, 10) });
const buyers = [...world.customers()].filter(
  ({ known, traits, creditHold }) => Object.values(known).every(Boolean) && traits.length === 0 && !creditHold,
);
const sold = (kind: string, currency: string) =>
  world.products.find((one) => one.kind === kind && one.active && one.prices[currency] !== undefined)?.sku;

const SUBMIT = `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename
  ... on OrderAccepted { process { id } } ... on OrderRejected { reasons { code message } } } }`;

async function submit(input: object): Promise<void> {
  const { data, errors } = await graphql({
    schema: subgraph.schema,
    source: SUBMIT,
    variableValues: { input },
    contextValue: subgraph.contextFor({ call, principal: principalOf({ id: 'bench', name: 'Bench', scopes: [] }) }),
  });
  const answer = data?.submitOrder as { process?: { id: string; state: string } } | undefined;
  if (answer?.process === undefined) throw new Error(JSON.stringify(errors ?? answer));
}

serveBatches(async (nr, accepted) => {
  const customer = buyers[nr % buyers.length];
  if (customer === undefined) throw new Error('the world has no buyers');
  const input = {
    idempotencyKey: `bench-${nr}`,
    customerId: customer.hubId,
    currency: customer.currency,
    lines: ['SERVICE', 'SUBSCRIPTION'].map((kind) => ({ sku: sold(kind, customer.currency), quantity: 1 })),
  };
  await submit(input);
  accepted();
  await submit({ ...input, waitSeconds: 30 }); // the same order again: waits for its end
});

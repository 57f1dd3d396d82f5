import type { Command } from 'commander';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import { id, newCorrelationId } from '../../platform/ids.ts';
import { type InstanceIds, instanceIds, listed } from '../../platform/port/instances.ts';
import { type Cutover, type CutoverState, ownerIn } from '../../subgraphs/erp/instances/cutover.ts';
import { migrateCutovers } from '../../subgraphs/erp/instances/cutover-book.ts';
import { type CutoverDesk, createCutoverDesk } from '../../subgraphs/erp/instances/cutover-desk.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { processMigrations } from '../../subgraphs/process/migrations.ts';
import { createProcessStore, type ProcessStore } from '../../subgraphs/process/process-store.ts';

/** What the commands work on. */
export interface Movers {
  readonly desk: CutoverDesk;
  readonly identity: IdentityPort;
  readonly processes: Pick<ProcessStore, 'pendingOf'>;
  readonly ids: InstanceIds;
  readonly instances: readonly string[];
}

/** @throws HubError where the hub has one ERP: nobody can move then */
export async function openMovers(
  env: Readonly<Record<string, string | undefined>>,
  db: Db,
  clock: Clock,
): Promise<Movers> {
  const instances = listed(env.ERP_INSTANCES).map((entry) => entry.split(':')[0] ?? '');
  if (instances.length < 2) {
    throw new HubError('INVALID', 'ERP_INSTANCES must name two ERPs or more, as it does for the hub itself');
  }
  await migrateCutovers(db);
  await migrate(db, 'process', processMigrations);
  return {
    desk: createCutoverDesk(db, clock),
    identity: await connectIdentity(db, { clock }),
    processes: createProcessStore(db),
    ids: instanceIds(instances, env.ERP_BARE_IDS || null),
    instances,
  };
}

type WithMovers = (work: (movers: Movers) => Promise<void>) => Promise<void>;

/** Adds `hub cutover …`: moves customers from one ERP to another. */
export function addCutover(program: Command, withMovers: WithMovers, print: (text: string) => void): void {
  const cutover = program.command('cutover').description('move customers from one ERP to another, one at a time');
  cutover
    .command('list')
    .description('list all moves, the last changed first')
    .action(() =>
      withMovers(async ({ desk }) => {
        const all = await desk.list();
        print(all.length === 0 ? 'Nobody is being moved.' : all.map(told).join('\n'));
      }),
    );
  cutover
    .command('prepare')
    .description('note by which ids the two ERPs know the customer; changes nothing yet')
    .argument('<customer>', 'hub id, like C-10001')
    .requiredOption('--to <instance>', 'the ERP to move to')
    .option('--id <id>', 'the customer’s id there, where the register does not know it yet')
    .action((customer: string, options: { to: string; id?: string }) =>
      withMovers(async (movers) => {
        print(told(await movers.desk.prepare(await bothIds(movers, customer, options))));
        print('Next: hub cutover start, which begins to read from both.');
      }),
    );
  cutover
    .command('start')
    .description('read from both: the old ERP owns, differences are told in observedByErp')
    .argument('<customer>', 'hub id')
    .action((customer: string) =>
      withMovers(async ({ desk }) => print(told(await desk.advance(customer, 'READING_BOTH')))),
    );
  cutover
    .command('finish')
    .description('make the new ERP the owner; refused while an act of the customer is under way')
    .argument('<customer>', 'hub id')
    .action((customer: string) =>
      withMovers(async (movers) => {
        await atRest(movers, customer);
        print(told(await movers.desk.advance(customer, 'MOVED')));
      }),
    );
  cutover
    .command('back')
    .description('take back one step; orders that the new ERP took meanwhile stay there')
    .argument('<customer>', 'hub id')
    .action((customer: string) =>
      withMovers(async (movers) => {
        await atRest(movers, customer);
        const before = (await movers.desk.list()).find((move) => move.customer === customer);
        const there = before && movers.ids.instanceOf(before.to);
        const placed = before?.state === 'MOVED' && there ? await movers.desk.placedSince(before, there) : 0;
        const after = await movers.desk.back(customer);
        print(after === null ? `The move of ${customer} is called off.` : told(after));
        if (placed > 0)
          print(`${placed} orders were opened in ${there} meanwhile; they stay there and have to be carried over.`);
      }),
    );
}

/** The customer's ids as the register has them. */
async function bothIds(
  { identity, ids, instances }: Movers,
  customer: string,
  { to, id: idThere }: { to: string; id?: string },
) {
  if (!instances.includes(to)) throw new HubError('INVALID', `--to must be one of ${instances.join(', ')}`);
  const call = { correlationId: newCorrelationId(), signal: AbortSignal.timeout(10_000) };
  const [found] = await identity.customers([id(customer)], call);
  if (!found) throw new HubError('NOT_FOUND', `The register knows no customer ${customer}`);
  const held = found.links.filter(({ system, endedAt }) => system === 'ERP' && endedAt === null);
  const instanceOf = (externalId: string) => ids.instanceOf(externalId);
  const from = held.find(({ externalId }) => instanceOf(externalId) !== null && instanceOf(externalId) !== to);
  if (!from) throw new HubError('NOT_FOUND', `The register knows ${customer} in no other ERP than ${to}`);
  const there = held.find(({ externalId }) => instanceOf(externalId) === to)?.externalId;
  const target = idThere === undefined ? there : ids.of(to, ids.own(id<'ErpCustomer'>(idThere)));
  if (target === undefined) {
    const how = `set it up there with the hub id as its reference, or name it by --id`;
    throw new HubError('NOT_FOUND', `The register does not know ${customer} in ${to}: ${how}`);
  }
  return { customer: found.id, from: id<'ErpCustomer'>(from.externalId), to: id<'ErpCustomer'>(target) };
}

/** An act under way began with the owner of before. @throws CONFLICT */
async function atRest({ processes }: Movers, customer: string): Promise<void> {
  const [pending] = await processes.pendingOf([`customer:${customer}`]);
  if (!pending) return;
  throw new HubError(
    'CONFLICT',
    `Act ${pending.id} of ${customer} is under way; wait for its end, or end it, and come again`,
  );
}

const MEANING: Readonly<Record<CutoverState, string>> = {
  PREPARED: 'only the old one is asked',
  READING_BOTH: 'both are asked',
  MOVED: 'only the new one is asked',
};

const told = (move: Cutover): string =>
  `${move.customer}  ${move.from} -> ${move.to}  ${move.state} since ${move.changedAt}: ${ownerIn(move)} owns, ${MEANING[move.state]}`;

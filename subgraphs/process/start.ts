import { sql } from 'kysely';
import { migrateReconciliation } from '../../events/reconcile/desk.ts';
import { createFindingStore } from '../../events/reconcile/finding-store.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import type { RetryPolicy } from '../../platform/failure.ts';
import type { Logger } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, outboxMigrations } from '../../platform/outbox/tables.ts';
import type { Ownership } from '../../platform/ownership/ownership.ts';
import type { RowScope } from '../../platform/principal.ts';
import type { SourceViews } from '../../platform/resilience/views.ts';
import { createSagaEngine } from '../../platform/saga/engine.ts';
import type { Probe } from '../../platform/saga/executor.ts';
import { keepRetention } from '../../platform/saga/retention.ts';
import type { AnySaga, Attempt } from '../../platform/saga/saga.ts';
import { createSystemGate } from '../../platform/saga/system-gate.ts';
import { SAGA_SCHEMA, type SagaTables } from '../../platform/saga/tables.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { hubActs } from './acts/hub-acts.ts';
import { type ApprovalRules, DEFAULT_APPROVALS } from './approvals/approval-rules.ts';
import { createApprovalStore } from './approvals/approval-store.ts';
import { sweepApprovals } from './approvals/sweep.ts';
import { createConnectedSystems } from './connected/connected-systems.ts';
import { DEFAULT_RULES, type EngineRules } from './engine-rules.ts';
import { createDeskStore } from './exceptions/desk-store.ts';
import { noteMappings } from './exceptions/mapping-version.ts';
import { resolveSuperseded } from './exceptions/superseded.ts';
import { createMaintenance } from './maintenance/maintenance.ts';
import { processMigrations } from './migrations.ts';
import { createPlanStore } from './plans/plan-store.ts';
import type { HubActs } from './port.ts';
import { createProcessStore } from './process-store.ts';
import { createProposalStore } from './proposals/proposal-store.ts';
import { alignEntitlement } from './sagas/align-entitlement.ts';
import { amendSubscription } from './sagas/amend-subscription.ts';
import { cancelSubscription } from './sagas/cancel-subscription.ts';
import { changeBillingEntity } from './sagas/change-billing-entity.ts';
import { followUp } from './sagas/follow-up.ts';
import { issueReturn } from './sagas/issue-return.ts';
import { mergeCustomers, unmergeCustomers } from './sagas/merge-customers.ts';
import { onboardCustomer } from './sagas/onboard-customer.ts';
import { openServiceOrder } from './sagas/open-service-order.ts';
import { recordUsage } from './sagas/record-usage.ts';
import { renewSubscription } from './sagas/renew-subscription.ts';
import { repairFinding } from './sagas/repair-finding.ts';
import { submitOrder } from './sagas/submit-order.ts';
import { updateCustomer } from './sagas/update-customer.ts';
import { createProcessSubgraph } from './subgraph.ts';
import { type Ports, type StepContext, stepContextFor } from './systems.ts';
import { thresholdsIn } from './usage/thresholds.ts';
import { DEFAULT_USAGE_RULES, type UsageRules } from './usage/usage-rules.ts';
import { createUsageStore } from './usage/usage-store.ts';

/** Stands for an attempt where none is made. */
const NO_ATTEMPT = {
  runId: '',
  step: '',
  owner: 'HUB',
  key: '',
  isFirst: false,
  correlationId: '',
  signal: AbortSignal.abort(),
} as const satisfies Attempt;

export interface ProcessesOptions {
  readonly databaseUrl: string;
  /** Closed by the caller, after the processes. */
  readonly db: Db;
  /** Names this process over restarts: it goes on with the runs that it left. */
  readonly executorId: string;
  /** `worker` executes acts and serves the graph; `client` serves the graph and leaves executing to a worker elsewhere. */
  readonly role: 'worker' | 'client';
  /** Whether this process is asked for answers now, for which its acts make room. Default: it always is. */
  readonly waitedFor?: () => boolean;
  readonly ports: Ports;
  readonly ownership: Ownership;
  /** What the hub's processes say of their systems; closed by the caller. Default: nothing is said. */
  readonly systemViews?: SourceViews;
  /** Default: only keys with `above: approval` have acts wait for a second person. */
  readonly approvals?: ApprovalRules;
  /** Default: as a hub does that sets nothing. */
  readonly usage?: UsageRules;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: systems are sent as much as there is, at any time. */
  readonly rules?: EngineRules;
  /** How often a step is tried before an operator is asked. */
  readonly retry?: Partial<RetryPolicy>;
  readonly probe?: Probe;
}

/** A steward may still decide on what the process proposed. */
const UNDECIDED = sql<boolean>`exists (select 1 from process.proposal where run_id = run.id and state = 'PROPOSED')`;

/** Brings the journal's tables up to date and starts the engine with every act of the hub. Once per process of the system. */
export async function startProcesses(
  options: ProcessesOptions,
): Promise<{ subgraph: Subgraph; acts: HubActs; close(): Promise<void> }> {
  const {
    db,
    ports,
    ownership,
    clock,
    approvals: approvalRules = DEFAULT_APPROVALS,
    usage: usageRules = DEFAULT_USAGE_RULES,
    ...rest
  } = options;
  const { limits, windows, retentionDays: days, renewalWindowDays } = options.rules ?? DEFAULT_RULES;
  await migrate(db, SAGA_SCHEMA, processMigrations);
  await migrate(db, OUTBOX_SCHEMA, outboxMigrations);
  await migrateReconciliation(db);
  const journal = db.withTables<SagaTables>();
  if (options.role === 'worker') await noteMappings(db, instant(clock));
  const sagas: readonly AnySaga<StepContext>[] = [
    submitOrder,
    amendSubscription,
    renewSubscription,
    cancelSubscription,
    changeBillingEntity,
    updateCustomer,
    openServiceOrder,
    issueReturn,
    mergeCustomers,
    unmergeCustomers,
    onboardCustomer,
    recordUsage,
    repairFinding,
    followUp,
    alignEntitlement,
  ];
  const contextFor = stepContextFor(ports, { thresholds: thresholdsIn(db), now: () => instant(clock) });
  const engine = await createSagaEngine({
    ...rest,
    clock,
    db: journal,
    gate: await createSystemGate({ db: journal, worker: options.executorId, limits, windows, clock }),
    sagas,
    contextFor,
  });
  const everyStore = createProcessStore(db);
  const services = {
    engine,
    storeFor: (rows: RowScope | null) => (rows === null ? everyStore : createProcessStore(db, rows)),
    approvalsFor: (rows: RowScope | null) => createApprovalStore(db, rows),
    approvalRules,
    proposalsFor: (rows: RowScope | null) => createProposalStore(db, rows),
    plans: createPlanStore(db),
    desk: createDeskStore(db),
    stepOf: (kind: string, name: string) =>
      sagas.find((one) => one.name === kind)?.steps.find((step) => step.name === name),
    probing: contextFor(NO_ATTEMPT),
    maintenance: createMaintenance(journal, { sagas, windows }),
    connected: createConnectedSystems(journal, options.systemViews ?? null),
    usage: createUsageStore(db),
    usageRules,
    findingsFor: (rows: RowScope | null) => createFindingStore(db, rows),
    renewalWindowDays,
    ownership,
    ports,
    clock,
  };
  const retention = options.role === 'worker' ? keepRetention(journal, { days, unless: UNDECIDED }, options.log) : null;
  const sweep =
    options.role === 'worker'
      ? sweepApprovals({ ...services, resolveSuperseded: (at) => resolveSuperseded(db, at) }, options.log)
      : null;
  return {
    subgraph: createProcessSubgraph(services),
    acts: hubActs(services),
    close: async () => {
      await retention?.close();
      await sweep?.close();
      await engine.close();
    },
  };
}

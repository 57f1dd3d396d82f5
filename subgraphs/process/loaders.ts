import DataLoader from 'dataloader';
import type { FindingStore } from '../../events/reconcile/finding-store.ts';
import type { Call } from '../../platform/call.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import type { Ownership } from '../../platform/ownership/ownership.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal, RowScope } from '../../platform/principal.ts';
import type { SagaEngine } from '../../platform/saga/engine.ts';
import { reachable } from '../../platform/saga/persistent.ts';
import type { AnyStep } from '../../platform/saga/saga.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { ApprovalRules } from './approvals/approval-rules.ts';
import type { Approval, ApprovalStore } from './approvals/approval-store.ts';
import type { ConnectedSystems } from './connected/connected-systems.ts';
import type { DeskStore, HistoryEntry, StepEdit } from './exceptions/desk-store.ts';
import type { Maintenance } from './maintenance/maintenance.ts';
import type { EntityKey, Process, ProcessException, ProcessId, ProcessStep } from './model.ts';
import type { PlanStore } from './plans/plan-store.ts';
import type { ProcessStore } from './process-store.ts';
import type { Proposal, ProposalStore } from './proposals/proposal-store.ts';
import type { Ports, StepContext } from './systems.ts';
import type { UsageRules } from './usage/usage-rules.ts';
import type { UsageStore } from './usage/usage-store.ts';

/** What the subgraph stands on. */
export interface ProcessServices {
  readonly engine: SagaEngine;
  /** The journal as a caller with these rows sees it. */
  readonly storeFor: (rows: RowScope | null) => ProcessStore;
  readonly ports: Ports;
  /** As the supergraph's `@owner` and `@writes` say. */
  readonly ownership: Ownership;
  readonly approvalsFor: (rows: RowScope | null) => ApprovalStore;
  readonly approvalRules: ApprovalRules;
  readonly proposalsFor: (rows: RowScope | null) => ProposalStore;
  readonly plans: PlanStore;
  readonly desk: DeskStore;
  /** A step of an act by its stored name; undefined: this version of the hub knows none. */
  readonly stepOf: (kind: string, name: string) => AnyStep<StepContext> | undefined;
  /** A step's context with which nothing is done: for asking what its systems can. */
  readonly probing: StepContext;
  readonly maintenance: Maintenance;
  readonly connected: ConnectedSystems;
  readonly usage: UsageStore;
  readonly usageRules: UsageRules;
  /** What reconciliation found, as a caller with these rows sees it. */
  readonly findingsFor: (rows: RowScope | null) => FindingStore;
  /** As in `EngineRules`. */
  readonly renewalWindowDays: number;
  readonly clock: Clock;
}

export interface Loaders {
  readonly process: DataLoader<ProcessId, Process | null>;
  readonly stepsOf: DataLoader<ProcessId, readonly ProcessStep[]>;
  readonly exceptionOf: DataLoader<ProcessId, ProcessException | null>;
  readonly approvalOf: DataLoader<ProcessId, Approval | null>;
  readonly proposedIn: DataLoader<ProcessId, readonly Proposal[]>;
  readonly list: DataLoader<ListOf, Page<Process>, string>;
  readonly pendingOf: DataLoader<EntityKey, Process | null>;
  readonly ofSalesOrder: DataLoader<string, Process | null>;
  /** What a process that is WAITING waits for. */
  readonly waitsFor: DataLoader<ProcessId, string | null>;
  readonly editFor: DataLoader<ProcessId, StepEdit | null>;
  readonly historyOf: DataLoader<ProcessId, readonly HistoryEntry[]>;
}

/** What a resolver of this subgraph stands on: made anew for each request. */
export interface Context extends ProcessServices {
  readonly loaders: Loaders;
  readonly store: ProcessStore;
  readonly approvals: ApprovalStore;
  readonly proposals: ProposalStore;
  readonly call: Call;
  readonly principal: Principal;
}

const MOST_KEYS = 500;

export function createContext(services: ProcessServices, { call, principal }: SubgraphRequest): Context {
  const store = services.storeFor(principal.rows);
  const approvals = services.approvalsFor(principal.rows);
  const proposals = services.proposalsFor(principal.rows);
  // A process changes while a mutation waits for it: what is asked for after that must be read anew, so nothing is kept.
  const uncached = { cache: false, maxBatchSize: MOST_KEYS };
  return {
    ...services,
    store,
    approvals,
    proposals,
    call,
    principal,
    loaders: {
      process: new DataLoader((ids) => reachable(store.processes(ids)), uncached),
      stepsOf: new DataLoader((ids) => reachable(store.stepsOf(ids)), uncached),
      approvalOf: new DataLoader((ids) => reachable(approvals.approvalsOf(ids)), uncached),
      proposedIn: new DataLoader((ids) => reachable(proposals.proposedIn(ids, instant(services.clock))), uncached),
      exceptionOf: new DataLoader((ids) => reachable(store.exceptionsOf(ids)), uncached),
      list: new DataLoader((lists) => reachable(store.list(lists)), { ...uncached, cacheKeyFn: listKey }),
      pendingOf: new DataLoader((keys) => reachable(store.pendingOf(keys)), uncached),
      waitsFor: new DataLoader((ids) => reachable(services.maintenance.postponements(ids)), uncached),
      editFor: new DataLoader((ids) => reachable(services.desk.editsFor(ids)), uncached),
      historyOf: new DataLoader((ids) => reachable(services.desk.historiesOf(ids)), uncached),
      ofSalesOrder: new DataLoader((ids) => reachable(store.ofSalesOrders(ids)), uncached),
    },
  };
}

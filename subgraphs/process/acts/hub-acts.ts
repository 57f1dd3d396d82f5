import { GraphQLError } from 'graphql';
import { day } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { judgeWrite } from '../../../platform/ownership/rights.ts';
import { principalOf } from '../../../platform/principal.ts';
import { type Context, createContext, type ProcessServices } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import {
  type AlignEntitlementAsked,
  type FollowUpAsked,
  HUB_ACT_WRITES,
  type HubActName,
  type HubActs,
} from '../port.ts';
import { type AlignEntitlement, alignEntitlement } from '../sagas/align-entitlement.ts';
import { type FollowUp, followUp } from '../sagas/follow-up.ts';
import type { Rejection } from '../schema.generated.ts';
import { judgeAlignment } from '../verdicts/align-entitlement.ts';
import { judgeFollowUp } from '../verdicts/follow-up.ts';
import { type ActRules, type Answer, acceptAct } from './accept.ts';
import { subscriptionLock } from './subscription-lock.ts';

const DAY_MS = 86_400_000;
/** Who runs them: one caller, so that one key is one process. */
const HUB_ID = 'hub';

/** The acts that events start. They are journaled, tried, undone and shown like those of any caller. */
export function hubActs(services: ProcessServices): HubActs {
  return {
    async begin(act, { input, actsFor, key }, call) {
      judgeOwnership(services, act, actsFor);
      const principal = principalOf({
        id: HUB_ID,
        name: 'the hub, after an event',
        kind: 'HUB',
        scopes: [],
        actsFor,
        acts: { [act]: {} },
      });
      const context = createContext(services, { call, principal });
      const answer = await ACTS[act](context, { ...input, idempotencyKey: key } as never).catch(unlessStarted); // the input is the act's own: both are named by one key
      if (answer === null) return { kind: 'NOT_NEEDED', reason: 'an earlier event has started it' };
      if (answer.accepted) return { kind: 'STARTED', processId: answer.process.id };
      const [busy] = answer.no.filter(({ code }) => code === 'PROCESS_RUNNING');
      if (busy !== undefined) return { kind: 'BUSY', reason: busy.message };
      return { kind: 'NOT_NEEDED', reason: answer.no.map(({ code, message }) => `${code}: ${message}`).join('; ') };
    },
  };
}

/** The hub's own keys stand for one matter, whatever else is said of it later. */
function unlessStarted(error: unknown): null {
  if (error instanceof GraphQLError && error.extensions.code === 'IDEMPOTENCY_KEY_REUSED') return null;
  throw error;
}

/** The judge of all writes holds for the hub's own. @throws NOT_OWNER */
function judgeOwnership({ ownership }: ProcessServices, act: HubActName, actsFor: string): void {
  for (const field of HUB_ACT_WRITES[act]) {
    const { right, owner } = judgeWrite(ownership, act, { field, judgedBy: 'CALLER' }, { actsFor, reached: 'UNKNOWN' });
    if (right === 'ALLOWED') continue;
    throw new HubError('NOT_OWNER', `${act} writes ${field}, which ${owner} owns, and is to act for ${actsFor}`, {
      system: owner,
      field,
    });
  }
}

type Keyed<Asked> = Asked & { readonly idempotencyKey: string };
type Said<Act> = Promise<Answer<Act, readonly Rejection[]>>;

const ACTS: {
  readonly followUp: (context: Context, input: Keyed<FollowUpAsked>) => Said<FollowUp>;
  readonly alignEntitlement: (context: Context, input: Keyed<AlignEntitlementAsked>) => Said<AlignEntitlement>;
} = {
  followUp: (context, input) =>
    acceptAct(context, { act: 'followUp', kind: followUp.name }, input, followUpRules(context, input)),
  alignEntitlement: (context, input) =>
    acceptAct(context, { act: 'alignEntitlement', kind: alignEntitlement.name }, input, alignRules(context, input)),
};

const followUpRules = (context: Context, input: FollowUpAsked): ActRules<FollowUp, readonly Rejection[]> => ({
  judge: async () => {
    const { ports, call, clock, ownership } = context;
    const dueAt = clock.now() + input.task.dueInDays * DAY_MS;
    const given = { dueOn: day({ now: () => dueAt }), ownerOf: ownerIn(ownership) };
    const verdict = await judgeFollowUp(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region } = verdict.plan;
    return { passed: { ...FREE, act, customer: act.customer, region, subscriptionId: null, writes: act.writes } };
  },
  lock: null,
});

const alignRules = (
  context: Context,
  input: AlignEntitlementAsked,
): ActRules<AlignEntitlement, readonly Rejection[]> => ({
  judge: async () => {
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await judgeAlignment(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { customer, grant, writes } = verdict.plan;
    const { subscriptionId } = grant;
    return { passed: { ...FREE, act: verdict.plan, customer, region: null, subscriptionId, writes } };
  },
  lock: subscriptionLock(input),
});

/** They cost nothing. */
const FREE = { contractId: null, amountAtRisk: null, charges: null } as const;

import { GraphQLError } from 'graphql';
import { instant } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { amountText, type Money } from '../../../platform/money.ts';
import type { Acceptance, Accepted, Alongside, Asked } from '../../../platform/saga/accept.ts';
import { alwaysAsked, amountOf, judgeAmount } from '../approvals/amount-limit.ts';
import { asked as askedFor } from '../approvals/approval-store.ts';
import type { Context } from '../loaders.ts';
import type { ChargeSummary, EntityKey, KnownCustomer, PlannedWrite, Process, ProcessId } from '../model.ts';
import { newProcessId } from '../new-ids.ts';
import { holdTo, planToConfirm } from '../plans/confirm.ts';
import type { Fact } from '../plans/rests-on.ts';
import { weightOf } from '../ranking.ts';
import type { Rejection } from '../schema.generated.ts';
import { isIdempotencyKey, saidIn } from '../verdicts/input.ts';

/** An act that passed its verdict: what is journaled, and what an operator should see if it gets stuck. */
export interface Passed<Act> {
  readonly act: Act;
  readonly customer: KnownCustomer;
  readonly contractId: string | null;
  readonly region: string | null;
  readonly amountAtRisk: Money | null;
  readonly subscriptionId: string | null;
  /** What it changes beside that customer and that subscription, for `pendingProcess`. */
  readonly changes?: readonly EntityKey[];
  /** When it begins, and beside what else; null: at once, before all that nobody waits for. */
  readonly begins?: Pick<Acceptance, 'notBefore' | 'work'> | null;
  /** What is judged by the caller's limit and the hub's; null: the act costs nothing. */
  readonly charges: ChargeSummary | null;
  /** What it writes where, with what is there now: what its preview shows, and a plan is held to. */
  readonly writes: readonly PlannedWrite[];
  /** What it rests on beside its writes and charges. Example: the price of each line. */
  readonly restsOn?: readonly Fact[];
  /** True: it waits for a second person, whatever it costs. */
  readonly secondPerson?: boolean;
  /** What is written with the process, all or nothing. */
  readonly alongside?: Alongside;
}

/** The mutation by its name in the graph, and the saga that it runs. */
export interface ActName {
  readonly act: string;
  readonly kind: string;
}

export interface Envelope {
  readonly idempotencyKey: string;
  readonly waitSeconds?: number | null | undefined;
  /** The plan that the act is held to. */
  readonly confirm?: string | null | undefined;
}

/** How an act is judged. The preview of an act stands on the same rules as the act. */
export type ActRules<Act, No> = {
  judge(id: ProcessId): Promise<{ passed: Passed<Act> } | { no: No }>;
  /** What only one unfinished process may change, and the answer when another one does. */
  readonly lock: {
    readonly name: string;
    /** Held instead while it waits for a second person, and then as it runs. Default: `name`. */
    readonly whileHeld?: string;
    readonly taken: (processId: string) => No;
  } | null;
} & (readonly Rejection[] extends No
  ? { readonly refusing?: never }
  : {
      /** The act's answer for reasons that no judge of its own found. */
      readonly refusing: (reasons: readonly Rejection[]) => No;
    });

export type Answer<Act, No> =
  | { readonly accepted: true; readonly process: Process; readonly replayed: boolean; readonly act: Act }
  | { readonly accepted: false; readonly no: No };

const HOUR_MS = 3_600_000;

/**
 * Accepts an act under its key. A key that was accepted before is answered with its process, without judging again: what was
 * right then may not be right now. A verdict that says no leaves the key free. Above an amount that the caller's key or the
 * hub names, the process waits for a second person. With `confirm` it is what was previewed that runs, or nothing.
 * @throws LIMIT_EXCEEDED, FORBIDDEN, NOT_OWNER, CONFLICT
 */
export async function acceptAct<Act, No>(
  context: Context,
  name: ActName,
  input: Envelope,
  rules: ActRules<Act, No>,
): Promise<Answer<Act, No>> {
  const { engine, principal, clock, approvalRules } = context;
  judgeAmount(name.act, null, principal, approvalRules);
  const asked = {
    kind: name.kind,
    principalId: principal.id,
    idempotencyKey: input.idempotencyKey,
    said: saidIn(input),
  };
  const id = newProcessId(clock);
  const recalled = isIdempotencyKey(input.idempotencyKey) ? await clearly(engine.recall(asked)) : null;
  if (recalled !== null) return answer(context, recalled, true, input);

  const refused = async (no: No): Promise<Answer<Act, No>> => {
    // The same key may have been accepted while this one was judged, and be the very reason for the no.
    const meanwhile = isIdempotencyKey(input.idempotencyKey) ? await clearly(engine.recall(asked)) : null;
    return meanwhile === null ? { accepted: false, no } : answer(context, meanwhile, true, input);
  };
  const confirming = input.confirm == null ? null : await planToConfirm(context, asked, input.confirm);
  if (confirming !== null && 'reasons' in confirming) return refused(noOf(rules, confirming.reasons));
  const verdict = await rules.judge(id);
  if ('no' in verdict) return refused(verdict.no);
  const held = confirming === null ? verdict : await holdTo(context, asked, confirming.plan, id, verdict.passed);
  if ('reasons' in held) return refused(noOf(rules, held.reasons));
  const { charges } = held.passed;
  const amount = charges === null ? null : amountOf(charges);
  const above =
    judgeAmount(name.act, amount, principal, approvalRules) ??
    alwaysAsked(name.act, approvalRules) ??
    (held.passed.secondPerson ? { amount, limit: null, limitOf: 'HUB' as const } : null);
  const expiresAt = new Date(clock.now() + approvalRules.waitHours * HOUR_MS).toISOString();
  const ask = above && askedFor(id, above, { by: principal.id, at: instant(clock), expiresAt });
  const started = await startRun(context, asked, id, held.passed, {
    lock: (ask === null ? rules.lock?.name : (rules.lock?.whileHeld ?? rules.lock?.name)) ?? null,
    ask,
  });
  if (started.kind === 'LOCKED') {
    if (rules.lock === null) throw new Error('a lock was refused that was not asked for');
    return { accepted: false, no: rules.lock.taken(started.id) };
  }
  return started.kind === 'REPLAYED'
    ? answer(context, started.id, true, input)
    : answer(context, started.id, false, input, held.passed.act);
}

/** Reasons as this act answers them. */
const noOf = <Act, No>({ refusing }: ActRules<Act, No>, reasons: readonly Rejection[]): No =>
  refusing === undefined ? (reasons as No) : refusing(reasons); // it is left out only where the reasons are a `No`

/** Journals an act that passed; `ask` has it wait for a second person. */
export function startRun<Act>(
  { engine, call }: Context,
  asked: Asked,
  id: ProcessId,
  { act, customer, contractId, region, amountAtRisk, subscriptionId, changes, begins, alongside }: Passed<Act>,
  { lock, ask }: { readonly lock: string | null; readonly ask: Alongside | null },
): Promise<Accepted> {
  return clearly(
    engine.start({
      ...asked,
      id,
      input: act,
      correlationId: call.correlationId,
      attributes: {
        customerId: customer.id,
        customerName: customer.name,
        contractId,
        region,
        subscriptionId,
        ...(changes === undefined || changes.length === 0 ? {} : { changes: changes.join(' ') }), // ids hold no blank
        amountAtRisk: amountAtRisk === null ? null : amountText(amountAtRisk),
        amountCurrency: amountAtRisk?.currency ?? null,
      },
      weight: weightOf(amountAtRisk),
      lock,
      held: ask !== null,
      ...begins,
      ...(alongside === undefined && ask === null
        ? {} // what is written alone needs no transaction around it
        : {
            alongside: async (trx) => {
              await alongside?.(trx);
              await ask?.(trx);
            },
          }),
    }),
  );
}

/**
 * Waits as long as the caller wants to, then shows the process as it stands, with what it was accepted with.
 * @param accepted default: as it is journaled
 */
async function answer<Act>(
  { engine, store, call }: Context,
  runId: string,
  replayed: boolean,
  { waitSeconds }: Envelope,
  accepted?: Act,
): Promise<Answer<Act, never>> {
  if (waitSeconds) await engine.wait(runId, Math.min(waitSeconds, 30) * 1_000, call.signal);
  const processId = runId as ProcessId; // the engine's runs of this subgraph are processes
  const [[process], act] = await Promise.all([store.processes([processId]), accepted ?? store.inputOf(processId)]);
  if (!process) throw new HubError('NOT_FOUND', `process ${processId} was accepted but is not in the journal`);
  return { accepted: true, process, replayed, act: act as Act }; // journaled by `start` with an act of this kind
}

/** A key that was used for other input has an answer of its own. */
async function clearly<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const { reason, field, message } = error as Partial<HubError>;
    if (reason !== 'IDEMPOTENCY_KEY_REUSED') throw error;
    throw new GraphQLError(String(message), { extensions: { code: reason, retryable: false, field } });
  }
}

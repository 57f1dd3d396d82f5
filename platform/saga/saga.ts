import type { z } from 'zod';

/**
 * A saga is one act over several systems, told in plain awaits. Each step is journaled by its name: a run that is started
 * again, after a crash or by an operator, goes through the same story and does not repeat what the journal holds as done.
 * A name is therefore stored for good: add a new step rather than rename one.
 */
export interface Saga<Context, Input, Outcome> {
  readonly name: string;
  /** Every step that `run` may take; undoing finds them here by name. */
  readonly steps: readonly AnyStep<Context>[];
  /** Decides by its input and the steps' results alone, so that telling it again takes the same way. */
  readonly run: (run: Run<Context>, input: Input) => Promise<Outcome>;
}

/** One run of a saga, as its story sees it. */
export interface Run<Context> {
  readonly id: string;
  /** Does the step, or returns what it returned when it was done before. */
  step<Input, Result, Before>(step: Step<Context, Input, Result, Before>, input: Input): Promise<Result>;
  /** Adds to what the run is known by. Example: the id of the order that a step opened. */
  note(attributes: Attributes): Promise<void>;
  /** Has the world told when the run completes, in the transaction that ends it: once, or never where it does not complete. */
  tells(...events: readonly Told[]): void;
}

/** An event as a story tells it; id, time and correlation are the run's. */
export interface Told {
  /** Example: `SubscriptionAmended`. */
  readonly name: string;
  readonly version: number;
  /** Tells events of one name and one run apart. Example: `subscription:sub_1`. */
  readonly entity: string;
  /** What it is about. Example: `customer/C-10001`. */
  readonly subject: string;
  /** Events of one key are told in their order. */
  readonly orderKey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a run is known and found by, beside its input. */
export type Attributes = Readonly<Record<string, string | null>>;

/** Do and undo of one effect. Inputs, results and what is read before are journaled: plain values and `Money`, nothing else. */
export interface Step<Context, Input, Result, Before = null> {
  readonly name: string;
  /** The system that the step writes to. */
  readonly owner: string;
  /** Read once and journaled before the effect is tried, so that undoing knows what was there. */
  readonly read?: (context: Context, input: Input) => Promise<Before>;
  readonly do: (context: Context, input: Input, before: Before) => Promise<Result>;
  /** Takes the effect back, or says why it stays. Must do nothing when nothing took effect: a step in doubt is undone too. */
  readonly undo:
    | ((context: Context, done: Done<Input, Result, Before>) => Promise<void>)
    | ((context: Context, done: Done<Input, Result, Before>) => Promise<Stays | undefined>)
    | { readonly never: string };
  /** True for a step of several requests: it may have taken effect in part even when it was refused. */
  readonly partial?: boolean;
  /** True where the system can neither tell a repetition nor be asked what became of a write: in doubt, it waits for an operator. */
  readonly unseen?: (context: Context) => boolean;
  /** What an operator may change of the input, each part optional: nothing that an amount or a right hangs on. Default: nothing. */
  readonly editable?: z.ZodObject & z.ZodType<Partial<Input>>;
  /** What an operator states was done outside when he skips the step, as it is journaled. Default: it cannot be skipped. */
  readonly stated?: z.ZodType;
}

export interface Done<Input, Result, Before> {
  readonly input: Input;
  readonly before: Before;
  /** null: the step ended without an answer; it may have taken effect. */
  readonly result: Result | null;
}

/** The effect cannot be taken back any more and does no harm: the run is undone all the same, and shows the step DONE with the reason. */
export interface Stays {
  readonly stays: string;
}

/** A step whose types are not known here: the journal gives it back the values that it took and returned. */
export interface AnyStep<Context> {
  readonly name: string;
  readonly owner: string;
  readonly read?: (context: Context, input: never) => Promise<unknown>;
  readonly do: (context: Context, input: never, before: never) => Promise<unknown>;
  readonly undo:
    | ((context: Context, done: Done<never, never, never>) => Promise<void>)
    | ((context: Context, done: Done<never, never, never>) => Promise<Stays | undefined>)
    | { readonly never: string };
  readonly partial?: boolean;
  readonly unseen?: (context: Context) => boolean;
  readonly editable?: z.ZodObject;
  readonly stated?: z.ZodType;
}

/** A saga whose types are not known here. */
export interface AnySaga<Context> {
  readonly name: string;
  readonly steps: readonly AnyStep<Context>[];
  readonly run: (run: Run<Context>, input: never) => Promise<unknown>;
}

/** What the engine tells of the attempt for which a step's context is made. */
export interface Attempt {
  readonly runId: string;
  readonly step: string;
  readonly owner: string;
  /** `<runId>:<step>`, and `:<n>` after its nth edit: the same for every attempt and for undoing, so that a system can tell a repetition. */
  readonly key: string;
  /** Nothing was ever sent under this key. */
  readonly isFirst: boolean;
  readonly correlationId: string;
  /** Aborted at the attempt's time limit, and when the process shuts down. */
  readonly signal: AbortSignal;
}

export const saga = <Context, Input, Outcome>(
  definition: Saga<Context, Input, Outcome>,
): Saga<Context, Input, Outcome> => definition;

/** Lets the context be named once and the rest be inferred: `const step = stepsIn<StepContext>()`. */
export const stepsIn =
  <Context>() =>
  <Input, Result, Before = null>(definition: Step<Context, Input, Result, Before>): typeof definition =>
    definition;

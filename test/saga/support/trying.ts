import assert from 'node:assert/strict';
import type { Acknowledgement } from '../../invariants/evidence.ts';
import { type ActAnswer, GIVE_UP, PROCESS, type Run } from '../../subgraphs/process/support/operations.ts';
import { correlated, type Hub } from '../../subgraphs/process/support/systems.ts';
import type { TriedAct, Try } from '../acts/tried-act.ts';

/** States in which the engine does nothing more by itself. */
export const AT_REST: ReadonlySet<string> = new Set(['COMPLETED', 'COMPENSATED', 'EXCEPTION']);

/** An act that was accepted once. */
export interface Begun {
  readonly act: TriedAct;
  readonly id: string;
  readonly attempt: Try;
}

/** Asks a hub for acts, and notes what it answered. */
export function trying(hub: Hub) {
  const acknowledgements: Acknowledgement[] = [];
  return {
    acknowledgements: acknowledgements as readonly Acknowledgement[],
    async begin(act: TriedAct): Promise<Begun> {
      const attempt = await act.begin();
      const idempotencyKey = `try ${acknowledgements.length}`;
      const processId = await accepted(hub, act, attempt.input, idempotencyKey);
      acknowledgements.push({
        ...{ at: new Date().toISOString(), act: act.name, principal: act.as?.id ?? 'tester', idempotencyKey },
        ...{ answer: 'ACCEPTED', processId, correlationId: null },
      });
      return { act, id: processId, attempt };
    },
    /** When it has come to rest. */
    async atRest(id: string): Promise<Run> {
      for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 25))) {
        const { process } = await hub.ask<{ process: Run }>(PROCESS, { id });
        if (AT_REST.has(process.state)) return process;
      }
      return assert.fail(`${id} came to no end`);
    },
    runOf: async (id: string): Promise<Run> => (await hub.ask<{ process: Run }>(PROCESS, { id })).process,
    giveUp: (id: string) => hub.ask(GIVE_UP, { id, reason: 'the customer withdrew' }),
    /** Effects in the vendors' ledgers under its keys, without their order: a step that is repeated may come later. */
    effectsOf: (id: string): string =>
      JSON.stringify(Object.entries(hub.effectsOf(id)).map(([vendor, effects]) => [vendor, effects.toSorted()])),
  };
}

/** The process's id. */
async function accepted(hub: Hub, { name, ask, as }: TriedAct, input: object, key: string): Promise<string> {
  if (typeof ask !== 'string') {
    const about = { input: input as never, actsFor: ask.actsFor, key: `${ask.act} ${key}` }; // as its entry in acts/ gives it
    const begun = await hub.acts.begin(ask.act, about, correlated);
    assert.equal(begun.kind, 'STARTED', `${name}: ${JSON.stringify(begun)}`);
    return begun.kind === 'STARTED' ? begun.processId : '';
  }
  const given = { ...input, idempotencyKey: key, waitSeconds: 0 };
  const [answer] = Object.values(await hub.ask<Record<string, ActAnswer>>(ask, { input: given }, as));
  assert.ok(answer?.process, `${name}: ${JSON.stringify(answer)}`);
  return answer.process.id;
}

/** Of so many at a time, and of those that the hub does one at a time at most one. */
export function waves<T>(all: readonly T[], actOf: (one: T) => TriedAct, most = 20): T[][] {
  const filled: T[][] = [];
  for (const one of all) {
    const { alone = false } = actOf(one);
    const fits = filled.find((wave) => wave.length < most && !(alone && wave.some((other) => actOf(other).alone)));
    if (fits === undefined) filled.push([one]);
    else fits.push(one);
  }
  return filled;
}

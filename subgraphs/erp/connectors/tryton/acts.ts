import { z } from 'zod';
import type { WriteCall } from '../../../../platform/call.ts';
import { errorCode } from '../../../../platform/errors.ts';
import type { Session } from './session.ts';
import type { Turns } from './turns.ts';
import { Ids, WizardSession } from './wire.ts';

/** What changes something in Tryton. */
export interface Acts {
  create(model: string, values: Readonly<Record<string, unknown>>, call: WriteCall): Promise<number>;
  write(model: string, id: number, values: Readonly<Record<string, unknown>>, call: WriteCall): Promise<void>;
  /** A button in a state that it does not fit answers as if it had worked: read the record back. */
  press(model: string, button: string, ids: readonly number[], call: WriteCall): Promise<void>;
  /** Answers the form of a wizard's first state and lets `next` act on it. */
  runWizard(
    name: string,
    about: { model: string; id: number; next: string; form: Readonly<Record<string, unknown>> },
    call: WriteCall,
  ): Promise<void>;
}

/** Numbers come from sequences that SQLite does not lock: two writers may draw the same. A rolled back write is safe to repeat. */
const TRIES = 4;
const COLLISION = /must be unique/;

export function createActs(session: Session, turns: Turns): Acts {
  /** One write at a time: what the sequences need on SQLite, and no loss where one interpreter does all the work. */
  async function write<Schema extends z.ZodType>(
    method: string,
    params: readonly unknown[],
    answer: Schema,
    call: WriteCall,
    extra: Readonly<Record<string, unknown>> = {},
  ): Promise<z.infer<Schema>> {
    const attempt = () =>
      turns.inTurn('write', call, () => session.ask(method, params, answer, { write: true, extra }, call));
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        const collided = errorCode(error) === 'REFUSED' && COLLISION.test(String(error));
        if (!collided || tries === TRIES) throw error;
      }
    }
  }

  return {
    async create(model, values, call) {
      const [id] = await write(`model.${model}.create`, [[values]], Ids.min(1), call);
      return id as number; // at least one, says the schema
    },
    async write(model, id, values, call) {
      await write(`model.${model}.write`, [[id], values], z.unknown(), call);
    },
    async press(model, button, ids, call) {
      await write(`model.${model}.${button}`, [ids], z.unknown(), call);
    },
    async runWizard(name, { model, id, next, form }, call) {
      const on = { active_model: model, active_id: id, active_ids: [id] };
      const [sessionId, start] = await write(`wizard.${name}.create`, [], WizardSession, call);
      try {
        await write(`wizard.${name}.execute`, [sessionId, { [start]: form }, next], z.unknown(), call, on);
      } finally {
        await write(`wizard.${name}.delete`, [sessionId], z.unknown(), call);
      }
    },
  };
}

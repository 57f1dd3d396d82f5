import type { Acknowledgement } from '../../test/invariants/evidence.ts';
import type { KeyName } from '../../test/support/hub.ts';
import type { Ground } from './ground.ts';

/** A mutation whose answer holds a process where it was accepted. */
export interface Act {
  readonly name: string;
  readonly query: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly idempotencyKey: string };
  readonly key: KeyName;
}

/** Asks once, notes what was answered, and says why it was not accepted; null where it was. */
export async function submit({ client }: Ground, act: Act, noted: Acknowledgement[]): Promise<string | null> {
  const note = (answer: Acknowledgement['answer'], processId: string | null, correlationId: string | null) =>
    noted.push({
      ...{ act: act.name, principal: act.key, idempotencyKey: act.input.idempotencyKey },
      ...{ at: new Date().toISOString(), answer, processId, correlationId },
    });
  try {
    const { status, data, errors, correlationId } = await client.ask(act.query, { input: act.input }, act.key);
    const result = data?.[act.name] as { process?: { id: string }; reasons?: unknown } | null | undefined; // as `query` asks
    const [error] = errors;
    if (result?.process !== undefined) {
      note('ACCEPTED', result.process.id, correlationId);
      return null;
    }
    note(result == null ? 'UNKNOWN' : 'REFUSED', null, correlationId);
    return result == null
      ? `${act.input.idempotencyKey}: ${status} ${error?.extensions?.code ?? ''} ${error?.message ?? ''}`
      : `${act.input.idempotencyKey} was refused: ${JSON.stringify(result.reasons)}`;
  } catch (error) {
    note('UNKNOWN', null, null);
    throw error;
  }
}

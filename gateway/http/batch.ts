import { answerType } from './accept.ts';
import { type Answered, HttpRefusal } from './answers.ts';
import { type Envelope, envelopeOf } from './envelope.ts';

/**
 * The requests of a body that is a list, all of them well-formed, or none. `limit`: most of them; 0: none are taken.
 * @throws HttpRefusal 400
 */
export function batchOf(body: readonly unknown[], limit: number): readonly Envelope[] {
  if (limit === 0) throw new HttpRefusal(400, 'BATCHING_DISABLED', 'Send one operation in a request');
  if (body.length > limit) {
    throw new HttpRefusal(400, 'MAX_BATCH_LIMIT', `A list may hold at most ${limit} operations; nothing was run`);
  }
  return body.map(envelopeOf);
}

/** The answers of a batch in the order of its requests; each tells its own errors. */
export const answerOfBatch = (answers: readonly Answered[], accept: string | undefined): Answered => ({
  status: 200,
  headers: {
    ...answers.at(-1)?.headers, // what is left of the minute after all of them
    'content-type': answerType(accept) ?? 'application/json; charset=utf-8',
  },
  text: `[${answers.map(({ text }) => text.trim()).join(',')}]`,
});

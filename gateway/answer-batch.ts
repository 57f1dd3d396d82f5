import type { FastifyReply } from 'fastify';
import type { AnswerOperation, Until } from './answer-operation.ts';
import type { GatewayConfig } from './config.ts';
import { type Answered, answerOfRefusal, HttpRefusal } from './http/answers.ts';
import { answerOfBatch, batchOf } from './http/batch.ts';
import type { Asked, HttpServerOptions } from './http/server.ts';
import type { Audit } from './plugins/audit.ts';

export interface BatchingOptions {
  readonly config: Pick<GatewayConfig, 'batchLimit'>;
  readonly limiter: NonNullable<HttpServerOptions['door']>['limiter'];
  readonly audit: Audit | null;
  readonly one: AnswerOperation;
}

/** Answers a list of operations. @throws HttpRefusal for one that is too long, or more than the caller may send */
export function createBatching({ config, limiter, audit, one }: BatchingOptions) {
  /** One after the other, all within the deadline of one request: the caller has one place among the calls in flight. */
  return async (asked: Asked, body: readonly unknown[], until: Until, reply: FastifyReply): Promise<Answered> => {
    const { request, principal, correlationId, ended } = asked;
    const { accept } = request.headers;
    const envelopes = batchOf(body, config.batchLimit);
    const counted = await limiter?.countMore(principal, envelopes.length - 1);
    if (counted !== undefined) reply.headers({ ...counted.headers }); // the door counted one
    if (counted?.allowed === false) {
      for (const envelope of envelopes) audit?.refused(asked, envelope, ['RATE_LIMITED']);
      const { limit, retryAfterSeconds } = counted;
      throw new HttpRefusal(
        429,
        'RATE_LIMITED',
        `You may send ${limit} requests a minute, and each operation of a list counts; ask again in ${retryAfterSeconds} s`,
        { 'retry-after': String(retryAfterSeconds) },
      );
    }
    const answers: Answered[] = [];
    for (const envelope of envelopes) {
      answers.push(
        await one(asked, envelope, until).catch((error: unknown) => {
          if (ended?.refusal || !(error instanceof HttpRefusal)) throw error;
          return answerOfRefusal(accept, error, correlationId);
        }),
      );
    }
    return answerOfBatch(answers, accept);
  };
}

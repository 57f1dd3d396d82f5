import { AnswerText } from '../execution/answer-text.ts';
import type { Concern } from './as-one.ts';

/** Answers 504 where the deadline passed before anything came; part of an answer stays an answer, with its errors. */
export const deadline: Concern = {
  willSendResponse({ response, contextValue }) {
    if (response.body.kind !== 'single' || !contextValue.call.signal.aborted) return;
    const { singleResult } = response.body;
    const { data, errors } = singleResult;
    const nothing = data == null || (data instanceof AnswerText && data.holdsNothing);
    const late = errors?.some(({ extensions }) => extensions?.code === 'SOURCE_TIMEOUT');
    if (!nothing || !late) return;
    response.http.status = 504;
    singleResult.data = null;
    singleResult.errors = [
      {
        message: 'The answer was not there before the deadline of the request',
        extensions: { code: 'GATEWAY_TIMEOUT', retryable: true },
      },
    ];
  },
};

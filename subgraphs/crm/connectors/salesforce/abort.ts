import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/** Waits for a result that others may wait for too, no longer than this caller's deadline. @throws TIMEOUT */
export async function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = () => new HubError('TIMEOUT', `${SYSTEM} did not answer in time`, { system: SYSTEM });
  if (signal.aborted) {
    result.catch(() => undefined); // whoever else waits sees it
    throw left();
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(left());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

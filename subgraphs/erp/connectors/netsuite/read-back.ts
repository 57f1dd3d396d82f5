import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/** The write is done; if it cannot be shown, the caller must come again with the same key. @throws IN_DOUBT */
export async function readBack<T>(read: () => Promise<T | null>, what = 'order'): Promise<T> {
  let cause: unknown;
  try {
    const found = await read();
    if (found) return found;
  } catch (error) {
    cause = error;
  }
  throw new HubError('IN_DOUBT', `ERP took the ${what} but did not show it; the same key will find it`, {
    system: SYSTEM,
    cause,
  });
}

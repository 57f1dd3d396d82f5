import { HubError } from './errors.ts';

const LONGEST_REASON = 500;

/** Why somebody decided so, for those who read it later. @throws INVALID */
export function saidReason(text: string): string {
  const said = text.trim();
  if (said !== '' && said.length <= LONGEST_REASON && !/\p{Cc}/u.test(said) && said.isWellFormed()) return said;
  throw new HubError('INVALID', `write a reason of 1 to ${LONGEST_REASON} characters on one line`, { field: 'reason' });
}

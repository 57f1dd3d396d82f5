import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { id } from '../../platform/ids.ts';
import type { ProcessId } from './model.ts';

/** Crockford's base 32 in small letters: no i, l, o, u to be misread on the telephone. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** `prc_`, ten letters of time and sixteen of chance: ids of one hub grow with time, so that a list can be paged by them. */
export const newProcessId = (clock: Clock): ProcessId => id<'Process'>(`prc_${timeAndChance(clock)}`);
/** `prp_`, and as of a process. */
export const newProposalId = (clock: Clock): string => `prp_${timeAndChance(clock)}`;
/** `edt_`, and as of a process. */
export const newEditId = (clock: Clock): string => `edt_${timeAndChance(clock)}`;
/** `cls_`, and as of a process. */
export const newClosureId = (clock: Clock): string => `cls_${timeAndChance(clock)}`;
/** `pln_`, and as of a process. */
export const newPlanId = (clock: Clock): string => `pln_${timeAndChance(clock)}`;

function timeAndChance(clock: Clock): string {
  let time = '';
  for (let rest = clock.now(), at = 0; at < 10; at += 1, rest = Math.floor(rest / 32)) {
    time = LETTERS.charAt(rest % 32) + time;
  }
  const chance = [...randomBytes(16)].map((byte) => LETTERS.charAt(byte % 32)).join('');
  return `${time}${chance}`;
}

/** The contract that an order opens. Example: `CT-01jd8x3k9m-7f2q`. */
export const contractIdOf = (processId: ProcessId): string => `CT-${processId.slice(4, 14)}-${processId.slice(-4)}`;

/** The hub id of the customer that a process brings in: as lasting as the process's own, and the same whenever it is asked for. */
export const hubIdOf = (processId: ProcessId): string => `C-${processId.slice(4)}`;

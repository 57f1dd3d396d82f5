import type { WriteCall } from '../../../../platform/call.ts';
import type { Clock } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { type Case, type CaseChange, changeLeft } from '../../model.ts';
import type { ZendeskApi } from './api.ts';
import { casesById } from './cases.ts';
import { SYSTEM } from './failures.ts';
import { wirePriorityOf, wireStatusOf } from './translate.ts';
import { OneTicket } from './wire.ts';

/**
 * Reads, compares, and writes with `safe_update`, which Zendesk refuses when the ticket was changed after `updated_stamp`.
 * That stamp counts seconds: within one, only the caller's turn keeps two writes of this process apart.
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#protecting-against-ticket-update-collisions
 */
export async function updateCase(change: CaseChange, api: ZendeskApi, clock: Clock, call: WriteCall): Promise<Case> {
  const read = async (): Promise<Case> => {
    const held = (await casesById([change.caseId], api, clock, call)).get(change.caseId);
    if (held) return held;
    throw new HubError('NOT_FOUND', 'Support holds no such case', { system: SYSTEM });
  };
  const before = await read();
  const { status, severity } = changeLeft(before, change, SYSTEM);
  if (status === undefined && severity === undefined) return before;
  const ticket = {
    ...(status === undefined ? {} : { status: wireStatusOf(status) }),
    ...(severity === undefined ? {} : { priority: wirePriorityOf(severity) }),
    safe_update: true,
    updated_stamp: before.updatedAt,
  };
  await api.write(
    { method: 'PUT', path: `/tickets/${encodeURIComponent(change.caseId)}`, body: { ticket } },
    OneTicket,
    call,
  );
  return read(); // the answer to a write has no SLA
}

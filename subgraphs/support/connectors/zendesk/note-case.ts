import type { Call, WriteCall } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { CaseNote } from '../../model.ts';
import type { ZendeskApi } from './api.ts';
import { isNumber } from './cases.ts';
import { SYSTEM } from './failures.ts';
import { AuditPage, OneTicket } from './wire.ts';

const PAGE = 100;
const MOST_PAGES = 10;
const LONGEST = 2_000;

/** Leaves an internal comment, once for each key: the key goes along as metadata, which the ticket's audits keep. */
export async function noteCase({ caseId, text }: CaseNote, api: ZendeskApi, call: WriteCall): Promise<void> {
  if (!isNumber(caseId)) throw new HubError('NOT_FOUND', 'Support holds no such case', { system: SYSTEM });
  const keys = await keysOn(caseId, api, call);
  if (!keys.has(call.key)) await comment(caseId, text, call.key, api, call);
}

/** Comments cannot be removed: a second one, under a key of its own, says that the first does not hold. */
export async function withdrawCaseNote({ caseId, text }: CaseNote, api: ZendeskApi, call: WriteCall): Promise<void> {
  if (!isNumber(caseId)) return; // no note was left on it
  const keys = await keysOn(caseId, api, call);
  const withdrawal = `${call.key}:withdrawn`;
  if (keys.has(call.key) && !keys.has(withdrawal)) await comment(caseId, text, withdrawal, api, call);
}

async function comment(caseId: string, text: string, key: string, api: ZendeskApi, call: WriteCall): Promise<void> {
  const ticket = { comment: { body: text.slice(0, LONGEST), public: false }, metadata: { hub_key: key } };
  await api.write({ method: 'PUT', path: pathOf(caseId), body: { ticket } }, OneTicket, call);
}

async function keysOn(caseId: string, api: ZendeskApi, call: Call): Promise<ReadonlySet<unknown>> {
  const keys = new Set<unknown>();
  for (let pages = 0, after: string | undefined; pages < MOST_PAGES; pages += 1) {
    const query = { 'page[size]': PAGE, 'page[after]': after };
    const { audits, meta } = await api.get(`${pathOf(caseId)}/audits`, query, AuditPage, call);
    for (const { metadata } of audits) keys.add(metadata?.custom?.hub_key);
    after = meta.after_cursor ?? undefined;
    if (!meta.has_more || after === undefined) break;
  }
  return keys;
}

const pathOf = (caseId: string): string => `/tickets/${encodeURIComponent(caseId)}`;

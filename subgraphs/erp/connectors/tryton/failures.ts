import type { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import type { HttpResponse } from '../../../../platform/http/client.ts';
import { RpcAnswer } from './wire.ts';

export const SYSTEM = 'ERP';

/**
 * The result of a call, or what its failure means. Tryton answers business errors with status 200 and a list of the error's
 * name and words; anything else in that place is a fault, told as its text and a traceback, which stays here. An error in an
 * answer means that the transaction was rolled back: the write did not happen.
 */
export function resultOf(response: HttpResponse, about: { write: boolean }): unknown {
  if (response.status !== 200) throw failureOfStatus(response.status, about);
  const answer = parsed(RpcAnswer, jsonOf(response, about));
  if (answer.error === undefined) return answer.result;
  const [kind, words] = answer.error;
  if (!KINDS.has(kind)) throw failureOfFault(kind);
  throw failureOfKind(kind, (Array.isArray(words) ? words : [words]).map(String), about);
}

/** Errors that Tryton tells by name (trytond/protocols/jsonrpc.py); a fault has its text in that place. */
const KINDS = new Set(['UserError', 'UserWarning', 'ConcurrencyException', 'LoginException']);

function failureOfStatus(status: number, about: { write: boolean }): HubError {
  const details = { system: SYSTEM, reason: `HTTP ${status}` };
  if (status === 401) {
    return new HubError('CREDENTIAL', 'ERP does not accept the credential that the hub was given', details);
  }
  if (status === 429) {
    return new HubError('THROTTLED', 'ERP has as many requests as it takes at a time', {
      ...details,
      retryAfterMs: 1_000,
    });
  }
  if (status === 503 || (status >= 500 && !about.write)) {
    return new HubError('UNAVAILABLE', 'ERP does not answer requests at the moment', details);
  }
  if (status >= 500) return new HubError('IN_DOUBT', 'ERP failed while writing; it may have happened', details);
  // 403 is a method that is not exposed, 404 a database that is not there.
  return new HubError('CONTRACT_BROKEN', 'ERP does not know the call; a module or the database is missing', details);
}

/** Access that is denied is a `UserError` like any other; the words tell, and the session asks for them in English. */
const DENIED = /^You are not allowed/;

function failureOfKind(kind: string, words: readonly string[], about: { write: boolean }): HubError {
  const [first = '', second = ''] = words;
  if (kind === 'UserWarning') {
    const reason = first.replace(/_[a-z]+(\.[a-z_]+)+,\d+$/, ''); // `credit_limit_amount_sale.sale,13`: without the record
    return refused(WARNINGS[reason] ?? `it warns: ${second.slice(0, 300)}`, { reason });
  }
  if (kind === 'UserError' && DENIED.test(first)) {
    return new HubError('CREDENTIAL', 'ERP does not let the hub’s user do this; a group is missing', {
      system: SYSTEM,
      cause: new Error(first),
    });
  }
  if (kind === 'UserError' && about.write) return refused(first.slice(0, 300) || 'it gave no reason', { reason: kind });
  if (kind === 'ConcurrencyException') {
    return new HubError('CONFLICT', 'ERP: somebody changed the record meanwhile; read it again', { system: SYSTEM });
  }
  if (kind === 'LoginException') {
    return new HubError('CREDENTIAL', 'ERP does not accept the credential that the hub was given', { system: SYSTEM });
  }
  return new HubError('CONTRACT_BROKEN', 'ERP does not take a question of the hub', {
    system: SYSTEM,
    reason: kind.slice(0, 100),
    cause: new Error(first.slice(0, 300)), // for the log; it may quote the question
  });
}

/** Warnings of Tryton that quote the customer; the hub says them without. */
const WARNINGS: Readonly<Record<string, string>> = {
  credit_limit_amount: 'the order goes beyond the customer’s credit limit',
  credit_limit_dunning: 'the customer is being dunned at a level that stops orders',
};

/** Faults that pass: the database was busy or away. The rest are questions that this server does not understand. */
const PASSING = /locked|could not connect|timeout|too many|server closed|deadlock|could not serialize/i;

function failureOfFault(text: string): HubError {
  const cause = new Error(text.slice(0, 300)); // never the traceback
  return PASSING.test(text)
    ? new HubError('UNAVAILABLE', 'ERP’s database does not answer at the moment', { system: SYSTEM, cause })
    : new HubError('CONTRACT_BROKEN', 'ERP failed on a question of the hub; a field or a module is missing', {
        system: SYSTEM,
        cause,
      });
}

export const refused = (why: string, about: { field?: string; reason?: string } = {}): HubError =>
  new HubError('REFUSED', `ERP refused: ${why}`, { system: SYSTEM, ...about });

/** Reads JSON as the vendor documents it. @throws CONTRACT_BROKEN naming the field, never its value */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HubError('CONTRACT_BROKEN', 'ERP answered in a form it never promised', {
    system: SYSTEM,
    field: issue?.path.join('.') || '(answer)',
    reason: issue?.code,
  });
}

function jsonOf(response: HttpResponse, about: { write: boolean }): unknown {
  try {
    return JSON.parse(response.text);
  } catch {
    const code = about.write ? 'IN_DOUBT' : 'CONTRACT_BROKEN';
    throw new HubError(code, 'ERP answered something that is no JSON', { system: SYSTEM });
  }
}

import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import type { Session } from './session.ts';

/** A condition in Tryton's prefix notation: `[name, operator, value]`, lists of these are joined by AND. */
export type Domain = readonly unknown[];

export interface Question<Row extends z.ZodType> {
  readonly domain: Domain;
  readonly fields: readonly string[];
  readonly row: Row;
  readonly order?: readonly (readonly [string, 'ASC' | 'DESC'])[];
  readonly limit?: number;
  /** Rows to pass over first. */
  readonly offset?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Records {
  /** Rows in Tryton's order; with ids in the domain that is not the order of the ids. */
  search<Row extends z.ZodType>(model: string, question: Question<Row>, call: Call): Promise<z.infer<Row>[]>;
}

export function createRecords(session: Session): Records {
  return {
    search: (model, { domain, fields, row, order = null, limit = null, offset = 0, extra = {} }, call) =>
      session.ask(`model.${model}.search_read`, [domain, offset, limit, order, fields], row.array(), { extra }, call),
  };
}

/** Ids are positive 32-bit integers; anything else is an id that Tryton cannot hold, and PostgreSQL would fail on it. */
export const isRecordId = (text: string): boolean => /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 2_147_483_647;

/** Text that a code or number can be: no control characters, not endless. */
export const isCode = (text: string): boolean => /^[^\p{Cc}]{1,200}$/u.test(text);

/** Finds records that were set inactive too: left out, they would seem to be gone. */
export const ALSO_INACTIVE = ['active', 'in', [true, false]];

import { z } from 'zod';
import type { Principal } from '../principal.ts';

/** Header in which the gateway tells a subgraph for whom it asks; covered by the signature. */
export const CALL_HEADER = 'x-concord-call';

/** What of a `Call` travels: the signal itself cannot, its deadline can. */
export interface SentCall {
  readonly correlationId: string;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly principal: Principal;
}

const SentCall: z.ZodType<SentCall> = z.object({
  correlationId: z.string().min(1).max(128),
  deadlineAt: z.number().int().positive(),
  principal: z.object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    actsFor: z.string().nullable(),
  }),
});

/** base64url, so that a name with any letters fits a header. */
export const encodeCall = ({ correlationId, deadlineAt, principal }: SentCall): string =>
  Buffer.from(
    JSON.stringify({
      correlationId,
      deadlineAt,
      principal: { id: principal.id, name: principal.name, scopes: principal.scopes, actsFor: principal.actsFor },
    }),
  ).toString('base64url');

/** undefined where the text is not what `encodeCall` writes. */
export function decodeCall(header: string): SentCall | undefined {
  try {
    return SentCall.parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')));
  } catch {
    return undefined; // whoever signed it wrote something else: the caller of this answers 401
  }
}

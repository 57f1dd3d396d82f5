import { randomUUID } from 'node:crypto';

/** A string that is known to be one kind of id; the kinds cannot be mixed up. */
export type Id<Kind extends string> = string & { readonly __id: Kind };

/** Reads text as an id of a kind. Only where the text comes from that kind's system, or from a checked input. */
export const id = <Kind extends string>(text: string | number): Id<Kind> => String(text) as Id<Kind>; // the one place where ids are branded

export const newCorrelationId = (): string => randomUUID();

import { z } from 'zod';

/**
 * What Request Tracker 5.0 sends over REST 2.0 (https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html), as far as the hub
 * reads it. Names are RT's; what is not read is not described. Numbers travel as text; an id is text in a list and a number
 * in a single record.
 */

const instant = z.iso.datetime({ offset: true });
const number = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform(Number);
const recordId = z.union([z.string().regex(/^\d+$/), z.int()]).transform(String);

/** "Custom Fields" of the same page; a field that is not set has no values. */
const CustomFields = z.array(z.object({ name: z.string(), values: z.array(z.string()) }));

export const Ticket = z.object({
  id: recordId,
  Subject: z.string().nullish(),
  Status: z.string(),
  /** Level of the service agreement; empty: none. */
  SLA: z.string().nullish(),
  /** 1970 where it is not set. */
  Due: instant.nullish(),
  Created: instant,
  LastUpdated: instant,
  Priority: number,
  CustomFields,
});
export type Ticket = z.infer<typeof Ticket>;

export const TicketPage = z.object({ items: z.array(Ticket) });

/** A contact of a customer; with `fields=id` the id is the number, else the name. */
export const User = z.object({
  id: recordId,
  Organization: z.string().nullish(),
  RealName: z.string().nullish(),
  EmailAddress: z.string().nullish(),
  CustomFields,
});
export type User = z.infer<typeof User>;

export const UserPage = z.object({ items: z.array(User), total: z.int().nullish() });

export const FieldPage = z.object({
  items: z.array(z.object({ id: recordId, Name: z.string(), LookupType: z.string() })),
});
export const QueuePage = z.object({ items: z.array(z.unknown()) });

/** A change of one field; `Field` is the number of a custom field. */
export const Transaction = z.object({
  id: recordId,
  Type: z.string(),
  Field: z.string().nullish(),
  NewValue: z.string().nullish(),
  Created: instant,
});
export type Transaction = z.infer<typeof Transaction>;

export const TransactionPage = z.object({ items: z.array(Transaction) });

/** A change is answered by texts for people, one to each value, also where a value was refused. */
export const Told = z.array(z.string());

import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { DirectoryEntry, Page } from '../../../../platform/page.ts';
import type { Condition, RtApi } from './api.ts';
import { SYSTEM } from './failures.ts';
import { isCustomerNumber } from './ticket-sql.ts';
import { directoryEntryOf, fieldOf } from './translate.ts';
import { type User, UserPage } from './wire.ts';

const PER_PAGE = 100;
const FIELDS = 'id,Organization,RealName,EmailAddress,CustomFields';
const CODE = 'CF.{ErpCode}';

/** The contacts of each customer, in the order they were made; a customer is who has a contact with its number. */
export async function contactsOf(
  codes: readonly string[],
  api: RtApi,
  call: Call,
): Promise<ReadonlyMap<string, readonly User[]>> {
  const value = [...new Set(codes.filter(isCustomerNumber))];
  if (value.length === 0) return new Map();
  const users: User[] = [];
  for (let page = 1; ; page += 1) {
    const { items } = await usersWith({ field: CODE, operator: 'IN', value }, PER_PAGE, page, api, call);
    users.push(...items);
    if (items.length < PER_PAGE) return byCode(users);
  }
}

/** A page of RT's users with a customer number, told as the customers whose first contact is on it. */
export async function directory(
  { first, after }: { first: number; after: string | null },
  api: RtApi,
  call: Call,
): Promise<Page<DirectoryEntry>> {
  const { perPage, page } = after === null ? { perPage: Math.min(first, PER_PAGE), page: 1 } : nextOf(after);
  const withCode = { field: CODE, operator: 'IS NOT', value: 'NULL' };
  const { items } = await usersWith(withCode, perPage, page, api, call);
  const here = new Set(items.map(({ id }) => id));
  const contacts = await contactsOf([...byCode(items).keys()], api, call);
  return {
    entries: [...contacts]
      .filter(([, [earliest]]) => earliest !== undefined && here.has(earliest.id)) // else it was told on an earlier page
      .map(([code, users]) => directoryEntryOf(code, users)),
    hasMore: items.length === perPage,
    endCursor: `${perPage}.${page}`,
  };
}

const usersWith = (condition: Condition, perPage: number, page: number, api: RtApi, call: Call) =>
  api.search(
    '/users',
    [condition],
    { fields: FIELDS, per_page: perPage, page, orderby: 'id', order: 'ASC' },
    UserPage,
    call,
  );

function byCode(users: readonly User[]): Map<string, User[]> {
  const codes = Map.groupBy(users, (user) => fieldOf(user, 'ErpCode') ?? '');
  codes.delete('');
  return codes;
}

function nextOf(after: string): { perPage: number; page: number } {
  const [, perPage, page] = /^([1-9]\d?|100)\.(\d{1,6})$/.exec(after) ?? [];
  if (perPage !== undefined && page !== undefined) return { perPage: Number(perPage), page: Number(page) + 1 };
  const message = 'after must be the endCursor of an earlier page of the directory';
  throw new HubError('INVALID', message, { system: SYSTEM, field: 'after' });
}

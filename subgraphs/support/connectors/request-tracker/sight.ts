import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { RtApi } from './api.ts';
import { SYSTEM } from './failures.ts';
import { FieldPage, QueuePage } from './wire.ts';

/** What must be there for an answer to mean what it says: field and kind of record. */
const FIELDS = {
  CustomerNumber: 'RT::Queue-RT::Ticket',
  Severity: 'RT::Queue-RT::Ticket',
  ErpCode: 'RT::User',
} as const satisfies Record<string, string>;

/** Numbers of the ticket fields, by which RT's history calls them. */
export type FieldIds = Readonly<Record<keyof typeof FIELDS, string>>;

/**
 * RT leaves out what a user may not see, and ignores a condition on a field that it does not know: without rights or fields
 * a search finds nothing or everything, and says that all is well. So before the first question the connector looks whether
 * the hub sees queues and fields; once seen, it is not asked again. @throws CREDENTIAL
 */
export function createSight(api: RtApi): (call: Call) => Promise<FieldIds> {
  let seen: FieldIds | undefined;
  return async (call) => {
    seen ??= await look(api, call);
    return seen;
  };
}

async function look(api: RtApi, call: Call): Promise<FieldIds> {
  const names = Object.keys(FIELDS).map((value) => ({
    field: 'Name',
    operator: '=',
    value,
    entry_aggregator: 'OR' as const,
  }));
  const [fields, queues] = await Promise.all([
    api.search('/customfields', names, { fields: 'id,Name,LookupType', per_page: 100 }, FieldPage, call),
    api.get('/queues/all', { per_page: 1 }, QueuePage, call),
  ]);
  if (queues.items.length === 0) {
    throw new HubError('CREDENTIAL', 'The hub’s user sees no queue in support; give it the right SeeQueue', {
      system: SYSTEM,
      reason: 'NO_QUEUE',
    });
  }
  const numberOf = (name: keyof typeof FIELDS): string => {
    const field = fields.items.find((one) => one.Name === name && one.LookupType === FIELDS[name]);
    if (field) return field.id;
    throw new HubError(
      'CREDENTIAL',
      `The hub’s user sees no field ${name} in support; make the field, or give it the right SeeCustomField`,
      { system: SYSTEM, field: name, reason: 'NO_FIELD' },
    );
  };
  return {
    CustomerNumber: numberOf('CustomerNumber'),
    Severity: numberOf('Severity'),
    ErpCode: numberOf('ErpCode'),
  };
}

import type { VendorContext } from '../core/vendor.ts';
import { recordInvalid, recordNotFound, ZendeskError } from './errors.ts';
import * as ids from './ids.ts';
import { type EntitlementRecord, seconds } from './model.ts';
import { fieldsOf } from './request.ts';
import type { ZendeskState } from './state.ts';

/** The fields of the custom object `entitlement`, by their Zendesk types. */
const FIELDS: Readonly<Record<string, 'text' | 'integer' | 'date' | 'organization' | 'status'>> = {
  sku: 'text',
  seats: 'integer',
  seats_used: 'integer',
  starts_on: 'date',
  ends_on: 'date',
  subscription_id: 'text',
  organization: 'organization',
  status: 'status',
  hub_keys: 'text',
};
const STATUSES = ['active', 'expired', 'revoked'];
const EMPTY = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, null]));

export interface RecordWrites {
  create(input: Readonly<Record<string, unknown>>): EntitlementRecord;
  update(id: string, input: Readonly<Record<string, unknown>>): EntitlementRecord;
  /** Updates the record with the external id, or creates it. */
  upsert(externalId: string, input: Readonly<Record<string, unknown>>): EntitlementRecord;
  remove(record: EntitlementRecord | undefined): void;
}

/** How records come into being, change and go: checked as the object's definition says, each effect noted once in the ledger. */
export function recordWrites(
  state: () => ZendeskState,
  context: VendorContext,
  announce: (type: string, subject: string, detail: object) => void,
): RecordWrites {
  function create(input: Readonly<Record<string, unknown>>, externalId = textOf(input.external_id)): EntitlementRecord {
    if (typeof input.name !== 'string' || input.name === '')
      throw recordInvalid('name', 'BlankValue', 'Name: cannot be blank');
    if (externalId !== null && state().recordByExternalId(externalId)) {
      throw recordInvalid('external_id', 'DuplicateValue', 'External: has already been taken');
    }
    const fields = { ...EMPTY, ...checked(input.custom_object_fields) }; // may refuse: before a counter is used
    const now = seconds(context.clock.now());
    const record: EntitlementRecord = {
      id: ids.recordIdOf(state().nextId('record')),
      externalId,
      name: input.name,
      fields,
      createdAt: now,
      updatedAt: now,
    };
    return put(undefined, record);
  }

  function change(before: EntitlementRecord, input: Readonly<Record<string, unknown>>): EntitlementRecord {
    const fields = { ...before.fields, ...checked(input.custom_object_fields) };
    const name = typeof input.name === 'string' ? input.name : before.name;
    if (name === before.name && JSON.stringify(fields) === JSON.stringify(before.fields)) return before;
    return put(before, { ...before, name, fields, updatedAt: seconds(context.clock.now()) });
  }

  function put(before: EntitlementRecord | undefined, after: EntitlementRecord): EntitlementRecord {
    state().putRecord(after);
    const effect = effectOf(before, after);
    if (effect !== null) note(effect, after);
    return after;
  }

  function note(effect: string, { id, externalId, fields }: EntitlementRecord): void {
    const org = fields.organization ?? null;
    context.record({
      effect,
      id,
      businessKey: externalId,
      idempotencyKey: String(fields.hub_keys ?? '').split('\n', 1)[0] || null,
      details: {
        org,
        sku: fields.sku ?? null,
        seats: fields.seats ?? null,
        subscription: fields.subscription_id ?? null,
      },
    });
    announce('custom_object_record.changed', `custom_object_record:${id}`, {
      id,
      custom_object_key: 'entitlement',
      external_id: externalId,
      organization_id: org,
    });
  }

  /** @throws 422 for a field that the object does not have, or a value that is not of its type */
  function checked(input: unknown): Record<string, string | number | null> {
    const fields: Record<string, string | number | null> = {};
    for (const [name, value] of Object.entries(fieldsOf(input))) {
      const type = FIELDS[name];
      if (type === undefined) throw recordInvalid('base', 'InvalidValue', `${name} is not a field of this object`);
      fields[name] = value === null || value === '' ? null : ofType(type, name, value);
    }
    return fields;
  }

  function ofType(type: (typeof FIELDS)[string], name: string, value: unknown): string | number {
    const refuse = () => recordInvalid(name, 'InvalidValue', `${name}: is invalid`);
    if (type === 'integer') {
      if (!Number.isSafeInteger(Number(value)) || typeof value === 'boolean') throw refuse();
      return Number(value);
    }
    const text = String(value);
    if (type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(text)) throw refuse();
    if (type === 'status' && !STATUSES.includes(text)) throw refuse();
    if (type === 'organization') {
      const organization = text.startsWith('external_id:')
        ? state().organizationByExternalId(text.slice('external_id:'.length))
        : state().organization(Number(text));
      if (!organization) throw refuse();
      return String(organization.id);
    }
    return text;
  }

  return {
    create,
    update(id, input) {
      const before = state().record(id);
      if (!before) throw recordNotFound();
      return change(before, input);
    },
    upsert(externalId, input) {
      if (externalId === '') throw new ZendeskError(400, { error: 'ParameterMissing', description: 'external_id' });
      const before = state().recordByExternalId(externalId);
      return before ? change(before, input) : create(input, externalId);
    },
    remove(record) {
      if (!record) throw recordNotFound();
      state().deleteRecord(record);
      if (record.fields.status === 'active') note('entitlement.revoked', record);
    },
  };
}

const textOf = (value: unknown) => (value === undefined || value === null ? null : String(value));

/** What a write means to the business; null: nothing, such as only the hub's key. */
function effectOf(before: EntitlementRecord | undefined, after: EntitlementRecord): string | null {
  const was = before?.fields.status === 'active';
  const is = after.fields.status === 'active';
  if (!was && is) return 'entitlement.granted';
  if (was && !is) return 'entitlement.revoked';
  if (before === undefined) return null;
  const facts = ({ hub_keys: _, ...fields }: EntitlementRecord['fields']) => JSON.stringify(fields);
  return facts(before.fields) === facts(after.fields) ? null : 'entitlement.changed';
}

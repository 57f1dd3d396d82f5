import { fullId, objectOfId, type SalesforceId } from './ids.ts';
import { fieldNamed, fieldShape, type ObjectName, shapeOf } from './objects.ts';
import type { SObject, Value } from './records.ts';
import { Refusal, refuse } from './refusal.ts';
import { checkRules, derived, effectOf, withDefaults } from './rules.ts';
import { vendorInstant } from './soql.ts';
import type { Store } from './store.ts';

/** Creates a record from a request body. @throws Refusal */
export function create(store: Store, object: ObjectName, body: unknown, nowMs: number): SalesforceId {
  return store.transaction(() => {
    const input = withDefaults(object, validated(store, object, body, null), store);
    const missing = Object.entries(shapeOf(object).fields)
      .filter(([field, shape]) => shape.required && (input[field] ?? null) === null)
      .map(([field]) => field);
    if (missing.length > 0) {
      refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
    }
    const { id, position } = store.nextId(object);
    const at = vendorInstant(nowMs);
    const empty = Object.fromEntries(
      Object.entries(shapeOf(object).fields).map(([field, shape]): [string, Value] => [
        field,
        shape.kind === 'boolean' ? false : null,
      ]),
    );
    const system = { Id: id, CreatedDate: at, LastModifiedDate: at, SystemModstamp: at };
    const record = derived(object, { ...empty, ...input, ...system }, null, position, store);
    checkRules(object, record, null);
    commit(store, object, record, null);
    return id;
  });
}

/** Changes what the body names; a body that changes nothing leaves no trace. @throws Refusal */
export function update(store: Store, object: ObjectName, id: SalesforceId, body: unknown, nowMs: number): void {
  store.transaction(() => {
    const before = standing(store, object, id);
    const input = validated(store, object, body, before);
    const changed = Object.entries(input).filter(([field, value]) => (before[field] ?? null) !== value);
    if (changed.length === 0) return;
    const at = vendorInstant(nowMs);
    const merged = { ...before, ...input, LastModifiedDate: at, SystemModstamp: at };
    const record = derived(object, merged, before, 0, store, new Set(Object.keys(input)));
    checkRules(object, record, before);
    commit(store, object, record, before);
  });
}

/** Deletes softly, as into the recycle bin. @throws Refusal */
export function remove(store: Store, object: ObjectName, id: SalesforceId, nowMs: number): void {
  store.transaction(() => {
    const before = standing(store, object, id);
    const at = vendorInstant(nowMs);
    commit(store, object, { ...before, IsDeleted: true, LastModifiedDate: at, SystemModstamp: at }, before);
  });
}

function commit(store: Store, object: ObjectName, record: SObject, before: SObject | null): void {
  store.write(record);
  store.note(effectOf(object, record, before, store));
}

/** The record, when there is one and it is not deleted. @throws Refusal NOT_FOUND, ENTITY_IS_DELETED */
export function standing(store: Store, object: ObjectName, id: SalesforceId): SObject {
  const record = objectOfId(id) === object ? store.record(id) : undefined;
  if (!record) return refuse(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible: Id');
  if (record.IsDeleted === true) return refuse(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  return record;
}

/** The one standing record with this external id. */
export function byExternalId(store: Store, object: ObjectName, field: string, value: string): SObject | undefined {
  return store.having(object, field, value).find((record) => record.IsDeleted !== true);
}

function validated(store: Store, object: ObjectName, body: unknown, before: SObject | null): Record<string, Value> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse(400, 'JSON_PARSER_ERROR', 'The HTTP entity body is required, but this request has no entity body.');
  }
  const input: Record<string, Value> = {};
  const errors: { message: string; errorCode: string; fields: readonly string[] }[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name === 'attributes') continue;
    const field = fieldNamed(object, name);
    if (!field) return refuse(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object}`);
    const shape = fieldShape(object, field);
    if (shape.readOnly) {
      return refuse(
        400,
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${field}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        [field],
      );
    }
    const read = readValue(store, object, field, value, before);
    if (typeof read === 'object' && read !== null) errors.push({ ...read, fields: [field] });
    else input[field] = read;
  }
  if (errors.length > 0) throw new Refusal(400, errors);
  return input;
}

type Problem = { readonly message: string; readonly errorCode: string };

/** The value as it will be stored, or what is wrong with it. @throws Refusal for a value of another JSON type */
function readValue(
  store: Store,
  object: ObjectName,
  field: string,
  value: unknown,
  before: SObject | null,
): Value | Problem {
  const shape = fieldShape(object, field);
  if (value === null || value === '') {
    if (shape.kind === 'boolean') return false;
    return shape.required
      ? { errorCode: 'REQUIRED_FIELD_MISSING', message: `Required fields are missing: [${field}]` }
      : null;
  }
  const wrongType = (): never =>
    refuse(400, 'JSON_PARSER_ERROR', `Cannot deserialize instance of ${shape.kind} from ${typeof value} value`);

  if (shape.kind === 'boolean') return typeof value === 'boolean' ? value : wrongType();
  if (shape.kind === 'currency' || shape.kind === 'percent') {
    const figure = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof figure !== 'number' || !Number.isFinite(figure)) return wrongType();
    return Math.abs(figure) >= (shape.kind === 'percent' ? 1_000 : 1e16)
      ? { errorCode: 'NUMBER_OUTSIDE_VALID_RANGE', message: `${field}: value outside of valid range` }
      : figure;
  }
  if (typeof value !== 'string') return wrongType();
  if (shape.kind === 'date') {
    return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : wrongType();
  }
  if (shape.kind === 'reference') return reference(store, field, value, shape.refersTo ?? []);
  if (shape.values && !shape.values.includes(value)) {
    return {
      errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      message: `${field}: bad value for restricted picklist field: ${value}`,
    };
  }
  if (shape.length !== undefined && value.length > shape.length) {
    return {
      errorCode: 'STRING_TOO_LONG',
      message: `${field}: data value too large: ${value.slice(0, 80)} (max length=${shape.length})`,
    };
  }
  if (shape.kind === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) {
    return { errorCode: 'INVALID_EMAIL_ADDRESS', message: `${field}: invalid email address: ${value}` };
  }
  if (shape.externalId) {
    const other = byExternalId(store, object, field, value);
    if (other && other.Id !== before?.Id) {
      return {
        errorCode: 'DUPLICATE_VALUE',
        message: `duplicate value found: ${field} duplicates value on record with id: ${String(other.Id).slice(0, 15)}`,
      };
    }
  }
  return value;
}

function reference(store: Store, field: string, value: string, refersTo: readonly string[]): Value | Problem {
  const id = fullId(value);
  const object = id === undefined ? undefined : objectOfId(id);
  if (!id || !object || !refersTo.includes(object)) {
    return { errorCode: 'MALFORMED_ID', message: `${field}: id value of incorrect type: ${value}` };
  }
  const record = store.record(id);
  if (!record) return { errorCode: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id' };
  if (record.IsDeleted === true) return { errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted' };
  return id;
}

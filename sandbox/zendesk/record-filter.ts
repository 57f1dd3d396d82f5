import { ZendeskError } from './errors.ts';
import type { EntitlementRecord } from './model.ts';
import { fieldsOf } from './request.ts';

/** A filter, read: one comparison, or all (`$and`) or any (`$or`) of several. */
export type Filter =
  | { readonly kind: 'comparison'; readonly field: string; readonly operator: string; readonly value: unknown }
  | { readonly kind: '$and' | '$or'; readonly parts: readonly Filter[] };

const invalid = (message: string) =>
  new ZendeskError(400, { error: { title: 'Invalid attribute', message: `filter: ${message}` } });

/**
 * Reads the body of a filtered search.
 * https://developer.zendesk.com/documentation/custom-data/v2/searching-custom-object-records
 */
export function parseFilter(filter: unknown): Filter {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) throw invalid('must be an object');
  const entries = Object.entries(filter);
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined) throw invalid('must name one comparison, or $and, or $or');
  if (name === '$and' || name === '$or') {
    if (!Array.isArray(value)) throw invalid(`${name} must be a list`);
    return { kind: name, parts: value.map(parseFilter) };
  }
  const [operator, wanted, ...others] = Object.entries(fieldsOf(value)).flat();
  if (typeof operator !== 'string' || others.length > 0) throw invalid(`${name} must have one operator`);
  const field = name.replace('custom_object_fields.', '');
  const operators = OPERATORS[field];
  if (!operators) throw invalid(`${name} is not a field`);
  if (!operators.includes(operator)) throw invalid(`${operator} is not supported for ${name}`);
  return { kind: 'comparison', field, operator, value: wanted };
}

/** What each field can be asked: by its type, as the page above lists them. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  external_id: ['$eq'],
  name: ['$contains'],
  created_at: ['$gt'],
  updated_at: ['$gt'],
  sku: ['$eq', '$contains'],
  subscription_id: ['$eq', '$contains'],
  organization: ['$eq'],
  status: ['$eq', '$noteq'],
  seats: ['$eq', '$gt', '$gte', '$lt', '$lte'],
  seats_used: ['$eq', '$gt', '$gte', '$lt', '$lte'],
  starts_on: ['$eq', '$gt', '$lt'],
  ends_on: ['$eq', '$gt', '$lt'],
};

export function matchesRecord(filter: Filter, record: EntitlementRecord): boolean {
  if (filter.kind !== 'comparison') {
    const every = filter.kind === '$and';
    return every
      ? filter.parts.every((part) => matchesRecord(part, record))
      : filter.parts.some((part) => matchesRecord(part, record));
  }
  const value = held(record, filter.field);
  const [left, right] =
    typeof value === 'number' ? [value, Number(filter.value)] : [String(value ?? ''), String(filter.value ?? '')];
  switch (filter.operator) {
    case '$eq':
      return left === right;
    case '$noteq':
      return left !== right;
    case '$contains':
      return String(left).toLowerCase().includes(String(right).toLowerCase());
    case '$gt':
      return left > right;
    case '$gte':
      return left >= right;
    case '$lt':
      return left < right;
    default:
      return left <= right;
  }
}

function held(record: EntitlementRecord, field: string): string | number | null {
  if (field === 'external_id') return record.externalId;
  if (field === 'name') return record.name;
  if (field === 'created_at') return record.createdAt;
  if (field === 'updated_at') return record.updatedAt;
  return record.fields[field] ?? null;
}

/** The values to which a filter limits one field, so that not every record has to be looked at; null: it does not. */
export function valuesOf(filter: Filter, field: string): string[] | null {
  if (filter.kind === 'comparison') {
    return filter.field === field && filter.operator === '$eq' ? [String(filter.value)] : null;
  }
  const parts = filter.parts.map((part) => valuesOf(part, field));
  if (filter.kind === '$and') return parts.find((part) => part !== null) ?? null;
  return parts.every((part) => part !== null) ? parts.flat() : null;
}

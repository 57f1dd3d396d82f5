import { fieldShape, type ObjectName, parentNamed } from './objects.ts';
import type { SObject, Value } from './records.ts';
import { type Column, type Comparison, type Condition, endOf, type Path, type Plan } from './soql.ts';
import type { Store } from './store.ts';

export interface Row {
  readonly attributes: { readonly type: string; readonly url?: string };
  readonly [column: string]: unknown;
}

/** The rows of a query in their order, `LIMIT` and `OFFSET` applied. Deleted records only when asked for (`queryAll`). */
export function select(plan: Plan, store: Store, deletedToo: boolean): readonly SObject[] {
  return rowsOf(plan, candidates(plan, store), store, deletedToo);
}

function rowsOf(plan: Plan, from: Iterable<SObject>, store: Store, deletedToo: boolean): readonly SObject[] {
  const found: SObject[] = [];
  const most = plan.limit === null ? Number.POSITIVE_INFINITY : plan.offset + plan.limit;
  const inIdOrder = plan.orderBy.length === 0 || (isIdAscending(plan) && plan.orderBy.length === 1);
  for (const record of from) {
    if (inIdOrder && found.length >= most) break; // candidates come in the order of ids
    if (record.IsDeleted === true && !deletedToo) continue;
    if (plan.where && !holds(plan.where, record, plan.object, store)) continue;
    found.push(record);
  }
  if (!inIdOrder) found.sort((a, b) => compareRows(a, b, plan, store));
  return found.slice(plan.offset, most);
}

const isIdAscending = (plan: Plan): boolean =>
  plan.orderBy[0]?.path.length === 1 && plan.orderBy[0].path[0] === 'Id' && !plan.orderBy[0].descending;

/** As few records as an index gives; the condition is still applied to each. Always in the order of ids. */
function candidates(plan: Plan, store: Store): Iterable<SObject> {
  const required = plan.where === null ? [] : conjuncts(plan.where);
  for (const { path, operator, values } of required) {
    const [field] = path;
    if (path.length !== 1 || field === undefined || (operator !== '=' && operator !== 'IN')) continue;
    const texts = [...new Set(values.filter((value) => typeof value === 'string'))].sort();
    if (texts.length !== values.length && values.includes(null)) continue;
    if (field === 'Id') return texts.map((id) => store.record(id)).filter((record) => record !== undefined);
    if (store.indexed(plan.object, field)) {
      const found = texts.flatMap((text) => store.having(plan.object, field, text));
      return found.sort((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1));
    }
  }
  const changed = required.find(
    ({ path, operator, values }) =>
      path.length === 1 && path[0] === 'SystemModstamp' && ['>', '>='].includes(operator) && isLater(values[0], store),
  );
  if (changed) return store.written(plan.object);
  const after = required.find(
    ({ path, operator }) => path.length === 1 && path[0] === 'Id' && (operator === '>' || operator === '>='),
  );
  return store.all(plan.object, after ? String(after.values[0]) : null);
}

const isLater = (at: Value | undefined, store: Store): boolean => typeof at === 'string' && at > store.seededAt;

/** The comparisons that every row must pass. */
function conjuncts(condition: Condition): readonly Comparison[] {
  if ('all' in condition) return condition.all.flatMap(conjuncts);
  return 'path' in condition ? [condition] : [];
}

function holds(condition: Condition, record: SObject, object: ObjectName, store: Store): boolean {
  if ('all' in condition) return condition.all.every((each) => holds(each, record, object, store));
  if ('any' in condition) return condition.any.some((each) => holds(each, record, object, store));
  if ('not' in condition) return !holds(condition.not, record, object, store);
  const value = valueAt(condition.path, record, object, store);
  const end = endOf(condition.path, object);
  const exact = ['id', 'reference'].includes(fieldShape(end.object, end.field).kind);
  return compares(condition, value, exact);
}

function compares({ operator, values }: Comparison, value: Value, exact: boolean): boolean {
  const equals = (other: Value) => order(value, other, exact) === 0;
  const [first = null] = values;
  switch (operator) {
    case '=':
      return equals(first);
    case '!=':
      return !equals(first);
    case 'IN':
      return values.some(equals);
    case 'NOT IN':
      return !values.some(equals);
    case 'LIKE':
      return typeof value === 'string' && like(String(first)).test(value);
  }
  if (value === null || first === null) return false;
  const sign = order(value, first, exact);
  return operator === '<' ? sign < 0 : operator === '<=' ? sign <= 0 : operator === '>' ? sign > 0 : sign >= 0;
}

/** Text is compared without regard to case, ids as they are; null comes before everything. */
function order(a: Value, b: Value, exact: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'string' && typeof b === 'string' && !exact) {
    const [left, right] = [a.toLowerCase(), b.toLowerCase()];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `%` any text, `_` one character, a backslash takes either literally. */
function like(pattern: string): RegExp {
  const source = pattern.replace(/\\([%_])|([%_])|([\s\S])/g, (_, escaped?: string, wild?: string, plain?: string) =>
    wild === '%'
      ? '[\\s\\S]*'
      : wild === '_'
        ? '[\\s\\S]'
        : (escaped ?? plain ?? '').replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`, 'iu');
}

function compareRows(a: SObject, b: SObject, plan: Plan, store: Store): number {
  for (const { path, descending, nullsLast } of plan.orderBy) {
    const [left, right] = [valueAt(path, a, plan.object, store), valueAt(path, b, plan.object, store)];
    if (left === null || right === null) {
      if (left === right) continue;
      return (left === null) === nullsLast ? 1 : -1;
    }
    const end = endOf(path, plan.object);
    const sign = order(left, right, ['id', 'reference'].includes(fieldShape(end.object, end.field).kind));
    if (sign !== 0) return descending ? -sign : sign;
  }
  return 0;
}

function parentOf(record: SObject, object: ObjectName, relationship: string, store: Store): SObject | undefined {
  const field = parentNamed(object, relationship)?.field;
  const id = field === undefined ? null : record[field];
  return typeof id === 'string' ? store.record(id) : undefined;
}

function valueAt(path: Path, record: SObject, object: ObjectName, store: Store): Value {
  let at: SObject | undefined = record;
  for (let depth = 0; depth < path.length - 1; depth += 1) {
    const from = endOf([...path.slice(0, depth), 'Id'], object).object;
    at = at && parentOf(at, from, path[depth] ?? '', store);
  }
  return at?.[path.at(-1) ?? ''] ?? null;
}

const FIELDS_URL = (version: string, type: string, id: Value) => `/services/data/v${version}/sobjects/${type}/${id}`;

/** A row as the API sends it: attributes, then the columns; parents nested by relationship, children as query results. */
export function rowOf(record: SObject, plan: Plan, store: Store, version: string): Row {
  const row: Record<string, unknown> = {
    attributes: { type: plan.object, url: FIELDS_URL(version, plan.object, record.Id ?? null) },
  };
  for (const column of plan.columns) addColumn(row, column, record, plan.object, store, version);
  return row as unknown as Row; // attributes were put in above
}

function addColumn(
  row: Record<string, unknown>,
  column: Column,
  record: SObject,
  object: ObjectName,
  store: Store,
  version: string,
): void {
  if (column.kind === 'children') {
    const children = store.having(column.plan.object, column.referringField, String(record.Id));
    const rows = rowsOf(column.plan, children, store, false);
    row[column.name] =
      rows.length === 0
        ? null
        : { totalSize: rows.length, done: true, records: rows.map((each) => rowOf(each, column.plan, store, version)) };
    return;
  }
  if (column.kind === 'count') return;
  const [first, ...rest] = column.path;
  if (first === undefined) return;
  if (rest.length === 0) {
    row[first] = record[first] ?? null;
    return;
  }
  const parent = parentOf(record, object, first, store);
  if (!parent) {
    row[first] = null;
    return;
  }
  const parentObject = parentNamed(object, first)?.parent ?? object;
  const nested = (row[first] ?? {
    attributes: {
      type: parentObject,
      url: FIELDS_URL(version, parentObject, parent.Id ?? null),
    },
  }) as Record<string, unknown>; // only this function puts values under a relationship's name
  addColumn(nested, { kind: 'field', path: rest }, parent, parentObject, store, version);
  row[first] = nested;
}

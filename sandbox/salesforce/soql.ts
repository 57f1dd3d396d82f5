import {
  type FieldType,
  type OrderByClause,
  parseQuery,
  type Query,
  type Subquery,
  type WhereClause,
} from '@jetstreamapp/soql-parser-js';
import { fullId } from './ids.ts';
import { fieldNamed, fieldShape, type ObjectName, objectNamed, parentNamed, shapeOf } from './objects.ts';
import type { Value } from './records.ts';
import { refuse } from './refusal.ts';

/** A query that was checked against the org: every name is spelt as the org spells it, every literal has its field's type. */
export interface Plan {
  readonly object: ObjectName;
  readonly columns: readonly Column[];
  /** `COUNT()`: only the number of rows is asked for. */
  readonly countOnly: boolean;
  readonly where: Condition | null;
  readonly orderBy: readonly { readonly path: Path; readonly descending: boolean; readonly nullsLast: boolean }[];
  readonly limit: number | null;
  readonly offset: number;
}

/** Relationships to walk, then the field. Example: `['Owner', 'Name']`. */
export type Path = readonly string[];

export type Column =
  | { readonly kind: 'field'; readonly path: Path }
  | { readonly kind: 'count'; readonly field: string; readonly name: string }
  | { readonly kind: 'children'; readonly name: string; readonly referringField: string; readonly plan: Plan };

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Comparison;

export interface Comparison {
  readonly path: Path;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN';
  readonly values: readonly Value[];
}

const MAX_OFFSET = 2_000;

/** Reads a query as the org understands it. @throws Refusal MALFORMED_QUERY, INVALID_TYPE, INVALID_FIELD, … */
export function planOf(soql: string): Plan {
  let parsed: Query;
  try {
    parsed = parseQuery(soql);
  } catch (error) {
    return malformed(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unexpected token');
  }
  const object = parsed.sObject === undefined ? undefined : objectNamed(parsed.sObject);
  if (!object) return refuse(400, 'INVALID_TYPE', `sObject type '${parsed.sObject ?? ''}' is not supported.`);
  return checked(parsed, object, false);
}

function checked(query: Query | Subquery, object: ObjectName, child: boolean): Plan {
  if (query.groupBy || query.having || query.withDataCategory || query.usingScope) {
    malformed('this sandbox knows no GROUP BY, HAVING, WITH or USING');
  }
  if ((query.offset ?? 0) > MAX_OFFSET) {
    refuse(400, 'NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  }
  const fields = query.fields ?? [];
  const countOnly = fields.length === 1 && fields[0]?.type === 'FieldFunctionExpression' && isBareCount(fields[0]);
  return {
    object,
    countOnly,
    columns: countOnly ? [] : fields.map((field, index) => column(field, object, child, index)),
    where: query.where ? condition(query.where, object) : null,
    orderBy: [query.orderBy ?? []].flat().map((clause) => ordering(clause, object)),
    limit: query.limit ?? null,
    offset: query.offset ?? 0,
  };
}

const isBareCount = (field: { functionName: string; parameters: unknown[] }): boolean =>
  field.functionName.toUpperCase() === 'COUNT' && field.parameters.length === 0;

function column(field: FieldType, object: ObjectName, child: boolean, index: number): Column {
  switch (field.type) {
    case 'Field':
      return { kind: 'field', path: pathOf(field.field, object) };
    case 'FieldRelationship':
      return { kind: 'field', path: pathOf([...field.relationships, field.field].join('.'), object) };
    case 'FieldSubquery': {
      if (child) malformed('a nested query may not hold another one');
      const relationship = childNamed(object, field.subquery.relationshipName);
      const childObject = objectNamed(relationship.object);
      if (!childObject) return malformed(`unexpected object ${relationship.object}`);
      const plan = checked(field.subquery, childObject, true);
      return { kind: 'children', name: relationship.name, referringField: relationship.field, plan };
    }
    case 'FieldFunctionExpression': {
      const counted = field.parameters[0];
      if (field.functionName.toUpperCase() !== 'COUNT' || typeof counted !== 'string') {
        return malformed(`this sandbox knows no ${field.functionName}()`);
      }
      return { kind: 'count', field: pathOf(counted, object)[0] ?? 'Id', name: field.alias ?? `expr${index}` };
    }
    default:
      return malformed('this sandbox knows no TYPEOF');
  }
}

function childNamed(object: ObjectName, name: string): { name: string; object: string; field: string } {
  const found = Object.entries(shapeOf(object).children).find(([each]) => each.toLowerCase() === name.toLowerCase());
  if (!found) {
    return refuse(
      400,
      'INVALID_TYPE',
      `Didn't understand relationship '${name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`,
    );
  }
  return { name: found[0], object: found[1][0], field: found[1][1] };
}

/** @throws Refusal INVALID_FIELD for a name that the object does not have */
export function pathOf(text: string, object: ObjectName): Path {
  const parts = text.split('.');
  if (parts.length > 1 && parts[0]?.toLowerCase() === object.toLowerCase()) parts.shift();
  const path: string[] = [];
  let at = object;
  for (const part of parts.slice(0, -1)) {
    const reference = parentNamed(at, part);
    if (!reference) {
      return refuse(
        400,
        'INVALID_FIELD',
        `Didn't understand relationship '${part}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`,
      );
    }
    path.push(reference.relationship);
    at = reference.parent;
  }
  const last = parts.at(-1) ?? '';
  const field = fieldNamed(at, last);
  if (!field) {
    return refuse(
      400,
      'INVALID_FIELD',
      `No such column '${last}' on entity '${at}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
    );
  }
  return [...path, field];
}

/** The object and field at the end of a path. */
export function endOf(path: Path, object: ObjectName): { object: ObjectName; field: string } {
  let at = object;
  for (let step = 0; step < path.length - 1; step += 1) at = parentNamed(at, path[step] ?? '')?.parent ?? at;
  return { object: at, field: path.at(-1) ?? 'Id' };
}

function ordering(clause: OrderByClause, object: ObjectName): Plan['orderBy'][number] {
  if (!('field' in clause)) return malformed('this sandbox orders by fields only');
  return {
    path: pathOf(clause.field, object),
    descending: clause.order === 'DESC',
    nullsLast: clause.nulls === 'LAST', // the vendor's default is FIRST in either direction
  };
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | Comparison;

/** The parser gives conditions as a flat list with counts of parentheses; this is the list as tokens. */
function tokens(where: WhereClause | undefined, object: ObjectName): Token[] {
  const list: Token[] = [];
  for (let at = where; at; at = 'right' in at ? at.right : undefined) {
    const left = at.left;
    for (let open = left?.openParen ?? 0; open > 0; open -= 1) list.push('(');
    if (left && 'operator' in left) {
      if (!('field' in left)) malformed('this sandbox compares fields only');
      else if ('valueQuery' in left) malformed('this sandbox knows no semi-join');
      else list.push(comparison(left, object));
      for (let close = left.closeParen ?? 0; close > 0; close -= 1) list.push(')');
    }
    if ('operator' in at) list.push(at.operator);
  }
  return list;
}

function condition(where: WhereClause, object: ObjectName): Condition {
  const list = tokens(where, object);
  let position = 0;

  const unit = (): Condition => {
    const token = list[position];
    position += 1;
    if (token === 'NOT') return { not: unit() };
    if (token === '(') {
      const inner = sequence();
      if (list[position] !== ')') malformed("expecting ')'");
      position += 1;
      return inner;
    }
    if (token === undefined || typeof token === 'string') return malformed(`unexpected token: '${token ?? '<EOF>'}'`);
    return token;
  };

  const sequence = (): Condition => {
    const parts = [unit()];
    const operator = list[position];
    while (list[position] === 'AND' || list[position] === 'OR') {
      // As the vendor does: AND and OR side by side need parentheses to say which is meant.
      if (list[position] !== operator) malformed(`unexpected token: '${String(list[position])}'`);
      position += 1;
      parts.push(unit());
    }
    const [only] = parts;
    if (parts.length === 1 && only) return only;
    return operator === 'OR' ? { any: parts } : { all: parts };
  };

  const whole = sequence();
  if (position < list.length) malformed(`unexpected token: '${String(list[position])}'`);
  return whole;
}

function comparison(
  left: { field: string; operator: string; value: string | string[]; literalType?: unknown },
  object: ObjectName,
): Comparison {
  const path = pathOf(left.field, object);
  const operator = left.operator.toUpperCase();
  if (!isOperator(operator)) return malformed(`this sandbox knows no ${operator}`);
  const types = [left.literalType].flat();
  const values = [left.value].flat().map((value, index) => literal(value, types[index] ?? types[0], path, object));
  return { path, operator, values };
}

const OPERATORS = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'IN', 'NOT IN'] as const;
const isOperator = (text: string): text is Comparison['operator'] => OPERATORS.some((each) => each === text);

/** A literal as the field's type. @throws Refusal INVALID_FIELD when it is of another type, as the vendor says it */
function literal(text: string, type: unknown, path: Path, object: ObjectName): Value {
  if (type === 'NULL') return null;
  const end = endOf(path, object);
  const { kind } = fieldShape(end.object, end.field);
  const wrong = (quoted: boolean): never =>
    refuse(
      400,
      'INVALID_FIELD',
      `value of filter criterion for field '${end.field}' must be of type ${kind} and should ${quoted ? '' : 'not '}be enclosed in quotes`,
    );
  switch (kind) {
    case 'boolean':
      return type === 'BOOLEAN' ? text.toUpperCase() === 'TRUE' : wrong(false);
    case 'currency':
    case 'percent':
      return type === 'INTEGER' || type === 'DECIMAL' ? Number(text) : wrong(false);
    case 'date':
      return type === 'DATE' ? text : wrong(false);
    case 'datetime':
      return type === 'DATETIME' ? vendorInstant(text) : wrong(false);
    case 'id':
    case 'reference': {
      if (type !== 'STRING') return wrong(true);
      const value = unquoted(text);
      return fullId(value) ?? refuse(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${value}`);
    }
    default:
      return type === 'STRING' ? unquoted(text) : wrong(true);
  }
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', "'": "'", '"': '"', '\\': '\\' };

/** The text of a quoted literal; `\%` and `\_` stay as they are for LIKE. */
function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (whole, code: string) =>
      code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? whole),
    );
}

/** An instant in the form in which this API sends it: `2026-11-21T06:00:00.000+0000`. */
export const vendorInstant = (at: string | number): string => new Date(at).toISOString().replace('Z', '+0000');

function malformed(message: string): never {
  return refuse(400, 'MALFORMED_QUERY', message);
}

import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { amountText, DECIMAL, type Money } from '../money.ts';

/** A scalar that travels as text of one form. */
function textScalar(name: string, form: (text: string) => boolean, example: string): GraphQLScalarType<string, string> {
  const read = (value: unknown): string => {
    if (typeof value === 'string' && form(value)) return value;
    throw new GraphQLError(`${name} must be text like ${example}`, { extensions: { code: 'BAD_USER_INPUT' } });
  };
  return new GraphQLScalarType({
    name,
    serialize: read,
    parseValue: read,
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined),
  });
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Whether the text is a day that exists, from the year 1900 to 2999. */
export function isDay(text: string): boolean {
  if (!DAY.test(text) || text < '1900' || text >= '3000') return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Resolvers that every subgraph shares: scalars, and money from the inner form (minor units) to the graph's. */
export const scalarResolvers = {
  Date: textScalar('Date', isDay, '"2027-01-31"'),
  DateTime: textScalar(
    'DateTime',
    (text) => INSTANT.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)),
    '"2027-01-31T08:15:00.000Z"',
  ),
  Decimal: textScalar('Decimal', (text) => DECIMAL.test(text), '"1049.50"'),
  CurrencyCode: textScalar('CurrencyCode', (text) => CURRENCIES.has(text), '"EUR" (ISO 4217)'),
  JSON: new GraphQLScalarType({
    name: 'JSON',
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  }),
  Money: { amount: (value: Money) => amountText(value) },
};

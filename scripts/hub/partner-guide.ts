import {
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
} from 'graphql';
import { ROLES, SCOPES } from '../../platform/keys/scopes.ts';
import { isMasked } from '../../platform/mask/data-classes.ts';
import type { Graph } from './graph.ts';
import { argumentsOf } from './subgraph-files.ts';

/** Those whose acts are for who runs the hub, not for partners. */
const NOT_FOR_PARTNERS: ReadonlySet<string> = new Set(['operate', 'approve']);

/** Puts the generated parts of docs/partners.md anew between their marks; the rest is written by hand. @throws Error for a mark without its end */
export function withGeneratedParts(page: string, supergraphSdl: string, graph: Graph): string {
  const about = readFacts(supergraphSdl);
  const parts: Record<string, () => string> = {
    scopes: () => scopesTable(),
    fields: () => fieldTables(graph, about),
    acts: () => actSections(graph, about),
  };
  return page.replace(
    /<!-- generated: (\w+) -->\n[\s\S]*?<!-- end -->/g,
    (_whole, name: string) => `<!-- generated: ${name} -->\n\n${(parts[name] ?? unknownPart(name))()}\n\n<!-- end -->`,
  );
}

function unknownPart(name: string): never {
  throw new Error(`docs/partners.md: there is no generated part ${name}; there are scopes, fields, acts`);
}

/** What the schema says of fields beside their type, by `Type.field`. */
interface Facts {
  readonly maxAgeSeconds: ReadonlyMap<string, number>;
  readonly scopes: ReadonlyMap<string, readonly string[]>;
}

function readFacts(supergraphSdl: string): Facts {
  const maxAgeSeconds = new Map<string, number>();
  const scopes = new Map<string, readonly string[]>();
  for (const type of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const ofType = argumentsOf(type.directives, 'data')[0]?.maxAgeSeconds;
    for (const field of type.fields ?? []) {
      const at = `${type.name.value}.${field.name.value}`;
      const age = argumentsOf(field.directives, 'data')[0]?.maxAgeSeconds ?? ofType;
      if (age !== undefined) maxAgeSeconds.set(at, Number(age));
      scopes.set(at, scopesOf(field));
    }
  }
  return { maxAgeSeconds, scopes };
}

const scopesOf = (field: FieldDefinitionNode): readonly string[] =>
  argumentsOf(field.directives, 'requiresScopes').flatMap(({ scopes }) =>
    Array.isArray(scopes) ? scopes.flat().map(String) : [],
  );

const scopesTable = (): string =>
  table(
    ['scope', 'opens', 'the demo key has it'],
    Object.entries(SCOPES)
      .filter(([name]) => !NOT_FOR_PARTNERS.has(name))
      .map(([name, says]) => [
        `\`${name}\``,
        says,
        (ROLES.partner.scopes as readonly string[]).includes(name) ? 'yes' : '',
      ]),
  );

/** One table for each type that the demo key of a partner sees. */
function fieldTables({ contracts, ownership, classes }: Graph, { maxAgeSeconds }: Facts): string {
  const schema = contracts.schemaFor({ ...ROLES.partner, acts: null });
  const types = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType =>
      isObjectType(type) &&
      !type.name.startsWith('__') &&
      !/(Connection|Edge)$/.test(type.name) &&
      type !== schema.getMutationType(),
  );
  return types
    .map((type) => {
      const rows = Object.values(type.getFields()).map((field) => {
        const at = `${type.name}.${field.name}`;
        const data = classes.get(at);
        const age = maxAgeSeconds.get(at);
        const owner = ownership.owners.get(at);
        return [
          `\`${signature(field)}\``,
          firstOf(field.description),
          owner === undefined
            ? ''
            : owner.next === null
              ? owner.system
              : `${owner.system}, from ${owner.until} on ${owner.next}`,
          data?.class ?? '',
          isMasked(data, ROLES.partner.unmasked) ? data.mask : '',
          age === undefined ? '' : `${age} s`,
        ];
      });
      const says = type.description ? `${oneLine(type.description)}\n\n` : '';
      return `### ${type.name}\n\n${says}${table(['field', 'meaning', 'owner', 'class', 'mask', 'max age'], rows)}`;
    })
    .join('\n\n');
}

/** The description without what the contract adds of masks: that has a column. */
const firstOf = (description: string | null | undefined): string =>
  oneLine((description ?? '').replace(/^Masked \(\w+\): .*$/m, ''));

const signature = (field: GraphQLField<unknown, unknown>): string => {
  const args = field.args.map(({ name, type }) => `${name}: ${type}`);
  return `${field.name}${args.length === 0 ? '' : `(${args.join(', ')})`}: ${field.type}`;
};

/** Each act that a key of a partner may be given, with what it takes and answers. */
function actSections({ schema }: Graph, { scopes }: Facts): string {
  const acts = Object.values(schema.getMutationType()?.getFields() ?? {});
  return acts
    .filter(({ name }) => !(scopes.get(`Mutation.${name}`) ?? []).some((scope) => NOT_FOR_PARTNERS.has(scope)))
    .map((act) => {
      const needs = (scopes.get(`Mutation.${act.name}`) ?? []).map((scope) => `\`${scope}\``).join(', ');
      const head = `### ${act.name}\n\n${oneLine(act.description ?? '')}\n\nScope: ${needs || 'any key'}. Answers \`${act.type}\`.`;
      return [head, ...inputTables(act), ...answers(act, schema)].join('\n\n');
    })
    .join('\n\n');
}

/** The arguments, and every input that they lead to. */
function inputTables(act: GraphQLField<unknown, unknown>): string[] {
  const scalars = act.args.filter(({ type }) => !isInputObjectType(getNamedType(type)));
  const found = new Set(act.args.map(({ type }) => getNamedType(type)).filter(isInputObjectType));
  for (const input of found) {
    for (const { type } of Object.values(input.getFields())) {
      const named = getNamedType(type);
      if (isInputObjectType(named)) found.add(named);
    }
  }
  const rows = (
    fields: readonly { name: string; type: unknown; description?: string | null; defaultValue?: unknown }[],
  ) =>
    fields.map(({ name, type, description, defaultValue }) => [
      `\`${name}: ${type}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}\``,
      oneLine(description ?? ''),
    ]);
  return [
    ...(scalars.length === 0 ? [] : [table(['argument', 'meaning'], rows(scalars))]),
    ...[...found].map((input) => table([`in \`${input.name}\``, 'meaning'], rows(Object.values(input.getFields())))),
  ];
}

/** The verdicts of an act, with the codes that a refusal may carry. */
function answers(act: GraphQLField<unknown, unknown>, schema: GraphQLSchema): string[] {
  const named = getNamedType(act.type);
  if (!isUnionType(named)) return [];
  const rows = named.getTypes().map((type) => {
    const fields = Object.values(type.getFields()).map((field) => `\`${field.name}\``);
    return [`\`${type.name}\``, oneLine(type.description ?? ''), fields.join(', ')];
  });
  const codes = schema.getType('RejectionCode');
  const rejects = named.getTypes().some((type) => String(type.getFields().reasons?.type).includes('Rejection'));
  const list = rejects && isEnumType(codes) ? codes.getValues().map(({ name }) => `\`${name}\``) : [];
  return [
    table(['verdict', 'meaning', 'holds'], rows),
    ...(list.length === 0 ? [] : [`Codes of \`reasons\`: ${list.join(', ')}.`]),
  ];
}

const oneLine = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

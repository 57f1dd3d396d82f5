import {
  buildASTSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { stable } from './draw.ts';
import { sdlOf } from './sdl.ts';
import { type Thing, type Universe, universe } from './universe.ts';
import { type Field, INSTANCES, membersIn, type Selection, type World } from './world.ts';

/** What one operation leaves behind in the world: its effects, in the order in which they took place. */
export interface Session {
  readonly effects: string[];
  /** @returns where the effect's value stands: it tells the first effect from the second */
  takeEffect(field: string, args: object): string;
}

export function session(): Session {
  const effects: string[] = [];
  return {
    effects,
    takeEffect(field, args) {
      effects.push(`${field}(${stable(args)})`);
      return `Mutation#${effects.length}`;
    },
  };
}

export interface RunningSubgraph {
  readonly sdl: string;
  run(query: string, variables: Readonly<Record<string, unknown>>, session: Session): Promise<ExecutionResult>;
}

/** A thing as this subgraph holds it: with what was sent along, and what it may answer here though it owns it not. */
interface Held extends Thing {
  readonly sent?: Readonly<Record<string, unknown>> | undefined;
  readonly provided?: Selection | undefined;
}

/** One subgraph over the world's data. It answers its own part only: for anything else its answer is an error. */
export function subgraph(world: World, name: string): RunningSubgraph {
  const sdl = sdlOf(world, name);
  const data = universe(world);
  const schema = schemaOf(sdl);
  const documents = new Map<string, DocumentNode>();

  return {
    sdl,
    async run(query, variables, session) {
      let document = documents.get(query);
      if (document === undefined) {
        document = parse(query);
        const errors = validate(schema, document);
        if (errors.length > 0) return { errors };
        documents.set(query, document);
      }
      return execute({
        schema,
        document,
        variableValues: variables,
        contextValue: session,
        typeResolver: (thing: Held, _context, _info, abstract) =>
          abstract.name === '_Entity' ? nameHere(world, thing, name) : thing.type,
        fieldResolver: (source: Held | undefined, args, context: Session, { fieldName, parentType }) => {
          if (fieldName === '_entities') {
            return args.representations.map((sent: Record<string, unknown>) => entityOf(world, data, name, sent));
          }
          const thing: Held = source ?? { type: parentType.name, at: parentType.name };
          const field = world.objects.get(thing.type)?.fields.get(fieldName);
          if (field === undefined) throw misuse(`there is no ${thing.type}.${fieldName}`);
          const at = parentType.name === 'Mutation' ? context.takeEffect(fieldName, args) : thing.at;
          return resolve(world, data, name, { ...thing, at }, field, args);
        },
      });
    },
  };
}

function resolve(world: World, data: Universe, subgraph: string, thing: Held, field: Field, args: object): unknown {
  const inner = thing.provided?.[field.name];
  if (!field.owners.has(subgraph) && inner === undefined) {
    throw misuse(`${subgraph} was asked for ${thing.type}.${field.name}, which is not its own`);
  }
  const required = inner === undefined && field.requires ? given(world, data, subgraph, thing, field) : undefined;
  if (field.requires && inner === undefined && required === undefined) {
    throw misuse(`${subgraph} was asked for ${thing.type}.${field.name} without what it requires`);
  }
  const provides = inner ?? field.provides.get(subgraph)?.selection;
  const held = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(held);
    const isThing = value !== null && typeof value === 'object' && 'at' in value;
    return isThing && typeof provides === 'object' ? { ...value, provided: provides } : value;
  };
  return held(data.value(thing, field, args, required));
}

/** What a field requires: out of what was sent, or known here because the way that led here provides it. */
function given(world: World, data: Universe, subgraph: string, thing: Held, field: Field) {
  const wanted = field.requires ?? {};
  const isProvided = thing.provided !== undefined && isKnown(world, subgraph, thing.type, wanted, thing.provided);
  return taken(thing.sent, wanted) ?? (isProvided ? data.select(thing, wanted) : undefined);
}

/** Whether the subgraph can answer the selection of what it provides and of what is its own. */
function isKnown(
  world: World,
  subgraph: string,
  type: string,
  wanted: Selection,
  provided: Selection | undefined,
): boolean {
  return Object.entries(wanted).every(([name, inner]) => {
    const field = world.objects.get(type)?.fields.get(name);
    const isOwn = field?.owners.has(subgraph) && !field.requires;
    const found = provided?.[name];
    if (field === undefined || (!isOwn && found === undefined)) return false;
    return inner === true || isKnown(world, subgraph, field.type, inner, found === true ? undefined : found);
  });
}

/** The part of what was sent that the selection names; undefined where any of it is missing. */
function taken(sent: unknown, selection: Selection): Record<string, unknown> | undefined {
  const read = (value: unknown, inner: true | Selection): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => read(item, inner));
      return items.includes(undefined) ? undefined : items;
    }
    return inner === true || value === null ? value : taken(value, inner);
  };
  if (typeof sent !== 'object' || sent === null) return undefined;
  const picked: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(selection)) {
    const value = read((sent as Record<string, unknown>)[name], inner);
    if (value === undefined) return undefined;
    picked[name] = value;
  }
  return picked;
}

/** The thing that a representation names, by a key that this subgraph declares. */
function entityOf(world: World, data: Universe, subgraph: string, sent: Record<string, unknown>): Held {
  const typename = String(sent.__typename);
  const abstract = world.abstracts.get(typename);
  const types = abstract ? membersIn(abstract, subgraph) : [typename];
  for (const type of types) {
    const object = world.objects.get(type);
    if (object === undefined) continue;
    const declaration = object.in.get(subgraph);
    if (!abstract && !declaration?.resolvable) continue;
    const declared = abstract ? [0] : [...(declaration?.keys ?? [])];
    for (const key of declared.map((index) => object.keys[index]?.selection ?? {})) {
      const wanted = taken(sent, key);
      if (wanted === undefined) continue;
      for (let n = 0; n < INSTANCES; n++) {
        const thing = { type, at: `${type}/${n}` };
        if (stable(data.select(thing, key)) === stable(wanted)) return { ...thing, sent };
      }
    }
  }
  throw misuse(`${subgraph} has no ${stable(sent)}`);
}

/** An entity in `_entities`: by its type, or by the interface that stands for it here. */
function nameHere(world: World, thing: Thing, subgraph: string): string {
  const abstract = [...world.abstracts.values()].find(
    ({ objectIn, members }) => objectIn.has(subgraph) && [...members.values()].some((m) => m.includes(thing.type)),
  );
  return abstract?.name ?? thing.type;
}

/** What no right plan ever asks. */
const misuse = (text: string) => new Error(`MISUSE: ${text}`);

function schemaOf(sdl: string): GraphQLSchema {
  const own = parse(sdl, { noLocation: true });
  const definitions = own.definitions.filter(({ kind }) => kind !== 'SchemaExtension');
  const entities = definitions.flatMap((d) =>
    d.kind === 'ObjectTypeDefinition' && d.directives?.some((directive) => directive.name.value === 'key')
      ? [d.name.value]
      : [],
  );
  const hasQuery = definitions.some((d) => d.kind === 'ObjectTypeDefinition' && d.name.value === 'Query');
  const machinery = parse(
    `scalar _Any ${entities.length > 0 ? `union _Entity = ${entities.join(' | ')}` : ''}
     type Query { _here: Boolean ${entities.length > 0 ? '_entities(representations: [_Any!]!): [_Entity]!' : ''} }`,
    { noLocation: true },
  ).definitions;
  const merged = definitions.map((definition) => {
    if (definition.kind !== 'ObjectTypeDefinition' || definition.name.value !== 'Query') return definition;
    const query = machinery.find((d) => d.kind === 'ObjectTypeDefinition');
    return {
      ...definition,
      fields: [...(definition.fields ?? []), ...(query && 'fields' in query ? (query.fields ?? []) : [])],
    };
  });
  const rest = machinery.filter((d) => !hasQuery || d.kind !== 'ObjectTypeDefinition');
  return buildASTSchema({ kind: 'Document', definitions: [...merged, ...rest] } as DocumentNode, {
    assumeValid: true,
    assumeValidSDL: true,
  });
}

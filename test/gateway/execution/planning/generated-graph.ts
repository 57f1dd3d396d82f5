import { createHash } from 'node:crypto';
import type { Subgraph } from './graphs.ts';

export type Random = (below: number) => number;

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed + 0x6d2b79f5;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Thing {
  readonly __typename: string;
  readonly id: string;
}
type Sent = Thing & Readonly<Record<string, unknown>>;

interface Link {
  readonly to: string;
  readonly isList: boolean;
  readonly owner: number;
}
/** `f(x: 1)` or `link { f(x: 1) }`. */
interface Required {
  readonly link?: string;
  readonly field: string;
  readonly x?: number;
}
interface Computed {
  readonly owner: number;
  readonly requires: readonly Required[];
}
interface Entity {
  readonly name: string;
  readonly isThing: boolean;
  readonly scalars: ReadonlyMap<string, { owner: number; takesX: boolean }>;
  readonly links: ReadonlyMap<string, Link>;
  readonly computed: Map<string, Computed>;
}

export interface GeneratedGraph {
  readonly parts: Readonly<Record<string, Subgraph>>;
  /** What a field is, asked of nobody but the generator. */
  value(type: string, source: unknown, field: string, args: Readonly<Record<string, unknown>>): unknown;
}

const GRAPHS = 3;
const IDS = ['1', '2', '3'];

/** Entities whose fields are spread over three subgraphs, with links, an interface, a union, and `@requires` with arguments. */
export function generatedGraph(random: Random): GeneratedGraph {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T; // never empty here
  const entities = new Map<string, Entity>();
  const names = ['A', 'B', 'C', 'D'];
  for (const name of names) {
    const scalars = new Map(
      ['f', 'g', 'h'].map((field) => [field, { owner: random(GRAPHS), takesX: random(3) > 0 }] as const),
    );
    const links = new Map(
      ['k', 'l'].map(
        (field) =>
          [field, { to: pick([...names, 'Any', 'Thing']), isList: random(2) > 0, owner: random(GRAPHS) }] as const,
      ),
    );
    entities.set(name, { name, isThing: name !== 'D', scalars, links, computed: new Map() });
  }
  const entityOf = (name: string): Entity => entities.get(name) ?? ([...entities.values()][0] as Entity);
  for (const entity of entities.values()) {
    for (const field of ['r', 's', 't']) {
      const owner = random(GRAPHS);
      const requires: Required[] = [];
      for (const [scalar, { owner: other, takesX }] of entity.scalars) {
        if (other !== owner && random(2) > 0) requires.push({ field: scalar, ...(takesX ? { x: random(3) } : {}) });
      }
      for (const [link, { to, owner: other }] of entity.links) {
        const target = entities.get(to);
        if (target === undefined || other === owner || random(2) > 0) continue;
        const scalar = [...target.scalars].find(([, one]) => one.owner !== owner);
        if (scalar) requires.push({ link, field: scalar[0], ...(scalar[1].takesX ? { x: random(3) } : {}) });
      }
      const once = requires.filter(
        (one, at) => requires.findIndex((other) => other.link === one.link && other.field === one.field) === at,
      );
      if (once.length > 0) entity.computed.set(field, { owner, requires: once });
    }
  }

  const linked = (source: Thing, field: string): unknown => {
    const link = entityOf(source.__typename).links.get(field);
    if (link === undefined) return null;
    const target = (n: number): Thing => {
      const hash = createHash('sha256').update(`${source.__typename}${source.id}${field}${n}`).digest();
      const types = link.to === 'Any' ? ['A', 'B', 'D'] : link.to === 'Thing' ? ['A', 'B', 'C'] : [link.to];
      return { __typename: types[(hash[0] ?? 0) % types.length] ?? 'A', id: IDS[(hash[1] ?? 0) % IDS.length] ?? '1' };
    };
    return link.isList ? [target(0), target(1)] : target(0);
  };
  const scalar = ({ __typename, id }: Thing, field: string, x: unknown) => `${__typename}${id}.${field}(${x ?? ''})`;
  const each = (value: unknown, of: (one: Thing) => unknown): unknown =>
    Array.isArray(value) ? value.map((one) => of(one)) : of(value as Thing); // links of generated entities are never null

  const value: GeneratedGraph['value'] = (type, source, field, args) => {
    if (type === 'Query')
      return IDS.map((id) => ({ __typename: field.startsWith('things') ? (id === '3' ? 'C' : 'A') : field[0], id }));
    const thing = source as Thing; // what `value` itself returned before
    const entity = entityOf(thing.__typename);
    if (field === 'id') return thing.id;
    if (field === 'common') return `common ${thing.id}`;
    if (entity.links.has(field)) return linked(thing, field);
    const computed = entity.computed.get(field);
    if (computed === undefined) return scalar(thing, field, args.x);
    return JSON.stringify(
      computed.requires.map(({ link, field: required, x }) =>
        link === undefined ? scalar(thing, required, x) : each(linked(thing, link), (one) => scalar(one, required, x)),
      ),
    );
  };

  const parts: Record<string, Subgraph> = {};
  for (let graph = 0; graph < GRAPHS; graph++) parts[`s${graph}`] = partOf(graph);
  return { parts, value };

  function partOf(graph: number): Subgraph {
    const types = [...entities.values()].map((entity) => typeOf(entity, graph));
    const roots = names.filter((_, index) => index % GRAPHS === graph).map((name) => `${name}s: [${name}!]!`);
    const abstract = [...entities.values()].some(({ links }) =>
      [...links.values()].some(({ to, owner }) => owner === graph && !entities.has(to)),
    );
    const sdl = `
      type Query { ${[...roots, ...(graph === 0 ? ['things: [Thing!]!'] : [`unused${graph}: Int`])].join('\n')} }
      ${types.join('\n')}
      ${abstract || graph === 0 ? 'union Any = A | B | D\ninterface Thing { id: ID! common: String }' : ''}
    `.replaceAll('IMPLEMENTS', abstract || graph === 0 ? 'implements Thing' : '');
    const resolvers: Record<string, Record<string, (source: never, args: never) => unknown>> = {
      Query: Object.fromEntries(
        [...names.map((name) => `${name}s`), 'things']
          .filter((field) => sdl.includes(`${field}: [`) && (field !== 'things' || graph === 0))
          .filter((field) => field === 'things' || names.indexOf(field[0] ?? '') % GRAPHS === graph)
          .map((field) => [field, () => value('Query', undefined, field, {})]),
      ),
    };
    for (const { name, scalars, links, computed } of entities.values()) {
      const own: Record<string, (source: never, args: never) => unknown> = {
        __resolveReference: (sent: Sent) => ({ ...sent, __typename: name }),
      };
      for (const [field, { owner }] of scalars) {
        if (owner === graph)
          own[field] = (source: Sent, args: Record<string, unknown>) => value(name, source, field, args);
      }
      for (const [field, { owner }] of links)
        if (owner === graph) own[field] = (source: Sent) => linked({ ...source, __typename: name }, field);
      for (const [field, { owner, requires }] of computed) {
        if (owner !== graph) continue;
        own[field] = (sent: Sent) =>
          JSON.stringify(
            requires.map(({ link, field: required }) =>
              link === undefined ? sent[required] : each(sent[link], (one) => (one as Sent)[required]),
            ),
          );
      }
      if (sdl.includes('interface Thing') && name !== 'D')
        own.common = (source: Sent) => value(name, source, 'common', {});
      resolvers[name] = own;
    }
    return { sdl, resolvers };
  }

  function typeOf({ name, isThing, scalars, links, computed }: Entity, graph: number): string {
    const here = [...computed.values()].filter(({ owner }) => owner === graph).flatMap(({ requires }) => requires);
    const asked = new Set(
      [...entities.values()].flatMap((other) =>
        [...other.computed.values()]
          .filter(({ owner }) => owner === graph)
          .flatMap(({ requires }) =>
            requires.flatMap(({ link, field }) => (link && other.links.get(link)?.to === name ? [field] : [])),
          ),
      ),
    );
    for (const { link, field } of here) if (link === undefined) asked.add(field);
    const lines = ['id: ID!'];
    for (const [field, { owner, takesX }] of scalars) {
      if (owner !== graph && !asked.has(field)) continue;
      lines.push(`${field}${takesX ? '(x: Int)' : ''}: String${owner === graph ? '' : ' @external'}`);
    }
    for (const [field, { to, isList, owner }] of links) {
      if (owner !== graph && !here.some(({ link }) => link === field)) continue;
      lines.push(`${field}: ${isList ? `[${to}!]` : to}${owner === graph ? '' : ' @external'}`);
    }
    for (const [field, { owner, requires }] of computed) {
      if (owner !== graph) continue;
      const set = requires.map(({ link, field: required, x }) => {
        const text = x === undefined ? required : `${required}(x: ${x})`;
        return link === undefined ? text : `${link} { ${text} }`;
      });
      lines.push(`${field}: String @requires(fields: "${set.join(' ')}")`);
    }
    if (isThing) lines.push('COMMON');
    const text = `type ${name} ${isThing ? 'IMPLEMENTS' : ''} @key(fields: "id") { ${lines.join('\n')} }`;
    return text.replace('COMMON', isThing && usesAbstract(graph) ? 'common: String @shareable' : '');
  }

  function usesAbstract(graph: number): boolean {
    return (
      graph === 0 ||
      [...entities.values()].some(({ links }) =>
        [...links.values()].some(({ to, owner }) => owner === graph && !entities.has(to)),
      )
    );
  }
}

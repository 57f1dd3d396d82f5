import { type Draw, draw, stable } from './draw.ts';
import { BOTH, candidates, type Field, INSTANCES, OUT, type Selection, type World } from './world.ts';

/** One thing of the world. The same thing is the same `at`, whoever answers for it. */
export interface Thing {
  readonly type: string;
  /** `E0/1` for an entity; a value is named by the way to it. */
  readonly at: string;
}

const TEXTS = [
  'plain',
  '',
  'ünï ☃ 𝄞',
  'a "quoted" \\ text',
  'line\nbreak\ttab',
  '\u2028\u0000\u007f',
  '</script>',
  'null',
  '0',
  '\ud800 alone',
];
const NUMBERS = [0, -1, 1, 42, 2 ** 31 - 1, -(2 ** 31)];
const FLOATS = [0, 1.5, -0.1, 1e21, 5e-324, 1.7976931348623157e308, 2 ** 53, 3];
const ANY: readonly unknown[] = [
  1,
  'text',
  true,
  [1, [2, []]],
  { a: { b: [null, { c: 'd' }] } },
  {},
  { id: 'x', constructor: 1 },
  2 ** 60,
];

/** What every field of every thing is, as a function of the world's seed alone. */
export function universe(world: World) {
  const index = ({ at }: Thing) => Number(at.slice(at.lastIndexOf('/') + 1)) || 0;

  /** Parts of keys: for each thing its own. */
  function keyValue(thing: Thing, field: Field): unknown {
    const object = world.objects.get(field.type);
    if (object?.kind === 'entity') return { type: field.type, at: `${field.type}/${index(thing)}` };
    if (object) return { type: field.type, at: `${thing.at}/${field.name}` };
    switch (field.name) {
      case 'code':
        return Number(thing.type.slice(1)) * 1_000 + index(thing);
      case 'a':
        return `a${index(thing) >> 1}`;
      case 'b':
        return BOTH[index(thing) % 2];
      default:
        return thing.at;
    }
  }

  function leaf(type: string, { pick, below }: Draw): unknown {
    switch (type) {
      case 'String':
        return `${pick(TEXTS)} ${below(1_000)}`;
      case 'ID':
        return `${below(1_000)}`;
      case 'Int':
        return pick([...NUMBERS, below(1_000), below(1_000)]);
      case 'Float':
        return pick([...FLOATS, below(1_000) / 8]);
      case 'Boolean':
        return below(2) === 0;
      case 'Out':
        return pick(OUT);
      case 'Both':
        return pick(BOTH);
      default:
        return pick(ANY);
    }
  }

  function value(thing: Thing, field: Field, args: object = {}, required?: unknown): unknown {
    if (field.isKey) return keyValue(thing, field);
    const given = `${stable(args)}${required === undefined ? '' : stable(required)}`;
    const words = [world.seed, thing.at, field.name, given];
    const random = draw(...words);
    const at = `${thing.at}/${field.name}${draw('at', given).below(1e6)}`;
    const possible = candidates(world, field);
    const stormy = world.weather === 'storms' && !field.calm;

    const wrapped = (wrap: string, way: string): unknown => {
      if (stormy && random.happens(0.03)) return new Error(`storm at ${thing.type}.${field.name}`);
      const isNonNull = wrap.endsWith('!');
      const within = isNonNull ? wrap.slice(0, -1) : wrap;
      const nullable = !isNonNull && !(way === at && field.looser !== undefined);
      if (world.weather !== 'fine' && (nullable ? random.happens(0.12) : stormy && random.happens(0.015))) return null;
      if (within.startsWith('[')) {
        return Array.from({ length: random.below(4) }, (_, n) => wrapped(within.slice(1, -1), `${way}/${n}`));
      }
      if (!world.objects.has(field.type) && !world.abstracts.has(field.type)) return leaf(field.type, random);
      const type = random.pick(possible);
      const isEntity = world.objects.get(type)?.kind === 'entity';
      return { type, at: isEntity ? `${type}/${random.below(INSTANCES)}` : way } satisfies Thing;
    };
    return wrapped(field.wrap, at);
  }

  /** What a field set selects of a thing, as plain JSON. Errors are not looked for: what is required is calm. */
  function select(thing: Thing, selection: Selection): Record<string, unknown> {
    const fields = world.objects.get(thing.type)?.fields;
    const read = (found: unknown, inner: true | Selection): unknown => {
      if (Array.isArray(found)) return found.map((item) => read(item, inner));
      return inner === true || found === null ? found : select(found as Thing, inner); // with a selection it is a Thing
    };
    return Object.fromEntries(
      Object.entries(selection).map(([name, inner]) => {
        const field = fields?.get(name);
        if (field === undefined) throw new Error(`${thing.type} has no ${name}`);
        return [name, read(value(thing, field, {}, needed(thing, field)), inner)];
      }),
    );
  }

  /** What `@requires` would hand to the owner of the field. */
  const needed = (thing: Thing, field: Field) => (field.requires ? select(thing, field.requires) : undefined);

  return { value, select, needed };
}

export type Universe = ReturnType<typeof universe>;

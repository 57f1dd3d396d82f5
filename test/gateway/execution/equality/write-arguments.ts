import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { type Draw, draw } from './draw.ts';

const TEXTS = ['', 'text', 'ü ☃ 𝄞', 'a "b" \\ c', 'two\nlines', '$v0', '{x}'];
const ANY_LITERALS = ['1', '"text"', '[1, [2]]', '{a: {b: null}}', 'true', 'null', '{}'];

/** Arguments as literals and as variables, given, defaulted, null or left out; the same arguments for the same choice. */
export function argumentWriter(_schema: GraphQLSchema, seed: number) {
  const declared: string[] = [];
  const given: Record<string, unknown> = {};
  const byValue = new Map<string, string>();

  function variable(type: GraphQLInputType, random: Draw, hasDefault: boolean): string {
    const name = `v${declared.length}`;
    const nullableHere = isNonNullType(type) && random.happens(0.3) ? type.ofType : type;
    const isLoosened = nullableHere !== type;
    const wantsDefault = isLoosened || random.happens(0.3);
    const value = random.happens(0.15) && !isNonNullType(type) ? 'null' : literal(type, random, 1, false);
    declared.push(`$${name}: ${nullableHere}${wantsDefault ? ` = ${value}` : ''}`);
    const mayOmit = wantsDefault || !isNonNullType(nullableHere) || hasDefault;
    const omits = mayOmit && (wantsDefault || !isNonNullType(nullableHere)) && random.happens(0.4);
    if (!omits) {
      const isNull = !isNonNullType(type) && random.happens(0.15);
      given[name] = isNull ? null : jsonOf(type, random, 1);
    }
    return `$${name}`;
  }

  function literal(type: GraphQLInputType, random: Draw, depth: number, mayVary: boolean): string {
    if (mayVary && random.happens(0.25)) return variable(type, random, false);
    if (isNonNullType(type)) return literal(type.ofType, random, depth, false);
    if (isListType(type)) {
      const inner = type.ofType;
      if (random.happens(0.15)) return literal(inner, random, depth, false); // one item stands for a list of it
      return `[${Array.from({ length: random.below(3) }, () => literal(inner, random, depth + 1, mayVary)).join(', ')}]`;
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (f) => isNonNullType(f.type) || (depth < 3 && random.happens(0.5)),
      );
      return `{${fields.map((f) => `${f.name}: ${literal(f.type, random, depth + 1, mayVary)}`).join(', ')}}`;
    }
    return leaf(type.name, random, true);
  }

  function leaf(type: string, random: Draw, asText: boolean): never {
    const any = asText ? random.pick(ANY_LITERALS) : random.pick([1, 'text', [1, [2]], { a: { b: null } }, true, {}]);
    const text = random.pick(TEXTS);
    const value = {
      Int: random.pick([0, -7, 2_147_483_647, random.below(100)]),
      Float: random.pick([0.5, -2, 1e10, 3]),
      Boolean: random.happens(0.5),
      ID: `id ${random.below(10)}`,
      String: text,
    }[type];
    const found = value === undefined ? any : asText ? JSON.stringify(value) : value;
    return found as never; // text for the document or a value for the variables, as asked
  }

  function jsonOf(type: GraphQLInputType, random: Draw, depth: number): unknown {
    if (isNonNullType(type)) return jsonOf(type.ofType, random, depth);
    if (isListType(type)) {
      const inner = type.ofType;
      return Array.from({ length: random.below(3) }, () => jsonOf(inner, random, depth + 1));
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (f) => isNonNullType(f.type) || (depth < 3 && random.happens(0.5)),
      );
      return Object.fromEntries(fields.map((f) => [f.name, jsonOf(f.type, random, depth + 1)]));
    }
    return leaf(type.name, random, false);
  }

  return {
    /** `(a: 1, b: $v0)`, or nothing. */
    argumentsOf(args: readonly GraphQLArgument[], choice: number): string {
      const words = args.map((arg) => `${arg.name}:${arg.type}`).join();
      const known = byValue.get(`${choice % 6} ${words}`);
      if (known !== undefined) return known;
      const texts = args.flatMap((arg) => {
        const random = draw('argument', seed, choice % 6, arg.name, `${arg.type}`);
        const isNeeded = isNonNullType(arg.type) && arg.defaultValue === undefined;
        if (!isNeeded && random.happens(0.5)) return [];
        if (!isNonNullType(arg.type) && random.happens(0.1)) return [`${arg.name}: null`];
        const value = random.happens(0.5)
          ? variable(arg.type, random, arg.defaultValue !== undefined)
          : literal(arg.type, random, 0, true);
        return [`${arg.name}: ${value}`];
      });
      const text = texts.length > 0 ? `(${texts.join(', ')})` : '';
      byValue.set(`${choice % 6} ${words}`, text);
      return text;
    },

    /** A variable for `@skip` and `@include`. */
    condition(): string {
      const random = draw('condition', seed, declared.length);
      const earlier = declared.filter((text) => text.startsWith('$c'));
      if (earlier.length > 1) return random.pick(earlier).split(':')[0] ?? '';
      const name = `c${declared.length}`;
      const hasDefault = random.happens(0.4);
      declared.push(`$${name}: Boolean!${hasDefault ? ` = ${random.happens(0.5)}` : ''}`);
      if (!hasDefault || random.happens(0.5)) given[name] = random.happens(0.5);
      return `$${name}`;
    },

    /** A variable that holds a type's name. */
    typeName(): string {
      const name = `n${declared.length}`;
      declared.push(`$${name}: String!`);
      given[name] = draw('name', seed).pick(['Query', 'E0', 'V0', 'Nothing', 'String']);
      return `$${name}`;
    },

    definitions: () => (declared.length > 0 ? `(${declared.join(', ')})` : ''),
    variables: (): Readonly<Record<string, unknown>> => given,
  };
}

import { Kind, parse } from 'graphql';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import { dataProblems } from './data-rules.ts';
import { ownershipProblems } from './ownership-problems.ts';
import {
  argumentsOf,
  inputFields,
  isEntity,
  isNullable,
  keyFields,
  type ObjectNode,
  objectsOf,
  reachedInputs,
  type SubgraphFile,
  typeName,
} from './subgraph-files.ts';

/** A place in the schema that breaks a rule, and what would be right. */
export interface Problem {
  readonly file: string;
  /** `Type.field` or `Type`. */
  readonly at: string;
  readonly wrong: string;
  readonly right: string;
}

/** Which system a subgraph speaks for: the one of its name, else the hub itself. */
export function systemOf(subgraph: string, sharedSdl: string): string {
  const systems = parse(sharedSdl).definitions.find(
    (node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'System',
  );
  const known = systems?.kind === Kind.ENUM_TYPE_DEFINITION ? (systems.values ?? []).map(({ name }) => name.value) : [];
  return known.includes(subgraph.toUpperCase()) ? subgraph.toUpperCase() : 'HUB';
}

/** Everything that breaks the rules of ownership (docs: design, "Ownership") and of data classes, in the order of the files. */
export function findProblems(files: readonly SubgraphFile[], sharedSdl: string): Problem[] {
  return [
    ...ownerless(files),
    ...foreign(files, sharedSdl),
    ...blanking(files),
    ...unwritten(files),
    ...unread(files, sharedSdl),
    ...scoped(files),
    ...dataProblems(files),
    ...ownershipProblems(files, sharedSdl),
  ].sort((a, b) => a.file.localeCompare(b.file) || a.at.localeCompare(b.at));
}

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** Every field of an entity has exactly one owner in the whole graph. */
function ownerless(files: readonly SubgraphFile[]): Problem[] {
  const { unowned, contested } = readOwnership(files.map(({ sdl }) => sdl).join('\n'));
  return [
    ...unowned.map((at) => ({
      file: whereIs(files, at),
      at,
      wrong: 'has no owner',
      right: 'add @owner(system: …) to the field, or to the type for all its fields',
    })),
    ...contested.map((at) => ({
      file: whereIs(files, at),
      at,
      wrong: 'has two owners, or half a handover',
      right:
        'keep one @owner; a handover names both `until` and `then`; what others hold goes into an `observed…` list',
    })),
  ];
}

/** A subgraph resolves only what its own system owns, at some stage of the lifecycle. */
function foreign(files: readonly SubgraphFile[], sharedSdl: string): Problem[] {
  return files.flatMap((file) => {
    const system = systemOf(file.name, sharedSdl);
    return entitiesOf(file).flatMap((type) => {
      const ofType = argumentsOf(type.directives, 'owner');
      const keys = keyFields(type);
      return (type.fields ?? []).flatMap((field) => {
        const own = argumentsOf(field.directives, 'owner');
        const owners = own.length > 0 ? own : ofType;
        const named = owners.flatMap((owner) => [owner.system, owner.then]).filter((name) => name !== undefined);
        const at = `${type.name.value}.${field.name.value}`;
        if (keys.has(field.name.value) && own.length === 0) return [];
        if (named.length === 0 && ofType.length === 0) {
          return [
            {
              file: file.file,
              at,
              wrong: `is resolved by the ${file.name} subgraph without an owner there`,
              right: `add @owner(system: ${system})`,
            },
          ];
        }
        if (named.includes(system)) return [];
        return [
          {
            file: file.file,
            at,
            wrong: `is resolved by the ${file.name} subgraph, which speaks for ${system}, but owned by ${named.join(', then ')}`,
            right: `resolve it in the owner's subgraph, or name ${system} as its owner or as the one it is handed to`,
          },
        ];
      });
    });
  });
}

/** What a subgraph adds to an entity at home elsewhere is nullable, so that one system that is down blanks nobody else's data. */
function blanking(files: readonly SubgraphFile[]): Problem[] {
  const homes = new Map<string, string>();
  for (const file of files) {
    for (const type of entitiesOf(file)) {
      const keys = keyFields(type);
      const isHome =
        argumentsOf(type.directives, 'owner').length > 0 ||
        (type.fields ?? []).some(
          (field) => keys.has(field.name.value) && argumentsOf(field.directives, 'owner').length > 0,
        );
      if (isHome && !homes.has(type.name.value)) homes.set(type.name.value, file.name);
    }
  }
  return files.flatMap((file) =>
    entitiesOf(file).flatMap((type) => {
      const keys = keyFields(type);
      const home = homes.get(type.name.value);
      if (home === undefined || home === file.name) return [];
      return (type.fields ?? [])
        .filter((field) => !keys.has(field.name.value) && !isNullable(field))
        .map((field) => ({
          file: file.file,
          at: `${type.name.value}.${field.name.value}`,
          wrong: `is never null, though ${type.name.value} is at home in the ${home} subgraph`,
          right: `make it nullable: when ${file.name} is down, the rest of ${type.name.value} has to stay`,
        }));
    }),
  );
}

/** Every input of an act says which canonical field it changes, and that field exists. */
function unwritten(files: readonly SubgraphFile[]): Problem[] {
  const { writes, unwritten: silent } = readOwnership(files.map(({ sdl }) => sdl).join('\n'));
  const inputs = inputFields(files);
  const canonical = new Set(
    files
      .flatMap(objectsOf)
      .flatMap((type) => (type.fields ?? []).map((field) => `${type.name.value}.${field.name.value}`)),
  );
  const acts = files.flatMap(objectsOf).filter(({ name }) => name.value === 'Mutation');
  const reached = new Set(acts.flatMap(({ fields = [] }) => fields.flatMap((act) => reachedInputs(act, inputs))));
  return [...reached].flatMap((at) => {
    const file = whereIs(files, at);
    if (silent.includes(at)) {
      return [
        {
          file,
          at,
          wrong: 'does not say what it changes',
          right: 'add @writes(field: "Type.field"), or @writes(field: "NONE") when it changes nothing',
        },
      ];
    }
    return (writes.get(at) ?? [])
      .filter((target) => !canonical.has(target))
      .map((target) => ({
        file,
        at,
        wrong: `says that it changes ${target}, which is no field of the graph`,
        right: 'name a field as Type.field, or NONE',
      }));
  });
}

/** Names of arguments that find or order by values of records. */
const FINDS = /^(where|filters?|search|query|(order|sort)(ed)?(By)?)$/i;

/** Every filter, search and order says which canonical fields it looks at, and those fields exist. */
function unread(files: readonly SubgraphFile[], sharedSdl: string): Problem[] {
  const canonical = new Set(
    files
      .flatMap(objectsOf)
      .flatMap((type) => (type.fields ?? []).map((field) => `${type.name.value}.${field.name.value}`)),
  );
  const lookAt = lookedAt([...files.map(({ sdl }) => sdl), sharedSdl]);
  return lookAt.flatMap(({ at, name, type, targets }): Problem[] => {
    const file = whereIs(files, at.replace(/\(.*/, ''));
    const unknown = targets.filter((target) => target !== 'NONE' && !canonical.has(target));
    if (unknown.length > 0) {
      const wrong = `says that it reads ${unknown.join(', ')}, which is no field of the graph`;
      return [{ file, at, wrong, right: 'name a field as Type.field, or NONE' }];
    }
    if (!FINDS.test(name) || targets.length > 0) return [];
    const parts = lookAt.filter((part) => part.at.startsWith(`${type}.`));
    if (parts.length > 0 && parts.every((part) => part.targets.length > 0)) return [];
    return [
      {
        file,
        at,
        wrong: 'does not say which fields it finds or orders by',
        right:
          'add @reads(field: "Type.field") to it, or to every field or value of its type; NONE where it reads nothing',
      },
    ];
  });
}

interface LookedAt {
  /** `Type.field(argument:)`, `Input.field` or `Enum.VALUE`. */
  readonly at: string;
  readonly name: string;
  /** Of what is given; '' for a value of an enumeration. */
  readonly type: string;
  readonly targets: readonly string[];
}

/** Every argument, input field and value of an enumeration, with what its `@reads` says. */
function lookedAt(sdls: readonly string[]): LookedAt[] {
  const targetsOf = (directives: Parameters<typeof argumentsOf>[0]) =>
    argumentsOf(directives, 'reads').map(({ field }) => String(field));
  return sdls
    .flatMap((sdl) => parse(sdl).definitions)
    .flatMap((node): LookedAt[] => {
      switch (node.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.OBJECT_TYPE_EXTENSION:
        case Kind.INTERFACE_TYPE_DEFINITION:
          return (node.fields ?? []).flatMap((field) =>
            (field.arguments ?? []).map(({ name, type, directives }) => ({
              at: `${node.name.value}.${field.name.value}(${name.value}:)`,
              name: name.value,
              type: typeName(type),
              targets: targetsOf(directives),
            })),
          );
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
          return (node.fields ?? []).map(({ name, type, directives }) => ({
            at: `${node.name.value}.${name.value}`,
            name: '', // judged with the argument that it is part of
            type: typeName(type),
            targets: targetsOf(directives),
          }));
        case Kind.ENUM_TYPE_DEFINITION:
          return (node.values ?? []).map(({ name, directives }) => ({
            at: `${node.name.value}.${name.value}`,
            name: '',
            type: '',
            targets: targetsOf(directives),
          }));
        default:
          return [];
      }
    });
}

/** A field that a caller may be denied is nullable, or its description tells that the denial takes the parent with it. */
function scoped(files: readonly SubgraphFile[]): Problem[] {
  return files.flatMap((file) =>
    objectsOf(file).flatMap((type) =>
      (type.fields ?? [])
        .filter(
          (field) =>
            argumentsOf(field.directives, 'requiresScopes').length > 0 && !isNullable(field) && !field.description,
        )
        .map((field) => ({
          file: file.file,
          at: `${type.name.value}.${field.name.value}`,
          wrong: 'asks for scopes and is never null',
          right: 'make it nullable, or say in its description what a caller without the scope loses',
        })),
    ),
  );
}

const entitiesOf = (file: SubgraphFile): ObjectNode[] =>
  objectsOf(file).filter((type) => isEntity(type) && !ROOTS.has(type.name.value));

/** The file in which a type, or best the very field, is written. */
function whereIs(files: readonly SubgraphFile[], at: string): string {
  const [type = '', field = ''] = at.split('.');
  const says = (file: SubgraphFile, exactly: boolean) =>
    parse(file.sdl).definitions.some(
      (node) =>
        'fields' in node &&
        node.name.value === type &&
        (!exactly || (node.fields ?? []).some(({ name }) => name.value === field)),
    );
  return (files.find((file) => says(file, true)) ?? files.find((file) => says(file, false)))?.file ?? 'schema';
}

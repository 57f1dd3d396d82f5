import type { RecordCache } from '../cache/record-cache.ts';
import { ConfigError, type Environment, readAll } from '../config.ts';
import { type Id, id } from '../ids.ts';

/** One of several systems that serve the same domain, and the environment its connector reads. */
export interface Instance {
  /** Example: `emea`. */
  readonly name: string;
  /** As the domain's `connect.ts` names it. */
  readonly connector: string;
  /** The variables that begin with the instance's prefix, without it: `ERP_EMEA_NETSUITE_ACCOUNT` as `NETSUITE_ACCOUNT`. */
  readonly env: Environment;
}

/** Between an instance's name and the system's own id: `emea~1001`. No name of an instance holds it. */
const MARK = '~';
const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/**
 * The instances of a domain as `<DOMAIN>_INSTANCES` lists them (`us:netsuite,emea:tryton`), in that order; null when it is
 * not set, and the domain has one system. @throws ConfigError with every problem
 */
export function readInstances(
  env: Environment,
  domain: string,
  connectors: readonly string[],
): readonly Instance[] | null {
  const variable = `${domain}_INSTANCES`;
  if (!env[variable]) return null;
  const problems: string[] = [];
  const names = new Set<string>();
  const instances = listed(env[variable]).flatMap((entry): Instance[] => {
    const [, name, connector] = entry.match(/^([^:]*):([^:]*)$/) ?? [];
    if (name === undefined || connector === undefined || !NAME.test(name)) {
      const form = 'name:connector, the name of 1 to 20 small letters, digits and dashes, like emea:netsuite';
      problems.push(`${variable}: ${entry} must be ${form}`);
      return [];
    }
    if (names.has(name)) problems.push(`${variable}: ${name} is there twice; each instance has a name of its own`);
    names.add(name);
    if (!connectors.includes(connector)) {
      problems.push(`${variable}: the connector of ${name} must be one of ${connectors.join(', ')}`);
      return [];
    }
    return [{ name, connector, env: environmentOf(env, prefixOf(domain, name)) }];
  });
  if (env[domain]) problems.push(`${domain}: is not read beside ${variable}; set only one of the two`);
  if (problems.length > 0) throw new ConfigError(problems);
  return instances;
}

/** Connects each instance by its own environment; problems are told under the names that the variables really have. @throws ConfigError */
export function connectEach<Port>(
  domain: string,
  instances: readonly Instance[],
  connect: (instance: Instance) => Port,
): Readonly<Record<string, Port>> {
  const connecting = instances.map((instance) => [
    instance.name,
    () => {
      try {
        return connect(instance);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new ConfigError(error.problems.map((problem) => `${prefixOf(domain, instance.name)}${problem}`));
      }
    },
  ]);
  return readAll(Object.fromEntries(connecting) as Record<string, () => Port>); // made of pairs of a name and a function
}

/** The entries of a variable that lists things with commas between. */
export const listed = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

const prefixOf = (domain: string, instance: string): string =>
  `${domain}_${instance.toUpperCase().replaceAll('-', '_')}_`;

const environmentOf = (env: Environment, prefix: string): Environment =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );

/** How ids of several instances stay apart, and can be taken back to the system that they come from. */
export interface InstanceIds {
  /** The id as the graph has it. Example: `1001` of `emea` as `emea~1001`. */
  of<Kind extends string>(instance: string, own: Id<Kind>): Id<Kind>;
  /** The instance that an id belongs to; null for an id of none. */
  instanceOf(graphId: string): string | null;
  /** The instance that stands before the id, if one does. */
  namedIn(graphId: string): string | null;
  /** The system's own id. */
  own<Kind extends string>(graphId: Id<Kind>): Id<Kind>;
}

/**
 * `bare` names the instance whose ids stay as they are: the one that was there before the second came, so that ids which
 * others keep go on leading to it. null: every id names its instance.
 */
export function instanceIds(names: readonly string[], bare: string | null): InstanceIds {
  const namedIn = (graphId: string): string | null => {
    const end = graphId.indexOf(MARK);
    const name = end < 0 ? null : graphId.slice(0, end);
    return name !== null && names.includes(name) ? name : null;
  };
  return {
    of: <Kind extends string>(instance: string, own: Id<Kind>) =>
      instance === bare ? own : id<Kind>(`${instance}${MARK}${own}`),
    instanceOf: (graphId) => namedIn(graphId) ?? bare,
    namedIn,
    own: <Kind extends string>(graphId: Id<Kind>) => {
      const name = namedIn(graphId);
      return name === null ? graphId : id<Kind>(graphId.slice(name.length + MARK.length));
    },
  };
}

/**
 * A cache that many share, with keys that belong to one instance: what two systems say under one key stays apart. Subjects
 * are the graph's: forgetting one forgets what any instance told about it.
 */
export const cacheOfInstance = (cache: RecordCache, instance: string): RecordCache => {
  const keyOf = (key: string) => `${instance}${MARK}${key}`;
  return {
    get: (keys, good) => cache.get(keys.map(keyOf), good),
    set: (entries, readAt) =>
      cache.set(
        entries.map((entry) => ({ ...entry, key: keyOf(entry.key) })),
        readAt,
      ),
    claim: async (keys, forMs) => {
      const claimed = new Set(await cache.claim(keys.map(keyOf), forMs));
      return keys.filter((key) => claimed.has(keyOf(key)));
    },
    forget: (subjects) => cache.forget(subjects),
    close: () => cache.close(),
  };
};

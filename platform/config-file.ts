import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError, type Environment } from './config.ts';

/** Settings of a file, which stand in for variables that are not set. */
export interface ConfigFile {
  readonly environment: Environment;
  /** Says the problems of variables by their paths in the file, where the file sets them or has their section. */
  explained(problems: readonly string[]): readonly string[];
}

const NAME = /^[a-zA-Z][a-zA-Z0-9-]*$/;
const name = z.string().regex(NAME, 'must be a name of letters, digits and dashes, like baseUrl');
const text = z.string('must be a text, a number, true or false');
const value = z.union([text, z.array(text)], { error: 'must be a text or a list of texts' });

/** Settings of one part: a vendor's own, like `netsuite: { account: … }`. */
const part = z.record(name, value, { error: 'must hold settings by name' });
const instance = z
  .object({
    connector: z.string('is required: which connector reaches it').regex(NAME, 'must be the name of a connector'),
  })
  .catchall(z.union([value, part], { error: 'must be a text, a list of texts, or settings by name' }));
const instances = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 small letters, digits and dashes'),
  instance,
  { error: 'must hold instances by name' },
);
const routes = z.union([z.record(z.string(), text), z.array(text)], {
  error: 'must hold instances by what is routed there, or be a list like [2:emea, "*:us"]',
});
/** One section: a domain, or a group of settings. */
const section = z
  .object({
    connector: z.string('must be the name of a connector').optional(),
    instances: instances.optional(),
    routes: routes.optional(),
  })
  .catchall(z.union([value, part], { error: 'must be a text, a list of texts, or settings by name' }));

/**
 * Reads the YAML or JSON file that `HUB_CONFIG` names; null when it is not set. Nested names make the variable's name:
 * `netsuite: { baseUrl: … }` is `NETSUITE_BASE_URL`, `erp: { instances: { us: { connector: netsuite, netsuite: { account: … } } } }`
 * is `ERP_INSTANCES=us:netsuite` and `ERP_US_NETSUITE_ACCOUNT`. Every scalar is taken as it is written.
 * @throws ConfigError with every problem of the file's form
 */
export function readConfigFile(env: Environment): ConfigFile | null {
  const path = env.HUB_CONFIG;
  if (!path) return null;
  const read = checked(path, parsed(path));
  const settings = new Map<string, Setting>();
  const problems: string[] = [];
  for (const setting of read.flatMap(([top, content]) => settingsIn(top, content))) {
    const other = settings.get(setting.variable);
    if (other) problems.push(`${setting.path}: says the same as ${other.path} (${setting.variable}); say it once`);
    settings.set(setting.variable, setting);
  }
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${path}: ${problem}`));
  return {
    environment: Object.fromEntries([...settings.values()].map(({ variable, text: said }) => [variable, said])),
    explained: (told) => told.map((problem) => explained(problem, path, settings, env)),
  };
}

interface Setting {
  readonly variable: string;
  readonly text: string;
  readonly path: string;
}

type Section = z.infer<typeof section>;

function parsed(path: string): unknown {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as { code?: unknown }).code; // of node:fs
    throw new ConfigError([`HUB_CONFIG: ${path} cannot be read (${String(why)})`]);
  }
  // `failsafe`: text stays as written, 0012 is not 10. No frames around problems: they would show the secrets beside them.
  const document = parseDocument(source, { schema: 'failsafe', prettyErrors: false });
  const broken = document.errors.map(({ message, pos: [at] }) => `${path}: line ${lineOf(source, at)}: ${message}`);
  if (broken.length > 0) throw new ConfigError(broken);
  return document.toJS();
}

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;

/** Each part is judged by its own shape, so that all problems have their path. */
function checked(path: string, content: unknown): readonly (readonly [string, Section | string | string[]])[] {
  const problems: string[] = [];
  const tops = z.record(z.string(), z.unknown()).safeParse(content ?? {});
  if (!tops.success) throw new ConfigError([`${path}: must hold sections by name, like erp: or netsuite:`]);
  const read = Object.entries(tops.data).flatMap(([top, below]): [string, Section | string | string[]][] => {
    const isSection = typeof below === 'object' && below !== null && !Array.isArray(below);
    const judged = isSection ? section.safeParse(below) : value.safeParse(below);
    if (!NAME.test(top)) problems.push(`${path}: ${top}: must be a name of letters, digits and dashes, like logLevel`);
    if (judged.success) return [[top, judged.data]];
    for (const issue of judged.error.issues) {
      problems.push(`${path}: ${[top, ...issue.path.map(String)].join('.')}: ${messageOf(issue)}`);
    }
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return read;
}

/** A key that is wrong is told by the key's own rule. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

function settingsIn(top: string, content: Section | string | string[]): Setting[] {
  if (typeof content === 'string' || Array.isArray(content)) return [setting([top], [top], content)];
  const { connector, instances: several, routes: rules, ...others } = content;
  const found = nested([top], [top], others);
  if (connector !== undefined) found.push({ variable: variableOf([top]), text: connector, path: `${top}.connector` });
  if (rules !== undefined) {
    const entries = Array.isArray(rules) ? rules : Object.entries(rules).map(([what, where]) => `${what}:${where}`);
    found.push({ variable: variableOf([top, 'routes']), text: entries.join(), path: `${top}.routes` });
  }
  if (several !== undefined) {
    const listed = Object.entries(several).map(([one, { connector: by }]) => `${one}:${by}`);
    found.push({ variable: variableOf([top, 'instances']), text: listed.join(), path: `${top}.instances` });
    for (const [one, { connector: _by, ...own }] of Object.entries(several)) {
      found.push(...nested([top, one], [top, 'instances', one], own));
    }
  }
  return found;
}

const nested = (
  names: readonly string[],
  path: readonly string[],
  content: Readonly<Record<string, string | string[] | Record<string, string | string[]>>>,
): Setting[] =>
  Object.entries(content).flatMap(([key, below]) =>
    typeof below === 'string' || Array.isArray(below)
      ? [setting([...names, key], [...path, key], below)]
      : nested([...names, key], [...path, key], below),
  );

const setting = (names: readonly string[], path: readonly string[], said: string | string[]): Setting => ({
  variable: variableOf(names),
  text: Array.isArray(said) ? said.join() : said,
  path: path.join('.'),
});

/** `['netsuite', 'baseUrl']` as `NETSUITE_BASE_URL`. */
const variableOf = (names: readonly string[]): string =>
  names
    .map((one) =>
      one
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replaceAll('-', '_')
        .toUpperCase(),
    )
    .join('_');

/**
 * `NETSUITE_TIMEOUT_MS: …` as `hub.yaml: netsuite.timeoutMs (NETSUITE_TIMEOUT_MS): …`, also where it is missing from a
 * section that the file has; what the environment sets is its own.
 */
function explained(problem: string, file: string, settings: ReadonlyMap<string, Setting>, env: Environment): string {
  const [, variable = '', rest = ''] = problem.match(/^([A-Z][A-Z0-9_]*)(: [\s\S]*)$/) ?? [];
  if (variable === '' || env[variable]) return problem;
  const path = settings.get(variable)?.path ?? placeOf(variable, settings);
  return path === null ? problem : `${file}: ${path} (${variable})${rest}`;
}

/** Where in the file a setting would stand that it does not have: beside those that share the most of its name. */
function placeOf(variable: string, settings: ReadonlyMap<string, Setting>): string | null {
  const sections = [...settings.values()].flatMap((one): { prefix: string; path: string }[] => {
    const end = one.path.lastIndexOf('.');
    const last = variableOf([one.path.slice(end + 1)]);
    return end < 0 ? [] : [{ prefix: one.variable.slice(0, -last.length), path: one.path.slice(0, end) }];
  });
  const [nearest] = sections
    .filter(({ prefix }) => prefix !== '' && variable.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (!nearest) return null;
  const own = variable.slice(nearest.prefix.length).toLowerCase();
  return `${nearest.path}.${own.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())}`;
}

/** The environment with the file's settings for what it does not set, and problems told by their paths in the file. */
export async function withConfigFile<T>(env: Environment, run: (env: Environment) => Promise<T>): Promise<T> {
  const file = readConfigFile(env);
  if (file === null) return run(env);
  const set = Object.entries(env).filter(([, said]) => said !== undefined && said !== '');
  try {
    return await run({ ...file.environment, ...Object.fromEntries(set) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(file.explained(error.problems));
  }
}

import { statSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '../../platform/config.ts';
import { CORRELATION_HEADER } from '../plugins/correlation.ts';

/** What the command line of the gateway says; null: it does not. */
export interface Flags {
  /** A file, or an http(s) URL; null: the hub's own graph. */
  readonly supergraph: string | null;
  readonly port: number | null;
  readonly host: string | null;
  /** Whether callers have to send a key. */
  readonly auth: boolean;
  /** Nobody is asked for a key although others than this machine can reach the gateway. */
  readonly openToNetwork: boolean;
  /** How often the supergraph is looked at again; null: only at SIGHUP. */
  readonly pollSeconds: number | null;
  /** Processes that share the port. */
  readonly workers: number;
  /** Names of the headers that go on to the subgraphs, in small letters. */
  readonly forwardHeaders: readonly string[];
}

const LONGEST_POLL_SECONDS = 86_400;
const MOST_WORKERS = 256;

/** Headers that belong to one connection or one body, or that say how the gateway itself is answered. */
const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const command = () =>
  new Command('npm run gateway --')
    .description("Runs the gateway alone over HTTP subgraphs; without --supergraph over the hub's own, signed")
    .option('--supergraph [file|url]', 'the supergraph to serve; its subgraphs are asked over plain HTTP')
    .option('--port [n]', 'port to listen on (default: PORT, or 4000)')
    .option('--host [address]', 'address to listen on (default: HOST, or 127.0.0.1)')
    .option('--poll [seconds]', 'look this often whether the supergraph has changed (SIGHUP looks at once)')
    .option('--workers [n]', 'processes that share the port', '1')
    .option('--forward-header [name]', 'send this header of the client on to the subgraphs; repeatable', collected, [])
    .option('--no-auth', 'ask nobody for a key: everybody who reaches the port may do everything')
    .option('--open-to-network', 'let --no-auth listen on an address that other machines reach')
    .allowUnknownOption()
    .allowExcessArguments();

const collected = (value: string, before: readonly unknown[]): unknown[] => [...before, value];

/** Commander gives `true` for a flag whose value is missing. */
type Given = string | true | undefined;

/** Reads the flags; prints the help and ends the process where that is asked. @throws ConfigError with every flag that is wrong */
export function readFlags(argv: readonly string[]): Flags {
  const parsed = command().parse(argv, { from: 'user' });
  const given: Record<string, unknown> = parsed.opts();
  const problems = strangers(parsed.args);

  const whole = (flag: string, value: Given, min: number, max: number, example: number): number | null => {
    if (value === undefined) return null;
    const read = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (read >= min && read <= max) return read;
    problems.push(`--${flag}: must be a whole number from ${min} to ${max}, like --${flag} ${example}`);
    return null;
  };
  const text = (flag: string, value: Given, example: string): string | null => {
    if (value !== true && value !== '') return value ?? null;
    problems.push(`--${flag}: its value is missing; write for example --${flag} ${example}`);
    return null;
  };

  const supergraph = text('supergraph', given.supergraph as Given, 'supergraph.graphql'); // declared with one value above
  if (supergraph !== null) problems.push(...problemsOfPlace(supergraph));
  const flags: Flags = {
    supergraph,
    port: whole('port', given.port as Given, 0, 65_535, 4000), // the same
    host: text('host', given.host as Given, '127.0.0.1'), // the same
    auth: given.auth !== false,
    openToNetwork: given.openToNetwork === true,
    pollSeconds: whole('poll', given.poll as Given, 1, LONGEST_POLL_SECONDS, 10), // the same
    workers: whole('workers', given.workers as Given, 1, MOST_WORKERS, 4) ?? 1, // the same
    forwardHeaders: headersIn(given.forwardHeader as Given[], problems), // collected above
  };
  if (given.supergraph === undefined) {
    if (!flags.auth) problems.push("--no-auth: only with --supergraph; the hub's own graph always asks for a key");
    if (flags.forwardHeaders.length > 0) {
      problems.push("--forward-header: only with --supergraph; the hub's own subgraphs are told who asks by signature");
    }
  }
  if (flags.openToNetwork && flags.auth) problems.push('--open-to-network: means something only beside --no-auth');
  if (flags.auth && flags.forwardHeaders.includes('authorization')) {
    problems.push(
      "--forward-header authorization: would show the hub's API keys to the subgraphs; forward it with --no-auth only",
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return flags;
}

/** What stands on the line and belongs to no flag. */
function strangers(args: readonly string[]): string[] {
  return args.map((arg) =>
    arg.startsWith('-')
      ? `${arg.split('=')[0]}: is no flag of the gateway; --help lists them`
      : `${arg}: belongs to no flag; --help lists them`,
  );
}

export const isUrl = (place: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(place);

/** Whether there can be a supergraph; what is in it is judged when it is loaded. */
function problemsOfPlace(place: string): string[] {
  if (isUrl(place)) {
    const url = URL.parse(place);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return [`--supergraph: ${place} must be a file or an http or https URL`];
    }
    return url.username || url.password ? ['--supergraph: the URL must not hold a user name or a password'] : [];
  }
  try {
    return statSync(place).isFile() ? [] : [`--supergraph: ${place} is not a file`];
  } catch (error) {
    const why = (error as { code?: unknown }).code; // of node:fs
    return [`--supergraph: ${place} cannot be read (${String(why)}); name a file or an http(s) URL`];
  }
}

function headersIn(given: readonly Given[], problems: string[]): string[] {
  const names = given.flatMap((value) => {
    const name = typeof value === 'string' ? value.toLowerCase() : '';
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
      problems.push(`--forward-header: must be the name of a header, like --forward-header ${CORRELATION_HEADER}`);
    } else if (NEVER_FORWARDED.has(name) || name.startsWith('sec-')) {
      problems.push(`--forward-header ${name}: belongs to one connection and is never sent on`);
    } else {
      return [name];
    }
    return [];
  });
  return [...new Set(names)];
}

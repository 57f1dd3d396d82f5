import { Command, InvalidArgumentError, Option } from 'commander';
import { GATEWAYS } from './gateways.ts';
import { hasWrk } from './run/wrk.ts';
import type { QueryName } from './shops/queries.ts';
import { SHOPS } from './shops/shop.ts';

export interface Options {
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly query: QueryName | undefined;
  /** True: differing requests only; false: identical ones only. */
  readonly differing: boolean | undefined;
  readonly shops: number;
  readonly pin: boolean;
  readonly driver: 'own' | 'wrk';
  readonly save: boolean;
  readonly memory: boolean;
  readonly requests: number;
  readonly profile: string | undefined;
}

const number = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (text === '' || !(value >= min && value <= max)) throw new InvalidArgumentError(`between ${min} and ${max}`);
  return value;
};
const whole = (min: number, max: number) => (text: string) => {
  if (!Number.isInteger(number(min, max)(text))) throw new InvalidArgumentError('a whole number');
  return Number(text);
};
const gateway = (text: string) => {
  const names = GATEWAYS.map(({ name }) => name);
  if (!names.includes(text)) throw new InvalidArgumentError(`one of ${names.join(', ')}`);
  return text;
};
/** The Rust one ends on the signal that begins the sampling. */
const nodeGateway = (text: string) => {
  if (GATEWAYS.find(({ name }) => name === gateway(text))?.native)
    throw new InvalidArgumentError('it is not a Node process');
  return text;
};

const QUICK = { rounds: 1, seconds: 0.5, connections: [8], shops: 200 };

/** Reads the command line. Ends the process with a message when it is wrong. */
export function readOptions(argv: readonly string[]): Options {
  const program = new Command('npm run bench:gateway --')
    .description('Measures our gateway against others, on the same requests and the same subgraph servers.')
    .option('--only <names>', 'these set-ups (and the floor), with commas between', (text) =>
      text.split(',').map(gateway),
    )
    .option('--rounds <n>', 'rounds over all set-ups', whole(1, 100), 4)
    .option('--seconds <s>', 'length of one window of load; 5 of --profile', number(0.1, 600), 1.5)
    .option(
      '--connections <list>',
      'open connections, with commas between',
      (t) => t.split(',').map(whole(1, 1_000)),
      [1, 8, 64],
    )
    .addOption(new Option('--query <name>', 'this query only').choices(['big', 'small']))
    .option('--differing', 'differing requests only')
    .option('--identical', 'identical requests only')
    .option('--quick', `a look, no result: ${JSON.stringify(QUICK)}; not saved`)
    .addOption(new Option('--driver <name>', 'who makes the load').choices(['own', 'wrk']).default('own'))
    .option('--no-pin', 'let the gateway run on any processor')
    .option('--no-save', 'write nothing to bench/results')
    .option('--memory', 'instead: memory over many differing requests of both sizes, of ours or the one of --only')
    .option('--requests <n>', 'requests of --memory', whole(100, 100_000_000), 100_000)
    .option('--profile <name>', 'instead: where this Node gateway spends its time', nodeGateway)
    .showHelpAfterError();
  const given = program.parse([...argv], { from: 'user' }).opts();
  const asked = (name: string) => program.getOptionValueSource(name) !== 'default';
  const quick = given.quick === true ? QUICK : {};
  if (given.driver === 'wrk' && !hasWrk())
    program.error('--driver wrk: there is no wrk here; Debian has it as a package');
  const picked = Object.fromEntries(Object.entries(quick).filter(([name]) => name === 'shops' || !asked(name)));
  if (given.differing && given.identical) program.error('--differing and --identical leave nothing to measure');
  return {
    only: given.only,
    rounds: given.rounds,
    seconds: given.profile !== undefined && !asked('seconds') ? 5 : given.seconds,
    connections: given.connections,
    query: given.query,
    differing: given.differing ? true : given.identical ? false : undefined,
    shops: SHOPS,
    pin: given.pin,
    driver: given.driver,
    save: given.save && given.quick !== true,
    memory: given.memory === true,
    requests: given.requests,
    profile: given.profile,
    ...picked,
  };
}

import { Command, InvalidArgumentError } from 'commander';
import { VENDOR_NAMES, type VendorName } from './core/vendor.ts';
import { type RunningSandbox, type SandboxOptions, startKeptSandbox } from './start.ts';

/** What the command line says; every option has a default. */
interface Arguments {
  customers: number;
  seed: number;
  host: string;
  publicHost?: string;
  latency: NonNullable<SandboxOptions['latency']>;
  file: string;
  journal: string | false;
  port: number;
  salesforcePort: number;
  netsuitePort: number;
  stripePort: number;
  zendeskPort: number;
}

const between = (min: number, max: number) => (text: string) => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
};

function range(text: string): Arguments['latency'] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const minMs = Number(match?.[1]);
  const maxMs = Number(match?.[2] ?? match?.[1]);
  if (match && minMs <= maxMs) return { minMs, maxMs };
  throw new InvalidArgumentError('It must be milliseconds, like 50, or a range of them, like 20-60.');
}

function readArguments(): Arguments {
  const port = between(0, 65_535);
  const command = new Command('sandbox')
    .description('Salesforce, NetSuite, Stripe and Zendesk for one generated company, each in its own API.')
    .option('--customers <n>', 'size of the company', between(1, 1_000_000), 500)
    .option('--seed <n>', 'another seed, another company', between(0, 4_294_967_295), 1)
    .option('--latency <ms>', 'added to each call, by chance in the range', range, { minMs: 20, maxMs: 60 })
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--public-host <name>', 'by which name others reach this host')
    .option('--port <n>', 'port of the control API; 0: the last one, or any', port, 0)
    .option('--file <path>', 'where URLs and credentials are kept', '.hub/sandbox.json')
    .option('--journal <path>', 'where effective writes are kept', '.hub/sandbox-journal.ndjson')
    .option('--no-journal', 'forget them at the end');
  for (const name of VENDOR_NAMES)
    command.option(`--${name}-port <n>`, `port of ${name}; 0: the last one, or any`, port, 0);
  return command.parse().opts<Arguments>(); // the options above, by commander's naming
}

function optionsOf(given: Arguments): SandboxOptions {
  const ports: Record<VendorName | 'control', number> = {
    control: given.port,
    salesforce: given.salesforcePort,
    netsuite: given.netsuitePort,
    stripe: given.stripePort,
    zendesk: given.zendeskPort,
  };
  return {
    host: given.host,
    ...(given.publicHost === undefined ? {} : { publicHost: given.publicHost }),
    ports,
    seed: given.seed,
    customers: given.customers,
    latency: given.latency,
    ...(given.journal === false ? {} : { journalFile: given.journal }),
  };
}

function whereThingsAre(sandbox: RunningSandbox, given: Arguments, ms: number): string {
  const { writes, refused, setAside } = sandbox.replayed;
  const lines = [
    `Sandbox of ${given.customers} customers, ready after ${(ms / 1000).toFixed(1)} s`,
    ...Object.entries(sandbox.url).map(([name, url]) => `  ${name.padEnd(10)} ${url}`),
  ];
  if (setAside !== null) lines.push(`The journal of another company was put aside as ${setAside}`);
  if (writes > 0)
    lines.push(
      `Played back ${writes} writes from ${given.journal}${refused > 0 ? `, ${refused} of them refused` : ''}`,
    );
  lines.push(`URLs and credentials: ${given.file}`);
  return `${lines.join('\n')}\n`;
}

const given = readArguments();
const startedAt = performance.now();
try {
  const sandbox = await startKeptSandbox(given.file, optionsOf(given));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sandbox.close());
  process.stdout.write(whereThingsAre(sandbox, given, performance.now() - startedAt));
} catch (error) {
  process.stderr.write(`The sandbox did not start: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

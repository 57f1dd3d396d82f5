/** Measures federation gateways against one another: `npm run bench:gateway`. What the figures mean is in README.md beside this file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barScenario, judge } from './bars.ts';
import { GATEWAYS, type Gateway } from './gateways.ts';
import { machine, watchMachine } from './machine.ts';
import { type Contender, measure, type Scenario, warmUp } from './measure.ts';
import { measureMemory } from './memory.ts';
import { type Options, readOptions } from './options.ts';
import { installPeers } from './peers.ts';
import { plot } from './plot.ts';
import { profile } from './profile.ts';
import { type Run, report } from './report.ts';
import { checkAnswers } from './run/check-answers.ts';
import { openGround, type RunningGround } from './run/ground.ts';
import { type StartedGateway, startGateway } from './run/started-gateway.ts';

const RESULTS = join(import.meta.dirname, '../results');
const told = (text: string) => void process.stderr.write(`${text}\n`);

/** What is asked, in the order of a round. What the bars are about is asked at both ends of it. */
function scenariosOf({ query, differing, connections }: Options): Scenario[] {
  const all = (query === undefined ? (['big', 'small'] as const) : [query]).flatMap((name) =>
    (differing === undefined ? [true, false] : [differing]).flatMap((differ) =>
      connections.map((count): Scenario => {
        return { query: name, requests: differ ? 'differing' : 'identical', connections: count };
      }),
    ),
  );
  const barred = all.filter(
    ({ query, requests, connections }) => requests === 'differing' && connections === barScenario(query).connections,
  );
  return all.length > barred.length ? [...all, ...barred] : all;
}

/** Starts, checks and warms one set-up. A string: why it cannot be measured. */
async function enter(gateway: Gateway, ground: RunningGround, shops: number): Promise<Contender | string> {
  let started: StartedGateway | undefined;
  try {
    started = await startGateway(gateway, ground, { cpu: ground.processors.gateway });
    const wrong = gateway.floor ? undefined : await checkAnswers(started);
    if (wrong !== undefined) throw new Error(`it answers wrongly: ${wrong}`);
    const contender = { gateway, started };
    await warmUp(ground, contender, shops);
    return contender;
  } catch (error) {
    await started?.stop();
    return (error as Error).message; // Error: nothing else is thrown here
  }
}

async function compare(options: Options, ground: RunningGround, contenders: Contender[]): Promise<Run> {
  const missing: Record<string, string> = {};
  const gateways = GATEWAYS.filter(({ name, floor, onRequest }) =>
    options.only === undefined ? onRequest !== true : floor || options.only.includes(name),
  );
  let broken: string | undefined;
  try {
    if (gateways.some(({ peer }) => peer)) installPeers(told);
  } catch (error) {
    broken = (error as Error).message; // thrown by installPeers
  }
  for (const gateway of gateways) {
    told(`Starting ${gateway.name} ...`);
    const entered = gateway.peer && broken ? broken : await enter(gateway, ground, options.shops);
    if (typeof entered !== 'string') contenders.push(entered);
    else {
      missing[gateway.name] = entered;
      told(`  not measured: ${entered}`);
    }
  }
  const scenarios = scenariosOf(options);
  const windows = scenarios.length * options.rounds * contenders.length;
  told(
    `${windows} windows of ${options.seconds} s, about ${Math.ceil((windows * (options.seconds + 0.4)) / 60)} minutes`,
  );
  const quiet = watchMachine();
  const measured = await measure(ground, contenders, { ...options, scenarios }, (window) => {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001b[Kround ${window.round + 1}: ${window.query} ${window.requests} ${window.gateway}`);
    }
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    options,
    pinned: ground.processors.gateway !== undefined,
    quiet: quiet(),
    scenarios,
    gateways: contenders.map(({ gateway }) => ({ name: gateway.name, about: gateway.about })),
    missing,
    windows: measured,
    bars: judge(measured),
  };
}

function save(run: Run): void {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${run.date}-gateway`;
  const { windows, ...rest } = run;
  const lines = windows.map((window) => `    ${JSON.stringify(window)}`).join(',\n');
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, `,\n  "windows": [\n${lines}\n  ]\n}\n`);
  writeFileSync(join(RESULTS, `${name}.json`), head);
  writeFileSync(join(RESULTS, `${name}.svg`), plot(run));
  writeFileSync(join(RESULTS, `${name}.md`), report(run, `${name}.svg`));
  told(`Written to bench/results/${name}.json, .md and .svg`);
}

const options = readOptions(process.argv.slice(2));
const ground = await openGround(options);
const contenders: Contender[] = [];
const close = async () => {
  await Promise.all(contenders.splice(0).map(({ started }) => started.stop()));
  await ground.stop();
};
process.once('SIGINT', () => void close().finally(() => process.exit(130)));
try {
  if (options.profile !== undefined) await profile(options, ground, told);
  else if (options.memory) await measureMemory(options, ground, RESULTS, told);
  else {
    const run = await compare(options, ground, contenders);
    process.stdout.write(report(run, undefined));
    if (options.save) save(run);
  }
} finally {
  await close();
}

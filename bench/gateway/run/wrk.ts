import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bodyOf, QUERIES } from '../shops/queries.ts';
import { SHOPS, shopId } from '../shops/shop.ts';
import type { Load, LoadResult } from './driver.ts';

/** Stands in a request body where the id of the shop belongs. */
const HERE = 'SHOP-ID';

/**
 * The load by `wrk` (Debian package of that name), which costs about half of our driver but leaves requests behind when its time is over.
 * One query, whole seconds. `cpus`: the processors that it may use. @throws Error when there is no wrk
 */
export async function driveWithWrk(load: Load, cpus: string | undefined): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-wrk-'));
  try {
    const script = join(folder, 'requests.lua');
    writeFileSync(script, scriptOf(load));
    const seconds = Math.max(1, Math.round(load.ms / 1_000));
    const line = ['wrk', '-t1', `-c${load.connections}`, `-d${seconds}s`, '--timeout', '60s', '-s', script, load.url];
    const [file = '', ...args] = cpus === undefined ? line : ['taskset', '-c', cpus, ...line];
    const { stdout, stderr } = await promisify(execFile)(file, args);
    const [, requests = 0, wrong = 0, us = 0, p50Us = 0, p99Us = 0] =
      /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout)?.map(Number) ?? [];
    if (us === 0) throw new Error(`wrk says ${stderr}${stdout.slice(-500)}`);
    return {
      requests: requests - wrong,
      wrong,
      firstWrong: wrong > 0 ? 'a status other than 200, or a length that is not right' : undefined,
      leftBehind: load.connections,
      seconds: us / 1e6,
      p50Ms: p50Us / 1_000,
      p99Ms: p99Us / 1_000,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True where wrk can be started. */
export function hasWrk(): boolean {
  try {
    execFileSync('which', ['wrk'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const quoted = (text: string) => `[==[\n${text}]==]`;

function scriptOf({ queries, headers, shops, first }: Load): string {
  const query = QUERIES[queries[0] ?? 'small'];
  const [before = '', after = ''] = bodyOf(query, HERE).split(HERE);
  const least = Buffer.byteLength(JSON.stringify(query.answer(shopId(0))));
  const sent = { 'content-type': 'application/json', accept: 'application/json', ...headers };
  return `
wrk.method = "POST"
${Object.entries(sent)
  .map(([name, value]) => `wrk.headers[ ${quoted(name)} ] = ${quoted(value)}`)
  .join('\n')}
local threads, made, at = {}, {}, 0
wrong = 0
function setup(thread) table.insert(threads, thread) end
function init()
  for i = 0, ${shops - 1} do
    local shop = string.format("%04d", (${first} + i) % ${SHOPS})
    made[i] = wrk.format(nil, nil, nil, ${quoted(before)} .. shop .. ${quoted(after)})
  end
end
function request()
  at = (at + 1) % ${shops}
  return made[at]
end
function response(status, headers, body)
  if status ~= 200 or #body < ${least} or #body > ${least + 2_048} then wrong = wrong + 1 end
end
function done(summary, latency)
  local bad = 0
  for _, thread in ipairs(threads) do bad = bad + thread:get("wrong") end
  print(string.format("RESULT %d %d %d %d %d", summary.requests, bad, summary.duration, latency:percentile(50), latency:percentile(99)))
end
`;
}

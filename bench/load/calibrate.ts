import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Ground } from './ground.ts';

const FILE = join(import.meta.dirname, '../results/calibration.json');
const CONNECTIONS = 16;
/** How far under the normal value of its machine a calibration may be. */
const TOLERANCE = 0.25;

export interface Calibration {
  readonly answersPerSecond: number;
  /** Load average over one minute, before it began. */
  readonly load: number;
}

type Normal = Calibration & { readonly notedOn: string };

/** What the machine can do now: the smallest request there is, over 16 connections, each asking again as soon as it has its answer. */
export async function calibrate({ client }: Ground, seconds: number): Promise<Calibration> {
  const load = loadavg()[0] ?? 0;
  const ask = async () => {
    const { status, data } = await client.ask('{ __typename }', {}, 'operator');
    if (status !== 200 || data?.__typename !== 'Query') throw new Error(`{ __typename } was answered with ${status}`);
  };
  const forMs = async (ms: number) => {
    let answers = 0;
    const end = performance.now() + ms;
    const one = async () => {
      for (; performance.now() < end; answers += 1) await ask();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    return answers;
  };
  await forMs(seconds * 400); // code is compiled, connections open
  return { answersPerSecond: (await forMs(seconds * 1_000)) / seconds, load };
}

/** Why a run with this calibration says nothing about time; null: it does. */
export function whyNotMeasured({ answersPerSecond }: Calibration, normal: Calibration | null): string | null {
  if (normal === null) return 'no normal value of this machine is noted; note one with --note-normal while it is quiet';
  const least = normal.answersPerSecond * (1 - TOLERANCE);
  if (answersPerSecond >= least) return null;
  return `the machine gave ${answersPerSecond.toFixed(0)} plain answers/s, normal are ${normal.answersPerSecond.toFixed(0)}: something else is running`;
}

/** Machines by their processors: figures of one say nothing about another. */
const thisMachine = (): string => `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;

export const normalHere = (file = FILE): Normal | null => kept(file)[thisMachine()] ?? null;

export function noteNormal({ answersPerSecond, load }: Calibration, file = FILE): void {
  const normal = {
    answersPerSecond: Math.round(answersPerSecond),
    load: Math.round(load * 100) / 100,
    notedOn: new Date().toISOString().slice(0, 10),
  };
  writeFileSync(file, `${JSON.stringify({ ...kept(file), [thisMachine()]: normal }, null, 2)}\n`);
}

const kept = (file: string): Record<string, Normal> =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Normal>) : {}; // written above

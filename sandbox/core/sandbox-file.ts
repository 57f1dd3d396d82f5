import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { RunningSandbox, SandboxOptions } from '../start.ts';

const perVendor = <Value extends z.ZodType>(value: Value) =>
  z.object({ salesforce: value, netsuite: value, stripe: value, zendesk: value });

const SandboxFile = z.object({
  url: perVendor(z.url()).extend({ control: z.url() }),
  environment: z.record(z.string(), z.string()),
  credentials: perVendor(z.record(z.string(), z.string())),
});

/** What an earlier start left: its credentials and ports; nothing when there is no file. @throws Error when it is not one */
export function readSandboxFile(file: string): Pick<SandboxOptions, 'credentials' | 'preferredPorts'> {
  if (!existsSync(file)) return {};
  const read = SandboxFile.safeParse(parsed(readFileSync(file, 'utf8')));
  if (!read.success) {
    const where = read.error.issues.map((issue) => issue.path.join('.') || 'all of it').join(', ');
    throw new Error(`${file} is not a sandbox file (wrong: ${where}); delete it, or name another one`);
  }
  const { url, credentials } = read.data;
  const ports = Object.entries(url).map(([name, at]) => [name, Number(new URL(at).port)]);
  return { credentials, preferredPorts: Object.fromEntries(ports) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by the schema, with the file's name
  }
}

/** In one go, so that a process that is killed leaves the old one or the new one. */
export function writeSandboxFile(file: string, { url, environment, credentials }: RunningSandbox): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ url, environment, credentials }, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

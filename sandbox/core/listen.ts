import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { SandboxOptions } from '../start.ts';

/** Opens a socket for each app, on the fixed port, else on the preferred one if it is free, else on any; answers base URLs. */
export async function listen<Name extends keyof NonNullable<SandboxOptions['ports']>>(
  apps: Readonly<Record<Name, FastifyInstance>>,
  options: SandboxOptions & { readonly host: string },
): Promise<Record<Name, string>> {
  const urls: [string, string][] = [];
  for (const name of Object.keys(apps) as Name[]) {
    const port = await portFor(options.host, options.ports?.[name] ?? 0, options.preferredPorts?.[name] ?? 0);
    await apps[name].listen({ host: options.host, port });
    const address = apps[name].server.address();
    const bound = address !== null && typeof address === 'object' ? address.port : port;
    urls.push([name, `http://${reachable(options.publicHost ?? options.host)}:${bound}`]);
  }
  return Object.fromEntries(urls) as Record<Name, string>; // one for each app, just above
}

async function portFor(host: string, fixed: number, preferred: number): Promise<number> {
  if (fixed !== 0 || preferred === 0) return fixed;
  return (await isFree(host, preferred)) ? preferred : 0;
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

/** "Every address" is none that a client can call. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

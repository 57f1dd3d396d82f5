import type { TestContext } from 'node:test';
import { type GatewayConfig, gatewayConfig } from '../../../gateway/config.ts';
import { createGateway } from '../../../gateway/gateway.ts';
import { type Logger, silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { composed } from '../hub.ts';

/** A gateway whose graph of one subgraph can be exchanged; every field is answered with `x`. */
export async function changingGraph(
  t: TestContext,
  { sdl, config, log = silentLog }: { sdl: string; config?: Partial<GatewayConfig>; log?: Logger },
) {
  const supergraph = (of: string) => composed({ one: { sdl: of, resolvers: {} } });
  const fetches: string[] = [];
  const gateway = await createGateway({
    supergraphSdl: supergraph(sdl),
    transports: {
      one: {
        async fetch({ query }) {
          fetches.push(query);
          return { data: Object.fromEntries([...query.matchAll(/\w+/g)].map(([name]) => [name, 'x'])) };
        },
        close: async () => {},
      },
    },
    authenticate: async () => principalOf({ id: 'k1', name: 'test', scopes: [] }),
    config: { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), ...config },
    log,
  });
  t.after(() => gateway.close());
  const { url } = await gateway.listen();
  return {
    fetches,
    update: (to: string) => gateway.update(supergraph(to)),
    /** The status, and the data or the first error's code and message. */
    async ask(body: object): Promise<{ status: number; data?: unknown; code?: string; message?: string }> {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
        body: JSON.stringify(body),
      });
      const { data, errors } = (await response.json()) as {
        data?: unknown;
        errors?: { message: string; extensions: { code: string } }[];
      }; // the hub's own form
      const error = errors?.[0];
      return {
        status: response.status,
        ...(error ? { code: error.extensions.code, message: error.message } : { data }),
      };
    },
  };
}

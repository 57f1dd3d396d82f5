import { isReplay } from '../../../sandbox/core/replay.ts';
import { runSandbox } from '../../../sandbox/core/run.ts';
import type { VendorDefinition, VendorName } from '../../../sandbox/core/vendor.ts';
import type { RunningSandbox, SandboxOptions } from '../../../sandbox/start.ts';

/** The smallest vendor that has everything: a token, ids from a counter, a refusal, a query by POST, a webhook. */
const notebook = (name: VendorName): VendorDefinition => ({
  name,
  credentials: (random) => ({ token: random() }),
  environment: (baseUrl, { token = '' }) => ({
    [`${name.toUpperCase()}_BASE_URL`]: baseUrl,
    [`${name.toUpperCase()}_TOKEN`]: token,
  }),
  create: ({ world, clock, credentials, record, emit }) => {
    const first = world.customer(0).legalName;
    let notes: { id: string; text: string; at: number }[] = [];
    const reset = (): void => {
      notes = [{ id: 'n-1', text: first, at: 0 }];
    };
    reset();
    return {
      reset,
      edit: ({ id, set }) => {
        notes = notes.map((note) => (note.id === id ? { ...note, ...set } : note));
      },
      readOnly: [/^POST \/query$/],
      routes: (app) => {
        app.addHook('onRequest', async (request, reply) => {
          if (isReplay(request) || request.headers.authorization === `Bearer ${credentials.token}`) return;
          return reply.code(401).send({ error: 'who?' });
        });
        app.get('/notes', () => ({ notes, total: notes.length }));
        app.post('/query', () => ({ notes }));
        app.post<{ Body: { text?: string } }>('/notes', ({ body, headers }, reply) => {
          if (!body.text) return reply.code(422).send({ error: 'text' });
          const note = { id: `n-${notes.length + 1}`, text: body.text, at: clock.now() };
          notes.push(note);
          const idempotencyKey = String(headers['idempotency-key'] ?? '') || null;
          record({ effect: 'note.written', id: note.id, businessKey: body.text, idempotencyKey, details: {} });
          emit({ type: 'note', body: JSON.stringify(note), headers: { 'x-signature': credentials.token ?? '' } });
          return reply.code(201).send(note);
        });
      },
    };
  },
});

export type NotebookSandbox = RunningSandbox & {
  /** Sends a request to the vendor called `stripe`, with its token. */
  send(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Response>;
  control(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
};

/** A sandbox of four notebooks, at no latency and with five customers. */
export async function startNotebooks(options: SandboxOptions = {}): Promise<NotebookSandbox> {
  const sandbox = await runSandbox(
    {
      salesforce: notebook('salesforce'),
      netsuite: notebook('netsuite'),
      stripe: notebook('stripe'),
      zendesk: notebook('zendesk'),
    },
    { customers: 60, latency: { minMs: 0, maxMs: 0 }, ...options },
  );
  const json = (body: unknown): RequestInit =>
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return {
    ...sandbox,
    send: (method, path, body, init = {}) => {
      const { headers, ...rest } = json(body);
      const token = sandbox.credentials.stripe.token;
      return fetch(sandbox.url.stripe + path, {
        method,
        ...rest,
        ...init,
        headers: { ...headers, authorization: `Bearer ${token}`, ...init.headers } as Record<string, string>, // plain objects only, in these tests
      });
    },
    control: async (method, path, body) => {
      const answer = await fetch(sandbox.url.control + path, { method, ...json(body) });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

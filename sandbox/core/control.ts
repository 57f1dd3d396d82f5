import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { InvoicedAccount } from '../data/large-account.ts';
import { SCENARIOS, type Scenario } from '../data/scenarios.ts';
import type { World } from '../data/world.ts';
import type { RunningSandbox } from '../start.ts';
import { PersonsInput } from './as-person.ts';
import type { CallLog } from './call-log.ts';
import {
  CallsInput,
  EditInput,
  FaultInput,
  LatencyInput,
  problemsOf,
  VendorInput,
  WebhookInput,
} from './control-schema.ts';
import type { Faults } from './faults.ts';
import type { InFlightCount } from './in-flight.ts';
import type { Ledger } from './ledger.ts';
import { customersWith, pickOf, TRAITS } from './picks.ts';
import type { RecordEdit, VendorName } from './vendor.ts';
import type { Webhooks } from './webhooks.ts';

/** What the control API shows and changes. */
export interface Controlled {
  readonly world: World;
  readonly calls: CallLog;
  readonly inFlight: InFlightCount;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly latency: { readonly minMs: number; readonly maxMs: number };
  setLatency(latency: { minMs: number; maxMs: number }): void;
  edit(vendor: VendorName, change: RecordEdit): void;
  /** Has the vendors that keep books hold these invoices besides. */
  book(account: InvoicedAccount): void;
  readonly asPerson: RunningSandbox['asPerson'];
  reset(): Promise<void>;
}

const PATHS: Readonly<Record<string, string>> = {
  'GET /ledger/<vendor>': 'effective writes of salesforce, netsuite, stripe or zendesk, in order',
  'GET /calls': 'the last 20,000 requests that the vendors received; ?vendor= and ?since=<sequence> narrow it',
  'DELETE /calls': 'forgets them',
  'GET /in-flight': 'requests that each vendor has before it: now, and most at one time',
  'DELETE /in-flight': 'lets the most count from now',
  'GET /faults': 'faults in force, and how often each has hit',
  'POST /faults':
    'adds one: { vendor, kind, match?, count?, share?, ms?, status?, retryAfter?, body?, contentType?, field? }',
  'DELETE /faults': 'ends all of them',
  'DELETE /faults/<id>': 'ends one',
  'POST /latency': 'of every call from now on: { minMs, maxMs }',
  'GET /scenarios': 'situations by name',
  'POST /scenario/<name>': 'sets one up, and names customers to try it with',
  'GET /customers?trait=<trait>': `customers of whom that is true: ${TRAITS.join(', ')}`,
  'POST /edits': "changes a record behind everybody's back: { vendor, record, id, set?, remove?, copy? }",
  'GET /webhooks': 'who is told what happens at the vendors',
  'POST /webhooks': 'tells a URL: { vendor, url }',
  'DELETE /webhooks/<id>': 'no longer tells it',
  'POST /as-person':
    'somebody at a vendor, who is not the hub, asks something of its API: { vendor, method, path, headers?, body? }',
  'POST /reset': 'all vendors back to the seeded state; ledgers, call log, faults and journal emptied',
};

export function createControlApp(sandbox: Controlled): FastifyInstance {
  const { world, calls, inFlight, faults, ledger, webhooks } = sandbox;
  const app = Fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers(); // nothing that a web page may send here without asking first
  app.addContentTypeParser('application/json', { parseAs: 'string' }, readJson);
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
      return refuse(reply, 403, ['origin: the control API is not for web pages of other origins']);
    }
  });
  app.setErrorHandler(({ statusCode = 500, message }: { statusCode?: number; message: string }, _request, reply) =>
    refuse(reply, statusCode, [
      `body: ${statusCode === 415 ? 'must be sent as content-type: application/json' : message}`,
    ]),
  );
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, [
      `path: there is no ${request.method} ${request.url}; there are ${Object.keys(PATHS).join(', ')}`,
    ]),
  );

  app.get('/', () => ({
    world: { seed: world.seed, customers: world.size, today: world.today },
    latency: sandbox.latency,
    faults: faults.all().length,
    paths: PATHS,
  }));
  app.get<Named>('/ledger/:name', ({ params }, reply) =>
    checked(VendorInput, params.name, reply, 404, (vendor) => ({ vendor, entries: ledger.of(vendor) }), 'vendor'),
  );
  app.get('/calls', ({ query }, reply) =>
    checked(CallsInput, query, reply, 400, ({ vendor, since }) => ({
      calls: calls.all().filter((call) => call.sequence > since && (vendor === undefined || call.vendor === vendor)),
    })),
  );
  app.delete('/calls', () => {
    calls.clear();
    return { calls: [] };
  });

  app.get('/in-flight', () => ({ inFlight: inFlight.all() }));
  app.delete('/in-flight', () => {
    inFlight.forget();
    return { inFlight: inFlight.all() };
  });

  app.get('/faults', () => ({ faults: faults.all() }));
  app.post('/faults', ({ body }, reply) =>
    checked(FaultInput, body, reply, 400, (fault) => {
      reply.code(201);
      return { id: faults.add(fault), ...fault };
    }),
  );
  app.delete('/faults', () => {
    faults.clear();
    return { faults: [] };
  });
  app.delete<Named>('/faults/:name', ({ params }, reply) =>
    faults.remove(params.name)
      ? { faults: faults.all() }
      : refuse(reply, 404, [
          `id: there is no fault ${params.name}; in force are ${named(faults.all().map((f) => f.id))}`,
        ]),
  );
  app.post('/latency', ({ body }, reply) =>
    checked(LatencyInput, body, reply, 400, (latency) => {
      sandbox.setLatency(latency);
      return { latency };
    }),
  );

  app.get('/scenarios', () => ({
    scenarios: Object.entries(SCENARIOS).map(([name, { description }]) => ({ name, description })),
  }));
  app.post<Named>('/scenario/:name', ({ params }, reply) => {
    const scenario = Object.hasOwn(SCENARIOS, params.name) ? SCENARIOS[params.name] : undefined;
    if (scenario === undefined) {
      const known = Object.keys(SCENARIOS).join(', ');
      return refuse(reply, 404, [`name: there is no scenario ${params.name}; there are ${known}`]);
    }
    try {
      return { scenario: params.name, ...setUp(scenario, sandbox) };
    } catch (error) {
      if (error instanceof RangeError)
        return refuse(reply, 409, [`name: ${params.name} cannot be set up: ${error.message}`]);
      throw error;
    }
  });
  app.get<{ Querystring: { trait?: string } }>('/customers', ({ query }, reply) => {
    const trait = TRAITS.find((one) => one === query.trait);
    return trait
      ? { customers: customersWith(world, trait) }
      : refuse(reply, 400, [`trait: must be one of ${TRAITS.join(', ')}`]);
  });

  app.post('/edits', ({ body }, reply) =>
    checked(EditInput, body, reply, 400, ({ vendor, ...change }) => {
      try {
        sandbox.edit(vendor, change);
        return { edited: change.id };
      } catch (error) {
        return refuse(reply, 404, [`id: ${error instanceof Error ? error.message : error}`]);
      }
    }),
  );

  app.get('/webhooks', () => ({ webhooks: webhooks.all() }));
  app.post('/webhooks', ({ body }, reply) =>
    checked(WebhookInput, body, reply, 400, ({ vendor, url }) => {
      reply.code(201);
      return webhooks.subscribe(vendor, url);
    }),
  );
  app.delete<Named>('/webhooks/:name', ({ params }, reply) =>
    webhooks.unsubscribe(params.name)
      ? { webhooks: webhooks.all() }
      : refuse(reply, 404, [
          `id: there is no webhook ${params.name}; there are ${named(webhooks.all().map((w) => w.id))}`,
        ]),
  );
  app.post('/as-person', ({ body }, reply) => checked(PersonsInput, body, reply, 400, (act) => sandbox.asPerson(act)));
  app.post('/reset', async () => {
    await sandbox.reset();
    return { reset: true };
  });
  return app;
}

/** JSON, or nothing at all: `curl --json ''` may set something up too. */
function readJson(
  _request: unknown,
  body: string | Buffer,
  done: (error: Error | null, value?: unknown) => void,
): void {
  const text = body.toString();
  try {
    done(null, text.trim() === '' ? undefined : JSON.parse(text));
  } catch (error) {
    done(
      Object.assign(new Error(`is not JSON: ${error instanceof Error ? error.message : error}`), { statusCode: 400 }),
    );
  }
}

type Named = { Params: { name: string } };

function setUp(scenario: Scenario, { world, faults, book }: Controlled) {
  const account = scenario.books?.(world);
  if (account !== undefined) book(account);
  if (scenario.calms) faults.clear();
  const added = scenario.faults.map((fault) => ({ id: faults.add(fault), ...fault }));
  return {
    description: scenario.description,
    faults: added,
    customers: account === undefined ? customersWith(world, scenario.trait ?? null) : [pickOf(account.customer)],
  };
}

const named = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.join(', '));

function checked<Output, Answer>(
  schema: z.ZodType<Output>,
  input: unknown,
  reply: FastifyReply,
  status: number,
  take: (output: Output) => Answer,
  whole = 'body',
): Answer | FastifyReply {
  const read = schema.safeParse(input);
  return read.success ? take(read.data) : refuse(reply, status, problemsOf(read.error, whole));
}

const refuse = (reply: FastifyReply, status: number, problems: readonly string[]): FastifyReply =>
  reply.code(status).send({ error: { problems } });

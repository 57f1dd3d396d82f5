import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type Clock, day, systemClock } from '../../platform/clock.ts';
import { createWorld } from '../data/generate.ts';
import type { InvoicedAccount } from '../data/large-account.ts';
import type { RunningSandbox, SandboxOptions } from '../start.ts';
import { actingPersons } from './as-person.ts';
import { createCallLog } from './call-log.ts';
import { createControlApp } from './control.ts';
import { createFaults } from './faults.ts';
import { createInFlightCount } from './in-flight.ts';
import { openKeptJournal, type Written } from './journal.ts';
import { createLedger } from './ledger.ts';
import { listen } from './listen.ts';
import { VENDOR_NAMES, type Vendor, type VendorDefinition, type VendorName } from './vendor.ts';
import { createVendorApp } from './vendor-app.ts';
import { createWebhooks } from './webhooks.ts';

type PerVendor<T> = Record<VendorName, T>;

const perVendor = <T>(make: (name: VendorName) => T): PerVendor<T> => ({
  salesforce: make('salesforce'),
  netsuite: make('netsuite'),
  stripe: make('stripe'),
  zendesk: make('zendesk'),
});

/** Starts the vendors that `definitions` describe and the control API: journal first, then the sockets. */
export async function runSandbox(
  definitions: Readonly<PerVendor<VendorDefinition>>,
  options: SandboxOptions = {},
): Promise<RunningSandbox> {
  const { host = '127.0.0.1', seed = 1, customers = 500, clock: given = systemClock } = options;
  let replayedAt: number | null = null;
  const clock: Clock = { now: () => replayedAt ?? given.now() };
  const latency = { minMs: 20, maxMs: 60, ...options.latency };
  const closing = new AbortController();

  const kept = openKeptJournal(options.journalFile, { seed, customers, today: day(given) });
  const world = createWorld({
    seed,
    size: customers,
    today: kept.today,
    ...(options.firstHubNumber === undefined ? {} : { firstHubNumber: options.firstHubNumber }),
    agreeing: options.agreeing ?? false,
  });
  const calls = createCallLog();
  const faults = createFaults();
  const ledger = createLedger(clock);
  const webhooks = createWebhooks();
  const inFlight = createInFlightCount();
  const personToken = random();

  const credentials = perVendor((name) => ({
    ...definitions[name].credentials(random),
    ...options.credentials?.[name],
  }));
  const running = perVendor((name) =>
    definitions[name].create({
      world,
      clock,
      credentials: credentials[name],
      record: (entry) => ledger.record(name, entry),
      emit: (webhook) => {
        if (replayedAt === null) webhooks.emit(name, webhook);
      },
    }),
  );
  const apps = perVendor((name) =>
    createVendorApp(name, running[name], {
      clock,
      calls,
      faults,
      latencyMs: () => latency.minMs + Math.random() * (latency.maxMs - latency.minMs),
      journal: kept.journal,
      personToken,
      replaying: () => replayedAt !== null,
      closing: closing.signal,
    }),
  );
  for (const name of VENDOR_NAMES) inFlight.watch(name, apps[name]);

  let refused = 0;
  for (const write of kept.writes) {
    replayedAt = Date.parse(write.at);
    if (!(await replay(apps[write.vendor], write))) refused += 1;
  }
  replayedAt = null;

  const reset = async (): Promise<void> => {
    kept.journal?.empty();
    resetAll(running);
    faults.clear();
    ledger.clear();
    calls.clear();
  };
  const setLatency = (next: { minMs: number; maxMs: number }): void => {
    latency.minMs = next.minMs;
    latency.maxMs = Math.max(next.minMs, next.maxMs);
  };
  const edit: RunningSandbox['edit'] = (vendor, change) => running[vendor].edit(change);
  const book = (account: InvoicedAccount): void => {
    for (const vendor of Object.values(running)) vendor.book?.(account);
  };
  const asPerson = actingPersons(apps, personToken);
  const control = createControlApp({
    asPerson,
    ...{ world, calls, inFlight, faults, ledger, webhooks, latency, setLatency, edit, book, reset },
  });

  const close = async (): Promise<void> => {
    closing.abort();
    webhooks.close();
    await Promise.all([control, ...Object.values(apps)].map((app) => app.close()));
    kept.journal?.close();
  };
  try {
    const url = await listen({ ...apps, control }, { ...options, host });
    const environment = Object.assign(
      {},
      ...VENDOR_NAMES.map((name) => definitions[name].environment(url[name], credentials[name])),
    );
    return {
      url,
      environment,
      credentials,
      replayed: { writes: kept.writes.length, refused, setAside: kept.setAside },
      ledger: (vendor) => ledger.of(vendor),
      calls: () => calls.all(),
      clearCalls: () => calls.clear(),
      addFault: (fault) => faults.add(fault),
      removeFault: (id) => faults.remove(id),
      removeFaults: () => faults.clear(),
      setLatency,
      asPerson,
      edit,
      reset,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const random = (): string => randomBytes(24).toString('base64url');

const resetAll = (running: PerVendor<Vendor>): void => {
  for (const vendor of Object.values(running)) vendor.reset();
};

/** Whether the vendor took the write again. */
async function replay(app: FastifyInstance, { method, url, headers, body }: Written): Promise<boolean> {
  const answer = await app.inject({
    method: method as 'POST', // inject lists the methods that it knows; this one came in over HTTP
    url,
    headers,
    ...(body === '' ? {} : { payload: body }),
  });
  return answer.statusCode < 300;
}

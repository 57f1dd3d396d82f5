import type { InFlight } from '../../sandbox/core/in-flight.ts';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import type { CallLogEntry, Fault, PersonsAct } from '../../sandbox/start.ts';

/** The sandbox as its control API shows it from outside. */
export interface Vendors {
  ledger(vendor: VendorName): Promise<readonly NumberedEntry[]>;
  /** Requests that each vendor has before it. */
  inFlight(): Promise<Readonly<Record<VendorName, InFlight>>>;
  /** Lets the most at one time count from now. */
  forgetInFlight(): Promise<void>;
  addFault(fault: Fault): Promise<void>;
  removeFaults(): Promise<void>;
  /** What a vendor was asked, the latest only. */
  calls(vendor: VendorName): Promise<readonly CallLogEntry[]>;
  forgetCalls(): Promise<void>;
  /** Has somebody at a vendor, who is not the hub, change something there. @throws when the vendor does not take it */
  asPerson(act: PersonsAct): Promise<void>;
  /** Sets up a situation by its name (sandbox/data/scenarios.ts); answers hub ids of customers in whom it shows. */
  setUp(scenario: string): Promise<readonly string[]>;
  /** Has a vendor tell the URL what happens. */
  sendWebhooks(vendor: VendorName, url: string): Promise<void>;
}

export function createVendors(controlUrl: string): Vendors {
  async function control<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(new URL(path, controlUrl), { method, ...(body === undefined ? {} : json) });
    if (!answer.ok)
      throw new Error(`the sandbox answered ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Answer; // as sandbox/core/control.ts answers
  }
  return {
    ledger: async (vendor) => (await control<{ entries: NumberedEntry[] }>('GET', `/ledger/${vendor}`)).entries,
    inFlight: async () => (await control<{ inFlight: Record<VendorName, InFlight> }>('GET', '/in-flight')).inFlight,
    forgetInFlight: () => control('DELETE', '/in-flight'),
    addFault: (fault) => control('POST', '/faults', fault),
    removeFaults: () => control('DELETE', '/faults'),
    calls: async (vendor) => (await control<{ calls: CallLogEntry[] }>('GET', `/calls?vendor=${vendor}`)).calls,
    forgetCalls: () => control('DELETE', '/calls'),
    async asPerson(act) {
      const { status, body } = await control<{ status: number; body: string }>('POST', '/as-person', act);
      if (status > 299) throw new Error(`${act.vendor} answered ${status} to ${act.method} ${act.path}: ${body}`);
    },
    async setUp(scenario) {
      const { customers } = await control<{ customers: { id: string }[] }>('POST', `/scenario/${scenario}`);
      return customers.map(({ id }) => id);
    },
    sendWebhooks: (vendor, url) => control('POST', '/webhooks', { vendor, url }),
  };
}

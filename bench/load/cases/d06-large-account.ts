import { netsuite } from '../../../sandbox/data/keys.ts';
import { largeAccount as accountIn } from '../../../sandbox/data/large-account.ts';
import { EVERYTHING_IN_ONE_PAGE, linesInOrder, ofAccount, type WalkedLine, walkAccount } from '../account-walk.ts';
import type { Sample } from '../drive.ts';
import { answered, figuresOfAnswers } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { readOnce, soundCustomers } from '../reads.ts';
import { vendorCalls } from '../vendor-calls.ts';

const PLANS = {
  FULL: { customers: 500, warm: 300, perSecond: 30, walkers: 4 },
  SHORT: { customers: 100, warm: 10, perSecond: 10, walkers: 1 },
} as const;
/** Somebody in support; operators may ask for ten times as much at once. */
const READER = 'support';
/** A page of invoices is asked of the ERP in two calls, one after the other: the invoices, and their lines. Products are now and then a third. */
const CALLS_OF_A_PAGE = 3;

/** Several people page through one large account, none of whose pages is in the cache; then somebody wants all of it at once. */
export const largeAccount: LoadCase = {
  id: 'D06',
  title: 'Large account: 10,000 invoice lines walked by 100 by 4 walkers, then asked for in one page',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warm, perSecond, walkers } = PLANS[length];
    const [account = ''] = await ground.vendors.setUp('large-account');
    const others = soundCustomers(ground.world).filter(({ hubId }) => hubId !== account);
    await readOnce(ground, others.slice(0, warm), perSecond);
    const quiet = await (await meterHub(ground))();

    await ground.vendors.forgetInFlight();
    const used = await meterHub(ground);
    const samples: Sample[] = [];
    const walks = await Promise.all(
      Array.from({ length: walkers }, (_, nr) => walkAccount(account, pages(ground, samples), 1 + nr).catch(() => [])),
    );
    const use = await used();
    const read = answered(samples);
    const calls = await vendorCalls(ground);

    await ground.vendors.forgetInFlight();
    const whole = await Promise.all(EVERYTHING_IN_ONE_PAGE.map((query) => refusal(ground, query, account)));
    const callsForWhole = await vendorCalls(ground);
    const wrong = walks.reduce((sum, walk) => sum + missingOrTwice(ground, walk), 0);
    return {
      bars: [
        { name: 'pages p95', value: read.p95Ms, unit: 'ms', atMost: 300, of: 'time' },
        { name: 'errors', value: read.asked - read.right, unit: '', atMost: 0, of: 'truth' },
        { name: 'lines missing, told twice or out of order', value: wrong, unit: '', atMost: 0, of: 'truth' },
        {
          name: 'ways to ask for all in one page that were not refused by cost',
          value: whole.filter((why) => why !== null).length,
          unit: '',
          atMost: 0,
          of: 'truth',
        },
        { name: 'vendor calls for those', value: callsForWhole, unit: '', atMost: 0, of: 'truth' },
        { name: 'vendor calls of a page', value: calls / read.asked, unit: '', atMost: CALLS_OF_A_PAGE, of: 'truth' },
        { name: 'memory more than before', value: use.peakMb - quiet.endMb, unit: 'MB', atMost: 150, of: 'time' },
      ],
      figures: { ...figuresOfAnswers('pages', read), ...figuresOf(use, read.asked) },
      notes: [read.firstWrong, ...whole].filter((note) => note !== null),
    };
  },
};

/** Asks the hub for one page after the other, as a walk does: the cursor of each is on the page before. */
function pages({ client }: Ground, samples: Sample[]) {
  const begin = performance.now();
  return async (query: string, variables: object): Promise<unknown> => {
    const dueMs = performance.now() - begin;
    const { status, data, errors } = await client.ask(query, variables, READER);
    const [error] = errors;
    const wrong =
      status === 200 && error === undefined ? null : `${status} ${error?.extensions?.code} ${error?.message}`;
    samples.push({ dueMs, lateMs: 0, tookMs: performance.now() - begin - dueMs, wrong });
    if (wrong !== null) throw new Error(wrong);
    return data;
  };
}

/** Answers what was wrong with the refusal, null where nothing was. */
async function refusal({ client }: Ground, query: string, customer: string): Promise<string | null> {
  const { status, errors } = await client.ask(query, { customer, invoice: String(netsuite.largeInvoice(0)) }, READER);
  const code = errors[0]?.extensions?.code;
  return status === 400 && code === 'COST_ESTIMATED_TOO_EXPENSIVE'
    ? null
    : `all in one page: ${status} ${code ?? 'no error'}`;
}

/** Of the account's 10,000 lines. What else the customer was invoiced is not counted. */
function missingOrTwice({ world }: Ground, walk: readonly WalkedLine[]): number {
  const account = accountIn(world);
  const told = ofAccount(walk, account).map(({ name }) => name);
  const due = linesInOrder(account).map(({ name }) => name);
  return due.filter((line, at) => told[at] !== line).length + Math.max(0, told.length - due.length);
}

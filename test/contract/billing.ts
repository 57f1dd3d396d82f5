import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Call, WriteCall } from '../../platform/call.ts';
import { errorCode } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { add, amountText, times, zero } from '../../platform/money.ts';
import type { ListOf } from '../../platform/page.ts';
import type {
  Amendment,
  BillingCustomerId,
  Subscription,
  SubscriptionDraft,
  TermInForce,
} from '../../subgraphs/billing/model.ts';
import type { BillingPort } from '../../subgraphs/billing/port.ts';

/** A billing system and what its keeper knows about it, to hold a connector against. */
export interface BillingUnderTest {
  readonly port: BillingPort;
  /** At least 25 customers, the first with a running subscription. */
  readonly customers: readonly {
    readonly id: string;
    readonly hubId: string;
    readonly name: string;
    readonly currency: string;
  }[];
  /** Customers by how billing stands with them. */
  readonly standing: { readonly CURRENT: string; readonly RETRYING: string; readonly PAST_DUE: string };
  /** Two SKUs that are sold by the month, and one that is not sold at all. */
  readonly skus: readonly [string, string];
  readonly unsold: string;
  /** Today, as the billing system sees it. */
  readonly today: string;
  close(): Promise<void>;
}

const HOSTILE = [
  "'; DROP TABLE customers; --",
  '../../v1/balance',
  'cus_x?expand[]=y',
  '',
  '\u0000',
  '💥',
  'a'.repeat(600),
  '%2e%2e',
];

export const call = (): Call => ({ correlationId: 'contract', signal: AbortSignal.timeout(20_000) });
let keys = 0;
/** A write under a key that was not used before in this run. */
export function writing(key = `contract-${process.pid}-${++keys}:step`): WriteCall {
  return { ...call(), key, actingFor: 'BILLING' };
}

export const list = (of: string, first = 10, after: string | null = null, status: string | null = null) =>
  ({ of: id<'BillingCustomer'>(of), first, after, status }) satisfies ListOf<BillingCustomerId>;

const rejectsWith = (code: string) => (error: unknown) => {
  assert.equal(errorCode(error), code, error instanceof Error ? error.message : String(error));
  return true;
};

/** What every billing connector must do. Writes go to subscriptions that the suite opens itself. */
export function billingContract(name: string, open: () => Promise<BillingUnderTest>): void {
  describe(`billing contract: ${name}`, () => {
    let billing: BillingUnderTest;
    let port: BillingPort;
    let customer: BillingUnderTest['customers'][number];
    before(async () => {
      billing = await open();
      port = billing.port;
      const [first] = billing.customers;
      assert.ok(first);
      customer = first;
    });
    after(() => billing.close());

    const draft = (quantity = 5): SubscriptionDraft => ({
      customerId: id(customer.id),
      currency: customer.currency,
      items: [{ sku: billing.skus[0], quantity }],
      contractId: 'CT-1',
      legalEntityId: '2',
      paymentTerms: 'NET_30',
      salesOrderNumber: 'SO-1',
    });
    const amendment = (of: Subscription, items: Amendment['items']): Amendment => ({
      subscriptionId: of.id,
      customerId: of.customerId,
      effectiveOn: billing.today,
      items,
      legalEntityId: null,
      paymentTerms: null,
    });
    const current = async (of: Subscription): Promise<Subscription> => {
      const [found] = await port.subscriptions([of.id], call());
      assert.ok(found);
      return found;
    };

    test('customers come in the order asked, null where there is none', async () => {
      const [first, second] = billing.customers;
      const wanted = [second?.id, 'cus_unknown', first?.id, second?.id].map((of) => id<'BillingCustomer'>(of ?? ''));
      const found = await port.customers(wanted, call());
      assert.deepEqual(
        found.map((one) => one && { id: one.id, hubId: one.hubId, name: one.name }),
        [second, null, first, second].map((one) => one && { id: one.id, hubId: one.hubId, name: one.name }),
      );
    });

    test('no ids give no answers', async () => {
      assert.deepEqual(await port.customers([], call()), []);
      assert.deepEqual(await port.subscriptions([], call()), []);
      assert.deepEqual(await port.subscriptionsOf([], call()), []);
      assert.deepEqual(await port.paymentsOf([], call()), []);
      assert.deepEqual(await port.collections([], call()), []);
    });

    test('usage is counted once under its key, told by its subscription, and taken back by its key', async () => {
      if (!port.capabilities.meteredUsage) return;
      const lists = await port.subscriptionsOf(
        billing.customers.slice(0, 20).map((one) => list(one.id, 5)),
        call(),
      );
      const held = lists
        .flatMap(({ entries }) => entries)
        .find(({ metered, status }) => metered.length > 0 && status === 'ACTIVE');
      const [item] = held?.metered ?? [];
      assert.ok(held && item, 'some customer pays by use');
      const used = async () => {
        const [usage] = await port.usage([{ subscriptionId: held.id, days: null }], call());
        const meter = usage?.meters.find(({ sku }) => sku === item.sku);
        assert.ok(meter && usage?.customerId === held.customerId);
        assert.match(meter.included, /^\d+$/);
        assert.match(meter.overagePrice, /^\d+(\.\d+)?$/);
        return Number(meter.used);
      };
      const before = await used();
      const batch = {
        customerId: held.customerId,
        subscriptions: [held.id],
        events: ['3', '4'].map((quantity) => ({ meter: item.meter, quantity, occurredAt: new Date().toISOString() })),
        firstTriedAt: new Date().toISOString(),
      };
      const at = writing();
      await port.recordUsage(batch, at);
      await port.recordUsage(batch, at);
      assert.equal(await used(), before + 7);
      await port.cancelUsage({ ...batch, recorded: true }, at);
      await port.cancelUsage({ ...batch, recorded: true }, at);
      assert.equal(await used(), before);
      await port.cancelUsage({ ...batch, recorded: false }, writing()); // of what was never sent nothing is taken back
      assert.equal(await used(), before);

      const longAgo = { ...batch, firstTriedAt: '2020-01-01T00:00:00.000Z' };
      await assert.rejects(port.recordUsage(longAgo, writing()), rejectsWith('IN_DOUBT'));
      await assert.rejects(port.cancelUsage({ ...longAgo, recorded: false }, writing()), rejectsWith('REFUSED'));
      const corrected = writing();
      await port.recordUsage(batch, corrected);
      await port.cancelUsage({ ...longAgo, recorded: true }, corrected);
      await port.cancelUsage({ ...longAgo, recorded: true }, corrected);
      assert.equal(await used(), before, 'what cannot be cancelled any more is corrected, once');
      assert.deepEqual(await port.usage([{ subscriptionId: id('sub_unknown'), days: null }], call()), [null]);
    });

    for (const text of HOSTILE) {
      test(`an id that is ${JSON.stringify(text.slice(0, 30))} finds nothing, and harms nothing`, async () => {
        assert.deepEqual(await port.customers([id(text)], call()), [null]);
        assert.deepEqual(await port.subscriptions([id(text)], call()), [null]);
        assert.deepEqual(await port.collections([id(text)], call()), [null]);
        const [page] = await port.subscriptionsOf([list(text)], call());
        assert.deepEqual(page, { entries: [], hasMore: false, endCursor: null });
        const [payments] = await port.paymentsOf([list(text)], call());
        assert.deepEqual(payments?.entries, []);
      });
    }

    test('subscriptions are newest first, and the same by id as in the list', async () => {
      const [page] = await port.subscriptionsOf([list(customer.id, 100)], call());
      assert.ok(page && page.entries.length > 0);
      const started = page.entries.map(({ startedOn }) => startedOn);
      assert.deepEqual(started, started.toSorted().toReversed());
      assert.deepEqual(
        await port.subscriptions(
          page.entries.map((one) => one.id),
          call(),
        ),
        page.entries,
      );
    });

    test('pages of subscriptions follow one another without a gap, and a status restricts them', async () => {
      const opened = await Promise.all([1, 2, 3].map((quantity) => port.openSubscription(draft(quantity), writing())));
      await port.cancelOpened({ customerId: id(customer.id) }, writing(opened[0]?.reference ?? ''));
      const [whole] = await port.subscriptionsOf([list(customer.id, 100)], call());
      const read: string[] = [];
      for (let after: string | null = null; ; ) {
        const [page] = await port.subscriptionsOf([list(customer.id, 2, after)], call());
        assert.ok(page);
        read.push(...page.entries.map((one) => one.id));
        if (!page.hasMore) break;
        after = page.endCursor;
      }
      assert.deepEqual(
        read,
        whole?.entries.map((one) => one.id),
      );
      const [ended] = await port.subscriptionsOf([list(customer.id, 100, null, 'CANCELLED')], call());
      assert.ok(ended?.entries.some((one) => one.id === opened[0]?.id));
      assert.ok(
        ended?.entries.every((one) => one.status === 'CANCELLED' && one.renewsOn === null && one.cancelledOn !== null),
      );
      await assert.rejects(
        port.subscriptionsOf([list(customer.id, 10, null, 'BOGUS')], call()),
        rejectsWith('INVALID'),
      );
      await assert.rejects(port.subscriptionsOf([list(customer.id, 10, 'sub_bogus')], call()), rejectsWith('INVALID'));
    });

    test('payments are newest first, failed ones with their reason', async () => {
      const [page] = await port.paymentsOf([list(billing.standing.PAST_DUE, 100)], call());
      assert.ok(page && page.entries.length > 0);
      const at = page.entries.map(({ attemptedAt }) => attemptedAt);
      assert.deepEqual(at, at.toSorted().toReversed());
      const failed = page.entries.filter(({ status }) => status === 'FAILED');
      assert.ok(failed.length > 0);
      assert.ok(failed.every(({ failureReason, instrument }) => failureReason && /^\d{4}$/.test(instrument ?? '')));
      const [first] = await port.paymentsOf([list(billing.standing.PAST_DUE, 1)], call());
      const [rest] = await port.paymentsOf([list(billing.standing.PAST_DUE, 100, first?.endCursor ?? null)], call());
      assert.deepEqual([...(first?.entries ?? []), ...(rest?.entries ?? [])], page.entries);
    });

    test('collections tell who owes, how much, and when it is tried again', async () => {
      const { CURRENT, RETRYING, PAST_DUE } = billing.standing;
      const [fine, retried, owing, unknown] = await port.collections(
        [id(CURRENT), id(RETRYING), id(PAST_DUE), id('cus_unknown')],
        call(),
      );
      assert.deepEqual(fine && [fine.state, fine.overdue.minor, fine.failedPayments, fine.nextAttemptAt], [
        'CURRENT',
        0n,
        0,
        null,
      ]);
      assert.equal(retried?.state, 'RETRYING');
      assert.ok(retried.overdue.minor > 0n && retried.failedPayments > 0 && retried.nextAttemptAt !== null);
      assert.equal(owing?.state, 'PAST_DUE');
      assert.ok(owing.overdue.minor > 0n && owing.nextAttemptAt === null);
      assert.equal(unknown, null);
    });

    test('the directory gives every customer once', async () => {
      const seen = new Map<string, string | null>();
      for (let after: string | null = null; ; ) {
        const page = await port.directory({ first: 10, after }, call());
        for (const entry of page.entries) {
          assert.ok(!seen.has(entry.externalId), `${entry.externalId} came twice`);
          seen.set(entry.externalId, entry.hubId);
        }
        if (!page.hasMore) break;
        after = page.endCursor;
      }
      for (const one of billing.customers) assert.equal(seen.get(one.id), one.hubId);
      assert.equal(seen.size, billing.customers.length);
    });

    test('what is opened can be read, costs what its preview said, and is opened once for a key', async () => {
      const preview = await port.previewSubscription(draft(4), call());
      const opening = writing();
      const opened = await port.openSubscription(draft(4), opening);
      assert.equal(opened.status, 'ACTIVE');
      assert.deepEqual(
        [
          opened.customerId,
          opened.currency,
          opened.contractId,
          opened.legalEntityId,
          opened.paymentTerms,
          opened.reference,
        ],
        [customer.id, customer.currency, 'CT-1', '2', 'NET_30', opening.key],
      );
      assert.deepEqual(
        opened.items.map(({ sku, quantity }) => [sku, quantity]),
        [[billing.skus[0], 4]],
      );
      const [item] = opened.items;
      assert.ok(item);
      assert.deepEqual(preview.monthlyAfter, times(item.unitPrice, 4));
      assert.deepEqual([preview.monthlyBefore, preview.proration], [zero(customer.currency), zero(customer.currency)]);
      assert.deepEqual(await port.openSubscription(draft(4), { ...writing(), key: opening.key }), opened);
      assert.deepEqual(await current(opened), opened);
    });

    test('opened many times at once under one key, there is one', async () => {
      const { key } = writing();
      const before = (await port.subscriptionsOf([list(customer.id, 100)], call()))[0]?.entries.length ?? 0;
      const answers = await Promise.allSettled(
        Array.from({ length: 10 }, () => port.openSubscription(draft(2), writing(key))),
      );
      const opened = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value.id : []));
      assert.equal(new Set(opened).size, 1);
      for (const one of answers) if (one.status === 'rejected') rejectsWith('IN_DOUBT')(one.reason); // may be asked again
      const after = (await port.subscriptionsOf([list(customer.id, 100)], call()))[0]?.entries.length;
      assert.equal(after, before + 1);
    });

    test('what was opened is ended by its key, as often as asked, and nothing else is', async () => {
      const opening = writing();
      const opened = await port.openSubscription(draft(), opening);
      await port.cancelOpened({ customerId: id(customer.id) }, writing()); // a key that opened nothing
      assert.equal((await current(opened)).status, 'ACTIVE');
      await port.cancelOpened({ customerId: id(customer.id) }, writing(opening.key));
      const ended = await current(opened);
      assert.deepEqual([ended.status, ended.renewsOn], ['CANCELLED', null]);
      await port.cancelOpened({ customerId: id(customer.id) }, writing(opening.key));
      assert.deepEqual(await current(opened), ended);
    });

    test('a customer is opened once for a key, and removed by it alone, as often as asked', async () => {
      const address = {
        line1: 'Hafenweg 3',
        line2: null,
        city: 'Bremen',
        region: null,
        postalCode: '28195',
        country: 'DE',
      };
      const email = `books-${process.pid}-${Date.now()}@contract.example`;
      const draft = { hubId: 'C-contract1', name: 'Contract & Söhne', email, address };
      const opening = writing();
      const opened = await port.openCustomer(draft, opening);
      assert.equal(await port.openCustomer(draft, writing(opening.key)), opened);
      const [read] = await port.customers([opened], call());
      assert.deepEqual([read?.hubId, read?.name, read?.email], [draft.hubId, draft.name, email]);
      await port.closeCustomer({ email }, writing()); // a key that opened nothing
      assert.equal((await port.customers([opened], { ...call(), fresh: true }))[0]?.id, opened);
      for (let times = 0; times < 2; times += 1) {
        await port.closeCustomer({ email }, writing(opening.key));
        assert.deepEqual(await port.customers([opened], { ...call(), fresh: true }), [null]);
      }
    });

    test('a refusal says what was wrong and changes nothing', async () => {
      const before = (await port.subscriptionsOf([list(customer.id, 100)], call()))[0]?.entries.length;
      const unsold = { ...draft(), items: [{ sku: billing.unsold, quantity: 1 }] };
      await assert.rejects(port.previewSubscription(unsold, call()), rejectsWith('REFUSED'));
      await assert.rejects(port.openSubscription(unsold, writing()), rejectsWith('REFUSED'));
      const foreign = { ...draft(), currency: customer.currency === 'JPY' ? 'EUR' : 'JPY' };
      await assert.rejects(port.openSubscription(foreign, writing()), rejectsWith('REFUSED'));
      const negative = { ...draft(), items: [{ sku: billing.skus[0], quantity: -1 }] };
      await assert.rejects(port.openSubscription(negative, writing()), rejectsWith('REFUSED'));
      const twice = {
        ...draft(),
        items: [
          { sku: billing.skus[0], quantity: 1 },
          { sku: billing.skus[0], quantity: 2 },
        ],
      };
      await assert.rejects(port.openSubscription(twice, writing()), rejectsWith('INVALID'));
      await assert.rejects(
        port.openSubscription({ ...draft(), customerId: id('cus_unknown') }, writing()),
        rejectsWith('NOT_FOUND'),
      );
      assert.equal((await port.subscriptionsOf([list(customer.id, 100)], call()))[0]?.entries.length, before);
    });

    test('an amendment sets just the items that it names, and its preview tells the difference', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const change = amendment(opened, [
        { sku: billing.skus[0], quantity: 6 },
        { sku: billing.skus[1], quantity: 3 },
      ]);
      const preview = await port.previewAmendment(change, call());
      assert.deepEqual(await current(opened), opened, 'a preview changes nothing');
      const amended = await port.amend({ ...change, legalEntityId: '4', paymentTerms: 'NET_60' }, writing());
      assert.deepEqual(
        amended.items.map(({ sku, quantity }) => `${sku}:${quantity}`).sort(),
        [`${billing.skus[0]}:6`, `${billing.skus[1]}:3`].sort(),
      );
      assert.deepEqual([amended.legalEntityId, amended.paymentTerms, amended.contractId], ['4', 'NET_60', 'CT-1']);
      const [one, two] = amended.items;
      assert.ok(one && two);
      const monthly = add(times(one.unitPrice, one.quantity), times(two.unitPrice, two.quantity));
      assert.deepEqual(preview.monthlyAfter, monthly);
      const first = opened.items[0];
      assert.ok(first);
      assert.deepEqual(preview.monthlyBefore, times(first.unitPrice, 4));
      assert.equal(preview.currency, customer.currency);
      // The period has only just begun: the whole difference is due, to the smallest unit or what a few seconds are worth.
      const due = monthly.minor - preview.monthlyBefore.minor;
      assert.ok(
        preview.proration.minor > (due * 95n) / 100n && preview.proration.minor <= due,
        amountText(preview.proration),
      );

      const removed = await port.amend(amendment(opened, [{ sku: billing.skus[1], quantity: 3 }]), writing());
      assert.deepEqual(
        removed.items.map(({ sku }) => sku),
        [billing.skus[1]],
      );
    });

    test('an amendment with a key that took effect has no second effect', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const change = amendment(opened, [{ sku: billing.skus[0], quantity: 9 }]);
      const first = writing();
      await port.amend(change, first);
      const later = await port.amend(amendment(opened, [{ sku: billing.skus[0], quantity: 2 }]), writing());
      const again = await port.amend(change, writing(first.key)).catch((error: unknown) => error);
      if (again instanceof Error) rejectsWith('CONFLICT')(again);
      assert.deepEqual((await current(opened)).items, later.items);
    });

    test('reverting an amendment brings back items, terms and billing entity, once', async () => {
      const opened = await port.openSubscription(
        {
          ...draft(4),
          items: [
            { sku: billing.skus[0], quantity: 4 },
            { sku: billing.skus[1], quantity: 1 },
          ],
        },
        writing(),
      );
      const amending = writing();
      await port.amend(
        { ...amendment(opened, [{ sku: billing.skus[0], quantity: 7 }]), legalEntityId: '5', paymentTerms: 'NET_60' },
        amending,
      );
      await port.revertAmendment({ before: opened }, writing());
      const reverted = await current(opened);
      const terms = ({ items, legalEntityId, paymentTerms }: Subscription) => [
        items.map(({ sku, quantity, unitPrice }) => `${sku}:${quantity}:${unitPrice.minor}`).sort(),
        legalEntityId,
        paymentTerms,
      ];
      assert.deepEqual(terms(reverted), terms(opened));
      await port.revertAmendment({ before: opened }, writing());
      assert.deepEqual(await current(opened), reverted);
      // No proration is left: a preview of the same terms owes nothing.
      const preview = await port.previewAmendment(amendment(opened, opened.items), call());
      assert.equal(preview.proration.minor, 0n);
      await port
        .amend(amendment(opened, [{ sku: billing.skus[0], quantity: 7 }]), writing(amending.key))
        .catch(rejectsWith('CONFLICT'));
      assert.deepEqual(await current(opened), reverted, 'the key took effect once and never does again');
    });

    test('what was changed since by somebody else is not reverted over their heads', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      await port.amend(amendment(opened, [{ sku: billing.skus[0], quantity: 7 }]), writing());
      const later = await port.amend(amendment(opened, [{ sku: billing.skus[0], quantity: 8 }]), writing());
      await assert.rejects(port.revertAmendment({ before: opened }, writing()), rejectsWith('CONFLICT'));
      assert.deepEqual((await current(opened)).items, later.items);
    });

    test('an ended subscription is not amended, and a day outside the running term is refused', async () => {
      const opening = writing();
      const opened = await port.openSubscription(draft(), opening);
      const far = { ...amendment(opened, [{ sku: billing.skus[0], quantity: 6 }]), effectiveOn: '2999-01-01' };
      await assert.rejects(port.amend(far, writing()), rejectsWith('REFUSED'));
      await assert.rejects(port.previewAmendment(far, call()), rejectsWith('REFUSED'));
      await port.cancelOpened({ customerId: id(customer.id) }, writing(opening.key));
      const change = amendment(opened, [{ sku: billing.skus[0], quantity: 6 }]);
      await assert.rejects(port.amend(change, writing()), rejectsWith('REFUSED'));
      await assert.rejects(port.previewAmendment(change, call()), rejectsWith('REFUSED'));
      const unknown = { ...change, subscriptionId: id<'Subscription'>('sub_unknown') };
      await assert.rejects(port.amend(unknown, writing()), rejectsWith('NOT_FOUND'));
    });

    const monthLater = (day: string, months: number): string => {
      const date = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
      date.setUTCMonth(date.getUTCMonth() + months);
      return `${date.toISOString().slice(0, 8)}01`;
    };
    const renewalOf = (
      of: Subscription,
      quantity: number,
      startsOn = of.agreedTerm?.endsOn ?? of.currentTermEndsOn,
    ) => ({
      subscriptionId: of.id,
      customerId: of.customerId,
      startsOn,
      endsOn: monthLater(startsOn, 13),
      items: [{ sku: billing.skus[0], quantity }],
      paymentTerms: null,
    });
    const about = ({ id: subscriptionId, customerId }: Subscription) => ({ subscriptionId, customerId });

    test('a renewal agrees on the next term and leaves the running one as it is, once for a key', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const renewal = renewalOf(opened, 6);
      const preview = await port.previewRenewal(renewal, call());
      const [item] = opened.items;
      assert.ok(item);
      assert.deepEqual(preview.monthlyBefore, times(item.unitPrice, 4));
      assert.deepEqual(preview.monthlyAfter, times(item.unitPrice, 6));
      assert.deepEqual(await current(opened), opened, 'a preview changes nothing');
      const first = writing();
      const renewed = await port.scheduleRenewal(renewal, first);
      assert.deepEqual(renewed.agreedTerm, { startsOn: renewal.startsOn, endsOn: renewal.endsOn, runsOn: true });
      assert.deepEqual([renewed.items, renewed.renewsOn], [opened.items, opened.renewsOn]);
      assert.deepEqual(await port.scheduleRenewal(renewal, writing(first.key)), renewed);
      assert.deepEqual(await current(opened), renewed);
    });

    test('a second renewal is refused while one is to come, and so is a day within the running term', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      await assert.rejects(
        port.scheduleRenewal(renewalOf(opened, 5, billing.today), writing()),
        rejectsWith('REFUSED'),
      );
      await assert.rejects(port.previewRenewal(renewalOf(opened, 5, billing.today), call()), rejectsWith('REFUSED'));
      const renewed = await port.scheduleRenewal(renewalOf(opened, 5), writing());
      await assert.rejects(port.scheduleRenewal(renewalOf(renewed, 7), writing()), rejectsWith('REFUSED'));
      await assert.rejects(port.previewRenewal(renewalOf(renewed, 7), call()), rejectsWith('REFUSED'));
      assert.deepEqual(await current(opened), renewed);
    });

    test('a renewal is withdrawn by its key, as often as asked, and that key never takes effect again', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const { key } = writing();
      await port.withdrawRenewal(about(opened), writing()); // a key that agreed on nothing
      await port.scheduleRenewal(renewalOf(opened, 5), writing(key));
      await port.withdrawRenewal(about(opened), writing());
      assert.notEqual((await current(opened)).agreedTerm, null, 'another key withdraws nothing');
      await port.withdrawRenewal(about(opened), writing(key));
      await port.withdrawRenewal(about(opened), writing(key));
      assert.deepEqual(await current(opened), opened);
      await assert.rejects(port.scheduleRenewal(renewalOf(opened, 5), writing(key)), rejectsWith('CONFLICT'));
      const again = await port.scheduleRenewal(renewalOf(opened, 9), writing());
      assert.notEqual(again.agreedTerm, null);
    });

    test('what is cancelled ends with its term, and runs on once that is taken back by its key', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const { key } = writing();
      await port.keepRunning(about(opened), writing());
      const ending = await port.cancelAtTermEnd({ ...about(opened), reason: 'moves away' }, writing(key));
      assert.deepEqual([ending.status, ending.renewsOn, ending.cancelledOn], ['ACTIVE', null, null]);
      assert.deepEqual(await port.cancelAtTermEnd({ ...about(opened), reason: 'moves away' }, writing(key)), ending);
      await assert.rejects(
        port.cancelAtTermEnd({ ...about(opened), reason: 'again' }, writing()),
        rejectsWith('REFUSED'),
      );
      await assert.rejects(port.scheduleRenewal(renewalOf(opened, 5), writing()), rejectsWith('REFUSED'));
      await port.keepRunning(about(opened), writing());
      assert.equal((await current(opened)).renewsOn, null, 'another key takes nothing back');
      await port.keepRunning(about(opened), writing(key));
      await port.keepRunning(about(opened), writing(key));
      assert.deepEqual(await current(opened), opened);
    });

    test('agreed terms are listed, page by page, as long as they are in force', async () => {
      const listed = async () => {
        const terms: TermInForce[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page = await port.agreedTerms({ first: 2, after }, call());
          terms.push(...page.entries);
          [after, more] = [page.endCursor, page.hasMore];
        }
        return terms;
      };
      const opened = await port.openSubscription(draft(4), writing());
      const { key } = writing();
      const { agreedTerm: term } = await port.scheduleRenewal(renewalOf(opened, 5), writing(key));
      const of = (terms: readonly TermInForce[]) => terms.filter(({ subscriptionId }) => subscriptionId === opened.id);
      assert.deepEqual(of(await listed()), [{ subscriptionId: opened.id, customerId: opened.customerId, term }]);
      await port.withdrawRenewal(about(opened), writing(key));
      assert.deepEqual(of(await listed()), []);
    });

    test('with a renewal agreed, it ends with the agreed term', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const renewed = await port.scheduleRenewal(renewalOf(opened, 5), writing());
      const { key } = writing();
      const ending = await port.cancelAtTermEnd({ ...about(opened), reason: 'moves away' }, writing(key));
      assert.deepEqual(ending.agreedTerm, renewed.agreedTerm && { ...renewed.agreedTerm, runsOn: false });
      assert.equal(ending.renewsOn, renewed.renewsOn);
      await assert.rejects(
        port.cancelAtTermEnd({ ...about(opened), reason: 'again' }, writing()),
        rejectsWith('REFUSED'),
      );
      await port.keepRunning(about(opened), writing(key));
      assert.deepEqual(await current(opened), renewed);
    });

    test('what is cancelled now ends at once, with the credit that its preview told, and stays ended', async () => {
      const opened = await port.openSubscription(draft(4), writing());
      const credit = await port.previewCancellation(about(opened), call());
      const [item] = opened.items;
      assert.ok(item && credit.minor < 0n && -credit.minor <= times(item.unitPrice, 4).minor, amountText(credit));
      await port.scheduleRenewal(renewalOf(opened, 5), writing());
      const cancelling = writing();
      const now = { ...about(opened), reason: 'moves away', creditUnused: true };
      const ended = await port.cancelNow(now, cancelling);
      assert.deepEqual([ended.status, ended.renewsOn, ended.agreedTerm], ['CANCELLED', null, null]);
      assert.deepEqual(await port.cancelNow(now, cancelling), ended);
      await assert.rejects(port.previewCancellation(about(opened), call()), rejectsWith('REFUSED'));
      await assert.rejects(
        port.cancelAtTermEnd({ ...about(opened), reason: 'late' }, writing()),
        rejectsWith('REFUSED'),
      );
      await assert.rejects(port.scheduleRenewal(renewalOf(opened, 5), writing()), rejectsWith('REFUSED'));
    });

    test('an e-mail address is changed, once for a key', async () => {
      const first = writing();
      await port.updateCustomer({ customerId: id(customer.id), email: 'first@example.com' }, first);
      await port.updateCustomer({ customerId: id(customer.id), email: 'first@example.com' }, writing(first.key));
      const [changed] = await port.customers([id(customer.id)], call());
      assert.equal(changed?.email, 'first@example.com');
      await assert.rejects(
        port.updateCustomer({ customerId: id(customer.id), email: 'no address' }, writing()),
        rejectsWith('REFUSED'),
      );
      await assert.rejects(
        port.updateCustomer({ customerId: id('cus_unknown'), email: 'a@example.com' }, writing()),
        rejectsWith('NOT_FOUND'),
      );
      await port.updateCustomer({ customerId: id(customer.id) }, writing());
      assert.equal((await port.customers([id(customer.id)], call()))[0]?.email, 'first@example.com');
    });
  });
}

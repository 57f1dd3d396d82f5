import type { Call } from '../../../platform/call.ts';
import { HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { ListOf, Page } from '../../../platform/page.ts';
import { joined } from '../../../platform/port/split.ts';
import type { LegalEntity, Product, ProductKind, SalesOrder } from '../model.ts';
import type { ErpPort } from '../port.ts';
import { type HeldProduct, type HomesOfCurrency, mergedProduct } from './products.ts';
import type { Routed } from './routed.ts';

type ReadsOfAll = Pick<
  ErpPort,
  | 'products'
  | 'catalogue'
  | 'legalEntities'
  | 'salesOrdersByNumber'
  | 'taxIdHolders'
  | 'installedAssets'
  | 'serviceOrdersOfCase'
>;

/** Questions without an id: every instance is asked, and what they tell is put together. One that fails is left out of it. */
export function readsOfAll({ instances, ids }: Routed): ReadsOfAll {
  /** What each told, in the order of the configuration, and how the others failed. Rejects when none answers. */
  async function all<T>(ask: (port: ErpPort, instance: string) => Promise<T>): Promise<Told<T>> {
    const told = new Map<string, T>();
    const silent = new Map<string, Error>();
    const asked = [...instances].map(async ([instance, port]) => [instance, await ask(port, instance)] as const);
    const answers = await Promise.allSettled(asked);
    [...instances.keys()].forEach((instance, nr) => {
      const answer = answers[nr];
      if (answer?.status === 'fulfilled') told.set(instance, answer.value[1]);
      else silent.set(instance, answer?.reason as Error); // ports reject with Errors
    });
    const [failure] = silent.values();
    if (told.size === 0 && failure) throw failure;
    return { told, silent };
  }

  const companiesOf = (call: Call) => all(async (port) => (await port.legalEntities(['all'], call))[0] ?? []);

  /** Told last by each: whose prices hold in a currency must not change because one is down. */
  const companies = new Map<string, readonly LegalEntity[]>();
  async function homesOfCurrencies(call: Call): Promise<HomesOfCurrency> {
    const { told } = await companiesOf({ ...call, fresh: false });
    for (const [instance, own] of told) companies.set(instance, own);
    return (currency) =>
      [...instances.keys()].filter((instance) => companies.get(instance)?.some((one) => one.currency === currency));
  }

  async function catalogue(list: ListOf<ProductKind | '*'>, call: Call): Promise<Page<Product>> {
    const [{ told, silent }, homesOf] = await Promise.all([
      all(async (port) => (await port.catalogue([list], call))[0]),
      homesOfCurrencies(call),
    ]);
    const pages = [...told].flatMap(([instance, page]) => (page ? [{ instance, page }] : []));
    const bySku = Map.groupBy(
      pages.flatMap(({ instance, page }) => page.entries.map((product): HeldProduct => ({ instance, product }))),
      ({ product }) => product.sku,
    );
    // Past the last entry of a page that goes on it is not known yet what that instance holds.
    const ends = pages.flatMap(({ page }) => (page.hasMore ? [page.entries.at(-1)?.sku ?? ''] : [])).sort();
    const known = [...bySku].filter(([sku]) => ends[0] === undefined || sku <= ends[0]).sort(bySkuFirst);
    const entries = known.slice(0, list.first).flatMap(([, [first, ...others]]) => {
      return first ? [mergedProduct([first, ...others], homesOf, new Set(silent.keys()))] : [];
    });
    return {
      entries,
      hasMore: known.length > entries.length || ends.length > 0,
      endCursor: entries.at(-1)?.sku ?? null,
    };
  }

  /** The first in the order of the configuration that holds a key; who is down may hold what nobody else does. */
  async function heldByOne<Key, Value extends object>(
    keys: readonly Key[],
    ask: (port: ErpPort) => Promise<readonly (Value | null)[]>,
    call: Call,
  ): Promise<readonly (Value | null)[]> {
    const told = await all(ask);
    const answers = keys.map((_key, nr): Value | Error | null => {
      const { held, failed } = sorted(told, (values) => values[nr]);
      return held[0]?.[1] ?? [...failed.values()][0] ?? null;
    });
    return joined(answers, call);
  }

  return {
    installedAssets: (numbers, call) => heldByOne(numbers, (port) => port.installedAssets(numbers, call), call),
    serviceOrdersOfCase: (caseIds, call) => heldByOne(caseIds, (port) => port.serviceOrdersOfCase(caseIds, call), call),
    async products(skus, call) {
      const [{ told, silent }, homesOf] = await Promise.all([
        all((port) => port.products(skus, call)),
        homesOfCurrencies(call),
      ]);
      const answers = skus.map((_sku, nr) => {
        const { held, failed } = sorted({ told, silent }, (products) => products[nr]);
        const [first, ...others] = held.map(([instance, product]): HeldProduct => ({ instance, product }));
        if (first) return mergedProduct([first, ...others], homesOf, new Set(failed.keys()));
        return [...failed.values()][0] ?? null; // whoever is down may hold it
      });
      return joined(answers, call);
    },
    catalogue: (lists, call) => Promise.all(lists.map((list) => catalogue(list, call))),
    async taxIdHolders(taxId, call) {
      const { told, silent } = await all((port) => port.taxIdHolders(taxId, call));
      for (const failure of silent.values()) throw failure; // who is down may hold the very one that is looked for
      return [...told.values()].flat();
    },
    async legalEntities(keys, call) {
      const { told } = await companiesOf(call);
      const own = [...told.values()].flat();
      return keys.map(() => own);
    },
    async salesOrdersByNumber(numbers, call) {
      const asked = numbers.map((text) => ({ of: ids.namedIn(text), number: ids.own(id<'Number'>(text)) }));
      const { told, silent } = await all(async (port, instance) => {
        const here = asked.map(({ of, number }) => (of === null || of === instance ? number : null));
        const wanted = here.filter((number) => number !== null);
        const orders = wanted.length === 0 ? [] : await port.salesOrdersByNumber(wanted, call);
        const byNumber = new Map(wanted.map((number, nr) => [number, orders[nr]]));
        return here.map((number) => (number === null ? null : (byNumber.get(number) ?? null)));
      });
      const answers = asked.map(({ of, number }, nr): SalesOrder | Error | null => {
        const { held, failed } = sorted({ told, silent }, (orders) => orders[nr]);
        const [first, second] = held;
        if (first && second) return ambiguous(number, [first[0], second[0]]);
        const unknown = of === null ? [...failed.values()] : [failed.get(of)];
        return first?.[1] ?? unknown[0] ?? null;
      });
      return joined(answers, call);
    },
  };
}

interface Told<T> {
  readonly told: ReadonlyMap<string, T>;
  readonly silent: ReadonlyMap<string, Error>;
}

/** Who holds one key of a batch, and whose answer for it is missing. */
function sorted<T, V extends object>(
  { told, silent }: Told<T>,
  pick: (answers: T) => V | null | undefined,
): { held: (readonly [instance: string, value: V])[]; failed: Map<string, Error> } {
  const held: (readonly [string, V])[] = [];
  const failed = new Map(silent);
  for (const [instance, answers] of told) {
    const value = pick(answers);
    if (value instanceof Error) failed.set(instance, value);
    else if (value) held.push([instance, value]);
  }
  return { held, failed };
}

/** Numbers are each ERP's own to give. */
const ambiguous = (number: string, instances: readonly string[]): HubError => {
  const ways = instances.map((instance) => `${instance}~${number}`).join(' or ');
  return new HubError('CONFLICT', `more than one ERP has an order of this number; ask for ${ways}`, { system: 'ERP' });
};

const bySkuFirst = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

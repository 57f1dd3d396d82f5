import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { HubContext } from '../context.ts';
import type { Prices } from '../cost/prices.ts';
import type { UpstreamBudgets } from '../cost/upstreams.ts';
import type { Limiter, Spending } from '../limits/limiter.ts';
import type { Concern } from './as-one.ts';
import type { Limits } from './limits.ts';
import { checkPages } from './page-size.ts';

export interface CostOptions {
  readonly prices: Prices;
  readonly limits: Limits;
  readonly upstreams: UpstreamBudgets;
  /** Name of a subgraph as in the graph's `System`. */
  readonly system: (subgraph: string) => string;
  /** null: nothing is counted over time. */
  readonly limiter: Pick<Limiter, 'spend' | 'spendOn'> | null;
}

/**
 * Holds each operation to what it may cost, before any system is asked: at once, of each subgraph, and in a minute. A caller
 * who sends `extensions: {cost: true}` reads in the answer's `extensions.cost` what it cost, the limit of one operation, and
 * what is left of the minute.
 */
export function cost({ prices, limits, upstreams, system, limiter }: CostOptions): Concern {
  /** Of the requests that want to read what they cost. */
  const bills = new WeakMap<HubContext, { readonly estimated: number; readonly remaining: number | null }>();
  const limited = Object.keys(upstreams).length > 0;

  return {
    async didResolveOperation({ document, operation, request, contextValue, response }) {
      if (operation === undefined) return;
      const { principal } = contextValue;
      const given = request.variables ?? {};
      const { total, subgraphs, pages } = prices.of(document, operation, given);
      const asksForBill = request.extensions?.cost === true;
      if (asksForBill) bills.set(contextValue, { estimated: total, remaining: null });
      const { maxCost } = principal.budget;
      if (total > maxCost) throw tooExpensive('The operation', total, maxCost);
      checkPages(pages, given, limits);
      for (const [subgraph, points] of limited ? subgraphs : []) {
        const most = upstreams[subgraph]?.maxCost ?? null;
        if (most !== null && points > most) {
          throw tooExpensive(`What the operation asks of ${system(subgraph)}`, points, most, system(subgraph));
        }
      }
      if (limiter === null || total === 0) return;
      const spending = await limiter.spend(principal, total);
      const { headers } = response.http;
      headers.set('ratelimit-policy', spending.headers['ratelimit-policy']);
      headers.set('ratelimit', spending.headers.ratelimit);
      if (asksForBill) bills.set(contextValue, { estimated: total, remaining: spending.remaining });
      if (!spending.allowed)
        throw overMinute(`Your key may ask for ${spending.limit} points of cost a minute`, total, spending);
      for (const [subgraph, points] of limited ? subgraphs : []) {
        const most = upstreams[subgraph]?.costPerMinute ?? null;
        const spent = most === null ? undefined : await limiter.spendOn(subgraph, most, points);
        if (spent?.allowed === false) {
          const what = `All callers together may ask ${system(subgraph)} for ${spent.limit} points of cost a minute`;
          throw overMinute(what, points, spent, system(subgraph));
        }
      }
    },
    willSendResponse({ request, response, contextValue }) {
      if (request.extensions?.cost !== true || response.body.kind !== 'single') return;
      const { singleResult } = response.body;
      const { estimated, remaining } = bills.get(contextValue) ?? { estimated: 0, remaining: null };
      const told = { estimated, limit: contextValue.principal.budget.maxCost, remaining };
      singleResult.extensions = { ...singleResult.extensions, cost: told };
    },
  };
}

const tooExpensive = (what: string, points: number, limit: number, source?: string): GraphQLError =>
  new GraphQLError(
    `${what} costs up to ${points} points, and at most ${limit} are allowed; ask for smaller pages, or in several requests`,
    {
      extensions: {
        code: 'COST_ESTIMATED_TOO_EXPENSIVE',
        retryable: false,
        cost: points,
        limit,
        ...(source === undefined ? {} : { system: source }),
        http: { status: 400 },
      },
    },
  );

const overMinute = (
  what: string,
  points: number,
  { limit, retryAfterSeconds }: Spending,
  source?: string,
): GraphQLError =>
  new GraphQLError(`${what}, and this operation costs up to ${points}; ask again in ${retryAfterSeconds} s`, {
    extensions: {
      code: 'RATE_LIMITED',
      retryable: true,
      cost: points,
      limit,
      retryAfterSeconds,
      ...(source === undefined ? {} : { system: source }),
      http: { status: 429, headers: new HeaderMap([['retry-after', String(retryAfterSeconds)]]) },
    },
  });

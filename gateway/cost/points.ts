/** Points of cost: at 0 of the whole operation, then of each subgraph in the order of the supergraph. */
export type Points = readonly number[];

export const nothing = (length: number): number[] => new Array<number>(length).fill(0);

/** The values of a request's variables as they came; the defaults stand in the operation. */
export type Given = Readonly<Record<string, unknown>>;

/** A number that may depend on variables. */
export type Amount = number | ((given: Given) => number);

/** Points that may depend on variables; what does not is added up when the document is read. */
export type Cost = Points | ((given: Given) => Points);

export const amountIn = (amount: Amount, given: Given): number => (typeof amount === 'number' ? amount : amount(given));

export const pointsIn = (cost: Cost, given: Given): Points => (typeof cost === 'function' ? cost(given) : cost);

/** An amount that is spent in one subgraph. `at`: its place among the points; 0 for what belongs to none. */
export function spentAt(at: number, amount: Amount, length: number): Cost {
  const points = (value: number): Points => {
    const spent = nothing(length);
    spent[0] = value;
    spent[at] = value;
    return spent;
  };
  return typeof amount === 'number' ? points(amount) : (given) => points(amount(given));
}

export function sum(costs: readonly Cost[], length: number): Cost {
  const known = nothing(length);
  const open: ((given: Given) => Points)[] = [];
  for (const cost of costs) {
    if (typeof cost === 'function') open.push(cost);
    else add(known, cost);
  }
  if (open.length === 0) return known;
  return (given) => {
    const total = known.slice();
    for (const cost of open) add(total, cost(given));
    return total;
  };
}

export function times(size: Amount, cost: Cost): Cost {
  if (typeof size === 'number' && typeof cost !== 'function') return cost.map((value) => value * size);
  return (given) => {
    const count = amountIn(size, given);
    return pointsIn(cost, given).map((value) => value * count);
  };
}

/** The most that one of them costs, in each place: a value is of one type only. */
export function dearest(costs: readonly Cost[], length: number): Cost {
  if (costs.length === 1 && costs[0] !== undefined) return costs[0];
  const most = (all: readonly Points[]): Points => {
    const found = nothing(length);
    for (const points of all) for (let at = 0; at < length; at++) found[at] = Math.max(found[at] ?? 0, points[at] ?? 0);
    return found;
  };
  const open = costs.filter((cost) => typeof cost === 'function');
  const known = most(costs.filter((cost) => typeof cost !== 'function'));
  return open.length === 0 ? known : (given) => most([known, ...open.map((cost) => cost(given))]);
}

function add(total: number[], more: Points): void {
  for (let at = 0; at < total.length; at++) total[at] = (total[at] ?? 0) + (more[at] ?? 0);
}

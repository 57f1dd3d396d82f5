import type { DatabaseSync } from 'node:sqlite';
import { netsuite } from '../data/keys.ts';
import type { World } from '../data/world.ts';
import { transactionSeeder } from './seed-transactions.ts';

/** Up to so many customers all transactions are written at the start. */
const EAGER_CUSTOMERS = 5_000;

/**
 * The world's transactions, brought into the books when they are first needed: a hundred thousand customers have about a
 * million. A small world is brought in whole.
 */
export interface Archive {
  /** Brings in whatever the statement or the keys in it can reach. */
  bringFor(statement: string): void;
}

export function openArchive(db: DatabaseSync, world: World): Archive {
  const write = transactionSeeder(db, world);
  const firstCustomer = netsuite.customer(0);
  const brought = new Set<number>();
  let whole = false;

  function bring(indexes: Iterable<number>): void {
    db.exec('BEGIN');
    for (const index of indexes) {
      if (index < 0 || index >= world.size || brought.has(index)) continue;
      brought.add(index);
      const customer = world.customer(index);
      if (customer.known.erp) write(customer);
    }
    db.exec('COMMIT');
  }

  function bringAll(): void {
    bring(Array(world.size).keys());
    whole = true;
  }

  if (world.size <= EAGER_CUSTOMERS) bringAll();
  return {
    bringFor(statement) {
      if (whole || !/\b(transaction(line)?|customrecord_concord_asset)\b/i.test(statement)) return;
      const [, first, last] = /\bt\.entity\s+BETWEEN\s+(\d+)\s+AND\s+(\d+)/i.exec(statement) ?? [];
      if (first !== undefined) bring(between(Number(first) - firstCustomer, Number(last) - firstCustomer));
      else if (namesItsTransactions(statement, world.today)) bring(customersIn(statement));
      else bringAll();
    },
  };
}

function* between(first: number, last: number): Generator<number> {
  for (let index = first; index <= last; index += 1) yield index;
}

/**
 * Whether each use of the table asks for keys by name (`t.id IN (…)`, `t.entity = …`). A key that is named in only one
 * branch of an OR is taken for such a request too: the hub asks no such question.
 */
function namesItsTransactions(statement: string, seededAt: string): boolean {
  const uses = [
    ...statement.matchAll(/\b(?:FROM|JOIN)\s+(?:transaction|customrecord_concord_asset)\s+(?:AS\s+)?(\w+)/gi),
  ].map(([, alias]) => alias);
  // What came from another transaction was written here: no customer's past is needed for it.
  if (/\bml\.createdfrom\s+IN\s*\(/i.test(statement)) return true;
  return (
    uses.length > 0 &&
    uses.every(
      (alias) =>
        changedSince(alias, statement) >= seededAt ||
        new RegExp(
          `\\b${alias}\\.(id|entity|tranid|externalid|name|custrecord_concord_asset_customer|custbody_concord_case)\\s*(=\\s*['\\d]|IN\\s*\\(\\s*['\\d])`,
          'i',
        ).test(statement),
    )
  );
}

/** From which day on changes are asked for; what changed since the seeding was written here. Empty: the question names none. */
const changedSince = (alias: string | undefined, statement: string): string =>
  new RegExp(`\\b${alias}\\.lastmodifieddate\\s*>=\\s*TO_DATE\\('(\\d{4}-\\d\\d-\\d\\d)`, 'i').exec(statement)?.[1] ??
  '';

/** The customers whose keys occur in the text, by the ranges of `data/keys.ts`. Too many do no harm. */
function customersIn(statement: string): Set<number> {
  const indexes = new Set<number>();
  for (const [, number] of statement.matchAll(/\b(?:SO|INV)?(\d{4,9})\b/g)) {
    const value = Number(number);
    indexes.add(value - 1_001);
    indexes.add(Math.floor((value - 10_000_000) / 20));
    indexes.add(Math.floor((value - 50_000_000) / 40));
    indexes.add(Math.floor((value - 70_000_000) / 10));
  }
  for (const [, number] of statement.matchAll(/\bSO(\d{6,8})\b/g))
    indexes.add(Math.floor((Number(number) - 100_000) / 20));
  for (const [, number] of statement.matchAll(/\bINV(\d{6,8})\b/g))
    indexes.add(Math.floor((Number(number) - 100_000) / 40));
  return indexes;
}

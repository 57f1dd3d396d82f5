import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import type { World } from '../../../sandbox/data/world.ts';
import { select } from '../../../sandbox/salesforce/evaluate.ts';
import { planOf } from '../../../sandbox/salesforce/soql.ts';
import { Store } from '../../../sandbox/salesforce/store.ts';

/** A company of a hundred thousand customers that counts how many of them it was asked for. */
function counted() {
  const world = createWorld({ seed: 5, size: 100_000, today: '2026-10-05' });
  let asked = 0;
  const counting: World = {
    ...world,
    customer: (index) => {
      asked += 1;
      return world.customer(index);
    },
  };
  const store = new Store(counting, () => {});
  return { rows: (soql: string) => select(planOf(soql), store, false), asked: () => asked };
}

test('among a hundred thousand accounts only those that are named are looked at', () => {
  const org = counted();
  assert.equal(org.asked(), 0, 'nothing is made at start');
  const wanted = Array.from({ length: 50 }, (_, at) => keys.salesforce.account(at * 1_999));
  const ids = wanted.map((id) => `'${id}'`).join(',');
  const rows = org.rows(`SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Id IN (${ids}) AND Name != null`);
  assert.ok(rows.length >= 40 && rows.length <= 50);
  assert.equal(org.asked(), 50);
  assert.ok(org.rows(`SELECT Id FROM Opportunity WHERE AccountId IN (${ids})`).length > 0);
  assert.ok(org.rows(`SELECT Id FROM Account WHERE Hub_Id__c IN ('C-10005', 'C-99999')`).length > 0);
  assert.ok(org.asked() <= 250, `${org.asked()} were looked at`); // neighbours of those that others were merged into
});

test('a page by id begins where it is asked to, and ends with the page', () => {
  const org = counted();
  const from = keys.salesforce.account(70_000);
  const rows = org.rows(`SELECT Id FROM Account WHERE Id > '${from}' ORDER BY Id LIMIT 100`);
  assert.equal(rows.length, 100);
  assert.ok(rows.every((row) => String(row.Id) > from));
  assert.ok(org.asked() <= 120, `${org.asked()} were looked at`);
});

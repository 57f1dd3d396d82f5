import assert from 'node:assert/strict';
import type { Call, WriteCall } from '../../../platform/call.ts';
import type { HubErrorCode } from '../../../platform/errors.ts';
import type { Page } from '../../../platform/page.ts';
import type { ErpCustomerId } from '../../../subgraphs/erp/model.ts';
import type { ErpGround } from '../erp.ts';

export const call = (): Call => ({ correlationId: 'contract', signal: AbortSignal.timeout(20_000) });
export const write = (key: string): WriteCall => ({ ...call(), key, actingFor: 'ERP' });

export async function rejects(promise: Promise<unknown>, code: HubErrorCode): Promise<void> {
  await assert.rejects(promise, (error: { code?: unknown }) => error.code === code);
}

export function customerAt(ground: ErpGround, at: number): ErpCustomerId {
  const customer = ground.customers[at];
  assert.ok(customer);
  return customer.id;
}

/** Every entry, page after page. */
export async function walk<T>(next: (after: string | null) => Promise<Page<T> | undefined>): Promise<T[]> {
  const all: T[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < 500; pages += 1) {
    const page: Page<T> | undefined = await next(after);
    assert.ok(page);
    all.push(...page.entries);
    if (!page.hasMore) return all;
    assert.notEqual(page.endCursor, after, 'a page leads on');
    after = page.endCursor;
  }
  throw new assert.AssertionError({ message: 'the pages never end' });
}

export function assertNewestFirst(days: readonly string[]): void {
  assert.deepEqual(days, [...days].sort().reverse());
}

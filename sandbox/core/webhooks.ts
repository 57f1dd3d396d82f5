import type { VendorName } from './vendor.ts';

export interface Subscription {
  readonly id: string;
  readonly vendor: VendorName;
  readonly url: string;
  /** Webhooks that the subscriber took with a 2xx. */
  readonly delivered: number;
  /** Webhooks given up after the last attempt. */
  readonly failed: number;
}

export interface Webhook {
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends what happens at a vendor to whoever asked for it. Order is not promised, nor is it by the real ones. */
export interface Webhooks {
  subscribe(vendor: VendorName, url: string): Subscription;
  unsubscribe(id: string): boolean;
  clear(): void;
  all(): readonly Subscription[];
  emit(vendor: VendorName, webhook: Webhook): void;
  /** Gives up what is under way. */
  close(): void;
}

/** Waits before each further attempt. */
const RETRY_AFTER_MS = [200, 1000, 3000, 10_000];
const ANSWER_WITHIN_MS = 10_000;

export function createWebhooks(retryAfterMs: readonly number[] = RETRY_AFTER_MS): Webhooks {
  const closing = new AbortController();
  let counter = 0;
  const subscriptions = new Map<string, { -readonly [Name in keyof Subscription]: Subscription[Name] }>();

  const attempt = async (url: string, webhook: Webhook): Promise<boolean> => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body: webhook.body,
        headers: webhook.headers,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      return false; // not reached, or too slow: tried again like any refusal
    }
  };

  const deliver = async (id: string, webhook: Webhook): Promise<void> => {
    for (const waitMs of [0, ...retryAfterMs]) {
      if (waitMs > 0) await pause(waitMs, closing.signal);
      const subscription = subscriptions.get(id);
      if (closing.signal.aborted || !subscription) return;
      if (await attempt(subscription.url, webhook)) {
        subscription.delivered += 1;
        return;
      }
    }
    const subscription = subscriptions.get(id);
    if (subscription) subscription.failed += 1;
  };

  return {
    subscribe: (vendor, url) => {
      const same = [...subscriptions.values()].find((one) => one.vendor === vendor && one.url === url);
      if (same) return { ...same };
      counter += 1;
      const subscription = { id: `webhook-${counter}`, vendor, url, delivered: 0, failed: 0 };
      subscriptions.set(subscription.id, subscription);
      return { ...subscription };
    },
    unsubscribe: (id) => subscriptions.delete(id),
    clear: () => subscriptions.clear(),
    all: () => [...subscriptions.values()].map((one) => ({ ...one })),
    emit: (vendor, webhook) => {
      for (const { id, vendor: of } of subscriptions.values()) if (of === vendor) void deliver(id, webhook);
    },
    close: () => closing.abort(),
  };
}

/** Ends early, without complaint, when the signal says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { createReadBatch } from '../../../subgraphs/crm/connectors/salesforce/read-batch.ts';
import type { SalesforceRequest, Session } from '../../../subgraphs/crm/connectors/salesforce/session.ts';

const call = (correlationId = 'one', signal: AbortSignal = new AbortController().signal): Call => ({
  correlationId,
  signal,
});

/** A session that answers by what it is asked, and keeps the questions. */
function sessionOf(answer: (request: SalesforceRequest, call: Call) => unknown) {
  const sent: SalesforceRequest[] = [];
  const session: Session = {
    apiPath: '/api',
    userId: async () => null,
    send: async (request, asking) => {
      sent.push(request);
      return answer(request, asking);
    },
    close: async () => {},
  };
  return { session, sent };
}

interface Composite {
  readonly compositeRequest: readonly { readonly url: string; readonly referenceId: string }[];
}

const rows = (...records: unknown[]) => ({ done: true, records });

/** Answers each part of a composite request by its URL. */
const composite =
  (part: (url: string) => { status: number; body: unknown } | null) => (request: SalesforceRequest) => ({
    compositeResponse: (request.body as Composite).compositeRequest.flatMap(({ url, referenceId }) => {
      const answer = part(url);
      return answer === null ? [] : [{ referenceId, httpStatusCode: answer.status, body: answer.body }];
    }),
  });

test('at most five queries go into one call', async () => {
  const { session, sent } = sessionOf(composite(() => ({ status: 200, body: rows('a') })));
  const batch = createReadBatch(session);
  await Promise.all(Array.from({ length: 12 }, (_, at) => batch.query(`SELECT ${at}`, call())));
  assert.deepEqual(
    sent.map(({ body }) => (body as Composite).compositeRequest.length),
    [5, 5, 2],
  );
});

test('each part has its own end: rows, a refusal of its own, or none', async () => {
  const { session } = sessionOf(
    composite((url) =>
      url.endsWith('lost')
        ? null
        : url.endsWith('bad')
          ? { status: 400, body: [{ errorCode: 'INVALID_FIELD', message: 'No such column' }] }
          : url.endsWith('down')
            ? { status: 503, body: null }
            : { status: 200, body: rows(1, 2) },
    ),
  );
  const batch = createReadBatch(session);
  const ended = await Promise.allSettled(['good', 'bad', 'down', 'lost'].map((soql) => batch.query(soql, call())));
  assert.deepEqual(
    ended.map((each) => (each.status === 'fulfilled' ? each.value : errorCode(each.reason))),
    [[1, 2], 'CONTRACT_BROKEN', 'UNAVAILABLE', 'CONTRACT_BROKEN'],
  );
});

test('a query too long for an address goes in a body', async () => {
  const { session, sent } = sessionOf((request) =>
    request.method === 'GET' ? rows() : composite(() => ({ status: 200, body: rows() }))(request),
  );
  const batch = createReadBatch(session);
  await batch.query(`SELECT ${'x'.repeat(100)}`, call());
  await batch.query(`SELECT ${'x'.repeat(15_000)}`, call());
  assert.deepEqual(
    sent.map(({ method }) => method),
    ['GET', 'POST'],
  );
});

test('more rows are fetched to the end, and only from the API itself', async () => {
  const more = (at: number) => `/services/data/v66.0/query/01g-${at}`;
  const pages = new Map<string, unknown>([
    [more(1), { done: false, records: [2], nextRecordsUrl: more(2) }],
    [more(2), rows(3)],
  ]);
  const { session } = sessionOf(
    ({ path }) => pages.get(path) ?? { done: false, records: [1], nextRecordsUrl: more(1) },
  );
  assert.deepEqual(await createReadBatch(session).query('SELECT', call()), [1, 2, 3]);

  for (const nextRecordsUrl of ['https://elsewhere.example/x', '/services/oauth2/token', undefined]) {
    const { session: broken } = sessionOf(() => ({ done: false, records: [1], nextRecordsUrl }));
    const asked = createReadBatch(broken).query('SELECT', call());
    await assert.rejects(asked, (error) => errorCode(error) === 'CONTRACT_BROKEN');
  }
});

test('the call is given up when everyone who waited for it has left', async () => {
  const { promise: given, resolve } = Promise.withResolvers<AbortSignal>();
  const { session } = sessionOf((_, { signal }) => {
    resolve(signal);
    return new Promise(() => {});
  });
  const batch = createReadBatch(session);
  const [one, two] = [new AbortController(), new AbortController()];
  const asked = [batch.query('a', call('same', one.signal)), batch.query('b', call('same', two.signal))];
  const ended = Promise.allSettled(asked);
  const signal = await given;
  one.abort();
  assert.equal(signal.aborted, false);
  two.abort();
  assert.equal(signal.aborted, true);
  const codes = (await ended).map((each) => each.status === 'rejected' && errorCode(each.reason));
  assert.deepEqual(codes, ['TIMEOUT', 'TIMEOUT']);
});

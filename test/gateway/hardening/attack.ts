import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { type Answer, type Hub, type HubOptions, startHub } from '../hub.ts';
import { CANARY, fineWeather, smallGraph, type Weather } from '../small-graph.ts';

export const JSON_AND_KEY = { 'content-type': 'application/json', authorization: 'Bearer k' };

/** What a refusal has to say. */
export interface Verdict {
  readonly status: number | readonly number[];
  readonly code: string | readonly string[];
  /** Longest processor time of client and server together, in milliseconds; the least of three tries counts. */
  readonly cpuMs?: number;
}

export interface Target {
  readonly hub: Hub;
  readonly weather: Weather;
  /**
   * Asks, and holds what must hold of every refusal: the status and code, JSON with the correlation id, no data, nothing of
   * the hub's inside, nothing asked of any subgraph, nothing written; and the next good request is answered.
   */
  refuses(name: string, ask: () => Promise<Answer>, verdict: Verdict): Promise<Answer>;
  post(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<Answer>;
  /** Sends bytes as they are, and gives back what came until the hub hung up. `wait`: before each further piece. */
  raw(...pieces: readonly string[]): Promise<string>;
}

/** Words of the hub's inside: none may reach a caller. */
const INSIDE =
  /canary|node_modules|file:|\.ts:\d|\.js:\d|at Object|call stack|<html|apollo(?!-require-preflight)|fastify|10\.0\.0\.7/i;

export async function target(t: TestContext, options: Partial<HubOptions> = {}): Promise<Target> {
  const weather = fineWeather();
  const hub = await startHub(t, { parts: smallGraph(weather), ...options });
  const measured = async (ask: () => Promise<Answer>): Promise<[Answer, number]> => {
    const before = process.cpuUsage();
    const answer = await ask();
    const { user, system } = process.cpuUsage(before);
    return [answer, (user + system) / 1_000];
  };

  const isRefusal = (name: string, answer: Answer, { status, code }: Verdict): void => {
    const about = `${name}: ${answer.status} ${answer.text.slice(0, 400)}`;
    assert.ok([status].flat().includes(answer.status), about);
    assert.notEqual(answer.status, 500, about);
    assert.match(
      answer.headers.get('content-type') ?? '',
      /^application\/(graphql-response\+)?json; charset=utf-8$/,
      about,
    );
    const { errors = [], data = null } = answer.body;
    assert.ok(errors.length >= 1 && errors.length <= 11, about);
    for (const { extensions } of errors) {
      assert.ok([code].flat().includes(String(extensions.code)), about);
      assert.equal(extensions.correlationId, answer.headers.get('x-correlation-id'), about);
    }
    assert.equal(data, null, about);
    assert.ok(!INSIDE.test(answer.text) && !answer.text.includes(CANARY), about);
    assert.deepEqual(hub.fetches, [], about);
    assert.equal(weather.writes, 0, about);
  };

  return {
    hub,
    weather,
    async refuses(name, ask, verdict) {
      let [answer, cpuMs] = await measured(ask);
      isRefusal(name, answer, verdict);
      if (verdict.cpuMs !== undefined) {
        for (let more = 0; more < 2 && cpuMs >= verdict.cpuMs; more++) {
          const [again, ms] = await measured(ask);
          isRefusal(name, again, verdict);
          cpuMs = Math.min(cpuMs, ms);
          answer = again;
        }
        assert.ok(cpuMs < verdict.cpuMs, `${name}: ${cpuMs} ms of processor time`);
      }
      const good = await hub.ask('{ customer(id: 1) { name } }');
      assert.deepEqual(good.body.data, { customer: { name: 'name 1' } }, `${name}: the next good request`);
      hub.fetches.length = 0;
      return answer;
    },
    post: (body, headers = JSON_AND_KEY) => hub.send({ method: 'POST', headers, body: new Blob([body]) }), // a Blob adds no type
    raw: (...pieces) =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
        t.after(() => socket.destroy());
        let answer = '';
        socket.on('data', (chunk) => {
          answer += chunk;
        });
        socket.on('error', () => {}); // the hub hangs up while we still write: that may be the point
        socket.on('close', () => resolve(answer));
        for (const piece of pieces) socket.write(piece);
      }),
  };
}

/** A request with a method that `fetch` does not send. */
export const unusual = (hub: Hub, method: string, headers: Record<string, string>, search = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(`${hub.url}/graphql${search}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const received = new Headers();
        for (const [name, value] of Object.entries(response.headers)) received.set(name, String(value));
        resolve({
          status: response.statusCode ?? 0,
          headers: received,
          text,
          body: text === '' ? {} : JSON.parse(text),
        });
      });
    });
    sent.on('error', reject);
    sent.end();
  });

export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

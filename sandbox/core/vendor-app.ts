import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Clock, instant } from '../../platform/clock.ts';
import { brokenAnswer, never, unanswered } from './broken-answer.ts';
import type { CallLog, OpenCall } from './call-log.ts';
import type { ActiveFault, Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import { isPersons, markReplay, PERSON_HEADER } from './replay.ts';
import type { Vendor, VendorName } from './vendor.ts';
import { pause } from './webhooks.ts';

/** What stands around every vendor's routes. */
export interface Surroundings {
  readonly clock: Clock;
  readonly calls: CallLog;
  readonly faults: Faults;
  /** Waits as long as the network would, by chance. */
  readonly latencyMs: () => number;
  readonly journal: Journal | null;
  /** What the header of a person's request holds when it comes from the control API; anything else is taken out. */
  readonly personToken: string;
  /** True while the journal is played back, before anything listens. */
  readonly replaying: () => boolean;
  readonly closing: AbortSignal;
}

interface Course {
  readonly call: OpenCall;
  readonly startedAt: number;
  readonly fault: ActiveFault | null;
  readonly body: Buffer | null;
}

const BODY_LIMIT = 20 * 1024 * 1024;
const LOGGED_CHARACTERS = 10_000;

/** A vendor's routes with call log, latency, faults and journal around them, in that order. */
export function createVendorApp(name: VendorName, vendor: Vendor, around: Surroundings): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true, // some clients are kept waiting for ever
    routerOptions: { maxParamLength: 2000 },
  });
  const courses = new WeakMap<FastifyRequest, Course>();

  app.addHook('onRequest', async (request, reply) => {
    if (around.replaying()) return markReplay(request.raw);
    const startedAt = performance.now();
    if (request.headers[PERSON_HEADER] !== around.personToken) delete request.headers[PERSON_HEADER];
    if (isPersons(request)) {
      markReplay(request.raw);
      const typed = await bodyOf(request);
      // Not a request that the hub made: not in the log, and no fault is meant for it.
      const call = { sequence: 0, ...described(name, request, around.clock), status: null, ms: 0 };
      if (typed !== 'gone') courses.set(request, { call, startedAt, fault: null, body: typed });
      return;
    }
    const call = around.calls.open(described(name, request, around.clock));
    const { delayMs, fault } = around.faults.strike(name, `${request.method} ${call.path}`);
    if (fault?.kind === 'refuse') {
      request.raw.socket.destroy();
      return never();
    }
    const body = await bodyOf(request);
    if (body === 'gone') return never();
    call.body = body?.toString('utf8', 0, LOGGED_CHARACTERS) ?? '';
    courses.set(request, { call, startedAt, fault, body });
    await pause(around.latencyMs() + delayMs, around.closing);
    if (fault?.kind === 'time-out-without-applying') return unanswered(reply, fault, around.closing);
    if (around.closing.aborted || fault?.kind === 'hang') return never();
    if (fault?.kind !== 'status') return;
    if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter);
    if (fault.contentType !== undefined) reply.type(fault.contentType);
    return reply.code(fault.status ?? 503).send(fault.body ?? '');
  });

  app.addHook('preParsing', async (request) => {
    const read = courses.get(request)?.body;
    return read ? Readable.from([read]) : request.raw; // the hook above has emptied the real one
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const course = courses.get(request);
    if (around.replaying() || !course) return payload;
    const { call, fault } = course;
    if (fault?.kind !== 'status' && isWrite(vendor, request, course) && reply.statusCode < 300) {
      around.journal?.append(written(name, request, course, around.clock));
    }
    if (fault?.kind !== 'apply-then-time-out') call.status = reply.statusCode;
    call.ms = Math.round((performance.now() - course.startedAt) * 10) / 10;
    const whole = payload ?? '';
    if (fault === null || !(typeof whole === 'string' || Buffer.isBuffer(whole))) return payload;
    return brokenAnswer(fault, reply, whole, around.closing);
  });

  vendor.routes(app);
  return app;
}

function described(vendor: VendorName, request: FastifyRequest, clock: Clock) {
  const { path, query } = split(request.url);
  const correlation = request.headers['x-correlation-id'] ?? request.headers['x-request-id'];
  const correlationId = typeof correlation === 'string' ? correlation : null;
  return { vendor, method: request.method, path, query, body: '', at: instant(clock), correlationId };
}

function split(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** null: there is none; `gone`: the client left in the middle of it. */
async function bodyOf(request: FastifyRequest): Promise<Buffer | null | 'gone'> {
  const { headers, raw } = request;
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return null;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of raw) chunks.push(chunk);
  } catch {
    return 'gone';
  }
  return Buffer.concat(chunks);
}

const isWrite = (vendor: Vendor, { method }: FastifyRequest, { call: { path }, body }: Course): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  !vendor.readOnly.some((pattern) => pattern.test(`${method} ${path}`)) &&
  !vendor.onlyReads?.(method, path, body?.toString('utf8') ?? '');

/** Headers that change what a vendor does. Credentials are not among them. */
const KEPT =
  /^(content-type|idempotency-key|if-match|if-none-match|prefer|stripe-version|sforce-.+|x-(?!.*(auth|key$|token|secret)).+)$/;

function written(vendor: VendorName, request: FastifyRequest, course: Course, clock: Clock) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (KEPT.test(name) || IDEMPOTENCY.test(name)) if (typeof value === 'string') headers[name] = value;
  }
  const body = course.body?.toString('utf8') ?? '';
  return { vendor, method: request.method, url: request.url, headers, body, at: instant(clock) };
}

/** As NetSuite spells it. */
const IDEMPOTENCY = /^x-.*idempotency-key$/;

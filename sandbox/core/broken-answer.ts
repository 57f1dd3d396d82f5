import type { FastifyReply } from 'fastify';
import type { ActiveFault } from './faults.ts';
import { shapeChange } from './shape-change.ts';
import { pause } from './webhooks.ts';

/** Never settles: the client waits until it gives up, or until the sandbox closes its socket. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** Keeps the client waiting, until the connection breaks where the fault says when. */
export async function unanswered(reply: FastifyReply, { ms }: ActiveFault, closing: AbortSignal): Promise<never> {
  if (ms !== undefined) {
    await pause(ms, closing);
    reply.raw.destroy();
  }
  return never();
}

/** More than this is more than any connector should read into memory. */
const HUGE_BYTES = 9.5 * 1024 * 1024;
const DEFAULT_DRIP_MS = 100;

/**
 * What leaves instead of the answer that a vendor's handler gave; by now the request took effect. Answers with the body
 * to send, or never when the fault has dealt with the socket itself.
 */
export async function brokenAnswer(
  fault: ActiveFault,
  reply: FastifyReply,
  payload: string | Buffer,
  closing: AbortSignal,
): Promise<string | Buffer> {
  switch (fault.kind) {
    case 'apply-then-time-out':
      return unanswered(reply, fault, closing);
    case 'cut-body':
      return cut(reply, payload);
    case 'drip':
      return drip(reply, payload, fault.ms ?? DEFAULT_DRIP_MS, closing);
    case 'wrong-content-type':
      return resized(
        reply.header('content-type', fault.contentType ?? 'text/html; charset=utf-8'),
        fault.body ?? payload,
      );
    case 'huge-body':
      // Still the same JSON: only its size is wrong. White space comes first, so that it cannot be read in part.
      return resized(reply, Buffer.concat([Buffer.alloc(HUGE_BYTES, ' '), bytesOf(payload)]));
    case 'shape-change':
      return resized(reply, shapeChange(payload.toString(), fault.hits - 1, fault.field));
    default:
      return payload; // latency, refuse, hang, status, time-out-without-applying had their turn before the handler
  }
}

const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload);

function resized(reply: FastifyReply, payload: string | Buffer): string | Buffer {
  reply.removeHeader('content-length'); // Fastify counts again
  return payload;
}

/** Promises more than it sends, then drops the connection. */
function cut(reply: FastifyReply, payload: string | Buffer): Promise<never> {
  const bytes = bytesOf(payload);
  reply.raw.writeHead(reply.statusCode, { ...headersOf(reply), 'content-length': bytes.length + 64 });
  reply.raw.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => reply.raw.destroy());
  if (bytes.length === 0) reply.raw.destroy();
  return never();
}

/** Whole and right, a byte at a time: no single wait is long. */
async function drip(reply: FastifyReply, payload: string | Buffer, ms: number, closing: AbortSignal): Promise<never> {
  const bytes = bytesOf(payload);
  reply.raw.writeHead(reply.statusCode, { ...headersOf(reply), 'content-length': bytes.length });
  reply.raw.flushHeaders();
  for (let at = 0; at < bytes.length && !reply.raw.destroyed && !closing.aborted; at += 1) {
    await pause(ms, closing);
    reply.raw.write(bytes.subarray(at, at + 1));
  }
  reply.raw.end();
  return never();
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
}

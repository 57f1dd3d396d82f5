import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Limits } from '../plugins/limits.ts';
import { HttpRefusal } from './answers.ts';

const OPENERS = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

const isOpener = (name: string): name is keyof typeof OPENERS => Object.hasOwn(OPENERS, name);

/** A media type without its parameters. */
export const essenceOf = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();

/** What most clients send, and all that is right about it. */
const USUAL = new Set(['application/json', 'application/json; charset=utf-8']);

/** Refuses, before a byte of the body is read, what the hub will not parse. @throws HttpRefusal 415 */
export function checkContentHeaders(contentType: string | undefined, contentEncoding: string | undefined): void {
  if (contentType !== undefined && contentEncoding === undefined && USUAL.has(contentType)) return;
  const essence = essenceOf(contentType ?? '');
  const [, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const utf8 = charset === undefined || /^"?utf-?8"?$/.test(charset);
  if (essence !== 'application/json' || !utf8) {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send content-type: application/json in UTF-8', {
      'accept-post': 'application/json; charset=utf-8',
    });
  }
  const encoding = contentEncoding?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && !isOpener(encoding)) {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Compress with gzip, deflate or br, or not at all', {
      'accept-encoding': 'gzip, deflate, br',
    });
  }
}

/** The body as JSON. Opens compressed ones only as far as the limit goes. @throws HttpRefusal 400, 413 */
export async function readJson(raw: Buffer, contentEncoding: string | undefined, limits: Limits): Promise<unknown> {
  const encoding = contentEncoding?.trim().toLowerCase() ?? 'identity';
  const bytes = isOpener(encoding) ? await open(raw, encoding, limits) : raw;
  const read = bytes.toString('utf8');
  const text = read.startsWith('\uFEFF') ? read.slice(1) : read; // RFC 8259, 8.1: a byte-order mark may be ignored
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpRefusal(400, 'BAD_REQUEST', 'The body is not valid JSON');
  }
}

async function open(raw: Buffer, encoding: keyof typeof OPENERS, limits: Limits): Promise<Buffer> {
  try {
    return await OPENERS[encoding](raw, { maxOutputLength: limits.bodyBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new HttpRefusal(413, 'PAYLOAD_TOO_LARGE', 'The body is too large once it is decompressed', {
        connection: 'close',
      });
    }
    throw new HttpRefusal(400, 'BAD_REQUEST', `The body is not ${encoding}`);
  }
}

/** What came was not an answer as HTTP/1.1 has it, or larger than allowed. */
export class BadResponse extends Error {
  readonly code: 'TOO_LARGE' | 'NOT_HTTP';

  constructor(code: BadResponse['code'], message: string) {
    super(message);
    this.name = 'BadResponse';
    this.code = code;
  }
}

export interface Response {
  readonly status: number;
  readonly text: string;
  /** As the header says it. */
  readonly retryAfter: string | undefined;
  /** How long the connection may lie idle; 0: it must not be used again. */
  readonly idleMs: number;
}

const NOTHING = Buffer.alloc(0);
/** Most that is set aside for a body on the word of its header alone. */
const ROOM_AHEAD_BYTES = 256 * 1024;
const HEAD_BYTES = 16 * 1024;
const MOST_HEADERS = 256;
/** Servers close idle connections after some seconds; Node after five. */
const IDLE_MS = 4_000;
const CR = 0x0d;
const LF = 0x0a;

type Body = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunks' | 'rest' };

interface Head {
  readonly status: number;
  readonly body: Body;
  readonly retryAfter: string | undefined;
  readonly idleMs: number;
}

/**
 * Reads one answer (RFC 9112) from the pieces in which it comes. Strict where leniency would let two readers disagree about
 * where an answer ends: lines end in CRLF, no folded headers, one length or chunks and never both. Trailers are dropped.
 */
export class ResponseReader {
  readonly #maxBytes: number;
  /** What came and is not used up yet. */
  #held: Buffer | undefined;
  #head: Head | undefined;
  /** Of the body; grows as a whole, so that many small chunks cost no more than few large ones. */
  #body = NOTHING;
  #bodyBytes = 0;
  /** Of the chunk that is being read; undefined: its size comes next. */
  #chunkLeft: number | undefined;
  #inTrailers = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether anything of an answer has come. */
  get hasBegun(): boolean {
    return this.#head !== undefined || this.#held !== undefined;
  }

  /**
   * The answer once it is complete. `bytes` may be overwritten afterwards. What comes after the answer makes its connection
   * unusable. @throws BadResponse
   */
  take(bytes: Buffer): Response | undefined {
    let rest = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = undefined;
    while (this.#head === undefined) {
      const end = rest.indexOf('\r\n\r\n');
      if (end > HEAD_BYTES || (end < 0 && rest.length > HEAD_BYTES))
        throw new BadResponse('NOT_HTTP', 'Its headers are too large');
      if (end < 0) {
        checkBeginning(rest);
        this.#hold(rest);
        return undefined;
      }
      const head = readHead(rest.toString('latin1', 0, end));
      rest = rest.subarray(end + 4);
      if (head === undefined) continue; // a provisional one, such as 103: the answer comes after it
      if (head.body.kind === 'length' && head.body.bytes > this.#maxBytes) throw tooLarge();
      this.#head = head;
    }
    const { body } = this.#head;
    if (body.kind === 'chunks') return this.#takeChunks(rest, this.#head);
    if (body.kind === 'length' && this.#bodyBytes === 0 && rest.length >= body.bytes) {
      return this.#end(this.#head, rest.toString('utf8', 0, body.bytes), rest.length > body.bytes);
    }
    this.#keep(rest);
    if (body.kind !== 'length' || this.#bodyBytes < body.bytes) return undefined;
    return this.#end(this.#head, this.#body.toString('utf8', 0, body.bytes), this.#bodyBytes > body.bytes);
  }

  /** The connection has ended: the answer, where that is how its end is told. */
  close(): Response | undefined {
    if (this.#head?.body.kind !== 'rest') return undefined;
    return this.#end(this.#head, this.#body.toString('utf8', 0, this.#bodyBytes), true);
  }

  #takeChunks(bytes: Buffer, head: Head): Response | undefined {
    let rest = bytes;
    for (;;) {
      if (this.#chunkLeft !== undefined) {
        const data = rest.subarray(0, this.#chunkLeft);
        this.#keep(data);
        this.#chunkLeft -= data.length;
        rest = rest.subarray(data.length);
        if (this.#chunkLeft > 0) return undefined;
        if (rest.length < 2) return this.#hold(rest);
        if (rest[0] !== CR || rest[1] !== LF) throw notHttp('a chunk is longer than it says');
        rest = rest.subarray(2);
        this.#chunkLeft = undefined;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) {
        if (rest.length > HEAD_BYTES) throw notHttp('the size of a chunk is too long');
        return this.#hold(rest);
      }
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      if (this.#inTrailers) {
        if (line !== '') continue;
        return this.#end(head, this.#body.toString('utf8', 0, this.#bodyBytes), rest.length > 0);
      }
      const size = /^([0-9a-f]{1,8})[\t ]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw notHttp('a chunk has no size');
      const bytesAhead = Number.parseInt(size, 16);
      if (this.#bodyBytes + bytesAhead > this.#maxBytes) throw tooLarge();
      if (bytesAhead === 0) this.#inTrailers = true;
      else this.#chunkLeft = bytesAhead;
    }
  }

  #end({ status, retryAfter, idleMs }: Head, text: string, more: boolean): Response {
    return { status, text, retryAfter, idleMs: more ? 0 : idleMs };
  }

  #keep(bytes: Buffer): void {
    const length = this.#bodyBytes + bytes.length;
    const { body } = this.#head ?? {};
    if (length > this.#maxBytes) throw tooLarge();
    if (length > this.#body.length) {
      const announced = body?.kind === 'length' ? body.bytes : 0;
      const room = Math.max(Math.min(announced, ROOM_AHEAD_BYTES), length * 2);
      this.#body = Buffer.concat([this.#body.subarray(0, this.#bodyBytes)], room);
    }
    bytes.copy(this.#body, this.#bodyBytes);
    this.#bodyBytes = length;
  }

  #hold(bytes: Buffer): undefined {
    if (bytes.length > 0) this.#held = Buffer.from(bytes);
  }
}

const tooLarge = () => new BadResponse('TOO_LARGE', 'The answer is larger than allowed');
const notHttp = (why: string) => new BadResponse('NOT_HTTP', `Not HTTP/1.1: ${why}`);

/** What is no HTTP is told at once, not when it has become too long. */
function checkBeginning(bytes: Buffer): void {
  const begins = bytes.toString('latin1', 0, 7);
  if (!'HTTP/1.'.startsWith(begins) || bytes.includes('\n\n')) throw notHttp('no status line');
}

/** undefined: provisional. */
function readHead(text: string): Head | undefined {
  const lines = text.split('\r\n', MOST_HEADERS + 2);
  const [, minor, digits] = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: [^\n\r]*)?$/.exec(lines[0] ?? '') ?? [];
  if (digits === undefined) throw notHttp('no status line');
  if (lines.length > MOST_HEADERS + 1) throw notHttp('too many headers');
  const status = Number(digits);
  if (status === 101) throw notHttp('another protocol');
  let length: string | undefined;
  let coding: string | undefined;
  let connection = '';
  let keepAlive = '';
  let retryAfter: string | undefined;
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const colon = line.indexOf(':');
    if (colon < 1 || line.charCodeAt(0) <= 0x20 || line.charCodeAt(colon - 1) <= 0x20 || /[\n\r\0]/.test(line)) {
      throw notHttp('a line that is no header');
    }
    if (!LENGTHS_READ.has(colon)) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-length') {
      if (length !== undefined && length !== value) throw notHttp('two lengths');
      length = value;
    } else if (name === 'transfer-encoding') coding = coding === undefined ? value : `${coding}, ${value}`;
    else if (name === 'connection') connection += `,${value.toLowerCase()}`;
    else if (name === 'keep-alive') keepAlive = value;
    else if (name === 'retry-after') retryAfter = value;
  }
  if (status < 200) return undefined;
  const body = bodyOf(status, length, coding);
  const stays = minor === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  return {
    status,
    body,
    retryAfter: status >= 400 ? retryAfter || undefined : undefined,
    idleMs: stays && body.kind !== 'rest' ? idleMsOf(keepAlive) : 0,
  };
}

/** Of the headers that are read: a line of another length of name is passed over. */
const LENGTHS_READ: ReadonlySet<number> = new Set(
  ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'retry-after'].map((name) => name.length),
);

function bodyOf(status: number, length: string | undefined, coding: string | undefined): Body {
  if (coding !== undefined) {
    if (length !== undefined) throw notHttp('a length and chunks');
    if (coding.toLowerCase() !== 'chunked') throw notHttp('an unknown transfer coding');
    return { kind: 'chunks' };
  }
  if (status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  if (length === undefined) return { kind: 'rest' };
  if (!/^\d{1,15}$/.test(length)) throw notHttp('a length that is no number');
  return { kind: 'length', bytes: Number(length) };
}

/** A second less than the server waits: its closing must not meet our next request. */
function idleMsOf(keepAlive: string): number {
  if (keepAlive === '') return IDLE_MS;
  const seconds = Number(/\btimeout=(\d{1,6})\b/.exec(keepAlive)?.[1] ?? Number.NaN);
  return Number.isNaN(seconds) ? IDLE_MS : Math.max(0, Math.min(seconds * 1_000 - 1_000, 600_000));
}

import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Response, ResponseReader } from './response-reader.ts';

/** Where the answer of one request goes. */
export interface Receiver {
  readonly maxBytes: number;
  answered(response: Response): void;
  /** @param begun whether a part of an answer had come */
  failed(cause: unknown, begun: boolean): void;
}

/** What goes into every read: what is not whole is copied out before the next one. One for all, as reads never overlap. */
const READ = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * One connection, for one request at a time. A request is one write: head and body together, as bytes of Latin-1 where that
 * says the same.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #onFree: (connection: Connection) => void;
  #receiver: Receiver | undefined;
  #reader: ResponseReader | undefined;
  #idleSince = 0;
  #idleMs = 0;

  /** @param onReady connected, or, with the cause, not */
  constructor(
    url: URL,
    options: {
      readonly connectTimeoutMs: number;
      readonly onReady: (cause?: unknown) => void;
      readonly onFree: (connection: Connection) => void;
      readonly onClose: (connection: Connection) => void;
    },
  ) {
    this.#onFree = options.onFree;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const secure = url.protocol === 'https:';
    const port = Number(url.port || (secure ? 443 : 80));
    const onread: OnReadOpts = {
      buffer: READ,
      callback: (length) => {
        this.#receive(READ.subarray(0, length));
        return true;
      },
    };
    this.#socket = secure
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ALPNProtocols: ['http/1.1'] })
      : connectTcp({ host, port, onread });
    const socket = this.#socket;
    if (secure) socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.setNoDelay(true);
    let cause: unknown;
    let ready = false;
    const late = setTimeout(() => socket.destroy(new ConnectTimeout()), options.connectTimeoutMs);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(late);
      ready = true;
      options.onReady();
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.once('end', () => {
      const response = this.#reader?.close();
      if (response !== undefined) this.#answer(response);
    });
    socket.once('close', () => {
      clearTimeout(late);
      options.onClose(this);
      const failure = cause ?? new ClosedEarly();
      if (ready) this.#fail(failure);
      else options.onReady(failure);
    });
  }

  /** Whether it may still be used; one that is likely to be closed by now is ended. */
  get isFresh(): boolean {
    if (this.#socket.writable && performance.now() - this.#idleSince < this.#idleMs) return true;
    this.#socket.destroy();
    return false;
  }

  /** Only when nothing is under way on it. */
  send(head: string, body: string, receiver: Receiver): void {
    this.#receiver = receiver;
    this.#reader = new ResponseReader(receiver.maxBytes);
    const socket = this.#socket;
    const bytes = Buffer.byteLength(body);
    socket.ref();
    if (bytes === body.length) {
      socket.write(`${head}${bytes}\r\n\r\n${body}`, 'latin1');
      return;
    }
    socket.cork();
    socket.write(`${head}${bytes}\r\n\r\n`, 'latin1');
    socket.write(body, 'utf8');
    socket.uncork();
  }

  /** Ends what is under way for this receiver, untold, and the connection with it: its answer may still come. */
  giveUp(receiver: Receiver): void {
    if (receiver !== this.#receiver) return;
    this.#receiver = undefined;
    this.#reader = undefined;
    this.#socket.destroy();
  }

  /** What is under way fails with the cause. */
  close(cause: Error): void {
    this.#socket.destroy(cause);
  }

  /** It is kept, but keeps no process alive. */
  rest(): void {
    this.#socket.unref();
  }

  #receive(bytes: Buffer): void {
    const reader = this.#reader;
    if (reader === undefined) {
      this.#socket.destroy(); // nothing was asked
      return;
    }
    try {
      const response = reader.take(bytes);
      if (response !== undefined) this.#answer(response);
    } catch (error) {
      this.#socket.destroy();
      this.#fail(error);
    }
  }

  #answer(response: Response): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#reader = undefined;
    this.#idleMs = response.idleMs;
    this.#idleSince = performance.now();
    if (response.idleMs === 0) this.#socket.destroy();
    else this.#onFree(this);
    receiver?.answered(response);
  }

  #fail(cause: unknown): void {
    const receiver = this.#receiver;
    const begun = this.#reader?.hasBegun === true;
    this.#receiver = undefined;
    this.#reader = undefined;
    receiver?.failed(cause, begun);
  }
}

/** The codes are those of undici: what they mean is told in one place for all clients (platform/http/client.ts). */
class ConnectTimeout extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT';
}
class ClosedEarly extends Error {
  readonly code = 'UND_ERR_SOCKET';
}

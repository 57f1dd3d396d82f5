import { Connection, type Receiver } from './connection.ts';

export interface PoolOptions {
  readonly url: URL;
  /** Most connections; more requests than these wait for one. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
}

/** One request, and how far it has come. */
export interface Exchange extends Receiver {
  /** As the head of a request has it, each with its line end. */
  readonly headers: string;
  readonly body: string;
}

export interface Pool {
  /** Sends a POST as soon as there is a connection. Returns how to end it: nothing of it is told afterwards. */
  post(exchange: Exchange): Pending;
  close(): void;
}

export interface Pending {
  /** Whether anything of it may have been sent. */
  readonly sent: boolean;
  giveUp(): void;
}

interface Waiting extends Pending {
  readonly exchange: Exchange;
  sent: boolean;
  over: boolean;
  on: Connection | undefined;
}

/**
 * Connections to one server, the one last used first. undici's pool does the same, and more of it than is used here, at twice
 * the CPU for each request (docs/decisions/0009-own-http-client.md).
 */
export function createPool({ url, connections: most, connectTimeoutMs }: PoolOptions): Pool {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  const queue: Waiting[] = [];
  let opening = 0;
  let closed = false;
  const start = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: keep-alive\r\n`;

  const fresh = (): Connection | undefined => {
    for (;;) {
      const connection = idle.pop();
      if (connection === undefined || connection.isFresh) return connection;
    }
  };
  const next = (): Waiting | undefined => {
    for (;;) {
      const waiting = queue.shift();
      if (waiting === undefined || !waiting.over) return waiting;
    }
  };
  const free = (connection: Connection): void => {
    const waiting = next();
    if (waiting !== undefined) send(waiting, connection);
    else {
      connection.rest();
      idle.push(connection);
    }
  };
  const send = (waiting: Waiting, connection: Connection): void => {
    const { exchange } = waiting;
    waiting.on = connection;
    waiting.sent = true;
    connection.send(`${start}${exchange.headers}content-length: `, exchange.body, exchange);
  };
  const open = (): void => {
    if (closed || all.size >= most || opening >= queue.length) return;
    opening += 1;
    let settled = false;
    const connection = new Connection(url, {
      connectTimeoutMs,
      onReady(cause) {
        if (settled) return;
        settled = true;
        opening -= 1;
        if (cause === undefined) free(connection);
        else next()?.exchange.failed(cause, false); // each that waits has caused one attempt
      },
      onFree: free,
      onClose() {
        all.delete(connection);
        const at = idle.indexOf(connection);
        if (at >= 0) idle.splice(at, 1);
        setImmediate(open); // for who waited for it
      },
    });
    all.add(connection);
  };

  return {
    post(exchange) {
      const waiting: Waiting = {
        exchange,
        sent: false,
        over: false,
        on: undefined,
        giveUp() {
          waiting.over = true;
          waiting.on?.giveUp(exchange);
        },
      };
      const connection = fresh();
      if (connection !== undefined) send(waiting, connection);
      else {
        queue.push(waiting);
        open();
      }
      return waiting;
    },
    close() {
      closed = true;
      const cause = Object.assign(new Error('The client is closed'), { code: 'UND_ERR_DESTROYED' });
      for (const connection of all) connection.close(cause);
      for (let waiting = next(); waiting !== undefined; waiting = next()) waiting.exchange.failed(cause, false);
    },
  };
}

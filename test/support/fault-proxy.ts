import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server on which trouble can be made. */
export interface FaultProxy {
  readonly port: number;
  /** From now on nothing passes in either direction, on connections that are there and on new ones; nobody is told. */
  freeze(): void;
  /** Lets what was held back pass, and all after it. */
  thaw(): void;
  /** What is sent to the server still reaches it, but none of its answers comes back. */
  hush(): void;
  /** Cuts every connection, and refuses new ones until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

/** Stands in front of `target`, on loopback. */
export async function faultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const answering = new Set<Socket>();
  let state: 'passing' | 'frozen' | 'refusing' = 'passing';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // the other end tells its user
    socket.once('close', () => sockets.delete(socket));
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((from) => {
    keep(from);
    if (state === 'refusing') {
      from.destroy();
      return;
    }
    const to = connect(target.port, target.host);
    keep(to);
    answering.add(to);
    to.once('close', () => answering.delete(to));
    for (const [source, sink] of [
      [from, to],
      [to, from],
    ] as const) {
      source.on('data', (chunk) => sink.write(chunk));
      source.once('end', () => sink.end());
      source.once('close', () => sink.destroy());
      if (state === 'frozen') source.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP
    freeze() {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    hush() {
      for (const socket of answering) socket.pause();
    },
    thaw() {
      state = 'passing';
      for (const socket of sockets) socket.resume();
    },
    refuse() {
      state = 'refusing';
      cut();
    },
    accept() {
      state = 'passing';
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

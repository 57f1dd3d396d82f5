import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { EventStream } from './event-stream.ts';

const PREFIX = 'concord.events';
const WITHIN_MS = 5_000;
/** In nanoseconds, as JetStream takes it. */
const DEDUPLICATED_FOR = 3_600_000 * 1e6;
const JETSTREAM_NO_STREAM = 10059;

/**
 * A NATS JetStream stream: the subject is `concord.events.<event>.<customer>`, the message the CloudEvent as JSON, and
 * `Nats-Msg-Id` the event's id, by which JetStream itself drops what comes twice within an hour. A stream that is not there is
 * made; one that is there stays as it is.
 */
export function natsStream(about: { readonly url: string; readonly stream: string }): EventStream {
  let connected: Promise<{ connection: NatsConnection; client: JetStreamClient }> | null = null;

  async function connect() {
    const [{ connect: open }, { jetstream, jetstreamManager, JetStreamApiError }] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ]);
    const { username, password, protocol, host } = new URL(about.url);
    const connection = await open({
      servers: `${protocol}//${host}`,
      ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
      name: 'concord',
      timeout: WITHIN_MS,
      reconnect: false, // connected anew by the next batch
    });
    try {
      const { streams } = await jetstreamManager(connection, { timeout: WITHIN_MS });
      await streams.info(about.stream).catch((error: unknown) => {
        if (!(error instanceof JetStreamApiError) || error.code !== JETSTREAM_NO_STREAM) throw error;
        return streams.add({
          name: about.stream,
          subjects: [`${PREFIX}.>`],
          duplicate_window: DEDUPLICATED_FOR,
        });
      });
      return { connection, client: jetstream(connection, { timeout: WITHIN_MS }) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  const close = async (): Promise<void> => {
    const last = connected;
    connected = null;
    await last?.then(({ connection }) => connection.close()).catch(() => {}); // it was never open
  };

  return {
    name: `nats:${about.stream}`,
    async add(events) {
      connected ??= connect();
      try {
        const { client } = await connected;
        // Each is acknowledged before the next: one that failed could else only follow later ones.
        for (const { name, event } of events) {
          const subject = `${PREFIX}.${name}.${token(event.data.customerId)}`;
          await client.publish(subject, JSON.stringify(event), {
            msgID: event.id,
            expect: { streamName: about.stream },
          });
        }
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}

/** As a part of a subject may be written; what is about no customer: `none`. */
const token = (customerId: unknown): string =>
  typeof customerId === 'string' && customerId !== '' ? customerId.replace(/[^\w-]/g, '_') : 'none';

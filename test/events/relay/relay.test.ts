import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { sql } from 'kysely';
import { eventStreams } from '../../../events/relay/config.ts';
import type { EventStream } from '../../../events/relay/event-stream.ts';
import { migrateRelay, openRelay, relayOnce } from '../../../events/relay/relay.ts';
import { ConfigError } from '../../../platform/config.ts';
import { silentLog } from '../../../platform/log.ts';
import type { CloudEvent } from '../../../platform/outbox/cloud-event.ts';
import { eventually } from '../../support/hub.ts';
import { natsMissing, startNats } from '../../support/nats.ts';
import { redisMissing, startRedis } from '../../support/redis.ts';
import { openWorld, type World } from '../deliver/world.ts';

let world: World;
before(async () => {
  world = await openWorld();
  await migrateRelay(world.pool);
});
const about = () => ({ db: world.pool, process: 'test', clock: world.clock });
const only = (env: Record<string, string>): EventStream => {
  const [stream, ...more] = eventStreams(env);
  assert.ok(stream !== undefined && more.length === 0);
  return stream;
};
const relayAll = async (stream: EventStream) => {
  while ((await relayOnce(stream, about())) > 0);
};
/** As if the process had died between adding events and noting that. */
const forgetNote = (stream: EventStream) =>
  sql`update relay.stream set position = greatest(0, position - 2) where name = ${stream.name}`.execute(world.db);
const tell = async (...customers: readonly string[]) => {
  const ids: string[] = [];
  for (const customer of customers) ids.push(await world.tell(customer));
  return ids;
};

test('streams are those whose address is set, and what is wrong is named', () => {
  assert.deepEqual(eventStreams({}), []);
  assert.throws(
    () => eventStreams({ EVENTS_REDIS_URL: 'http://x', EVENTS_NATS_URL: 'redis://x', EVENTS_NATS_STREAM: 'a b' }),
    (error: unknown) => error instanceof ConfigError && error.problems.length === 3,
  );
});

describe('a Redis stream', { skip: redisMissing }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let stream: EventStream;
  before(async () => {
    redis = await startRedis();
    stream = only({ EVENTS_REDIS_URL: redis.url, EVENTS_REDIS_STREAM: 'ours' });
  });
  after(async () => {
    await stream.close();
    await redis.close();
  });
  const entries = async () => {
    const client = new Redis(redis.url);
    const found = await client.xrange('ours', '-', '+');
    client.disconnect();
    return found.map(([, fields]) =>
      Object.fromEntries(fields.flatMap((name, at) => (at % 2 ? [] : [[name, fields[at + 1]]]))),
    );
  };

  test('it is told every event in order, goes on where it stopped, and what comes twice bears the same id', async () => {
    const first = await tell('C-1', 'C-2', 'C-1');
    await relayAll(stream);
    const told = await entries();
    assert.deepEqual(
      told.map(({ id }) => id),
      first,
    );
    const event = JSON.parse(told[0]?.event ?? '') as CloudEvent;
    assert.deepEqual(
      [event.specversion, event.id, event.orderkey, told[0]?.type],
      ['1.0', first[0], 'customer:C-1', event.type],
    );

    await forgetNote(stream);
    const more = await tell('C-3');
    await relayAll(stream);
    const ids = (await entries()).map(({ id }) => id);
    assert.deepEqual(ids, [...first, ...first.slice(1), ...more]);
  });

  test('while Redis is away events wait, and none is missed when it is back', async () => {
    await redis.kill();
    const ids = await tell('C-1', 'C-1');
    await assert.rejects(relayOnce(stream, about()));
    await redis.start();
    const later = await tell('C-1');
    await relayAll(stream);
    assert.deepEqual(
      (await entries()).map(({ id }) => id),
      [...ids, ...later],
    );
  });

  test('two processes at once tell it each event once', async () => {
    const before = (await entries()).length;
    const ids = await tell(...Array.from({ length: 30 }, (_, nr) => `C-${nr % 3}`));
    const second = only({ EVENTS_REDIS_URL: redis.url, EVENTS_REDIS_STREAM: 'ours' });
    const relays = await Promise.all(
      [stream, second].map((one, nr) =>
        openRelay({ ...about(), process: `test-${nr}`, streams: [one], log: silentLog }),
      ),
    );
    await eventually('all are there', async () => (await entries()).length >= before + 30);
    await Promise.all(relays.map((relay) => relay.close()));
    assert.deepEqual(
      (await entries()).slice(before).map(({ id }) => id),
      ids,
    );
  });
});

describe('a NATS JetStream stream', { skip: natsMissing }, () => {
  let nats: Awaited<ReturnType<typeof startNats>>;
  let stream: EventStream;
  before(async () => {
    nats = await startNats();
    stream = only({ EVENTS_NATS_URL: nats.url });
  });
  after(async () => {
    await stream?.close();
    await nats?.close();
  });
  const messages = async (filter?: string) => {
    const connection = await connect({ servers: nats.url });
    const consumer = await jetstream(connection).consumers.get('CONCORD', {
      deliver_policy: DeliverPolicy.All,
      ...(filter === undefined ? {} : { filter_subjects: filter }),
    });
    const found: { subject: string; event: CloudEvent; id: string | undefined }[] = [];
    const { num_pending: pending } = await consumer.info();
    if (pending > 0) {
      for await (const message of await consumer.fetch({ max_messages: pending, expires: 2_000 })) {
        found.push({ subject: message.subject, event: message.json(), id: message.headers?.get('Nats-Msg-Id') });
        if (found.length === pending) break;
      }
    }
    await connection.close();
    return found;
  };

  test('it is told every event in order and once, also after a crash, and by customer', async () => {
    await relayAll(stream);
    const had = (await messages()).length;
    const ids = await tell('C-1', 'C.2 x', 'C-1');
    await relayAll(stream);
    const told = (await messages()).slice(had);
    assert.deepEqual(
      told.map(({ id, event }) => [id, event.id]),
      ids.map((id) => [id, id]),
    );
    assert.deepEqual(
      told.map(({ subject }) => subject),
      ['C-1', 'C_2_x', 'C-1'].map((customer) => `concord.events.CustomerChanged.${customer}`),
    );
    await forgetNote(stream);
    const more = await tell('C-1');
    await relayAll(stream);
    assert.deepEqual(
      (await messages()).slice(had).map(({ id }) => id),
      [...ids, ...more],
    );
    assert.ok((await messages('concord.events.*.C_2_x')).every(({ event }) => event.subject === 'customer/C.2 x'));
  });

  test('while NATS is away events wait, and none is missed when it is back', async () => {
    const had = (await messages()).length;
    await nats.kill();
    const ids = await tell('C-1', 'C-1');
    await assert.rejects(relayOnce(stream, about()));
    await nats.start();
    await relayAll(stream);
    assert.deepEqual(
      (await messages()).slice(had).map(({ id }) => id),
      ids,
    );
  });
});

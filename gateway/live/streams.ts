import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Changes } from '../../platform/changes/changes.ts';
import type { Logger } from '../../platform/log.ts';
import { answerType } from '../http/accept.ts';
import { type Answered, answerOfRefusal, HttpRefusal, refusalFor } from '../http/answers.ts';
import type { Asked } from '../http/server.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { createAlarm, follow, type Pace, type Told } from './follow.ts';
import { createStreamPlaces, type StreamLimits } from './stream-places.ts';

export interface LiveSettings extends StreamLimits, Pace {
  readonly heartbeatMs: number;
  readonly stallMs: number;
}

/** Asks the query behind a stream once; before it, `listen` hears of the changes of the topics that it names. */
export type Ask = (listen: (topics: readonly string[]) => Promise<void>, gone: AbortSignal) => Promise<Told>;

export interface Streams {
  /**
   * Answers in events, and resolves with null when the last is sent; where the first answer is an error, or the caller would
   * rather have JSON and nothing follows, with that. @throws HttpRefusal
   */
  serve(asked: Asked, reply: FastifyReply, ask: Ask): Promise<Answered | null>;
  /** Cuts every stream: its client comes again, and finds another process. */
  close(): Promise<void>;
}

export interface StreamsOptions {
  readonly settings: LiveSettings;
  /** null: no subscription is offered, so nothing is listened to. */
  readonly changes: Changes | null;
  readonly log: Logger;
}

const SHUTDOWN = new Error('The hub is shutting down');
const LEFT = new Error('The client has left');

export function createStreams({ settings, changes, log }: StreamsOptions): Streams {
  const places = createStreamPlaces(settings);
  const open = new Map<AbortController, Promise<unknown>>();
  let closing = false;

  /** From the first answer on, until nobody listens or nothing more comes. Never rejects. */
  async function stream(asked: Asked, events: EventStream, first: Told, ask: () => Promise<Told>, rest: Rest) {
    const { alarm, gone } = rest;
    const again = () => ask().catch((error: unknown) => refused(asked, error));
    await follow(first, { ask: again, events, alarm, gone, pace: settings });
    if (asked.ended?.refusal) {
      const { answered } = refused(asked, asked.ended.refusal);
      await events.next(answered.text);
      events.complete();
    } else if (gone.aborted) events.cut();
  }

  function refused({ correlationId }: Asked, error: unknown): Told {
    const refusal = refusalFor(error);
    if (refusal.status === 500) log.error({ err: error, correlationId }, 'A live answer failed');
    const answered = { ...answerOfRefusal(undefined, refusal, correlationId), headers: refusal.headers };
    return { answered, shownAs: null, tellsEnd: false };
  }

  return {
    async serve(asked, reply, ask) {
      if (closing)
        throw new HttpRefusal(503, 'UNAVAILABLE', 'The hub is shutting down; ask again', { 'retry-after': '1' });
      const leave = places.take(asked.principal.id);
      const over = new AbortController();
      const { raw } = reply;
      raw.once('close', () => over.abort(LEFT));
      asked.ended?.listen((refusal) => over.abort(refusal));
      over.signal.addEventListener('abort', () => {
        if (raw.writableNeedDrain) raw.destroy(); // who takes nothing is told nothing
      });
      const alarm = createAlarm();
      const ears = createEars(changes, alarm.ring, log);
      const askOnce = () => ask(ears.listen, over.signal);
      const ended = Promise.withResolvers<void>();
      open.set(over, ended.promise);
      try {
        const first = await askOnce();
        const asJson = first.shownAs === null && answerType(asked.request.headers.accept) !== undefined;
        if (first.answered.status !== 200 || asJson) return first.answered;
        asked.stay();
        const headers = { ...reply.getHeaders(), ...first.answered.headers } as OutgoingHttpHeaders; // none is undefined
        reply.hijack();
        const { heartbeatMs, stallMs } = settings;
        const events = openEventStream(raw, { headers, heartbeatMs, stallMs });
        await stream(asked, events, first, askOnce, { alarm, gone: over.signal });
        return null;
      } finally {
        ears.close();
        leave();
        open.delete(over);
        ended.resolve();
      }
    },
    async close() {
      closing = true;
      const all = [...open.values()];
      for (const over of open.keys()) over.abort(SHUTDOWN);
      await Promise.all(all);
    },
  };
}

type Rest = { readonly alarm: ReturnType<typeof createAlarm>; readonly gone: AbortSignal };

/** Listens to the topics that were named last; another graph may name others. */
function createEars(changes: Changes | null, heard: () => void, log: Logger) {
  let named = '';
  let stop = (): void => {};
  let closed = false;
  return {
    async listen(topics: readonly string[]): Promise<void> {
      if (changes === null || topics.join(' ') === named) return;
      stop();
      stop = () => {};
      named = '';
      stop = await changes.listen(topics, heard).catch((error: unknown) => {
        log.error({ err: error }, 'Changes cannot be heard of');
        throw new HttpRefusal(503, 'UNAVAILABLE', 'Changes cannot be heard of at the moment; ask again', {
          'retry-after': '2',
        });
      });
      named = topics.join(' ');
      if (closed) stop();
    },
    close(): void {
      closed = true;
      stop();
    },
  };
}

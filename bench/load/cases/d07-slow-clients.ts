import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CUSTOMER_360 } from '../../../test/graph/behaviours/queries.ts';
import { arrivals, steady } from '../arrivals.ts';
import { drive } from '../drive.ts';
import { answered, figuresOfAnswers, timesAsLong } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { figuresOf, meterHub } from '../hub-meter.ts';
import type { LoadCase } from '../load-case.ts';
import { read360, soundCustomers } from '../reads.ts';

const PLANS = {
  FULL: { customers: 500, warmUp: 10, seconds: 60, perSecond: 60, slow: 200, warm: 200 },
  SHORT: { customers: 200, warmUp: 1, seconds: 3, perSecond: 10, slow: 20, warm: 40 },
} as const;
const BYTES_PER_SECOND = 1_024;
/** Eight seconds of writing: within what the hub allows for a body. */
const ONE_TAKES_MS = 8_000;
const PADDING = ' '.repeat((ONE_TAKES_MS / 1_000) * BYTES_PER_SECOND);

/** Clients on bad lines, half of whom send slowly and half of whom read slowly, beside others. */
export const slowClients: LoadCase = {
  id: 'D07',
  title: 'Slow clients: 200 at 1 KB/s beside 60 reads/s',
  ground: (length) => ({ customers: PLANS[length].customers }),
  async run(ground, length) {
    const { warmUp, seconds, perSecond, slow, warm } = PLANS[length];
    const known = soundCustomers(ground.world).slice(0, warm);
    const reads = async (seed: number) =>
      answered(
        await drive(arrivals([steady(perSecond, warmUp), steady(perSecond, seconds)], seed), (nr) =>
          read360(ground, known[nr % known.length]?.hubId ?? ''),
        ),
        warmUp * 1_000,
      );
    // The heap of a hub that has just started grows for a while, whoever asks: what is compared are two stretches after that.
    await reads(3);
    const usedAlone = await meterHub(ground);
    const alone = await reads(1);
    const useAlone = await usedAlone();
    const used = await meterHub(ground);
    const over = new AbortController();
    const crawling = Array.from({ length: slow }, (_, nr) =>
      crawl(ground, known[nr % known.length]?.hubId ?? '', {
        slowly: nr % 2 === 0 ? 'SENDS' : 'READS',
        afterMs: (nr / slow) * ONE_TAKES_MS,
        over: over.signal,
      }),
    );
    const beside = await reads(2);
    const use = await used();
    over.abort();
    const served = (await Promise.all(crawling)).reduce((sum, one) => sum + one, 0);
    return {
      bars: [
        {
          name: 'reads p95 beside slow clients, of that alone',
          value: timesAsLong(beside.p95Ms, alone.p95Ms),
          unit: 'x',
          atMost: 1.5,
          of: 'time',
        },
        {
          name: 'peak memory beside slow clients, more than alone',
          value: use.peakMb - useAlone.peakMb,
          unit: 'MB',
          atMost: 150,
          of: 'time',
        },
        { name: 'errors', value: beside.asked - beside.right, unit: '', atMost: 0, of: 'truth' },
        { name: 'answers to slow clients', value: served, unit: '', atLeast: 1, of: 'truth' },
      ],
      figures: {
        ...figuresOfAnswers('reads alone', alone),
        ...figuresOfAnswers('reads beside slow clients', beside),
        'peak memory of the hub alone (MB)': useAlone.peakMb,
        ...figuresOf(use, beside.asked),
      },
      notes: [alone.firstWrong, beside.firstWrong].filter((note) => note !== null),
    };
  },
};

interface Crawl {
  readonly slowly: 'SENDS' | 'READS';
  /** Each begins at another time: a hundred who step in one time would be a burst, which is another case. */
  readonly afterMs: number;
  readonly over: AbortSignal;
}

/** Asks again and again over a line of 1 KB/s until it is over. Answers how often it was answered with 200. */
async function crawl(ground: Ground, id: string, { slowly, afterMs, over }: Crawl): Promise<number> {
  let served = 0;
  await sleep(afterMs);
  while (!over.aborted) if (await once(ground, id, slowly, over)) served += 1;
  return served;
}

function once({ client }: Ground, id: string, slowly: 'SENDS' | 'READS', over: AbortSignal): Promise<boolean> {
  const { hostname, port } = new URL(client.url);
  const padding = slowly === 'SENDS' ? PADDING : '';
  // Who sends slowly asks for little: it is the waiting that is tried, not more reads beside the steady ones.
  const asked = slowly === 'SENDS' ? { query: '{ __typename }' } : { query: CUSTOMER_360, variables: { id } };
  const body = `${padding}${JSON.stringify(asked)}`;
  const head = [
    'POST /graphql HTTP/1.1',
    `host: ${hostname}:${port}`,
    'content-type: application/json',
    `authorization: Bearer ${client.keyOf('operator')}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ].join('\r\n');
  const text = `${head}\r\n\r\n${body}`;
  const socket = connect(Number(port), hostname);
  const end = () => socket.destroy();
  over.addEventListener('abort', end, { once: true });
  let said = '';
  if (slowly === 'READS') drip(socket, (chunk) => (said += chunk));
  else socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  socket.on('connect', () => void (slowly === 'SENDS' ? trickle(socket, text) : socket.write(text)));
  socket.on('error', () => {}); // it was cut off: by the hub, or because the run is over
  return new Promise((resolve) => {
    socket.on('close', () => {
      over.removeEventListener('abort', end);
      resolve(said.startsWith('HTTP/1.1 200'));
    });
  });
}

/** Writes a kilobyte each second. */
async function trickle(socket: Socket, text: string): Promise<void> {
  for (let at = 0; at < text.length && !socket.destroyed; at += BYTES_PER_SECOND) {
    socket.write(text.slice(at, at + BYTES_PER_SECOND));
    await sleep(1_000);
  }
}

/** Reads a kilobyte each second. */
function drip(socket: Socket, heard: (text: string) => void): void {
  const timer = setInterval(() => {
    const chunk = socket.read(BYTES_PER_SECOND) ?? socket.read();
    if (chunk !== null) heard((chunk as Buffer).toString('latin1'));
  }, 1_000);
  socket.on('readable', () => {});
  socket.once('close', () => clearInterval(timer));
}

import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { request } from 'undici';
import { isUrl } from './flags.ts';

/** Where a supergraph comes from, looked at again and again. */
export interface SupergraphSource {
  /** A file or a URL, for operators. */
  readonly place: string;
  /** Its text; null: the same as when it was last read. @throws Error that says why it cannot be had */
  read(): Promise<string | null>;
}

const MOST_BYTES = 16 * 1024 * 1024;
const FETCH_WITHIN_MS = 10_000;

export const sourceOf = (place: string): SupergraphSource => (isUrl(place) ? urlSource(place) : fileSource(place));

function fileSource(place: string): SupergraphSource {
  const isNew = createMemory();
  let seen = '';

  const lookOf = async (): Promise<string> => {
    const { mtimeNs, size, ino } = await stat(place, { bigint: true });
    if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    return `${mtimeNs} ${size} ${ino}`;
  };
  return {
    place,
    async read() {
      const look = await lookOf();
      if (look === seen) return null;
      await using file = await open(place);
      const text = await file.readFile('utf8');
      // Written while it was read: half a file may be a graph too. The next look finds it finished.
      if ((await lookOf()) !== look) throw new Error('it is being written');
      seen = look;
      return isNew(text) ? text : null;
    },
  };
}

function urlSource(place: string): SupergraphSource {
  const isNew = createMemory();
  let tag: string | undefined;

  return {
    place,
    async read() {
      const { statusCode, headers, body } = await request(place, {
        headers: {
          accept: 'text/plain, application/graphql, */*;q=0.1',
          ...(tag === undefined ? {} : { 'if-none-match': tag }),
        },
        signal: AbortSignal.timeout(FETCH_WITHIN_MS),
      });
      if (statusCode !== 200) {
        await body.dump();
        if (statusCode === 304) return null;
        const to = statusCode >= 300 && statusCode < 400 ? '; redirects are not followed, name the last address' : '';
        throw new Error(`it answered with status ${statusCode}${to}`);
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      tag = typeof headers.etag === 'string' ? headers.etag : undefined;
      return isNew(text) ? text : null;
    },
  };
}

/** Whether a text is another than the one before; keeps its hash, not the text. */
function createMemory(): (text: string) => boolean {
  let last = '';
  return (text) => {
    const hash = createHash('sha256').update(text).digest('base64');
    if (hash === last) return false;
    last = hash;
    return true;
  };
}

import { createHash } from 'node:crypto';
import { stripIgnoredCharacters } from 'graphql';

/** An operation that a client team has registered. */
export interface RegisteredOperation {
  /** What the client sends in place of the text; most tools make it the SHA-256 of the text. */
  readonly id: string;
  /** The name of the operation in the text. */
  readonly name: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  /** The text that runs; also where a caller sent it in other spacing. */
  readonly body: string;
}

/** The safelist: what callers who may not send documents of their own may ask. */
export interface Registry {
  readonly all: readonly RegisteredOperation[];
  /** By its id, or by the SHA-256 of its text. */
  withId(id: string): RegisteredOperation | undefined;
  /** By its text; spacing, commas and comments do not count. */
  withText(text: string): RegisteredOperation | undefined;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Longer texts are looked up as they are: reading them for their spacing is work that a stranger could ask for. */
const LONGEST_RESPACED = 64 * 1024;

/** The ids of an operation must be its own (manifest.ts judges that). */
export function createRegistry(operations: readonly RegisteredOperation[]): Registry {
  const byId = new Map<string, RegisteredOperation>();
  const bySpacelessText = new Map<string, RegisteredOperation>();
  for (const operation of operations) {
    byId.set(sha256(operation.body), operation);
    bySpacelessText.set(stripIgnoredCharacters(operation.body), operation);
  }
  for (const operation of operations) byId.set(operation.id, operation); // the id that a team chose comes first
  return {
    all: operations,
    withId: (id) => byId.get(id),
    withText(text) {
      const exact = byId.get(sha256(text));
      if (exact?.body === text) return exact;
      if (text.length > LONGEST_RESPACED || operations.length === 0) return undefined;
      try {
        return bySpacelessText.get(stripIgnoredCharacters(text));
      } catch {
        return undefined; // it cannot be read: no registered text is like that
      }
    },
  };
}

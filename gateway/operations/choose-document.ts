import type { Principal } from '../../platform/principal.ts';
import { HttpRefusal } from '../http/answers.ts';
import type { Envelope } from '../http/envelope.ts';
import type { KeptTexts } from './kept-texts.ts';
import { type Registry, sha256 } from './registry.ts';

/** `registered`: callers may run registered operations only. */
export type OperationsMode = 'free' | 'registered';

/** Which document a request means. */
export interface ChosenDocument {
  readonly text: string;
  /** To be called once the text has been parsed and validated, and not before: then it may be asked for by its hash. */
  accepted(): void;
}

export interface DocumentChoice {
  /** @throws HttpRefusal when the caller may not run it, or there is none */
  choose(envelope: Envelope, principal: Pick<Principal, 'operations'>, graph: string): Promise<ChosenDocument>;
}

export interface DocumentChoiceOptions {
  /** For every caller; a key that is `registered` stays so where this is `free`. */
  readonly mode: OperationsMode;
  readonly registry: Registry;
  readonly kept: KeptTexts;
}

const nothing = (): void => {};

/**
 * Finds the text of a request that sends an id in place of it, or beside it.
 *
 * Apollo Server can do automatic persisted queries too, and does not here, for three reasons. It finds the text only after
 * our limits had to judge it (documents.ts); it would keep what any caller sends, also one who may only run registered
 * operations; and one id means one thing whether it is registered or was kept automatically.
 */
export function createDocumentChoice({ mode, registry, kept }: DocumentChoiceOptions): DocumentChoice {
  const registered = (id: string) => registry.withId(id) ?? registry.withId(hashIn(id));

  return {
    async choose({ query, documentId: id }, principal, graph) {
      if (mode === 'registered' || principal.operations === 'registered') {
        if (query !== undefined && id !== undefined) {
          throw new HttpRefusal(400, 'BAD_REQUEST', 'Send the id of a registered operation without a text beside it');
        }
        const operation = id === undefined ? registry.withText(query ?? '') : registered(id);
        if (operation === undefined) throw notRegistered(id);
        return { text: operation.body, accepted: nothing };
      }
      if (id === undefined) return { text: query ?? '', accepted: nothing };

      const operation = registered(id);
      const hash = hashIn(id);
      if (query === undefined) {
        const text = operation?.body ?? (await kept.get(graph, hash));
        if (text === undefined) throw notFound();
        return { text, accepted: nothing };
      }
      if (operation?.body === query) return { text: query, accepted: nothing };
      if (sha256(query) !== hash) {
        throw new HttpRefusal(
          400,
          'PERSISTED_QUERY_HASH_MISMATCH',
          'The id is not the SHA-256 of the text in `query`, in small hexadecimal digits',
        );
      }
      return { text: query, accepted: () => kept.keep(graph, hash, query) };
    },
  };
}

/** GraphQL over HTTP writes `sha256:<hash>` in `documentId`, the protocol of automatic persisted queries the hash alone. */
const hashIn = (id: string): string => (id.startsWith('sha256:') ? id.slice('sha256:'.length) : id);

/**
 * Clients know it by the message or the code, and many read neither unless the status is 200; so it is 200 in both media
 * types, against the letter of GraphQL over HTTP for application/graphql-response+json.
 */
const notFound = () => new HttpRefusal(200, 'PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');

const notRegistered = (id: string | undefined) =>
  new HttpRefusal(
    403,
    'QUERY_NOT_IN_SAFELIST',
    id === undefined
      ? 'Your key may run registered operations only, and this text is none of them; have it registered, or send the id of one'
      : 'Your key may run registered operations only, and none has this id; have it registered',
  );

import { rowsBeyond } from '../../platform/keys/beyond.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import type { Principal } from '../../platform/principal.ts';
import { HttpRefusal } from '../http/answers.ts';

/** Gives an operator the sight of a key. @throws HttpRefusal 400 for an unknown key, 403 for who may not */
export type SeenAs = (asker: Principal, keyId: string) => Promise<Principal>;

/**
 * The operator himself, with the scopes, rows and masks of a key: it is he who is audited and who spends, and nothing can
 * be changed so. Nobody sees more through another's key than by his own.
 */
export const seenAs =
  (keys: Pick<KeyStore, 'show'>): SeenAs =>
  async (asker, keyId) => {
    if (!asker.scopes.includes('operate'))
      throw new HttpRefusal(403, 'FORBIDDEN', 'Only operators explain as another key');
    const key = await keys.show(keyId);
    if (key === null) {
      throw new HttpRefusal(
        400,
        'BAD_USER_INPUT',
        '`extensions.as` must be the id of a key; `hub keys list` tells them',
      );
    }
    const { scopes, rows, unmasked, actsFor } = key;
    const more = [
      ...scopes.filter((scope) => !asker.scopes.includes(scope)),
      ...unmasked.filter((one) => !asker.unmasked.includes(one)),
      ...rowsBeyond(rows, asker.rows).map(({ field }) => field),
    ];
    if (more.length > 0) {
      throw new HttpRefusal(403, 'FORBIDDEN', `This key sees more than you do: ${more.join(', ')}`);
    }
    return { ...asker, scopes, rows, unmasked, actsFor, acts: {} };
  };

/** Where there are no keys. */
export const noSight: SeenAs = () =>
  Promise.reject(new HttpRefusal(400, 'BAD_USER_INPUT', 'This gateway has no keys; leave `extensions.as` out'));

/** The key as which a request is to be explained; undefined: none. */
export function explainedAs(extensions: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (extensions?.explain !== true || extensions.as === undefined) return undefined;
  if (typeof extensions.as === 'string') return extensions.as;
  throw new HttpRefusal(400, 'BAD_USER_INPUT', '`extensions.as` must be the id of a key');
}

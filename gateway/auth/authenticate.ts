import { KEY_TRACE } from '../../platform/keys/key-format.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import type { Authenticate } from '../../platform/keys/verdict.ts';
import type { Tokens } from './tokens.ts';

/** Judges keys and tokens, told apart by their form. @param tokens null: none are taken */
export function authenticating(keys: Pick<KeyStore, 'verify'>, tokens: Tokens | null): Authenticate {
  return (credential, address) => {
    if (KEY_TRACE.test(credential)) return keys.verify(credential, address);
    return tokens === null || !isTokenFormed(credential) ? Promise.resolve(null) : tokens.verify(credential);
  };
}

/** Three parts of base64url; the first is a JSON object, and so begins with `{"`. */
const isTokenFormed = (text: string): boolean => /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

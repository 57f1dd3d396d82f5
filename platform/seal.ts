import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { HubError } from './errors.ts';

/** Keeps what the hub must be able to read again, such as a secret by which it signs, so that a copy of the database tells nothing. */
export interface Seal {
  /** @param of whose it is: sealed text that is moved to another owner cannot be read */
  close(text: string, of: string): string;
  /** @throws CREDENTIAL where another key sealed it, or it was changed */
  open(sealed: string, of: string): string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM. @param secret any text that is long enough to be a secret; the same in all processes that share the database */
export function createSeal(secret: string, variable: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'concord.seal', 32));
  return {
    close(text, of) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(of));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(sealed, of) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(of))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new HubError('CREDENTIAL', `${variable} is not the one by which this secret was kept`, { cause });
      }
    },
  };
}

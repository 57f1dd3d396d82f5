import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * A key reads `cnc_<env>_<id>_<secret><checksum>`: a prefix that secret scanners find, the id by which people speak of it,
 * 190 bits of secret, and a checksum, so that a mistyped key is refused before the store is asked.
 */
export interface PresentedKey {
  readonly id: string;
  /** SHA-256 of the whole key: what is stored and compared. One round is enough, the secret cannot be guessed. */
  readonly hash: Buffer;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const KEY = new RegExp(
  `^(cnc_[a-z]{2,12}_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

export const isKeyEnv = (text: string): boolean => /^[a-z]{2,12}$/.test(text);

/** What looks like a key of the hub, wherever it stands. */
export const KEY_TRACE = /cnc_[a-z]{2,12}_[0-9A-Za-z]{12}_/;

/**
 * @param env two to twelve lower-case letters that tell keys of different hubs apart. Example: `live`.
 * @param id of the key that gets another secret. Default: a new one
 */
export function newKey(env: string, id: string = randomText(ID_LENGTH)): { key: string; id: string; hash: Buffer } {
  const body = `cnc_${env}_${id}_${randomText(SECRET_LENGTH)}`;
  const key = body + checksum(body);
  return { key, id, hash: hashOf(key) };
}

/** Reads a key as it was presented; `null` when it is none, or mistyped. */
export function readKey(presented: string): PresentedKey | null {
  const [, body, id, sum] = KEY.exec(presented) ?? [];
  if (body === undefined || id === undefined || checksum(body) !== sum) return null;
  return { id, hash: hashOf(presented) };
}

const hashOf = (key: string): Buffer => hash('sha256', key, 'buffer');

const randomText = (length: number): string =>
  Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');

function checksum(body: string): string {
  let text = '';
  for (let rest = crc32(body); text.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62)) {
    text = BASE62.charAt(rest % 62) + text;
  }
  return text;
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Header that proves the gateway sent the request; both sides write and read it here. */
export const SIGNATURE_HEADER = 'x-concord-signature';

/** A signature older, or further ahead, than this is refused: a replay, or a clock that is off. */
export const SIGNATURE_WINDOW_SECONDS = 60;

/** What a signature covers: this body, with this call header, for this subgraph, now. */
export interface Signed {
  readonly secret: string;
  readonly subgraph: string;
  readonly body: string | Uint8Array;
  /** The value of the call header: who asks and until when must not be changed on the way either. */
  readonly callHeader: string;
}

/** The value of the signature header: `t=<unix seconds>,v1=<hex HMAC-SHA256>`. */
export function sign(signed: Signed, nowMs: number): string {
  const t = Math.floor(nowMs / 1_000);
  return `t=${t},v1=${digest(signed, t).toString('hex')}`;
}

const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/** Whether the header was made with this secret, for exactly this request, within the window. Compares in constant time. */
export function isSigned(signed: Signed, header: string | undefined, nowMs: number): boolean {
  const [, at, mac] = FORM.exec(header ?? '') ?? [];
  if (at === undefined || mac === undefined) return false;
  const t = Number(at);
  if (Math.abs(nowMs / 1_000 - t) > SIGNATURE_WINDOW_SECONDS) return false;
  return timingSafeEqual(Buffer.from(mac, 'hex'), digest(signed, t));
}

function digest({ secret, subgraph, body, callHeader }: Signed, t: number): Buffer {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return createHmac('sha256', secret).update(`${t}.${subgraph}.${bodyHash}.${callHeader}`).digest();
}

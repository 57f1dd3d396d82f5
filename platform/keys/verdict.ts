import type { Principal } from '../principal.ts';

/**
 * Judges a credential. @param address the client's, without which a key that is bound to networks does not hold
 * @returns null when it does not hold; nobody is told why
 * @throws ForbiddenCaller when it holds but not here; UNAVAILABLE when it cannot be judged
 */
export type Authenticate = (credential: string, address?: string) => Promise<Principal | null>;

/** Who asks is known, and refused as a whole. The caller is told no detail; the reason is for the record. */
export class ForbiddenCaller extends Error {
  readonly principalId: string;
  readonly reason: 'NETWORK' | 'NO_ROLE';

  constructor(principalId: string, reason: 'NETWORK' | 'NO_ROLE') {
    super(reason === 'NETWORK' ? 'the key does not hold for this address' : 'the token carries no role of this hub');
    this.name = 'ForbiddenCaller';
    this.principalId = principalId;
    this.reason = reason;
  }
}

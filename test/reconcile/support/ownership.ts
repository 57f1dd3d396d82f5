import { readFileSync } from 'node:fs';
import { type Ownership, readOwnership } from '../../../platform/ownership/ownership.ts';

/** As the composed graph says it. */
export const supergraphOwnership = (): Ownership =>
  readOwnership(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));

import type { Db } from '../../platform/db/db.ts';
import { measured } from '../../platform/port/measured.ts';
import type { PortServices } from '../../platform/port/wrapped.ts';
import { IDENTITY_METHODS, type IdentityPort } from './port.ts';
import { createRegister, migrateIdentity } from './register/register.ts';

/** The register in the hub's own database, its tables brought up to date: measured, and never cached. */
export async function connectIdentity(db: Db, { clock }: Pick<PortServices, 'clock'>): Promise<IdentityPort> {
  await migrateIdentity(db);
  return measured(createRegister(db, clock), IDENTITY_METHODS, { system: 'HUB' });
}

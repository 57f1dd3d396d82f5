import { VENDOR_NAMES } from '../../sandbox/core/vendor.ts';
import type { Ground } from './ground.ts';

/** Requests that the vendors took since they were last forgotten, as the vendors count them. */
export async function vendorCalls({ vendors }: Ground): Promise<number> {
  const inFlight = await vendors.inFlight();
  return VENDOR_NAMES.reduce((sum, vendor) => sum + inFlight[vendor].total, 0);
}

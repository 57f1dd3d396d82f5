import type { VendorDefinition, VendorName } from './core/vendor.ts';
import { vendor as netsuite } from './netsuite/vendor.ts';
import { vendor as salesforce } from './salesforce/vendor.ts';
import { vendor as stripe } from './stripe/vendor.ts';
import { vendor as zendesk } from './zendesk/vendor.ts';

export const vendors: Readonly<Record<VendorName, VendorDefinition>> = { salesforce, netsuite, stripe, zendesk };

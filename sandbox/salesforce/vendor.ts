import type { VendorDefinition } from '../core/vendor.ts';

export const vendor: VendorDefinition = {
  name: 'salesforce',
  credentials: () => ({}),
  environment: () => ({}),
  create: () => ({ routes: () => {}, reset: () => {}, readOnly: [] }),
};

import type { VendorDefinition } from '../core/vendor.ts';

export const vendor: VendorDefinition = {
  name: 'netsuite',
  credentials: () => ({}),
  environment: () => ({}),
  create: () => ({ routes: () => {}, reset: () => {}, readOnly: [] }),
};

import type { VendorDefinition } from '../core/vendor.ts';

export const vendor: VendorDefinition = {
  name: 'stripe',
  credentials: () => ({}),
  environment: () => ({}),
  create: () => ({ routes: () => {}, reset: () => {}, readOnly: [] }),
};

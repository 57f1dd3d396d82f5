import type { VendorDefinition } from '../core/vendor.ts';

export const vendor: VendorDefinition = {
  name: 'zendesk',
  credentials: () => ({}),
  environment: () => ({}),
  create: () => ({ routes: () => {}, reset: () => {}, readOnly: [] }),
};

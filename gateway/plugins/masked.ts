import type { Concern } from './as-one.ts';

/** Tells in `extensions.masked` which fields of the answer are masked for this caller, so that no null stands there unexplained. */
export const masked: Concern = {
  willSendResponse({ response, contextValue }) {
    const fields = contextValue.masked;
    if (response.body.kind !== 'single' || fields === undefined || fields.size === 0) return;
    const { singleResult } = response.body;
    singleResult.extensions = { ...singleResult.extensions, masked: [...fields].sort() };
  },
};

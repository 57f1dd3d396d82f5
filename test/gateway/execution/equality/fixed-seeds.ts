/** Trials that failed once. A changed generator reads them as other worlds: what must stay is also a case of the corpus. */
export const FIXED: readonly { readonly seed: number; readonly path: string; readonly was: string }[] = [];

/** What the primary tells a worker; a worker does one after the other. */
export type ToWorker =
  /** `number` comes back with the answer. */
  { readonly kind: 'take'; readonly number: number; readonly supergraphSdl: string } | { readonly kind: 'open' };

/** What a worker tells the primary. */
export type ToPrimary =
  | { readonly kind: 'hello' }
  /** `refused`: why it cannot be served; null: it is. */
  | { readonly kind: 'taken'; readonly number: number; readonly refused: string | null };

/** Who asks, once the credential was judged. */
export interface Principal {
  /** Stable id of the key or the token's subject; never the key itself. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** The system on whose behalf this caller acts when it writes owned fields; null: for none. As in the graph's `System`. */
  readonly actsFor: string | null;
}

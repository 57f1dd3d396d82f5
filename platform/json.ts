/** JSON that keeps whole numbers of any size: `10n` travels as `{"$big":"10"}`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? { $big: inner.toString() } : inner,
  );
}

/** Reads what `toJson` wrote. @throws SyntaxError */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !('$big' in inner)) return inner;
    return typeof inner.$big === 'string' ? BigInt(inner.$big) : inner;
  });
}

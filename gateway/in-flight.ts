interface Link<Entry> {
  entry: Entry | undefined;
  before: Link<Entry>;
  after: Link<Entry>;
}

/**
 * What comes and goes with requests, oldest first. No Map or Set, if it lives for long: V8 links each of their outgrown tables
 * to the next, so that once one is old, all that ever went through is kept until a full collection.
 */
export class InFlight<Entry> {
  readonly #ends: Link<Entry>;

  constructor() {
    const ends = { entry: undefined } as Link<Entry>; // a ring: before the oldest, and after the newest
    ends.before = ends;
    ends.after = ends;
    this.#ends = ends;
  }

  /** Returns how to take it out, which tells whether it was in. */
  add(entry: Entry): () => boolean {
    const ends = this.#ends;
    const link: Link<Entry> = { entry, before: ends.before, after: ends };
    ends.before.after = link;
    ends.before = link;
    return () => {
      if (link.entry === undefined) return false;
      link.before.after = link.after;
      link.after.before = link.before;
      link.entry = undefined;
      link.before = link; // an old link must not keep young ones
      link.after = link;
      return true;
    };
  }

  get oldest(): Entry | undefined {
    return this.#ends.after.entry;
  }

  /** Those that are in now. */
  all(): Entry[] {
    const found: Entry[] = [];
    for (let link = this.#ends.after; link.entry !== undefined; link = link.after) found.push(link.entry);
    return found;
  }
}

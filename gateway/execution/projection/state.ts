import { GraphQLError } from 'graphql';
import type { Failure, Failures } from '../plan/failures.ts';
import type { Run } from '../plan/run.ts';

/** Kept of the errors of one kind; an answer shows ten in all, one of each kind first, and how many more were kept. */
const MOST_OF_A_KIND = 200;

/** A step of a path in the names that the client gave: the tree of answers has others where one name would mean two things. */
export type ShownAs = (step: string | number) => string | number;

/** What is found out while one answer is written. */
export class Projecting {
  readonly errors: GraphQLError[] = [];
  /** Response names and indices down to where the writer is; what stands beyond its depth is left over from before. */
  readonly path: (string | number)[] = [];
  /** The root fields about the schema itself, as JSON text by response name. */
  readonly introspected: ReadonlyMap<string, string>;
  /** Sensitive fields, as `Type.field`, of which the answer holds a full value. */
  readonly inFull = new Set<string>();
  /** Those of which it holds a masked one, or null in its place. */
  readonly masked = new Set<string>();
  /** Whether no text that came from a subgraph needs an escape in JSON. */
  readonly plain: boolean;
  readonly #failures: Failures;
  readonly #unresolved: ReadonlySet<object>;
  readonly #shownAs: ShownAs;
  readonly #refusedAt = new Set<string>();
  readonly #ofKind = new Map<string, number>();

  constructor(
    run: Pick<Run, 'failures' | 'unresolved' | 'plain'>,
    introspected: ReadonlyMap<string, string>,
    shownAs: ShownAs,
  ) {
    this.#failures = run.failures;
    this.#unresolved = run.unresolved;
    this.plain = run.plain;
    this.introspected = introspected;
    this.#shownAs = shownAs;
  }

  /** Tells why a place is null: `value` is null, or undefined where no answer holds it. */
  explainNull(owner: object, name: string, value: null | undefined, depth: number, mayBeNull: boolean): void {
    const failures = this.#failures;
    if (failures.all.length > 0) {
      const here = failures.at(owner, name);
      for (const { failure, below } of here) this.#tell(failure, [...this.path.slice(0, depth + 1), ...below]);
      if (here.length > 0) return;
      // No answer holds the object because another field of it failed: that one is told.
      const others = value === undefined ? failures.of(owner) : [];
      if (!mayBeNull) {
        for (const { failure, name, below } of others)
          this.#tell(failure, [...this.path.slice(0, depth), name, ...below]);
      }
      if (others.length > 0) return;
    }
    if (!mayBeNull || (value === undefined && !this.#unresolved.has(owner))) this.unfit(depth);
  }

  /** Tells that a system sent what the graph does not promise at this place. */
  unfit(depth: number): void {
    this.#add(
      'A system left out, or sent in another form, what the graph promises here',
      { code: 'SOURCE_SCHEMA_MISMATCH', retryable: false },
      depth,
    );
  }

  /** Tells, once for each place in the operation, that the caller may not see a field. */
  refuse(depth: number): void {
    const path = this.path.slice(0, depth + 1);
    const place = path.filter((step) => typeof step === 'string').join('.');
    if (this.#refusedAt.has(place)) return;
    this.#refusedAt.add(place);
    this.#add('Your key does not allow this field', { code: 'FORBIDDEN_FIELD', retryable: false }, path);
  }

  /** Adds the failures that no null of the answer shows: they concern what was fetched for something else. */
  tellTheRest(): void {
    for (const failure of this.#failures.all) {
      if (!failure.told) this.#tell(failure, failure.elsewhere());
    }
  }

  #tell(failure: Failure, path: readonly (string | number)[] | undefined): void {
    failure.told = true;
    this.#add(
      failure.message,
      failure.extensions,
      path?.map((step) => this.#shownAs(step)),
    );
  }

  #add(
    message: string,
    extensions: Readonly<Record<string, unknown>>,
    at: number | readonly (string | number)[] | undefined,
  ): void {
    const kind = `${extensions.code} ${extensions.system}`;
    const before = this.#ofKind.get(kind) ?? 0;
    if (before >= MOST_OF_A_KIND) return;
    this.#ofKind.set(kind, before + 1);
    const path = typeof at === 'number' ? this.path.slice(0, at + 1) : at;
    this.errors.push(new GraphQLError(message, { ...(path === undefined ? {} : { path }), extensions }));
  }
}

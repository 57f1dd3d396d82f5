import { z } from 'zod';

/** The environment does not fit; `problems` names every variable that is wrong and what would be right. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment once, by a zod object whose keys are the variables' names. An empty variable counts as not set.
 * The answer is frozen. @throws ConfigError with every problem at once
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: z.ZodObject<Shape>,
  env: Environment,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = shape.safeParse(set);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.') || '(environment)';
      const missing = issue.path.length > 0 && set[String(issue.path[0])] === undefined;
      return `${name}: ${missing ? 'is required; ' : ''}${issue.message}`;
    }),
  );
}

/** Runs several readers of one environment and reports the problems of all of them together. @throws ConfigError */
export function readAll<T extends Record<string, () => unknown>>(readers: T): { [K in keyof T]: ReturnType<T[K]> } {
  const problems: string[] = [];
  const read = Object.entries(readers).map(([name, reader]) => {
    try {
      return [name, reader()];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return [name, undefined];
    }
  });
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return Object.fromEntries(read) as { [K in keyof T]: ReturnType<T[K]> }; // every reader returned: none left a problem
}

/** A whole number in a range, from text. */
export const intBetween = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

/** `true` or `false`, from text. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** An absolute http(s) URL. */
export const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL, like http://127.0.0.1:4010',
});

/** A secret: never logged, never with a default, long enough to mean something. */
export const secret = z
  .string('set it to a secret of at least 8 characters; it has no default')
  .min(8, 'must be set to a secret of at least 8 characters; it has no default');

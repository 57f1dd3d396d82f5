import { z } from 'zod';
import { StripeFault } from './errors.ts';
import { listOf } from './form.ts';

/** Pieces of request schemas: everything in a form is text until it is read. */
export const text = z.string().min(1).max(5_000);
/** Text that may be emptied to unset it. */
export const optionalText = z.string().max(5_000).optional();
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, 'Invalid integer')
  .transform(Number);
export const boolean = z.enum(['true', 'false'], 'Invalid boolean').transform((value) => value === 'true');
export const list = <T extends z.ZodType>(of: T, max = 100) =>
  z.preprocess((value) => (value === undefined ? undefined : (listOf(value) ?? value)), z.array(of).max(max));

/** At most 50 keys of at most 40 characters with values of at most 500; an empty value removes the key. */
export const metadata = z
  .preprocess(
    (value) => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : value),
    z
      .record(
        z.string().max(40, 'Metadata keys can be at most 40 characters'),
        z.string().max(500, 'Metadata values can have up to 500 characters'),
      )
      .refine((entries) => Object.keys(entries).length <= 50, 'You can only specify up to 50 metadata keys'),
  )
  .optional();
export const expand = list(z.string().min(1).max(500), 20).optional();
export const limit = integer.refine((n) => n >= 1 && n <= 100, 'This value must be between 1 and 100').default(10);
export const paging = { limit, starting_after: text.optional(), ending_before: text.optional(), expand };

/** Reads the parameters of a request as Stripe judges them, the first problem first. @throws StripeFault 400 */
export function readParams<T extends z.ZodType>(schema: T, form: unknown): z.infer<T> {
  const read = schema.safeParse(form);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  if (!issue) throw new Error('a schema failed without an issue');
  throw faultOf(issue, form);
}

function faultOf(issue: z.core.$ZodIssue, form: unknown): StripeFault {
  const about = (code: string, param: string) => ({ code, param, beforeExecution: true });
  if (issue.code === 'unrecognized_keys') {
    const param = nameOf([...issue.path, issue.keys[0] ?? '']);
    return new StripeFault(400, `Received unknown parameter: ${param}`, about('parameter_unknown', param));
  }
  const param = nameOf(issue.path);
  const given = valueAt(form, issue.path);
  if (given === undefined) {
    return new StripeFault(400, `Missing required param: ${param}.`, about('parameter_missing', param));
  }
  if (given === '') {
    return new StripeFault(
      400,
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
      about('parameter_invalid_empty', param),
    );
  }
  if (issue.message === 'Invalid integer') {
    return new StripeFault(400, `Invalid integer: ${shown(given)}`, about('parameter_invalid_integer', param));
  }
  return new StripeFault(400, `Invalid ${param}: ${issue.message}`, { param, beforeExecution: true });
}

/** `['items', 0, 'price']` as `items[0][price]`. */
const nameOf = (path: readonly PropertyKey[]): string =>
  path.map((part, at) => (at === 0 ? String(part) : `[${String(part)}]`)).join('');

function valueAt(form: unknown, path: readonly PropertyKey[]): unknown {
  let at = form;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, String(part));
  }
  return at;
}

const shown = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 100) : 'hash');

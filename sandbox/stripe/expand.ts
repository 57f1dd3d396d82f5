import { StripeFault } from './errors.ts';

/** Deepest path that Stripe expands: https://docs.stripe.com/api/expanding_objects */
const MAX_LEVELS = 4;

/**
 * The answer with the ids at these paths replaced by their objects. Answers are not changed in place.
 * @throws StripeFault for a path that is too deep or leads to something that is not an id
 */
export function expanded(answer: object, paths: readonly string[], lookUp: (id: string) => object | undefined): object {
  let result: unknown = answer;
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.length > MAX_LEVELS) {
      throw new StripeFault(400, `You cannot expand more than ${MAX_LEVELS} levels of a property. Property: ${path}`, {
        code: 'property_expansion_max_depth',
        param: 'expand',
        beforeExecution: true,
      });
    }
    result = replaced(result, steps, path, lookUp);
  }
  return result as object; // replaced() keeps objects objects
}

function replaced(
  value: unknown,
  steps: readonly string[],
  path: string,
  lookUp: (id: string) => object | undefined,
): unknown {
  const [step, ...rest] = steps;
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, steps, path, lookUp));
  if (step === undefined) return typeof value === 'string' ? (lookUp(value) ?? value) : value;
  if (value === null) return value;
  const object = typeof value === 'string' ? lookUp(value) : value;
  if (typeof object !== 'object' || object === null || !(step in object)) {
    throw new StripeFault(400, `This property cannot be expanded (${path}).`, {
      param: 'expand',
      beforeExecution: true,
    });
  }
  return { ...object, [step]: replaced(Reflect.get(object, step), rest, path, lookUp) };
}

/** A form value: text, or what nested brackets made of it. Lists are objects with the keys `0`, `1`, … until a schema reads them. */
export type FormValue = string | Form;
export interface Form {
  [key: string]: FormValue;
}

const MAX_DEPTH = 8;

/**
 * Reads `items[0][price]=p&expand[]=data` as Stripe does (https://docs.stripe.com/api, "form-encoded request bodies").
 * Objects have no prototype, so `__proto__[x]` is a parameter like any other. Returns null for what is not a form.
 */
export function parseForm(text: string): Form | null {
  const form = emptyForm();
  for (const [name, value] of new URLSearchParams(text)) {
    const path = pathOf(name);
    if (path === null) return null;
    if (!put(form, path, value)) return null;
  }
  return form;
}

const emptyForm = (): Form => Object.create(null) as Form; // an object without a prototype is an empty Form

/** `items[0][price]` as `['items', '0', 'price']`; `expand[]` as `['expand', '']`. */
function pathOf(name: string): string[] | null {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match) return null;
  const path = [match[1] ?? '', ...Array.from((match[2] ?? '').matchAll(/\[([^[\]]*)\]/g), (part) => part[1] ?? '')];
  return path.length > MAX_DEPTH ? null : path;
}

function put(form: Form, path: readonly string[], value: string): boolean {
  let at = form;
  for (const [position, part] of path.entries()) {
    const key = part === '' ? String(Object.keys(at).length) : part;
    if (position === path.length - 1) {
      at[key] = value;
      return true;
    }
    const next = at[key] ?? emptyForm();
    if (typeof next === 'string') return false;
    at[key] = next;
    at = next;
  }
  return true;
}

/** A bracketed list in the order of its numbers; null where the keys are not numbers. */
export function listOf(value: unknown): unknown[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const keys = Object.keys(value);
  if (!keys.every((key) => /^\d{1,4}$/.test(key))) return null;
  const form = value as Form; // parseForm made it
  return keys.sort((a, b) => Number(a) - Number(b)).map((key) => form[key]);
}

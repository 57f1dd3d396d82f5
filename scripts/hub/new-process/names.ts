/** The systems in which a process can have steps, with the folder of each. */
export const SYSTEMS = { erp: 'ERP', billing: 'BILLING', crm: 'CRM', support: 'SUPPORT' } as const;
export type SystemName = keyof typeof SYSTEMS;

/** An act in all the spellings that its files need. */
export interface ActNames {
  /** Example: `park-account`: the saga, and its files. */
  readonly kebab: string;
  /** Example: `parkAccount`: the mutation. */
  readonly camel: string;
  /** Example: `ParkAccount`: its types. */
  readonly pascal: string;
}

/** @throws Error saying what an act is called like */
export function namesOf(act: string): ActNames {
  if (!/^[a-z]{2,}(-[a-z]{2,}){1,4}$/.test(act) || act.length > 40) {
    throw new Error(
      `${act}: an act is a verb and what it is done to, in small letters with hyphens, like park-account`,
    );
  }
  const pascal = act.replace(/(^|-)([a-z])/g, (_, _before, letter: string) => letter.toUpperCase());
  return { kebab: act, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), pascal };
}

/** The systems of a list like `crm,billing`, in the order of the steps. @throws Error naming what is no system */
export function systemsOf(list: string): readonly SystemName[] {
  const names = list.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !Object.hasOwn(SYSTEMS, name));
  if (wrong.length > 0 || new Set(names).size < names.length) {
    throw new Error(`--systems ${list}: name each of ${Object.keys(SYSTEMS).join(', ')} at most once, with commas`);
  }
  return names as SystemName[]; // all of them are keys of the table
}

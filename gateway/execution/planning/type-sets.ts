/** Names of object types. */
export type TypeSet = ReadonlySet<string>;

export const both = (one: TypeSet, other: TypeSet): TypeSet => new Set([...one].filter((type) => other.has(type)));

export const shareAny = (one: TypeSet, other: TypeSet): boolean => [...one].some((type) => other.has(type));

export const isWithin = (one: TypeSet, other: TypeSet): boolean => [...one].every((type) => other.has(type));

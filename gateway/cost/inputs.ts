import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';

/** Points of an argument's value: its own weight for each entry, and what stands in input objects, which weigh 1 of themselves. */
export function createInputCost(weights: ReadonlyMap<string, number>) {
  const costs = new Map<string, boolean>();

  const ofValue = (type: GraphQLInputType, value: unknown, own: number | undefined): number => {
    if (value === undefined || value === null) return own === undefined ? 0 : own;
    const plain = getNullableType(type);
    if (isListType(plain)) {
      const entries = Array.isArray(value) ? value : [value];
      return entries.reduce((total: number, entry) => total + ofValue(plain.ofType, entry, own), 0);
    }
    if (!isInputObjectType(plain)) return own ?? weights.get(plain.name) ?? 0;
    let total = own ?? weights.get(plain.name) ?? 1;
    if (typeof value !== 'object') return total;
    for (const field of Object.values(plain.getFields())) {
      const given = (value as Record<string, unknown>)[field.name]; // an input object, or else refused as a bad value
      if (given !== undefined) total += ofValue(field.type, given, weights.get(`${plain.name}.${field.name}`));
    }
    return total;
  };

  /** Whether a value of the type can cost anything. */
  const mayCost = (type: GraphQLInputType): boolean => {
    const plain = getNullableType(type);
    if (isListType(plain)) return mayCost(plain.ofType);
    const known = costs.get(plain.name);
    if (known !== undefined) return known;
    costs.set(plain.name, false); // a circle ends here
    const found = isInputObjectType(plain)
      ? weighsAny(plain.name, plain.getFields())
      : (weights.get(plain.name) ?? 0) > 0;
    costs.set(plain.name, found);
    return found;
  };
  const weighsAny = (type: string, fields: Readonly<Record<string, GraphQLInputField>>): boolean =>
    (weights.get(type) ?? 1) > 0 ||
    Object.values(fields).some(({ name, type: of }) => (weights.get(`${type}.${name}`) ?? 0) > 0 || mayCost(of));

  return {
    /** @param coordinate of the field: `Type.field` */
    of: (coordinate: string, { name, type }: GraphQLArgument, value: unknown): number =>
      value === undefined ? 0 : ofValue(type, value, weights.get(`${coordinate}(${name})`)),
    mayCost: (coordinate: string, { name, type }: GraphQLArgument): boolean =>
      (weights.get(`${coordinate}(${name})`) ?? 0) > 0 || mayCost(type),
  };
}

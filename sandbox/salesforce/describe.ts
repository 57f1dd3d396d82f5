import { type ObjectName, shapeOf } from './objects.ts';

const SOAP_TYPE: Record<string, string> = { currency: 'currency', percent: 'percent', id: 'id' };

/** "sObject Describe": the fields and child relationships of an object, with the properties that clients read. */
export function describe(object: ObjectName): unknown {
  const shape = shapeOf(object);
  return {
    name: object,
    keyPrefix: shape.prefix,
    queryable: true,
    fields: Object.entries(shape.fields).map(([name, field]) => ({
      name,
      type: SOAP_TYPE[field.kind] ?? field.kind,
      length: field.length ?? 0,
      custom: name.endsWith('__c'),
      createable: field.readOnly !== true,
      updateable: field.readOnly !== true,
      externalId: field.externalId === true,
      unique: field.externalId === true,
      nillable: field.required !== true && field.kind !== 'boolean',
      restrictedPicklist: field.values !== undefined,
      picklistValues: (field.values ?? []).map((value) => ({ value, label: value, active: true })),
      referenceTo: field.refersTo ?? [],
      relationshipName: field.relationship ?? null,
    })),
    childRelationships: Object.entries(shape.children).map(([relationshipName, [childSObject, field]]) => ({
      relationshipName,
      childSObject,
      field,
    })),
  };
}

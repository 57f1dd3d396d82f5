import type { Part } from '../hub.ts';

const PEOPLE: Part = {
  sdl: `
    type Query {
      person(id: ID!): Person
      people: [Person!]
      anything: [Anything!]
      named: [Named!]
      vault: Vault
      alternatives: Alternatives
    }
    type Mutation {
      rename(id: ID!, name: String!): Person
      promote(id: ID!): Person @requiresScopes(scopes: [["hr"]])
      openVault: Vault
      setLevel(level: Level): Person
      note(text: String!): Note
    }
    type Note { text: String, secret: String @requiresScopes(scopes: [["hr"]]) }
    enum Level @requiresScopes(scopes: [["hr"]]) { LOW HIGH }
    interface Named { name: String, salary: Int }
    type Person implements Named @key(fields: "id") @key(fields: "ssn") {
      id: ID!
      ssn: ID @requiresScopes(scopes: [["hr"]])
      name: String
      salary: Int @requiresScopes(scopes: [["hr"]])
      taxId: String @requiresScopes(scopes: [["tax"]])
      badge: String! @requiresScopes(scopes: [["hr"]])
      friend: Person
      vault: Vault
    }
    type Robot implements Named { name: String, salary: Int @requiresScopes(scopes: [["ops"]]), serial: String }
    type Vault @key(fields: "id") @requiresScopes(scopes: [["vault"]]) { id: ID!, gold: Int }
    type Alternatives {
      one: String @requiresScopes(scopes: [["a", "b"], ["c"]])
      none: String @requiresScopes(scopes: [])
      empty: String @requiresScopes(scopes: [[]])
    }
    union Anything = Person | Robot | Vault
  `,
  resolvers: {
    Query: {
      person: (_s, { id }) => ({ id }),
      people: () => [{ id: '1' }, { id: '2' }],
      anything: () => [
        { __typename: 'Person', id: '1' },
        { __typename: 'Robot', name: 'R2', serial: 'x', salary: 3 },
        { __typename: 'Vault', id: 'v', gold: 9 },
      ],
      named: () => [
        { __typename: 'Person', id: '1' },
        { __typename: 'Robot', name: 'R2', salary: 3 },
      ],
      vault: () => ({ id: 'v', gold: 9 }),
      alternatives: () => ({ one: '1', none: '2', empty: '3' }),
    },
    Mutation: {
      rename: (_s, { id }) => ({ id }),
      promote: (_s, { id }) => ({ id }),
      openVault: () => ({ id: 'v', gold: 9 }),
      setLevel: () => ({ id: '1' }),
      note: (_s, { text }) => ({ text, secret: 'canary' }),
    },
    Person: {
      name: (person: { id: string }) => `name ${person.id}`,
      salary: () => 1234567,
      ssn: () => 'canary-ssn',
      taxId: () => 'canary-tax',
      badge: () => 'canary-badge',
      friend: () => ({ id: '2' }),
      vault: () => ({ id: 'v', gold: 9 }),
    },
  },
};

const BADGES: Part = {
  sdl: `
    type Query { unrelated: String }
    type Person @key(fields: "ssn") {
      ssn: ID
      desk: String
    }
  `,
  resolvers: {
    Query: { unrelated: () => 'yes' },
    Person: {
      __resolveReference: (reference: object) => reference,
      desk: ({ ssn }: { ssn: string }) => (ssn === 'canary-ssn' ? 'D1' : null),
    },
  },
};

/** A graph of which much is kept from callers without scopes: what a denied field holds says `canary` or 1234567. */
export const people = { people: PEOPLE, badges: BADGES };

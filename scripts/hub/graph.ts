import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, parse, print } from 'graphql';
import { withoutSecurity } from '../../gateway/execution/supergraph.ts';
import { createArgumentPolicy } from '../../gateway/policy/arguments.ts';
import { type Contracts, createContracts, type Rights } from '../../gateway/policy/contracts.ts';
import { readReads } from '../../gateway/policy/reads.ts';
import { createScopePolicy, type Policies, readRequirements } from '../../gateway/policy/scopes.ts';
import { type DataClasses, readDataClasses } from '../../platform/mask/data-classes.ts';
import { type Ownership, readOwnership } from '../../platform/ownership/ownership.ts';
import { SUPERGRAPH } from '../compose.ts';
import { changeLines, changesBetweenSchemas } from './schema-changes.ts';

/** A supergraph as the commands look at it. */
export interface Graph {
  /** What callers see of it who may see all. */
  readonly schema: GraphQLSchema;
  readonly contracts: Contracts;
  readonly ownership: Ownership;
  readonly classes: DataClasses;
}

/** @param policies as the hub's configuration defines them @throws Error when it is no supergraph */
export function readGraph(supergraphSdl: string, policies: Policies = {}): Graph {
  const supergraph = parse(supergraphSdl);
  const schema = apiSchema(supergraphSdl);
  const ownership = readOwnership(supergraphSdl);
  const classes = readDataClasses(supergraphSdl);
  const deniedTo = createScopePolicy(readRequirements(supergraph), schema, policies);
  const { barredTo } = createArgumentPolicy(schema, readReads(supergraph, schema), deniedTo([]).types);
  const contracts = createContracts({ schema, deniedTo, barredTo, classes, writes: ownership.writes });
  return { schema, contracts, ownership, classes };
}

/** What callers see of a supergraph. @throws Error when it is none */
export const apiSchema = (supergraphSdl: string): GraphQLSchema =>
  Supergraph.build(print(withoutSecurity(parse(supergraphSdl))))
    .apiSchema()
    .toGraphQLJSSchema();

/** The hub's own supergraph as it is committed, or the one of a file. */
export const supergraphText = (file?: string): string => readFileSync(file ?? SUPERGRAPH, 'utf8');

/** In what the second sees another graph than the first, a line each; empty when both see the same. */
export function schemaDifference(first: Rights, second: Rights): readonly string[] {
  const { contracts } = readGraph(supergraphText());
  return changeLines(changesBetweenSchemas(contracts.schemaFor(first), contracts.schemaFor(second)));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUDIENCES } from '../../../scripts/hub/audiences.ts';
import { readGraph, supergraphText } from '../../../scripts/hub/graph.ts';
import { membersOf } from '../../../scripts/hub/schema-changes.ts';

/** Paging is the same everywhere; the guide for partners says how it goes. */
const PAGING = /(Connection|Edge)(\.|$)|\((first|after):\)$/;
/** Arguments mostly are what their field's description speaks of. */
const ARGUMENT = /\(\w+:\)$/;

test('every type, field and value that a partner sees is described in the schema', () => {
  const partner = AUDIENCES.find(({ name }) => name === 'partner');
  assert.ok(partner);
  const { contracts } = readGraph(supergraphText());
  const seen = [...membersOf(contracts.schemaFor(partner.rights)).values()];
  const silent = seen
    .filter(({ at }) => !PAGING.test(at) && !ARGUMENT.test(at))
    .filter(({ description }) => description.replace(/^Masked \(\w+\): .*$/m, '').trim() === '')
    .map(({ at }) => at);
  assert.deepEqual(silent, [], 'describe them in subgraphs/*/schema.graphql: a full sentence, the unit, an example');
});

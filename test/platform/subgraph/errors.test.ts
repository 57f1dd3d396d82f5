import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { HubError, type HubErrorCode } from '../../../platform/errors.ts';
import { graphqlError, isDefect } from '../../../platform/subgraph/errors.ts';

test('every code of the hub has a public one, under the path where GraphQL put it', () => {
  const expected: Record<HubErrorCode, [string, boolean]> = {
    NOT_FOUND: ['NOT_FOUND', false],
    REFUSED: ['REFUSED', false],
    NOT_OWNER: ['NOT_OWNER', false],
    CONFLICT: ['CONFLICT', false],
    INVALID: ['BAD_USER_INPUT', false],
    UNAVAILABLE: ['SOURCE_UNAVAILABLE', true],
    TIMEOUT: ['SOURCE_TIMEOUT', true],
    THROTTLED: ['SOURCE_THROTTLED', true],
    CREDENTIAL: ['SOURCE_UNAVAILABLE', false],
    IN_DOUBT: ['IN_DOUBT', true],
    CONTRACT_BROKEN: ['SOURCE_BAD_RESPONSE', false],
  };
  for (const [code, [publicCode, retryable]] of Object.entries(expected) as [HubErrorCode, [string, boolean]][]) {
    const thrown = new HubError(code, 'what the caller may read', { system: 'ERP', cause: new Error('canary') });
    const told = graphqlError(new GraphQLError(thrown.message, { path: ['a', 0], originalError: thrown }));
    assert.deepEqual(told.extensions, { code: publicCode, system: 'ERP', retryable });
    assert.deepEqual(told.path, ['a', 0]);
    assert.ok(!JSON.stringify(told).includes('canary'));
    assert.ok(!isDefect(told));
  }
});

test('C35 a database of the hub that is away is no defect of whoever read it: the caller is told to ask again', () => {
  for (const thrown of [
    new Error('Connection terminated unexpectedly'),
    Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
  ]) {
    const told = graphqlError(new GraphQLError(thrown.message, { path: ['act'], originalError: thrown }));
    assert.deepEqual(told.extensions, { code: 'SOURCE_UNAVAILABLE', system: 'HUB', retryable: true });
    assert.ok(!/10\.0\.0\.7|5432/.test(JSON.stringify(told)));
  }
  assert.ok(isDefect(graphqlError(Object.assign(new Error('no such column'), { code: '42703' }))));
});

test('an answer of another shape is told apart from no answer', () => {
  const drift = new HubError('CONTRACT_BROKEN', 'ERP sent a text where a number was agreed', {
    system: 'ERP',
    field: 'items.0.custbody_internal',
  });
  const told = graphqlError(drift);
  assert.equal(told.extensions.code, 'SOURCE_SCHEMA_MISMATCH');
  assert.equal(told.extensions.field, undefined, "the vendor's own field names stay inside");
});

test('what a resolver wrote for the caller is kept, without what it added', () => {
  const written = new GraphQLError('first must be from 1 to 100', {
    extensions: { code: 'BAD_USER_INPUT', field: 'first', stacktrace: ['canary'] },
  });
  for (const error of [written, new GraphQLError(written.message, { path: ['a'], originalError: written })]) {
    const told = graphqlError(error);
    assert.equal(told.message, 'first must be from 1 to 100');
    assert.deepEqual(told.extensions, { code: 'BAD_USER_INPUT', retryable: false, field: 'first' });
  }
});

test('anything else is replaced, and judging it never throws', () => {
  const self = new GraphQLError('canary');
  Object.defineProperty(self, 'originalError', { value: self });
  for (const odd of [
    new Error('canary'),
    'canary',
    null,
    undefined,
    7,
    { message: 'canary' },
    self,
    Symbol('canary'),
  ]) {
    const told = graphqlError(odd);
    assert.equal(told.extensions.code, 'INTERNAL_SERVER_ERROR');
    assert.ok(!told.message.includes('canary'));
    assert.ok(isDefect(told));
  }
});

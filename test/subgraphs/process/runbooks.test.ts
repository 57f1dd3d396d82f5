import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildASTSchema, isEnumType, parse } from 'graphql';
import { runbookOf } from '../../../subgraphs/process/runbook.ts';

const ROOT = new URL('../../../', import.meta.url);

test('every cause of an exception has a runbook that says what it means, what to check and what to do', () => {
  const sdl = readFileSync(new URL('schema/shared.graphql', ROOT), 'utf8');
  const causes = buildASTSchema(parse(/enum CauseClass \{[^}]*\}/.exec(sdl)?.[0] ?? ''), { assumeValid: true }).getType(
    'CauseClass',
  );
  assert.ok(isEnumType(causes));
  const index = readFileSync(new URL('docs/runbooks/README.md', ROOT), 'utf8');
  for (const { value } of causes.getValues()) {
    const page = runbookOf(value);
    const text = readFileSync(new URL(page, ROOT), 'utf8');
    for (const part of [`# ${value}:`, '**Means.**', '**Check.**', '**Do.**'])
      assert.ok(text.includes(part), `${page} ${part}`);
    assert.ok(index.includes(`(${page.split('/').at(-1)})`), `${page} is in the index`);
  }
});

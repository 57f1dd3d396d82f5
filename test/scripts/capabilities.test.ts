import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { capabilitiesPage } from '../../scripts/capabilities.ts';

const PAGE = new URL('../../docs/capabilities.md', import.meta.url);

test('the page of capabilities is what the ports say', () => {
  const page = capabilitiesPage();
  assert.equal(readFileSync(PAGE, 'utf8'), page, 'run `node scripts/capabilities.ts`');
  for (const system of ['netsuite', 'tryton', 'stripe', 'salesforce', 'zendesk', 'request-tracker']) {
    assert.match(page, new RegExp(`=${system}\``), `${system} is in it`);
  }
  assert.match(page, /\| `estimatesTax` \| Says what tax [^|]+ \| no \| yes \|/);
});

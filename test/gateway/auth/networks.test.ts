import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress, readTrustedProxies } from '../../../gateway/auth/client-address.ts';
import { isNetwork, networksOf } from '../../../platform/keys/networks.ts';

test('B33: addresses and ranges of both families, and IPv4 inside IPv6', () => {
  const table: readonly [string, string, boolean][] = [
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::/0', '10.0.0.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.0.0.0/8', 'localhost', false],
    ['10.0.0.0/8', '10.0.0.1 ', false],
    ['10.0.0.0/8', '', false],
  ];
  for (const [range, address, inside] of table) {
    assert.ok(isNetwork(range), range);
    assert.equal(networksOf([range])(address), inside, `${address} in ${range}`);
  }
  for (const wrong of [
    '10.0.0.0/33',
    '10.0.0',
    '::/129',
    '10.0.0.0/-1',
    'localhost',
    '',
    '10.0.0.0/8/8',
    '010.0.0.1',
  ]) {
    assert.equal(isNetwork(wrong), false, wrong);
  }
});

test('B34: the address is the socket address unless a trusted proxy says whose request it passed on', () => {
  const forged = '1.1.1.1, 198.51.100.9';
  const table: readonly [string, string, string | undefined, string][] = [
    ['0', '192.0.2.1', forged, '192.0.2.1'],
    ['1', '192.0.2.1', forged, '198.51.100.9'],
    ['2', '192.0.2.1', forged, '1.1.1.1'],
    ['3', '192.0.2.1', forged, '1.1.1.1'],
    ['1', '192.0.2.1', undefined, '192.0.2.1'],
    ['1', '192.0.2.1', ' , ', '192.0.2.1'],
    ['10.0.0.0/8', '10.0.0.1', forged, '198.51.100.9'],
    ['10.0.0.0/8', '::ffff:10.0.0.1', forged, '198.51.100.9'],
    ['10.0.0.0/8', '10.0.0.1', '1.1.1.1, 198.51.100.9, 10.0.0.7', '198.51.100.9'],
    ['10.0.0.0/8', '192.0.2.1', forged, '192.0.2.1'],
    ['10.0.0.0/8, ::1', '::1', 'unknown', 'unknown'],
  ];
  for (const [trusted, socket, header, client] of table) {
    const proxies = readTrustedProxies(trusted) ?? assert.fail(trusted);
    assert.equal(clientAddress(socket, header, proxies), client, `${trusted}: ${socket} for ${header}`);
  }
  for (const wrong of ['', 'yes', '10.0.0.0/99', '10.0.0.0/8,', '-1', '100']) {
    assert.equal(readTrustedProxies(wrong), null, wrong);
  }
});

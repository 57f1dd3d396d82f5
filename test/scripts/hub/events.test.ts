import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Command } from 'commander';
import { addEvents } from '../../../scripts/hub/events.ts';
import { openWorld, receiver, type World } from '../../events/deliver/world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});

async function hub(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command('hub').exitOverride();
  addEvents(
    program,
    (work) => work(world.pool, world.clock),
    (text) => void printed.push(text),
  );
  await program.parseAsync(['events', ...args], { from: 'user' });
  return printed.join('\n');
}

test('who is told, what was given up, and that it is sent again, is seen and done at the command line', async () => {
  assert.equal(await hub('list'), 'Nobody is told of events.');
  const at = await receiver();
  const { id } = await world.subscribe(at.url);
  at.answer = () => 500;
  const eventId = await world.tell('C-1', { correlationId: 'prc_1' });
  await world.deliver();
  world.clock.advance(4 * 86_400_000);
  await world.deliver();
  assert.match(await hub('list'), new RegExp(`^${id}  ACTIVE  Partner  ${at.url}  delivered 0, behind 0, dead 1$`));
  assert.match(
    await hub('dead-letters', id),
    new RegExp(`${id}  CustomerChanged  ${eventId}  2 attempts: status 500$`),
  );
  at.answer = () => 204;
  assert.equal(await hub('replay', id, '--dead-letters'), `1 events wait to be sent again to ${at.url}.`);
  assert.match(await hub('replay', id, '--caused-by', 'prc_1', '--mapping', 'now'), /^1 events/);
  assert.match(await hub('replay', id, '--from', '2020-01-01T00:00:00Z'), /^1 events/);
  world.clock.advance(3_600_000);
  await world.deliver();
  assert.deepEqual(
    at.taken.map((one) => one.id),
    [eventId, eventId, eventId],
  );
  assert.equal(await hub('dead-letters'), 'There are no dead letters.');
  assert.equal(JSON.parse(await hub('list', '--json'))[0].delivered, 3);
  await assert.rejects(hub('replay', 'evs_none', '--dead-letters'), /no subscription evs_none/);
  await assert.rejects(hub('replay', id), /exactly one/);
  await assert.rejects(hub('replay', id, '--from', 'yesterday'), /no instant/);
});

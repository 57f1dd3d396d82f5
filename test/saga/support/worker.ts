/** A worker in a process of its own that kills itself (or, by `AT_POINT=freeze`, stops) where it is told: `node worker.ts <database> <executor> [<deaths>]`. */
import { deathsIn, dyingAt } from './dying.ts';
import { testEngine } from './engine.ts';

const [databaseUrl = '', executorId = '', deaths] = process.argv.slice(2);
const { engine } = await testEngine(databaseUrl, {
  executorId,
  probe: dyingAt(deathsIn(deaths), process.env.AT_POINT === 'freeze' ? 'SIGSTOP' : 'SIGKILL'),
});
process.once('SIGTERM', () => engine.close().then(() => process.exit(0)));
process.stdout.write('ready\n');

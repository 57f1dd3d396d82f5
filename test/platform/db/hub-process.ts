import { openDatabase, startDatabase } from '../../../platform/db/database.ts';
import { createLog } from '../../../platform/log.ts';

/**
 * A process that has a database as the hub has, for tests that kill it. Arguments: data directory; `start`,
 * `start-durable` or `open`. Says
 * `ready <url>` or `failed <message>`; ends by `close` or `exit` on standard input.
 */
const [dataDir = '', how = 'start'] = process.argv.slice(2);
const options = { dataDir, log: createLog('hub-process'), lockWaitMs: 300, durable: how === 'start-durable' };
const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  const database = await (how === 'open' ? openDatabase(options) : startDatabase(options));
  process.stdin.setEncoding('utf8').on('data', (order: string) => {
    if (order.trim() === 'exit') process.exit(3);
    void database.close().then(() => {
      say('closed');
      process.stdin.destroy();
    });
  });
  say(`ready ${database.url}`);
} catch (error) {
  say(`failed ${error instanceof Error ? error.message : String(error)}`);
}

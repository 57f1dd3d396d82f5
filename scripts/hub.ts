import { Command, CommanderError } from 'commander';
import { createAuditLog } from '../platform/audit/audit-log.ts';
import { migrateAudit } from '../platform/audit/audit-tables.ts';
import { ConfigError } from '../platform/config.ts';
import { withConfigFile } from '../platform/config-file.ts';
import { addAudit } from './hub/audit.ts';
import { addBatch } from './hub/batch/commands.ts';
import { type CheckOptions, check } from './hub/check.ts';
import { addCutover, openMovers } from './hub/cutover.ts';
import { addEvents } from './hub/events.ts';
import { connectHub, forData } from './hub/hub-client.ts';
import { addKeySchemas } from './hub/key-schemas.ts';
import { addKeys, type WithKeyStore } from './hub/keys.ts';
import { addNewProcess } from './hub/new-process.ts';
import { addOperations, type WithSettings } from './hub/operations.ts';
import { addReconcile } from './hub/reconcile.ts';
import { withDatabase } from './hub/with-database.ts';
import { withKeyStore } from './hub/with-key-store.ts';

/** The hub's command line: `npm run hub -- <command>`. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text.trimEnd()}\n`);

/** The key with which a command asks a hub that runs. @throws ConfigError */
const hubKey = (which: string): string => {
  const { HUB_KEY } = process.env;
  if (!HUB_KEY) throw new ConfigError([`HUB_KEY: is required: a key of the hub ${which}`]);
  return HUB_KEY;
};

const program = new Command('hub')
  .description('Commands for who runs a hub')
  .exitOverride()
  .configureOutput({ writeErr: complain })
  .showHelpAfterError('(add --help for what it takes)');
program
  .command('check')
  .description('judge who owns what in the schemas')
  .option('--write', 'write what follows from the schemas: schema/ownership.md, schema/contracts, docs/partners.md')
  .option('--check', 'fail when one of these is not current')
  .option(
    '--against <file or revision>',
    'say whom the change from that graph concerns; fail when it breaks registered operations',
  )
  .option('--operations <path>', 'the manifest or folder of registered operations (default: schema/operations)')
  .option('--allow-breaking', 'do not fail for registered operations that break')
  .option('--json', 'print what --against finds as JSON')
  .action(async (options: CheckOptions) => {
    process.exitCode = await check(options);
  });
const withStore: WithKeyStore = (work) => withConfigFile(process.env, (env) => withKeyStore(env, work));
const withSettings: WithSettings = (work) => withConfigFile(process.env, work);
addKeySchemas(addKeys(program, withStore, print), { withStore, withSettings, print });
addAudit(
  program,
  (work) =>
    withConfigFile(process.env, (env) =>
      withDatabase(env, async (db) => {
        await migrateAudit(db);
        return work(createAuditLog(db));
      }),
    ),
  print,
);
addEvents(program, (work) => withConfigFile(process.env, (env) => withDatabase(env, work)), print);
addOperations(program, withSettings, print);
addNewProcess(program, print);
addCutover(
  program,
  (work) =>
    withConfigFile(process.env, (env) =>
      withDatabase(env, async (db, clock) => work(await openMovers(env, db, clock))),
    ),
  print,
);

addReconcile(program, (url) => forData(connectHub(url, hubKey('with the scope operate'))), print);
addBatch(program, (url) => connectHub(url, hubKey('with the rights for what is imported or exported')), {
  print,
  progress: (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  },
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // its own message was printed
  } else {
    // What the commands throw was written for people; a stack helps nobody at a prompt.
    complain(error instanceof ConfigError || error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** DBOS as its documentation uses it: one workflow, each step journaled by the engine itself. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { databaseUrl, STEPS, serveBatches } from './contestant.ts';

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: databaseUrl(),
  systemDatabasePoolSize: 20,
  applicationVersion: 'bench-1',
  logLevel: 'error',
});
const workflow = DBOS.registerWorkflow(
  async (run: string) => {
    for (const step of STEPS) await DBOS.runStep(async () => ({ key: `${run}:${step}` }), { name: step });
    return { run };
  },
  { name: 'four-steps' },
);
await DBOS.launch();

serveBatches(async (nr, accepted) => {
  const run = `run-${nr}`;
  const handle = await DBOS.startWorkflow(workflow, { workflowID: run })(run);
  accepted();
  await handle.getResult();
});

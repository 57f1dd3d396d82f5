/** What the disk alone costs: one commit for the run, one for each step, one for its end. */
import pg from 'pg';
import { databaseUrl, STEPS, serveBatches } from './contestant.ts';

const pool = new pg.Pool({ connectionString: databaseUrl(), max: 20 });
await pool.query('create table line (run text not null, step text not null, said jsonb, primary key (run, step))');
const insert = (run: string, step: string) =>
  pool.query('insert into line values ($1, $2, $3)', [run, step, JSON.stringify({ key: `${run}:${step}` })]);

serveBatches(async (nr) => {
  const run = `run-${nr}`;
  await insert(run, 'accepted');
  for (const step of STEPS) await insert(run, step);
  await insert(run, 'ended');
});

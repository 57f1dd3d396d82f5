import pg from 'pg';

/** Writes processes that ended, with their four steps and their audit, as runs leave them, over the last year. */
export async function fillHistory(databaseUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into process.run (id, kind, state, principal_id, idempotency_key, input_hash, input, correlation_id, attributes, weight,
         turn, outcome, started_at, ended_at)
       select 'past-' || nr, 'four-steps', 'COMPLETED', 'bench', 'past-' || nr, md5(nr::text), '{"run": "past"}', 'past-' || nr,
         '{"customerId": "C-1"}', 0, 1, '{"run": "past"}', at, at
       from (select nr, now() - nr * interval '1 year' / $1 as at from generate_series(1, $1::int) as nr) as past`,
      [count],
    );
    await client.query(
      `insert into process.step (run_id, name, system, position, state, attempts, in_doubt, input, result, started_at, ended_at)
       select id, name, 'ERP', position, 'DONE', 1, false, input, outcome, started_at, ended_at
       from process.run, unnest(array['erp', 'billing', 'support', 'crm']) with ordinality as step (name, position)
       where id like 'past-%'`,
    );
    await client.query(
      `insert into process.audit (run_id, at, event, step)
       select id, started_at, event, null from process.run,
         unnest(array['ACCEPTED', 'TAKEN', 'STEP_BEGUN', 'STEP_DONE', 'STEP_BEGUN', 'STEP_DONE', 'STEP_BEGUN', 'STEP_DONE', 'STEP_BEGUN',
           'STEP_DONE', 'COMPLETED']) as event
       where id like 'past-%'`,
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

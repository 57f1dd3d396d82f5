import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { HubError } from '../../platform/errors.ts';
import type { AskForData } from './hub-client.ts';
import { type FoundReport, REPORTS, type ReportedFinding, type ReportedRun } from './reconcile-report.ts';

interface Flags {
  readonly url: string;
  readonly scope: string;
  readonly since?: string;
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly out?: string;
}

const RUN = `id scope state dryRun since requestedBy startedAt endedAt compared closed postponed error
  reading { name entries done } found { kind count } records { system records linked }
  payments { month billing { amount currency } erp { amount currency } difference { amount currency } }`;
const FINDING = `id kind state customerName customer { id } system owner field subject ownerValue heldValue
  atStake { amount currency } firstSeenAt lastSeenAt processId`;
const LOOK_EVERY_MS = 1_000;

/** Adds `hub reconcile`: compares everything that the systems hold, and writes what was found, as far as the key may read it. */
export function addReconcile(
  program: Command,
  openHub: (url: string) => AskForData,
  print: (text: string) => void,
): Command {
  return program
    .command('reconcile')
    .description(
      'compare everything that the systems hold, by a hub that runs; HUB_KEY is a key with the scope operate',
    )
    .option('--url <url>', 'where the hub answers', 'http://127.0.0.1:4000')
    .option('--scope <scope>', 'ALL, MASTER_DATA, ENTITLEMENTS or BOOKS', 'ALL')
    .option('--since <day>', 'first day of payments that are compared, like 2026-09-01')
    .option('--dry-run', 'count what is found, and keep nothing')
    .option('--report <format>', `what was found, as ${Object.keys(REPORTS).join(', ')}`)
    .option('--out <file>', 'where the report goes; without it, to the standard output')
    .action(async ({ url, scope, since, dryRun = false, report, out }: Flags) => {
      const write = report === undefined ? null : Object.hasOwn(REPORTS, report) ? REPORTS[report] : undefined;
      if (write === undefined) {
        throw new HubError('INVALID', `report: must be one of ${Object.keys(REPORTS).join(', ')}`, { field: 'report' });
      }
      const ask = openHub(url);
      const asked = await ask<{ reconcile: { joined: boolean; reconciliation: { id: string } } }>(
        `mutation ($input: ReconcileInput!) { reconcile(input: $input) { joined reconciliation { id } } }`,
        { input: { scope, dryRun, ...(since === undefined ? {} : { since }) } },
      );
      const told = report !== undefined && out === undefined ? () => undefined : print; // a report on the output stands alone
      if (asked.reconcile.joined) told('A run of this scope is under way already; this is it.');
      const run = await toItsEnd(ask, asked.reconcile.reconciliation.id, told);
      if (run.state === 'FAILED')
        throw new HubError('UNAVAILABLE', `The run failed: ${run.error ?? 'nothing is said why'}`);
      told(summary(run));
      if (write == null) return;
      const text = write({ run, findings: await allFindings(ask) });
      if (out === undefined) print(text);
      else {
        writeFileSync(out, text, { mode: 0o600 }); // it tells of customers
        print(`Written to ${out}.`);
      }
    });
}

/** Follows the run, with a line whenever it has come on. */
async function toItsEnd(ask: AskForData, id: string, print: (text: string) => void): Promise<ReportedRun> {
  for (let before = ''; ; ) {
    const { reconciliation: run } = await ask<{ reconciliation: ReportedRun }>(
      `query ($id: ID!) { reconciliation(id: $id) { ${RUN} } }`,
      { id },
    );
    if (run.state === 'COMPLETED' || run.state === 'FAILED') return run;
    const read = run.reading.map(({ name, entries, done }) => `${name} ${entries}${done ? '' : '…'}`).join(', ');
    const now = run.state === 'COMPARING' ? `comparing: ${run.compared} customers` : `reading: ${read || 'begins'}`;
    if (now !== before) print(now);
    before = now;
    await delay(LOOK_EVERY_MS);
  }
}

function summary({ compared, found, closed, postponed, dryRun }: ReportedRun): string {
  const all = (found ?? []).reduce((sum, { count }) => sum + count, 0);
  const lines = (found ?? []).map(({ kind, count }) => `  ${kind.padEnd(22)} ${count}`);
  const gone = dryRun
    ? 'Nothing was kept.'
    : `${closed ?? 0} that were open are gone, ${postponed ?? 0} customers wait for the next run.`;
  return [`${compared} customers compared, ${all} differences.`, ...lines, gone].join('\n');
}

/** Everything that is open or under repair, by what is at stake. */
async function allFindings(ask: AskForData): Promise<readonly ReportedFinding[]> {
  const findings: ReportedFinding[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { findings: page }: FoundReport = await ask<FoundReport>(
      `query ($after: String) { findings(first: 100, after: $after) { nodes { ${FINDING} }
        pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    findings.push(...page.nodes);
    more = page.pageInfo.hasNextPage;
    after = page.pageInfo.endCursor;
  }
  return findings;
}

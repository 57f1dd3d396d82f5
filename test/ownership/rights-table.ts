/** Who may write what, as a table. `node test/ownership/rights-table.ts > test/ownership/rights.txt` accepts a change of the schema. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Ownership, readOwnership } from '../../platform/ownership/ownership.ts';
import { judgeWrite } from '../../platform/ownership/rights.ts';

const SYSTEMS = ['HUB', 'ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS', null];
/** The lifecycle, a stage after each milestone. */
const STAGES: readonly (readonly [name: string, reached: readonly string[]])[] = [
  ['prospect', []],
  ['ordered', ['ORDER_ACCEPTED']],
  ['active', ['ORDER_ACCEPTED', 'CONTRACT_ACTIVE']],
];

/** One line for each field, act and stage; stages that say the same are one. A field that no act changes says so. */
export function rightsTable(ownership: Ownership): string {
  const { owners, acts } = ownership;
  const lines: string[][] = [['field', 'act', 'stage', ...SYSTEMS.map((system) => system ?? 'nobody')]];
  for (const field of [...owners.keys()].sort()) {
    const claims = [...acts].flatMap(([act, all]) => {
      const own = all.filter((claim) => claim.field === field);
      // several inputs of one act: the strictest counts, as when all of them are given
      const claim = own.find(({ judgedBy }) => judgedBy === 'CALLER') ?? own[0];
      return claim === undefined ? [] : [{ act, claim }];
    });
    if (claims.length === 0) lines.push([field, '-', '-', ...SYSTEMS.map(() => '-')]);
    for (const { act, claim } of claims) {
      const stages = STAGES.map(([name, reached]) => {
        const writer = (actsFor: string | null) => ({ actsFor, reached: new Set(reached) });
        return { name, rights: SYSTEMS.map((system) => judgeWrite(ownership, act, claim, writer(system)).right) };
      });
      const same = stages.every(({ rights }) => rights.join() === stages[0]?.rights.join());
      for (const { name, rights } of same ? stages.slice(0, 1) : stages) {
        lines.push([field, act, same ? 'any' : name, ...rights]);
      }
    }
  }
  const widths = (lines[0] ?? []).map((_cell, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return `${lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

export const ownershipOfTheGraph = (): Ownership =>
  readOwnership(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(rightsTable(ownershipOfTheGraph()));

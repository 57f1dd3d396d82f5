import type { Impact } from './impact.ts';
import { changeLines } from './schema-changes.ts';

/** What a reviewer reads of a change, and what its author has to do. */
export function impactText(impact: Impact, allowed: boolean): string {
  const { changes, owners, breaking, contracts, broken } = impact;
  const lines = changeLines(changes);
  if (lines.length === 0 && contracts.size === 0 && broken.length === 0) return 'The graph is the same for everybody.';
  return [
    section(`The graph: ${counted(lines.length, 'change')}`, lines),
    section(
      'Owners to ask',
      [...owners].map(([owner, at]) => `${owner}: ${at.join(', ')}`),
    ),
    section(
      'Could break callers',
      breaking.map(({ description }) => description),
    ),
    ...[...contracts].map(([audience, seen]) =>
      section(`Contract of ${audience}: ${counted(seen.length, 'change')}`, seen),
    ),
    ...broken.map(({ operation, reasons, announced }) =>
      section(
        `Registered operation ${operation.name} (${operation.id}) breaks${announced ? ', as was announced by deprecation' : ''}`,
        reasons,
      ),
    ),
    verdict(impact, allowed),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function verdict({ broken }: Impact, allowed: boolean): string {
  const refused = broken.filter(({ announced }) => !announced).length;
  if (refused === 0) return '';
  const told = `${counted(refused, 'registered operation')} would break`;
  return allowed
    ? `${told}; allowed by --allow-breaking.`
    : `${told}. Keep the fields, deprecate them with the day from which they may go (@deprecated(reason: "Use legalName. Goes on 2027-01-31.")), and drop them after it; or say --allow-breaking.`;
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The same for programs. */
export const impactJson = ({ changes, owners, breaking, contracts, broken }: Impact): string =>
  JSON.stringify(
    {
      changes,
      owners: Object.fromEntries(owners),
      breaking,
      contracts: Object.fromEntries(contracts),
      broken,
    },
    null,
    2,
  );

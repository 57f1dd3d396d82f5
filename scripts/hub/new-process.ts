import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { type ActNames, namesOf, SYSTEMS, type SystemName, systemsOf } from './new-process/names.ts';

const ROOT = new URL('../../', import.meta.url);
const PROCESS = 'subgraphs/process';

/** A file of the repository with its text. */
interface Written {
  readonly path: string;
  readonly text: string;
}

/** Adds `hub new-process`: the files of an act, from a template that runs. `say` takes what it answers. */
export function addNewProcess(program: Command, say: (text: string) => void): void {
  program
    .command('new-process')
    .description(
      'write the files of a new process, which run at once and say where they are to be filled (docs/add-a-process.md)',
    )
    .argument('<act>', 'what it does, like park-account')
    .requiredOption('--systems <list>', 'the systems it changes, in the order of its steps, like crm,billing')
    .action((act: string, { systems }: { systems: string }) => {
      const names = namesOf(act);
      const files = newFiles(names, systemsOf(systems));
      const there = files.filter(({ path }) => existsSync(new URL(path, ROOT)));
      if (there.length > 0)
        throw new Error(`${there.map(({ path }) => path).join(', ')}: there already; nothing was written`);
      const edited = edits(names); // all of them found, before the first file is written
      for (const { path, text } of [...files, ...edited]) {
        const file = new URL(path, ROOT);
        mkdirSync(dirname(file.pathname), { recursive: true });
        writeFileSync(file, text);
        say(path);
      }
    });
}

function newFiles(names: ActNames, systems: readonly SystemName[]): readonly Written[] {
  const { kebab } = names;
  const steps = systems.map((system) => stepOf(names, system));
  const lines = (line: (step: (typeof steps)[number]) => string, between = '\n') => steps.map(line).join(between);
  const about = {
    act: names.camel,
    Act: names.pascal,
    'act-name': kebab,
    stepImports: lines(({ step, path }) => `import { ${step} } from '../${path}';`),
    stepNames: lines(({ step }) => step, ', '),
    stepRuns: lines(({ step }) => `    await run.step(${step}, { accountId, text });`),
    stepTexts: lines(({ 'step-name': name }) => `'${name}'`, ', '),
    systems: lines(({ SYSTEM }) => `'${SYSTEM}'`, ', '),
  };
  return [
    { path: `${PROCESS}/schema/${kebab}.graphql`, text: filled('schema.graphql', about) },
    { path: `${PROCESS}/sagas/${kebab}.ts`, text: filled('saga.ts', about) },
    ...steps.map((step) => ({ path: `${PROCESS}/${step.path}`, text: filled('step.ts', { ...about, ...step }) })),
    { path: `${PROCESS}/verdicts/${kebab}.ts`, text: filled('verdict.ts', about) },
    { path: `${PROCESS}/writes/${kebab}.ts`, text: filled('writes.ts', about) },
    { path: `${PROCESS}/acts/${kebab}.ts`, text: filled('act.ts', about) },
    { path: `${PROCESS}/${kebab}-resolvers.ts`, text: filled('resolvers.ts', about) },
    { path: `test/${PROCESS}/${kebab}.test.ts`, text: filled('test.ts', about) },
  ];
}

const stepOf = ({ kebab, camel, pascal }: ActNames, system: SystemName) => {
  const name = system.charAt(0).toUpperCase() + system.slice(1);
  return {
    SYSTEM: SYSTEMS[system],
    step: `${camel}In${name}`,
    Step: `${pascal}In${name}`,
    'step-name': `${kebab}-in-${system}`,
    path: `steps/${system}/${kebab}-in-${system}.ts`,
  };
};

/** A template with its names put in. @throws Error where it asks for a name that nobody gives */
function filled(template: string, names: Readonly<Record<string, string>>): string {
  const text = readFileSync(new URL(`new-process/${template}.txt`, import.meta.url), 'utf8');
  return text.replace(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
    const found = names[name];
    if (found === undefined) throw new Error(`the template ${template} asks for ${name}`);
    return found;
  });
}

/** One line each where the acts of the hub are listed. */
function edits({ kebab, camel, pascal }: ActNames): readonly Written[] {
  const of = `of${pascal}`;
  return [
    edited(`${PROCESS}/resolvers.ts`, [
      ["import { runbookOf } from './runbook.ts';", `import { ${of} } from './${kebab}-resolvers.ts';\n`],
      ['    previewSubmitOrder:', `    ...${of}.Query,\n`],
      ['    retryProcess:', `    ...${of}.Mutation,\n`],
      ['  ProposalDecision:', `  ...${of}.types,\n`],
    ]),
    edited(`${PROCESS}/start.ts`, [
      ["import { createProcessSubgraph } from './subgraph.ts';", `import { ${camel} } from './sagas/${kebab}.ts';\n`],
      ['submitOrder,', `${camel}, `],
    ]),
  ];
}

/** The file with each text put before its anchor. @throws Error where an anchor is not there */
function edited(path: string, insertions: readonly (readonly [anchor: string, text: string])[]): Written {
  let text = readFileSync(new URL(path, ROOT), 'utf8');
  for (const [anchor, added] of insertions) {
    const at = text.indexOf(anchor);
    if (at < 0)
      throw new Error(`${path} holds no "${anchor.trim()}" before which to write "${added.trim()}"; write it by hand`);
    text = text.slice(0, at) + added + text.slice(at);
  }
  return { path, text };
}

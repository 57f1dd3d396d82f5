import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IGNORED = /^(node_modules|\.|test|bench|docs|console\/(dist|node_modules))/;
const DOMAINS = ['identity', 'erp', 'billing', 'crm', 'support', 'success'];

interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Files of this repository that it imports, from the root. */
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = globSync('**/*.{ts,tsx}', {
  cwd: ROOT,
  exclude: (name) => name === 'node_modules',
})
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !IGNORED.test(path))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
      ([, specifier]) => specifier ?? '',
    );
    return {
      path,
      text,
      imports: specifiers.map((specifier) =>
        relative(ROOT, join(ROOT, dirname(path), specifier))
          .split(sep)
          .join('/'),
      ),
    };
  });

const at = (prefix: string) => (path: string) =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

/** What a folder may import beside itself; the first rule that fits a file holds. */
const RULES: readonly {
  readonly of: RegExp;
  readonly may: (imported: string, from: string) => boolean;
  readonly says: string;
}[] = [
  { of: /^(hub\.ts|hub\/|scripts\/)/, may: () => true, says: 'knows all' },
  { of: /^platform\/vendors\//, may: at('platform'), says: 'a vendor shared by domains stands on the platform alone' },
  { of: /^platform\//, may: at('platform'), says: 'the platform knows no one' },
  {
    of: /^gateway\//,
    may: (to) => at('gateway')(to) || at('platform')(to),
    says: 'the gateway stands on the platform',
  },
  {
    of: /^(subgraphs\/(process|events)|events)\//,
    may: (to, from) =>
      at('platform')(to) ||
      at('events')(to) ||
      at(from.split('/').slice(0, 2).join('/'))(to) ||
      /^subgraphs\/\w+\/(port|model|connect)\.ts$/.test(to),
    says: "processes and events use a domain's port, model and connect, nothing behind them",
  },
  {
    of: /^subgraphs\/\w+\//,
    may: (to, from) => at('platform')(to) || at(from.split('/').slice(0, 2).join('/'))(to),
    says: 'a domain never imports another: it refers by key',
  },
  {
    of: /^sandbox\//,
    may: (to) => at('sandbox')(to) || at('platform')(to),
    says: 'the sandbox imports nothing of the hub but the platform',
  },
  { of: /^console\//, may: at('console'), says: 'the console imports no server code' },
];

test('imports point one way', () => {
  const wrong = files.flatMap(({ path, imports }) => {
    const rule = RULES.find(({ of }) => of.test(path));
    if (rule === undefined) return [`${path}: no rule of this test says what it may import`];
    return imports.filter((to) => !rule.may(to, path)).map((to) => `${path} imports ${to}: ${rule.says}`);
  });
  assert.deepEqual(wrong, []);
});

test('this test sees imports: the rules are not empty', () => {
  assert.ok(files.length > 50);
  assert.ok(files.some(({ imports }) => imports.some(at('platform'))));
  for (const { of } of RULES) {
    if (/console|events|vendors/.test(String(of))) continue; // folders that may still be empty
    assert.ok(
      files.some(({ path }) => of.test(path)),
      String(of),
    );
  }
  assert.ok(DOMAINS.some((domain) => files.some(({ path }) => path.startsWith(`subgraphs/${domain}/`))));
});

/** Reads its environment itself and takes no other switch. */
const ENVIRONMENT_OF_OTHERS = new Map([['gateway/execution/apollo-runner.ts', 'APOLLO_TELEMETRY_DISABLED']]);

test('the environment is read at the entry of a process and nowhere else', () => {
  // lifecycle.ts is the start that all processes of the hub share; commands and the sandbox have their own.
  const entry = /^(scripts\/.*|sandbox\/main\.ts|platform\/lifecycle\.ts)$/;
  const wrong = files
    .filter(({ path }) => !entry.test(path))
    .flatMap(({ path, text }) => {
      const uses = [...code(text).matchAll(/process\.env(?:\.(\w+))?/g)].map(([, name]) => name ?? '(all of it)');
      return uses.filter((name) => ENVIRONMENT_OF_OTHERS.get(path) !== name).map((name) => `${path} reads ${name}`);
    });
  assert.deepEqual(wrong, []);
});

test('a file has a name that says what it holds', () => {
  // A service order is a thing of the trade.
  const nameless = /(^|[/.-])(utils?|helpers?|common|managers?|services?(?!-orders?\b)|misc)([/.-]|$)/;
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => nameless.test(path)),
    [],
  );
});

test('product code prints nothing and leaves nothing for later', () => {
  const wrong = files.flatMap(({ path, text }) => {
    const found = [
      ...(/\bconsole\.(log|error|warn|info|debug)\(/.test(code(text)) && !path.startsWith('console/')
        ? ['console']
        : []),
      ...(/\b(TODO|FIXME|XXX)\b/.test(text) ? ['a note for later: open an issue instead'] : []),
      ...(/[:<,(|]\s*any\b(?!\w)/.test(code(text)) && !path.endsWith('.generated.ts') ? ['any'] : []),
    ];
    return found.map((what) => `${path}: ${what}`);
  });
  assert.deepEqual(wrong, []);
});

/** The text without comments and strings, roughly: enough to not trip over prose. */
function code(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}

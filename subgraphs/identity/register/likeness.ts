import { normalised } from './normalise.ts';

/** What kind of company it is says nothing about which. */
const LEGAL_FORMS = new Set(
  'ab ag aps as bv co corp corporation gmbh group holding holdings inc incorporated kg kk limited llc llp ltd nv oy oyj plc pte pty sa sarl sas se spa srl the'.split(
    ' ',
  ),
);

/** How much two company names are alike, 0 to 1: pairs of letters that they share, legal forms left out. */
export function likeness(first: string, second: string): number {
  const a = pairs(first);
  const b = pairs(second);
  if (a.length === 0 || b.length === 0) return normalised(first) === normalised(second) ? 1 : 0;
  const left = new Map<string, number>();
  for (const pair of b) left.set(pair, (left.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of a) {
    const count = left.get(pair) ?? 0;
    if (count > 0) shared += 1;
    left.set(pair, count - 1);
  }
  return (2 * shared) / (a.length + b.length);
}

function pairs(name: string): string[] {
  const words = normalised(name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !LEGAL_FORMS.has(word));
  return words.flatMap((word) => {
    const letters = [...` ${word} `];
    return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
  });
}

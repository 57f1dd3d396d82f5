import { readFileSync } from 'node:fs';
import type { DataClass } from '../principal.ts';
import { type DataClasses, isMasked, readDataClasses } from './data-classes.ts';
import { maskText } from './mask.ts';

const SUPERGRAPH = new URL('../../schema/supergraph.graphql', import.meta.url);

let known: DataClasses | undefined;

/** What the whole graph's schema says of each field; read once. */
export function dataClasses(): DataClasses {
  known ??= readDataClasses(readFileSync(SUPERGRAPH, 'utf8'));
  return known;
}

/**
 * A value of a canonical field, told as text in another place: in an observed value, a planned write, a step's snapshot.
 * @param field `Type.field`
 * @returns its masked form where the caller would read the field masked; null stays null
 */
export function spokenOf(field: string, value: string | null, unmasked: readonly DataClass[]): string | null {
  const data = dataClasses().get(field);
  return value !== null && isMasked(data, unmasked) ? maskText(data.mask, value) : value;
}

import { scrub } from '../../platform/mask/scrub.ts';
import { snapshotFor } from '../../platform/mask/snapshot.ts';
import { spokenOf } from '../../platform/mask/spoken-of.ts';
import type { Context } from './loaders.ts';

interface ValueOf {
  /** The canonical field, as `Type.field`. */
  readonly field: string;
  readonly oldValue?: string | null;
  readonly newValue?: string | null;
}

/** Values of other fields, masked for the caller as those fields are. */
export const toldValues = {
  oldValue: ({ field, oldValue }: ValueOf, _args: unknown, { principal }: Context) =>
    spokenOf(field, oldValue ?? null, principal.unmasked),
  newValue: ({ field, newValue }: ValueOf, _args: unknown, { principal }: Context) =>
    spokenOf(field, newValue ?? null, principal.unmasked),
};

interface ChangeOf {
  readonly field?: string | null;
  readonly previewedValue?: string | null | undefined;
  readonly currentValue?: string | null | undefined;
}

/** What a plan rested on and what is there now, masked as the field itself is. */
export const toldChange = {
  previewedValue: ({ field, previewedValue }: ChangeOf, _args: unknown, { principal }: Context) =>
    spokenOf(field ?? '', previewedValue ?? null, principal.unmasked),
  currentValue: ({ field, currentValue }: ChangeOf, _args: unknown, { principal }: Context) =>
    spokenOf(field ?? '', currentValue ?? null, principal.unmasked),
};

/** What the journal holds, as the caller may read it. */
export const toldSnapshot = (value: unknown, { principal }: Context): unknown => snapshotFor(value, principal.unmasked);

/** What a system or an operator said. */
export const toldText = (text: string | null): string | null => (text === null ? null : scrub(text));

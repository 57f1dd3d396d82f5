import { type DataClasses, isMasked } from '../../platform/mask/data-classes.ts';
import type { Mask } from '../../platform/mask/mask.ts';
import { DATA_CLASSES, type DataClass } from '../../platform/principal.ts';

/** Fields whose full value is a matter of right, by `Type.field`, with their mask; null: consent alone stands before it. */
export type Sensitive = ReadonlyMap<string, Mask | null>;

/** What of it is shown masked to one kind of caller. */
export interface MaskedFields {
  readonly fields: ReadonlySet<string>;
  /** Equal for callers to whom the same is masked; empty: to whom nothing is. */
  readonly key: string;
}

export interface MaskPolicy {
  readonly sensitive: Sensitive;
  /** @param unmasked the classes that the caller sees in full */
  readonly maskedTo: (unmasked: readonly DataClass[]) => MaskedFields;
}

/** Judges which fields are shown masked, by the classes that a caller sees in full. */
export function createMaskPolicy(classes: DataClasses): MaskPolicy {
  const sensitive = new Map<string, Mask | null>();
  for (const [coordinate, { mask, purpose }] of classes) {
    if (mask !== null || purpose !== null) sensitive.set(coordinate, mask);
  }
  const kept = new Map<string, MaskedFields>();

  const maskedTo = (unmasked: readonly DataClass[]): MaskedFields => {
    const held = DATA_CLASSES.filter((one) => unmasked.includes(one));
    const name = held.join(' ');
    let masked = kept.get(name); // at most one entry for each set of classes
    if (masked === undefined) {
      const fields = new Set([...classes].filter(([, data]) => isMasked(data, held)).map(([coordinate]) => coordinate));
      masked = { fields, key: fields.size === 0 ? '' : `masked but ${name}` };
      kept.set(name, masked);
    }
    return masked;
  };
  return { sensitive, maskedTo };
}

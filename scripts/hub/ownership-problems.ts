import { readOwnership } from '../../platform/ownership/ownership.ts';
import { type Problem, systemOf } from './governance.ts';
import { argumentsOf, objectsOf, type SubgraphFile, typeName } from './subgraph-files.ts';

const SHARED = 'schema/shared.graphql';

/** What handovers, proposals and observed values need so that somebody can decide by them. */
export function ownershipProblems(files: readonly SubgraphFile[], sharedSdl: string): Problem[] {
  return [...milestones(sharedSdl), ...proposals(files), ...observed(files, sharedSdl)];
}

/** A milestone is reached when one system's record says so. */
function milestones(sharedSdl: string): Problem[] {
  return [...readOwnership(sharedSdl).milestones]
    .filter(([, owners]) => owners.length !== 1)
    .map(([milestone, owners]) => ({
      file: SHARED,
      at: `Milestone.${milestone}`,
      wrong: owners.length === 0 ? 'has no owner' : `has ${owners.length} owners`,
      right: 'add one @owner(system: …): the system whose record tells that it was reached',
    }));
}

/** What may be proposed can be written, by an act that asks whom the caller acts for. */
function proposals(files: readonly SubgraphFile[]): Problem[] {
  const { owners, acts } = readOwnership(files.map(({ sdl }) => sdl).join('\n'));
  const claims = [...acts.values()].flat();
  return [...owners]
    .filter(
      ([at, owner]) => owner.proposals && !claims.some(({ field, judgedBy }) => field === at && judgedBy === 'CALLER'),
    )
    .map(([at]) => ({
      file: files.find((file) => objectsOf(file).some((type) => declares(type, at)))?.file ?? 'schema',
      at,
      wrong: 'may be proposed, but no act judged by its caller changes it',
      right: 'take `proposals` away, or add an input with @writes for it',
    }));
}

/** `observedByCrm` is the CRM's: what a system holds of fields that others own is told by itself, and in one form. */
function observed(files: readonly SubgraphFile[], sharedSdl: string): Problem[] {
  return files.flatMap((file) => {
    const system = systemOf(file.name, sharedSdl);
    const name = `observedBy${system.charAt(0)}${system.slice(1).toLowerCase()}`;
    return objectsOf(file).flatMap((type) =>
      (type.fields ?? [])
        .filter((field) => typeName(field.type) === 'ObservedValue' || field.name.value.startsWith('observed'))
        .filter(
          (field) =>
            field.name.value !== name ||
            typeName(field.type) !== 'ObservedValue' ||
            argumentsOf(field.directives, 'owner').some((owner) => owner.system !== system),
        )
        .map((field) => ({
          file: file.file,
          at: `${type.name.value}.${field.name.value}`,
          wrong: `is not how ${system} tells what it holds of fields that others own`,
          right: `write ${name}: [ObservedValue!] @owner(system: ${system})`,
        })),
    );
  });
}

const declares = (type: ReturnType<typeof objectsOf>[number], at: string): boolean =>
  (type.fields ?? []).some((field) => `${type.name.value}.${field.name.value}` === at);

import { ConfigError } from '../../../platform/config.ts';
import { id } from '../../../platform/ids.ts';
import { listed } from '../../../platform/port/instances.ts';
import type { LegalEntityId } from '../model.ts';

/** Which ERP keeps the books of which legal entity. Ids of legal entities are the company's own and name no instance. */
export interface Routes {
  /** The id by which the instance knows the legal entity; null when it does not keep its books. */
  ownId(instance: string, entity: LegalEntityId): LegalEntityId | null;
  /** The company's id for the legal entity that the instance calls so; null for one that is kept elsewhere. */
  entityOf(instance: string, ownId: LegalEntityId): LegalEntityId | null;
  /** Where a legal entity is at home: the instance that is named for it first. */
  homeOf(entity: LegalEntityId): string | null;
}

interface Rule {
  readonly entity: string;
  readonly instance: string;
  readonly ownId: string;
}

const RULE = /^([^:/,\s]+):([^:/,\s]+)(?:\/([^:/,\s]+))?$/;
const FORM =
  'must be a legal entity and its instance, like 2:emea, 2:emea/1 where the ERP calls it 1, or *:us for all others';

/**
 * Reads `ERP_ROUTES`: `1:us,2:emea/1,*:us`. A legal entity named twice is at home in the instance named first, and kept in
 * the other one as well, as it is while its customers are moved. @throws ConfigError with every problem
 */
export function readRoutes(text: string | undefined, instances: readonly string[]): Routes {
  const problems: string[] = [];
  const rules = listed(text).flatMap((entry): Rule[] => {
    const [, entity, instance, ownId] = entry.match(RULE) ?? [];
    if (entity === undefined || instance === undefined || (entity === '*' && ownId !== undefined)) {
      problems.push(`ERP_ROUTES: ${entry} ${FORM}`);
      return [];
    }
    if (!instances.includes(instance)) {
      problems.push(`ERP_ROUTES: ${entry} leads to ${instance}, which must be one of ${instances.join(', ')}`);
      return [];
    }
    return [{ entity, instance, ownId: ownId ?? entity }];
  });
  if (problems.length === 0) problems.push(...contradictions(rules, instances));
  if (problems.length > 0) throw new ConfigError(problems);
  return routesOf(rules);
}

function contradictions(rules: readonly Rule[], instances: readonly string[]): string[] {
  if (rules.length === 0) return [`ERP_ROUTES: is required beside ERP_INSTANCES; each entry ${FORM}`];
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { entity, instance, ownId } of rules) {
    for (const key of [`${entity}:${instance}`, ...(entity === '*' ? ['*'] : [`${instance}/${ownId}`])]) {
      if (seen.has(key)) problems.push(`ERP_ROUTES: ${key} is there twice; say it once`);
      seen.add(key);
    }
  }
  const unused = instances.filter((name) => !rules.some(({ instance }) => instance === name));
  return [
    ...problems,
    ...unused.map((name) => `ERP_ROUTES: no legal entity leads to ${name}; name one or leave it out`),
  ];
}

function routesOf(rules: readonly Rule[]): Routes {
  const named = rules.filter(({ entity }) => entity !== '*');
  const others = rules.find(({ entity }) => entity === '*')?.instance ?? null;
  const isNamed = (entity: string) => named.some((rule) => rule.entity === entity);
  return {
    ownId(instance, entity) {
      const rule = named.find((one) => one.entity === entity && one.instance === instance);
      if (rule) return id(rule.ownId);
      return instance === others && !isNamed(entity) ? entity : null;
    },
    entityOf(instance, ownId) {
      const rule = named.find((one) => one.ownId === ownId && one.instance === instance);
      if (rule) return id(rule.entity);
      return instance === others && !isNamed(ownId) ? ownId : null;
    },
    homeOf: (entity) => named.find((rule) => rule.entity === entity)?.instance ?? others,
  };
}

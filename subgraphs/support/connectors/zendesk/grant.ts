import type { WriteCall } from '../../../../platform/call.ts';
import type { EntitlementGrant } from '../../model.ts';
import type { Granted } from '../../port.ts';
import type { ZendeskApi } from './api.ts';
import { hasKey, withKey } from './effect-keys.ts';
import { RECORDS, recordsByExternalId, recordsOfSubscription } from './entitlements.ts';
import { entitlementOf } from './translate.ts';
import { type EntitlementRecord, OneRecord } from './wire.ts';

/**
 * Makes the rights of one subscription as named: one record per SKU, whose external id `<subscription>:<sku>` makes saying it
 * twice the same as once. What is not named is revoked and kept. Records of different SKUs do not touch one another, so they
 * are written side by side; what is as it should be is not written at all.
 */
export async function grant(change: EntitlementGrant, api: ZendeskApi, call: WriteCall): Promise<Granted> {
  const named = new Map(change.rights.map((right) => [`${change.subscriptionId}:${right.sku}`, right]));
  const [bySubscription, byExternalId] =
    change.isNew && call.isFirst
      ? [[], []]
      : await Promise.all([
          recordsOfSubscription(change, api, call),
          recordsByExternalId([...named.keys()], api, call),
        ]);
  const held = new Map([...bySubscription, ...byExternalId].map((record) => [record.external_id ?? record.id, record]));

  const settled = await allSettledOrThrow([
    ...[...named].map(async ([externalId, right]) => {
      const before = held.get(externalId);
      return { record: await put(before, externalId, right), named: true };
    }),
    ...[...held]
      .filter(([externalId, record]) => !named.has(externalId) && isActive(record))
      .map(async ([, record]) => ({ record: await revoke(record), named: false })),
  ]);
  return {
    after: settled.filter(({ named, record }) => named && isActive(record)).map(({ record }) => entitlementOf(record)),
    revoked: settled.filter(({ named }) => !named).map(({ record }) => entitlementOf(record)),
  };

  async function put(
    before: EntitlementRecord | undefined,
    externalId: string,
    right: EntitlementGrant['rights'][number],
  ): Promise<EntitlementRecord> {
    const fields = before?.custom_object_fields;
    const asNamed =
      before !== undefined &&
      isActive(before) &&
      fields?.seats === right.seats &&
      (fields.ends_on ?? null) === change.endsOn &&
      fields.organization === change.orgId;
    if (before !== undefined && (asNamed || hasKey(fields?.hub_keys, call.key))) return before;
    return write(externalId, `${right.sku} for ${change.subscriptionId}`, {
      sku: right.sku,
      seats: right.seats,
      ...(before === undefined ? { seats_used: 0 } : {}),
      // A right that runs keeps its first day.
      ...(before !== undefined && isActive(before) ? {} : { starts_on: change.startsOn }),
      ends_on: change.endsOn,
      subscription_id: change.subscriptionId,
      organization: change.orgId,
      status: 'active',
      hub_keys: withKey(fields?.hub_keys, call.key),
    });
  }

  async function revoke(record: EntitlementRecord): Promise<EntitlementRecord> {
    const { sku, hub_keys } = record.custom_object_fields;
    if (hasKey(hub_keys, call.key)) return record;
    const fields = { status: 'revoked', hub_keys: withKey(hub_keys, call.key) };
    return write(record.external_id ?? null, `${sku} for ${change.subscriptionId}`, fields, record.id);
  }

  /** "Set Custom Object Record by External Id"; a record that somebody made without one is updated by its id. */
  async function write(
    externalId: string | null,
    name: string,
    fields: Readonly<Record<string, string | number | null>>,
    id?: string,
  ): Promise<EntitlementRecord> {
    const answer = await api.write(
      {
        method: 'PATCH',
        path: externalId === null ? `${RECORDS}/${encodeURIComponent(String(id))}` : RECORDS,
        ...(externalId === null ? {} : { query: { external_id: externalId } }),
        body: { custom_object_record: { name, custom_object_fields: fields } },
      },
      OneRecord,
      call,
    );
    return answer.custom_object_record;
  }
}

const isActive = ({ custom_object_fields }: EntitlementRecord): boolean => custom_object_fields.status === 'active';

/** Waits for all writes, so that none is under way when the caller begins to undo; then throws the first failure, if any. */
async function allSettledOrThrow<T>(writes: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(writes);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

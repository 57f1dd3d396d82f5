import { z } from 'zod';
import { moneyOf } from '../../../../platform/money.ts';
import { addressIn, type HeldRecord, heldAddress } from '../../../../platform/port/scan.ts';
import type { CrmRecord, CrmScanPort } from '../../scan-port.ts';
import { read } from './failures.ts';
import type { ReadBatch } from './read-batch.ts';
import type { Session } from './session.ts';
import { checkId, quoted } from './soql.ts';

const FIELDS = [
  ...['Id', 'Name', 'Hub_Id__c', 'IsDeleted', 'MasterRecordId', 'Region__c', 'Segment__c', 'CurrencyIsoCode'],
  ...['BillingStreet', 'BillingCity', 'BillingState', 'BillingPostalCode', 'BillingCountry', 'Contracted_Monthly__c'],
];
const text = z.string().nullable();
const ScanRow = z.object({
  ...{ Id: z.string(), Name: z.string(), Hub_Id__c: text, IsDeleted: z.boolean(), MasterRecordId: text },
  ...{ Region__c: text, Segment__c: text, CurrencyIsoCode: z.string() },
  ...{ BillingStreet: text, BillingCity: text, BillingState: text, BillingPostalCode: text, BillingCountry: text },
  Contracted_Monthly__c: z.number().nullable(),
});
type ScanRow = z.infer<typeof ScanRow>;

/**
 * Every account in the order of ids, deleted ones too as long as they are in the recycle bin ("QueryAll", REST API guide,
 * resources_queryall.htm); up to 2,000 rows come in one answer.
 */
export function createScans(batch: ReadBatch, session: Session): CrmScanPort {
  return {
    async scanAccounts({ first, after }, call) {
      if (after !== null) checkId('Account', after);
      const beyond = after === null ? '' : ` WHERE Id > ${quoted(after)}`;
      const soql = `SELECT ${FIELDS.join(', ')} FROM Account${beyond} ORDER BY Id LIMIT ${first + 1}`;
      const rows = (await batch.query(soql, call, { deletedToo: true })).map((row) => read(ScanRow, row, 'Account'));
      const entries = rows.slice(0, first).map(toRecord);
      return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.externalId ?? after };
    },

    async correctCopy({ externalId, values }, call) {
      checkId('Account', externalId);
      const { 'Customer.legalName': name, 'Customer.billingAddress': address } = values;
      const at = address === undefined ? null : addressIn(address);
      const body = {
        ...(typeof name === 'string' ? { Name: name } : {}),
        ...(at === null
          ? {}
          : {
              BillingStreet: at.line1,
              BillingCity: at.city,
              BillingState: at.region,
              BillingPostalCode: at.postalCode,
              BillingCountry: at.country,
            }),
      };
      const path = `/sobjects/Account/${encodeURIComponent(externalId)}`;
      await session.send({ method: 'PATCH', path, body, write: true }, call);
    },
  };
}

const stateOf = ({ MasterRecordId, IsDeleted }: ScanRow): HeldRecord['state'] =>
  MasterRecordId !== null ? 'MERGED' : IsDeleted ? 'DELETED' : 'STANDS';

const toRecord = (row: ScanRow): CrmRecord => ({
  externalId: row.Id,
  hubId: row.Hub_Id__c,
  state: stateOf(row),
  values: {
    'Customer.legalName': row.Name,
    'Customer.segment': row.Segment__c,
    'Customer.region': row.Region__c,
    'Customer.billingAddress': heldAddress({
      line1: row.BillingStreet?.split(/\r?\n/).filter(Boolean).join(', ') ?? null,
      line2: null,
      city: row.BillingCity,
      region: row.BillingState,
      postalCode: row.BillingPostalCode,
      country: row.BillingCountry,
    }),
  },
  contractedMonthly:
    row.Contracted_Monthly__c === null ? null : moneyOf(row.Contracted_Monthly__c, row.CurrencyIsoCode),
});

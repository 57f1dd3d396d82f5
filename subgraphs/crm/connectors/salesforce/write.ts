import { z } from 'zod';
import type { Call, WriteCall } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { Money } from '../../../../platform/money.ts';
import type { CrmPort } from '../../port.ts';
import { failureOf, read, reasonOf, SYSTEM } from './failures.ts';
import type { Session } from './session.ts';
import { checkId, type IdObject, withoutReferences } from './soql.ts';
import { accountFields, stageOf, stageWords, vendorAmount } from './translate.ts';
import { CompositeAnswer } from './wire.ts';

type Writes = Pick<
  CrmPort,
  'noteActivity' | 'retractActivity' | 'closeWon' | 'reopen' | 'noteContract' | 'retractContract' | 'updateAccount'
>;

/** What is looked at before an opportunity is closed or reopened. */
const OpportunityState = z.object({
  StageName: z.string(),
  CloseDate: z.string(),
  Amount: z.number().nullable(),
  Sales_Order_Number__c: z.string().nullable(),
  Stage_Before_Win__c: z.string().nullable(),
});
type OpportunityState = z.infer<typeof OpportunityState>;

/** The writing half of the port. Each write is a call of its own. */
export function createWrites(session: Session): Writes {
  async function stateOf(opportunityId: string, call: Call): Promise<OpportunityState> {
    const fields = Object.keys(OpportunityState.shape).join(',');
    const path = `/sobjects/Opportunity/${encodeURIComponent(opportunityId)}?fields=${fields}`;
    return read(OpportunityState, await session.send({ method: 'GET', path }, call), 'Opportunity');
  }

  const patch = (object: IdObject, id: string, body: object, call: Call) =>
    session.send({ method: 'PATCH', path: `/sobjects/${object}/${encodeURIComponent(id)}`, body, write: true }, call);

  /** All parts or none. @returns the vendor's code of the part that failed, and where; null when all took effect */
  async function together(parts: readonly Part[], call: Call): Promise<Failed | null> {
    const compositeRequest = parts.map(({ name, path, ...part }) => ({
      ...part,
      url: `${session.apiPath}${path}`,
      referenceId: name,
    }));
    const body = { allOrNone: true, compositeRequest };
    const sent = await session.send({ method: 'POST', path: '/composite', body, write: true }, call);
    const { compositeResponse } = read(CompositeAnswer, sent, 'composite');
    const failed = compositeResponse.filter(({ httpStatusCode }) => httpStatusCode >= 400);
    const first = failed.find((each) => reasonOf(each.body) !== 'PROCESSING_HALTED') ?? failed[0];
    if (!first) return null;
    const error = failureOf({ status: first.httpStatusCode, body: first.body, write: true });
    return { name: first.referenceId, reason: reasonOf(first.body), error };
  }

  return {
    async closeWon({ opportunityId, salesOrderNumber, amount, closedOn }, call) {
      checkId('Opportunity', opportunityId);
      const now = await stateOf(opportunityId, call);
      const stage = stageOf(now.StageName);
      if (stage === 'CLOSED_WON' && now.Sales_Order_Number__c === salesOrderNumber) return;
      if (stage === 'CLOSED_WON' && now.Sales_Order_Number__c !== null) {
        throw refused('the opportunity was won by another order already');
      }
      if (stage === 'CLOSED_LOST') throw refused('the opportunity was lost; put it back into an open stage first');
      const won = {
        StageName: 'Closed Won',
        CloseDate: closedOn,
        ...moneyFields('Amount', amount),
        Sales_Order_Number__c: salesOrderNumber,
        Stage_Before_Win__c: now.StageName, // several of the vendor's stages are one of ours: the undo needs the very one
      };
      await patch('Opportunity', opportunityId, won, call);
    },

    async reopen({ before, salesOrderNumber }, call) {
      checkId('Opportunity', before.id);
      let now: OpportunityState;
      try {
        now = await stateOf(before.id, call);
      } catch (error) {
        if (error instanceof HubError && error.code === 'NOT_FOUND') return; // nothing is left to be put back
        throw error;
      }
      if (stageOf(now.StageName) !== 'CLOSED_WON') return;
      if (salesOrderNumber !== undefined && now.Sales_Order_Number__c !== salesOrderNumber) return;
      const words = stageWords(before.stage);
      const noted = now.Stage_Before_Win__c;
      const StageName = noted !== null && words.includes(noted) ? noted : words[0];
      const again = {
        StageName,
        CloseDate: before.closesOn,
        ...(before.amount === null ? { Amount: null } : moneyFields('Amount', before.amount)),
        Sales_Order_Number__c: before.salesOrderNumber,
        Stage_Before_Win__c: null,
        ...(before.probabilityPercent === null ? {} : { Probability: before.probabilityPercent }),
      };
      await patch('Opportunity', before.id, again, call);
    },

    async noteContract({ accountId, contractedMonthly, summary }, call) {
      checkId('Account', accountId);
      const account = {
        method: 'PATCH',
        name: 'account',
        path: `/sobjects/Account/${encodeURIComponent(accountId)}`,
        body: moneyFields('Contracted_Monthly__c', contractedMonthly),
      };
      // Created, not upserted: a note that is there already takes the account's part back with it, so that a late
      // repetition cannot put an old value over a newer one.
      const note = {
        method: 'POST',
        name: 'note',
        path: '/sobjects/Task',
        body: {
          WhatId: accountId,
          Subject: 'Contract',
          Description: withoutReferences(summary).slice(0, 32_000),
          Status: 'Completed',
          Hub_Key__c: noteKey(call),
        },
      };
      const failed = await together([account, note], call);
      if (failed === null || (failed.name === 'note' && failed.reason === 'DUPLICATE_VALUE')) return;
      throw failed.error;
    },

    async retractContract({ accountId, before }, call) {
      checkId('Account', accountId);
      const account = {
        method: 'PATCH',
        name: 'account',
        path: `/sobjects/Account/${encodeURIComponent(accountId)}`,
        body: before === null ? { Contracted_Monthly__c: null } : moneyFields('Contracted_Monthly__c', before),
      };
      const note = {
        method: 'DELETE',
        name: 'note',
        path: `/sobjects/Task/Hub_Key__c/${encodeURIComponent(noteKey(call))}`,
      };
      const failed = await together([note, account], call);
      // No note under this key: nothing was told, or it was taken back already. The value stays as it is.
      if (failed === null || (failed.name === 'note' && failed.error.code === 'NOT_FOUND')) return;
      throw failed.error;
    },

    async noteActivity({ accountId, subject, text }, call) {
      checkId('Account', accountId);
      const note = {
        WhatId: accountId,
        Subject: subject.slice(0, 255),
        Description: text.slice(0, 32_000),
        Status: 'Completed',
        Hub_Key__c: noteKey(call),
      };
      try {
        await session.send({ method: 'POST', path: '/sobjects/Task', body: note, write: true }, call);
      } catch (error) {
        if ((error as Partial<HubError>).reason !== 'DUPLICATE_VALUE') throw error; // it was left already
      }
    },

    async retractActivity({ accountId }, call) {
      checkId('Account', accountId);
      const path = `/sobjects/Task/Hub_Key__c/${encodeURIComponent(noteKey(call))}`;
      try {
        await session.send({ method: 'DELETE', path, write: true }, call);
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== 'NOT_FOUND') throw error;
      }
    },

    async updateAccount(change, call) {
      checkId('Account', change.accountId);
      const fields = accountFields(change);
      if (Object.keys(fields).length > 0) await patch('Account', change.accountId, fields, call);
    },
  };
}

interface Part {
  readonly method: string;
  readonly name: string;
  /** Below the API's version. */
  readonly path: string;
  readonly body?: object;
}

interface Failed {
  readonly name: string;
  readonly reason: string | null;
  readonly error: HubError;
}

/** An amount and its currency: in an org with several currencies the record's own code says what its amounts mean. */
const moneyFields = (field: string, amount: Money) => ({
  [field]: vendorAmount(amount),
  CurrencyIsoCode: amount.currency,
});

/** The same wherever the key goes, in a body or in a path. */
export const noteKey = (call: WriteCall): string => withoutReferences(call.key);

const refused = (why: string): HubError =>
  new HubError('REFUSED', `${SYSTEM} cannot close this as won: ${why}`, { system: SYSTEM });

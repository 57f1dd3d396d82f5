import { z } from 'zod';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { CrmPort } from '../../port.ts';
import { failureOf, read, reasonOf, SYSTEM } from './failures.ts';
import type { Session } from './session.ts';
import { withoutReferences } from './soql.ts';
import { accountFields } from './translate.ts';
import { CompositeAnswer } from './wire.ts';

const Saved = z.object({ id: z.string().regex(/^001[A-Za-z0-9]{15}$/) });
const Held = z.object({ Hub_Key__c: z.string().nullable() });

/**
 * An account with its first contact, both or neither: "Insert or Update (Upsert) a Record Using an External ID"
 * (api_rest/dome_upsert.htm) in one composite request. The hub id is the account's external id, the key that of the contact.
 */
export function createAccountOpening(session: Session): Pick<CrmPort, 'openAccount' | 'closeAccount'> {
  const keyed = (key: string): string => encodeURIComponent(withoutReferences(key));
  const at = (hubId: string): string => `/sobjects/Account/Hub_Id__c/${encodeURIComponent(hubId)}`;
  async function gone(path: string, call: Parameters<CrmPort['closeAccount']>[1]): Promise<void> {
    try {
      await session.send({ method: 'DELETE', path, write: true }, call);
    } catch (error) {
      if (errorCode(error) !== 'NOT_FOUND') throw error;
    }
  }

  return {
    async openAccount({ hubId, name, currency, contact, ...details }, call) {
      const account = {
        Name: name,
        CurrencyIsoCode: currency,
        Hub_Key__c: withoutReferences(call.key),
        ...(details.region === null ? {} : { Region__c: details.region }),
        ...accountFields({ accountId: id(''), ...details.fields }),
      };
      const person = {
        AccountId: '@{account.id}',
        FirstName: withoutReferences(contact.firstName),
        LastName: withoutReferences(contact.lastName),
        Email: contact.email,
      };
      const body = {
        allOrNone: true,
        compositeRequest: [
          { method: 'PATCH', url: `${session.apiPath}${at(hubId)}`, referenceId: 'account', body: plain(account) },
          {
            method: 'PATCH',
            url: `${session.apiPath}/sobjects/Contact/Hub_Key__c/${keyed(call.key)}`,
            referenceId: 'contact',
            body: person,
          },
        ],
      };
      const sent = await session.send({ method: 'POST', path: '/composite', body, write: true }, call);
      const { compositeResponse } = read(CompositeAnswer, sent, 'composite');
      const failed = compositeResponse.filter(({ httpStatusCode }) => httpStatusCode >= 400);
      const first = failed.find((each) => reasonOf(each.body) !== 'PROCESSING_HALTED') ?? failed[0];
      if (first) throw failureOf({ status: first.httpStatusCode, body: first.body, write: true });
      const saved = compositeResponse.find(({ referenceId }) => referenceId === 'account');
      if (!saved) throw new HubError('IN_DOUBT', `${SYSTEM} did not say which account it made`, { system: SYSTEM });
      return id(read(Saved, saved.body, 'Account').id);
    },

    async closeAccount({ hubId }, call) {
      await gone(`/sobjects/Contact/Hub_Key__c/${keyed(call.key)}`, call);
      let held: z.infer<typeof Held>;
      try {
        held = read(
          Held,
          await session.send({ method: 'GET', path: `${at(hubId)}?fields=Hub_Key__c` }, call),
          'Account',
        );
      } catch (error) {
        if (errorCode(error) === 'NOT_FOUND') return;
        throw error;
      }
      if (held.Hub_Key__c === withoutReferences(call.key)) await gone(at(hubId), call);
    },
  };
}

/** Text that people wrote must not be taken for a reference to another part's answer. */
const plain = (fields: Readonly<Record<string, string | null>>): Record<string, string | null> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === null ? null : withoutReferences(value)]),
  );

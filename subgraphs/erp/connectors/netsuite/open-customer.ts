import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import { TERM_DAYS } from '../../payment-terms.ts';
import type { ErpPort } from '../../port.ts';
import { jsonOf, parsed, refused } from './failures.ts';
import * as queries from './queries.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { CurrencyIdRow, TermRow } from './wire.ts';

/** What is read of a customer by its external id: REST API Browser 2026.2, record `customer`. */
const CustomerRecord = z.object({
  id: z.string(),
  isInactive: z.boolean().optional(),
  custentity_concord_key: z.string().nullish(),
});

/**
 * Customers by upsert: the hub id is the external id, so that the same customer twice is one record. Help: "Using Upsert"
 * (section_156335203191). A customer is not deleted but made inactive: what was booked on it meanwhile stays whole.
 */
export function createCustomerOpening(
  session: Session,
  suiteql: SuiteQl,
): Pick<ErpPort, 'openCustomer' | 'closeCustomer'> {
  const path = (hubId: string): string => `${RECORD}/customer/eid:${encodeURIComponent(hubId)}`;
  async function held(hubId: string, call: Call) {
    const response = await session.send({ method: 'GET', path: path(hubId), mayBeAbsent: true }, call);
    return response.status === 404 ? null : parsed(CustomerRecord, jsonOf(response));
  }

  return {
    async openCustomer(draft, call) {
      const before = await held(draft.hubId, call);
      if (before !== null) return id(before.id);
      if (!isInternalId(draft.legalEntityId)) throw refused('it has no such legal entity', 'legalEntityId');
      const [[currency], terms] = await Promise.all([
        suiteql.rows(queries.currencyId(draft.currency), CurrencyIdRow, call),
        suiteql.rows(queries.terms, TermRow, call),
      ]);
      const term = terms.find(({ termdays }) => termdays === TERM_DAYS[draft.paymentTerms]);
      if (!currency) throw refused(`it does not deal in ${draft.currency}`, 'currency');
      if (!term) throw refused(`no payment terms of ${TERM_DAYS[draft.paymentTerms]} days are set up`, 'paymentTerms');
      const { billingAddress: at } = draft;
      const body = {
        companyName: draft.legalName,
        email: draft.email,
        subsidiary: { id: draft.legalEntityId },
        currency: { id: currency.id },
        terms: { id: term.id },
        custentity_concord_key: call.key,
        ...(draft.taxId === null
          ? {}
          : { taxRegistration: { items: [{ taxRegistrationNumber: draft.taxId, nexusCountry: { id: at.country } }] } }),
        addressBook: {
          items: [
            {
              defaultBilling: true,
              addressBookAddress: {
                ...{ addr1: at.line1, addr2: at.line2, city: at.city, state: at.region, zip: at.postalCode },
                country: { id: at.country },
              },
            },
          ],
        },
      };
      await session.send({ method: 'PUT', path: path(draft.hubId), body: JSON.stringify(body), write: true }, call);
      const after = await held(draft.hubId, call);
      if (after === null) throw refused('it took the customer but does not show it', undefined);
      return id(after.id);
    },

    async closeCustomer({ hubId }, call) {
      const before = await held(hubId, call);
      if (before === null || before.isInactive || before.custentity_concord_key !== call.key) return;
      const body = JSON.stringify({ isInactive: true });
      await session.send({ method: 'PATCH', path: path(hubId), body, write: true }, call);
    },
  };
}

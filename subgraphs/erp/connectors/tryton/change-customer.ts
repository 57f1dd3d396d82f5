import type { Call } from '../../../../platform/call.ts';
import type { ErpCustomerChange, PostalAddress } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import type { Acts } from './acts.ts';
import { refused } from './failures.ts';
import type { Pricing } from './pricing.ts';
import { isRecordId, type Records } from './records.ts';
import { billingAddressOf } from './translate.ts';
import * as wire from './wire.ts';

/** Changes name and terms on the party, and the address that its invoices go to. */
export function createChange(records: Records, acts: Acts, pricing: Pricing): Pick<ErpPort, 'updateCustomer'> {
  async function idOf(
    model: string,
    domain: readonly unknown[],
    why: string,
    field: string,
    call: Call,
  ): Promise<number> {
    const [row] = await records.search(model, { domain, fields: ['code'], row: wire.IdRow, limit: 1 }, call);
    if (!row) throw refused(why, { field: `billingAddress.${field}` });
    return row.id;
  }

  async function addressValues(address: PostalAddress, call: Call): Promise<Readonly<Record<string, unknown>>> {
    const { country: code, region } = address;
    const country =
      code === null
        ? null
        : await idOf('country.country', [['code', '=', code]], `it holds no country ${code}`, 'country', call);
    const subdivision =
      region === null
        ? null
        : await idOf(
            'country.subdivision',
            [
              ['country', '=', country],
              ['OR', ['name', '=', region], ['code', '=', region], ['code', '=', `${code}-${region}`]],
            ],
            `it holds no region ${region} of that country`,
            'region',
            call,
          );
    return {
      street: [address.line1, address.line2].filter((line) => line !== null).join('\n'),
      city: address.city,
      postal_code: address.postalCode,
      country,
      subdivision,
    };
  }

  async function partyOf(change: ErpCustomerChange, call: Call) {
    const question = {
      domain: [['id', '=', Number(change.customerId)]],
      fields: wire.ADDRESS_FIELDS,
      row: wire.AddressesRow,
    };
    const [party] = isRecordId(change.customerId) ? await records.search('party.party', question, call) : [];
    if (!party) throw refused('it holds no such customer that is active', { field: 'customerId' });
    return party;
  }

  return {
    async updateCustomer(change, call) {
      const { billingAddress, legalName, paymentTerms } = change;
      const [party, address, term] = await Promise.all([
        partyOf(change, call),
        billingAddress ? addressValues(billingAddress, call) : null,
        paymentTerms ? pricing.termOf(paymentTerms, call) : null,
      ]);
      const billing = billingAddressOf(party['addresses.']);
      const values = {
        ...(legalName === undefined ? {} : { name: legalName }),
        ...(term === null ? {} : { customer_payment_term: term }),
        ...(address === null
          ? {}
          : { addresses: [billing ? ['write', [billing.id], address] : ['create', [{ ...address, invoice: true }]]] }),
      };
      if (Object.keys(values).length > 0) await acts.write('party.party', party.id, values, call); // one transaction
    },
  };
}

import type { Trait, WorldCustomer } from '../../../../sandbox/data/world.ts';
import { type ErpGround, erpContract } from '../../../contract/erp.ts';
import { erpId, twoErps, US_CUSTOMERS, type Where } from './two-erps.ts';

erpContract('two NetSuite accounts behind one port', ground);

/** Neighbours in the list belong to different ERPs, so that each batch of the suite is split. */
async function ground(): Promise<ErpGround> {
  const erps = await twoErps();
  const emea = erps.customers.emea.filter(({ index }) => index >= US_CUSTOMERS);
  const busy = emea.find(({ orders, invoices }) => orders.length >= 2 && invoices.length >= 2);
  const [american] = erps.customers.us;
  const buyer = emea.find(({ traits, creditLimit }) => traits.length === 0 && creditLimit === null);
  const german = emea.find(
    ({ traits, creditLimit, legalEntityId }) => traits.length === 0 && creditLimit === null && legalEntityId === '2',
  );
  if (!busy || !american || !buyer || !german) throw new Error('the worlds are too small for these tests');
  const others = emea.filter((customer) => customer !== busy);
  const withTrait = (trait: Trait) => {
    const found = erps.customers.emea.find(({ traits }) => traits.includes(trait));
    if (!found) throw new Error(`no customer is ${trait}`);
    return asBuyer('emea', found);
  };
  return {
    port: erps.port,
    customers: [entry('emea', busy), entry('us', american), ...others.map((customer) => entry('emea', customer))],
    buyer: asBuyer('emea', buyer),
    onHold: withTrait('credit-hold'),
    withoutTax: withTrait('tax-refused'),
    otherLegalEntityId: '1',
    elsewhere: { buyer: asBuyer('emea', german), legalEntityId: '4' },
    otherCurrency: 'USD',
    goods: 'GDS-SENSOR-25',
    subscription: 'SUB-CLOUD-TEAM',
    inactive: 'GDS-SENSOR-8',
    customerCount: erps.customerCount,
    close: erps.close,
  };
}

const entry = (where: Where, customer: WorldCustomer) => ({
  id: erpId(where, customer),
  hubId: customer.hubId,
  legalName: customer.legalName,
});

const asBuyer = (where: Where, customer: WorldCustomer) => ({
  id: erpId(where, customer),
  legalEntityId: customer.legalEntityId,
  currency: customer.currency,
});

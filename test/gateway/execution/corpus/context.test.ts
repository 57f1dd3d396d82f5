import { tryCases } from './cases.ts';
import { part } from './part.ts';

const shop = part(
  `type Query { shop: Shop, shops: [Shop!] }
   type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String! goods: [Good!] }
   type Good @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$shop { currency }")): String }`,
  (() => {
    const price =
      (good: string) =>
      ({ currency }: { currency: string }) =>
        `${good} in ${currency}`;
    const goods = [
      { id: 'g', price: price('g') },
      { id: 'h', price: price('h') },
    ];
    const shops = [
      { id: '1', currency: 'EUR', goods },
      { id: '2', currency: 'USD', goods: goods.slice(1) },
    ];
    return { Query: { shop: shops[0], shops }, Shop: shops, Good: goods };
  })(),
);
const other = part(
  'type Good @key(fields: "id") { id: ID! name: String } type Shop @key(fields: "id") { id: ID! title: String }',
  {
    Good: [
      { id: 'g', name: 'G' },
      { id: 'h', name: 'H' },
    ],
    Shop: [
      { id: '1', title: 'S1' },
      { id: '2', title: 'S2' },
    ],
  },
);

tryCases([
  {
    name: 'an argument that is set from what stands above: such a supergraph is refused, and the message names the feature',
    notLoaded: /specs\.apollo\.dev\/context\/v0\.1/,
    apolloFails: 'it refuses such a supergraph too',
    parts: { shop, other },
    asks: [
      {
        query: '{ shop { goods { price } } }',
        data: { shop: { goods: [{ price: 'g in EUR' }, { price: 'h in EUR' }] } },
      },
      {
        query: '{ shops { title goods { name price } } }',
        data: {
          shops: [
            {
              title: 'S1',
              goods: [
                { name: 'G', price: 'g in EUR' },
                { name: 'H', price: 'h in EUR' },
              ],
            },
            { title: 'S2', goods: [{ name: 'H', price: 'h in USD' }] },
          ],
        },
      },
      {
        query: '{ __type(name: "Good") { fields { name args { name } } } }',
        data: {
          __type: {
            fields: [
              { name: 'id', args: [] },
              { name: 'price', args: [] },
              { name: 'name', args: [] },
            ],
          },
        },
      },
    ],
  },
]);

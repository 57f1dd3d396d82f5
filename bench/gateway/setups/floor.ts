/**
 * What plain Node needs for the same upstream calls: reads the request, makes the calls that the query needs all at once, parses each
 * answer, and answers with the texts of them, cut to as many bytes as a right answer has. No plan, no join, no check, nothing written anew:
 * no gateway in Node is below it.
 * Arguments: port, then name=url of each subgraph.
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { QUERIES, type QueryName } from '../shops/queries.ts';
import { PRODUCTS, USERS } from '../shops/shop.ts';
import { SUBGRAPHS, type SubgraphName } from '../subgraphs/subgraphs.ts';

interface Call {
  readonly subgraph: SubgraphName;
  readonly body: (shop: string) => string;
}

const [port = '', ...urls] = process.argv.slice(2);
const pools = new Map<string, { pool: Pool; path: string }>();
for (const [name, url] of urls.map((pair) => pair.split('=') as [string, string])) {
  const { origin, pathname } = new URL(url);
  pools.set(name, { pool: new Pool(origin), path: pathname });
}

const root = (subgraph: SubgraphName, query: string): Call => ({
  subgraph,
  body: (shop) => JSON.stringify({ query, variables: { shop } }),
});

const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const users = (shop: string) => numbered(USERS, (i) => ({ __typename: 'User', id: `u${shop}-${i}` }));
const products = (count: number, more: object) => (shop: string) =>
  numbered(count, (i) => ({ __typename: 'Product', upc: `p${shop}-${i}`, ...more }));

const entities = (subgraph: SubgraphName, selection: string, of: (shop: string) => readonly object[]): Call => ({
  subgraph,
  body: (shop) =>
    JSON.stringify({
      query: `query($representations:[_Any!]!){_entities(representations:$representations){${selection}}}`,
      variables: { representations: of(shop) },
    }),
});

const NESTED = 'reviews{id body author{__typename id username reviews{id body product{__typename upc}}}}';
const PRICED = { price: 500, weight: 500 };

/** The steps of a good plan, as a gateway that sends each entity once makes them. */
const CALLS: Readonly<Record<QueryName, readonly Call[]>> = {
  small: [
    root('accounts', 'query($shop:ID!){users(shop:$shop){__typename id name username}}'),
    entities('reviews', '... on User{reviews{id body}}', users),
  ],
  big: [
    root('accounts', 'query($shop:ID!){users(shop:$shop){__typename id username name}}'),
    root('products', 'query($shop:ID!){topProducts(shop:$shop,first:5){__typename upc name price weight}}'),
    entities('reviews', `... on User{reviews{id body product{__typename upc ${NESTED}}}}`, users),
    entities('reviews', `... on Product{${NESTED}}`, products(5, {})),
    entities('products', '... on Product{name price weight}', products(PRODUCTS, {})),
    entities('products', '... on Product{name price weight upc}', products(PRODUCTS, {})),
    entities('accounts', '... on User{name}', users),
    entities('inventory', '... on Product{inStock shippingEstimate}', products(5, PRICED)),
    entities('inventory', '... on Product{inStock shippingEstimate}', products(PRODUCTS, PRICED)),
  ],
};

const LENGTHS: Readonly<Record<QueryName, number>> = {
  big: JSON.stringify(QUERIES.big.answer('0000')).length,
  small: JSON.stringify(QUERIES.small.answer('0000')).length,
};

async function ask({ subgraph, body }: Call, shop: string): Promise<string> {
  const to = pools.get(subgraph);
  if (to === undefined) throw new Error(`No url for ${subgraph}; give all of ${Object.keys(SUBGRAPHS).join(', ')}`);
  const answer = await to.pool.request({
    method: 'POST',
    path: to.path,
    headers: { 'content-type': 'application/json' },
    body: body(shop),
  });
  const text = await answer.body.text();
  JSON.parse(text);
  return text;
}

async function answer(asked: string): Promise<string> {
  const { query, variables } = JSON.parse(asked) as { query: string; variables?: { shop?: string } }; // our own driver's
  const name = query === QUERIES.big.document ? 'big' : 'small';
  const shop = variables?.shop ?? '0000';
  const texts = await Promise.all(CALLS[name].map((call) => ask(call, shop)));
  let text = texts.join('');
  while (text.length < LENGTHS[name]) text += text;
  return text.slice(0, LENGTHS[name]);
}

createServer((request, response) => {
  let asked = '';
  request.setEncoding('utf8');
  request.on('data', (part: string) => {
    asked += part;
  });
  request.on('end', () => {
    answer(asked).then(
      (text) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(port), '127.0.0.1');

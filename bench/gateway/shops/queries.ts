import { type Product, type Review, type Shop, shippingEstimate, shopOf, type User } from './shop.ts';

/** A request that the gateways are measured with, and what its right answer is. */
export interface Query {
  readonly name: QueryName;
  /** One document with `$shop` as its variable: differing requests are what clients of one application send. */
  readonly document: string;
  /** The right answer, worked out from the data alone. */
  answer(shop: string): { data: unknown };
}

export type QueryName = 'big' | 'small';

/** 2 subgraph calls, 4.8 KB. */
const SMALL = `query Small($shop: ID!) { users(shop: $shop) { id name username reviews { id body } } }`;

/** All four subgraphs, several steps that wait for one another, 90 KB. */
const BIG = `
query Big($shop: ID!) {
  users(shop: $shop) {
    ...Person
    reviews { ...Opinion product { ...Article reviews { ...Opinion author { ...Person reviews { ...Opinion product { ...Article } } } } } }
  }
  topProducts(shop: $shop, first: 5) {
    ...Article
    reviews { ...Opinion author { ...Person reviews { ...Opinion product { ...Article } } } }
  }
}
fragment Person on User { id username name }
fragment Opinion on Review { id body }
fragment Article on Product { inStock name price shippingEstimate upc weight }
`;

const person = ({ id, username, name }: User) => ({ id, username, name });
const opinion = ({ id, body }: Review) => ({ id, body });
const article = (product: Product) => ({
  inStock: product.inStock,
  name: product.name,
  price: product.price,
  shippingEstimate: shippingEstimate(product.price, product.weight),
  upc: product.upc,
  weight: product.weight,
});

function bigAnswer({ users, products, reviews }: Shop) {
  const by = (user: User) => reviews.filter(({ author }) => author === user);
  const of = (product: Product) => reviews.filter((review) => review.product === product);
  const reviewed = (product: Product) => ({
    ...article(product),
    reviews: of(product).map((review) => ({
      ...opinion(review),
      author: {
        ...person(review.author),
        reviews: by(review.author).map((other) => ({ ...opinion(other), product: article(other.product) })),
      },
    })),
  });
  return {
    users: users.map((user) => ({
      ...person(user),
      reviews: by(user).map((review) => ({ ...opinion(review), product: reviewed(review.product) })),
    })),
    topProducts: products.slice(0, 5).map(reviewed),
  };
}

const smallAnswer = ({ users, reviews }: Shop) => ({
  users: users.map((user) => ({
    id: user.id,
    name: user.name,
    username: user.username,
    reviews: reviews.filter(({ author }) => author === user).map(opinion),
  })),
});

export const QUERIES: Readonly<Record<QueryName, Query>> = {
  big: { name: 'big', document: BIG, answer: (shop) => ({ data: bigAnswer(shopOf(shop)) }) },
  small: { name: 'small', document: SMALL, answer: (shop) => ({ data: smallAnswer(shopOf(shop)) }) },
};

/** The body of the HTTP request that asks the query of one shop. */
export const bodyOf = (query: Query, shop: string): string =>
  JSON.stringify({ query: query.document, variables: { shop } });

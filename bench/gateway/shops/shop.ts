/**
 * The data that the subgraphs serve: 1,000 shops, each with its own users, products and reviews. Every shop has the same shape and the
 * same sizes, so that requests for different shops cost the same and yet share nothing: no id, name, price or text is in two of them.
 */
export const SHOPS = 1_000;
export const USERS = 5;
export const PRODUCTS = 10;
/** By one user, and of one product: 20 reviews in all. */
const REVIEWS = 20;
const BODY_WORDS = 32;

export interface User {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly birthday: number;
}

export interface Product {
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
  readonly inStock: boolean;
}

export interface Review {
  readonly id: string;
  readonly body: string;
  readonly author: User;
  readonly product: Product;
}

export interface Shop {
  readonly users: readonly User[];
  readonly products: readonly Product[];
  readonly reviews: readonly Review[];
}

/** All of five letters: two texts of as many words are as long as one another. */
const WORDS = (
  'quiet sharp solid light heavy clean broad short crisp plain rough exact brief loyal vivid amber chair table shelf ' +
  'stool bench frame panel board wheel hinge screw paint grain cloth glass metal stone brick would rated again sound'
).split(' ');

/** The same number for the same words, spread evenly (FNV-1a with a last mix). */
function scatter(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) hash = Math.imul(hash ^ part, 0x01000193) ^ (hash >>> 13);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const word = (...seed: readonly number[]): string => WORDS[scatter(...seed) % WORDS.length] ?? 'plain';

/** The id of a shop as callers name it: four digits, `0000` to `0999`. */
export const shopId = (shop: number): string => String(shop).padStart(4, '0');

function build(shop: number): Shop {
  const at = shopId(shop);
  const users = Array.from({ length: USERS }, (_, user) => ({
    id: `u${at}-${user}`,
    name: `${word(shop, user, 1)} ${word(shop, user, 2)}`,
    username: `@${word(shop, user, 3)}${at}`,
    birthday: 1950 + (scatter(shop, user, 4) % 50),
  }));
  const products = Array.from({ length: PRODUCTS }, (_, product) => ({
    upc: `p${at}-${product}`,
    name: `${word(shop, product, 5)} ${word(shop, product, 6)}`,
    price: 100 + (scatter(shop, product, 7) % 900),
    weight: 100 + (scatter(shop, product, 8) % 900),
    inStock: product % 3 !== 0,
  }));
  const reviews = Array.from({ length: REVIEWS }, (_, review) => ({
    id: `r${at}-${String(review).padStart(2, '0')}`,
    body: Array.from({ length: BODY_WORDS }, (_, place) => word(shop, review, place, 9)).join(' '),
    author: users[review % USERS] as User, // within the list of 5
    product: products[Math.floor(review / 2)] as Product, // within the list of 10
  }));
  return { users, products, reviews };
}

const built = new Map<number, Shop>();

/** The shop of an id (`0042`) or of any id in it (`p0042-7`). @throws RangeError when there is none */
export function shopOf(id: string): Shop {
  const shop = Number(/\d{4}/.exec(id)?.[0] ?? Number.NaN);
  if (!(shop < SHOPS)) throw new RangeError(`No shop has an id like ${id}`);
  const known = built.get(shop) ?? build(shop);
  built.set(shop, known);
  return known;
}

/** What it costs to send a product: the heavier and the dearer, the more; always three digits. */
export const shippingEstimate = (price: number, weight: number): number => 100 + ((price + weight) % 900);

import { isDeepStrictEqual } from 'node:util';
import { bodyOf, QUERIES } from '../shops/queries.ts';
import { SHOPS, shopId } from '../shops/shop.ts';
import type { StartedGateway } from './started-gateway.ts';

const ASKED = [0, 1, 42, 500, SHOPS - 1, 0]; // the last: once more, now that all is cached

/** Asks both queries of several shops and compares with what the data says. Undefined: all right; else the first difference. */
export async function checkAnswers({ url, headers }: StartedGateway): Promise<string | undefined> {
  for (const query of Object.values(QUERIES)) {
    for (const shop of ASKED.map(shopId)) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: bodyOf(query, shop),
      });
      const text = await response.text();
      const where = `${query.name} of shop ${shop}`;
      if (response.status !== 200) return `${where}: status ${response.status}: ${text.slice(0, 200)}`;
      const { data, errors } = read(text);
      if (errors !== undefined) return `${where}: ${JSON.stringify(errors).slice(0, 200)}`;
      const right = query.answer(shop).data;
      if (!isDeepStrictEqual(data, right)) return `${where}: ${firstDifference(data, right, 'data')}`;
    }
  }
  return undefined;
}

/** A text that is no JSON is an answer without data. */
function read(text: string): { data?: unknown; errors?: unknown } {
  try {
    return JSON.parse(text) as { data?: unknown; errors?: unknown }; // a GraphQL answer; judged by who asks
  } catch {
    return { errors: `no JSON: ${text}` };
  }
}

function firstDifference(given: unknown, right: unknown, path: string): string {
  if (typeof given === 'object' && typeof right === 'object' && given !== null && right !== null) {
    for (const key of new Set([...Object.keys(right), ...Object.keys(given)])) {
      const [one, other] = [Reflect.get(given, key), Reflect.get(right, key)];
      if (!isDeepStrictEqual(one, other)) return firstDifference(one, other, `${path}.${key}`);
    }
  }
  return `${path} is ${JSON.stringify(given)?.slice(0, 80)}, ${JSON.stringify(right)?.slice(0, 80)} would be right`;
}

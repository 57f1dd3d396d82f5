import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RunningSandbox } from '../start.ts';
import { PERSON_HEADER } from './replay.ts';
import { VENDOR_NAMES, type VendorName } from './vendor.ts';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What the control API takes for `POST /as-person`. */
export const PersonsInput = z.strictObject({
  vendor: z.enum(VENDOR_NAMES, `must be one of ${VENDOR_NAMES.join(', ')}`),
  method: z.enum(METHODS, `must be one of ${METHODS.join(', ')}`),
  path: z.string('must be a path of its API').regex(/^\/\S*$/, 'must be a path of its API, beginning with /'),
  headers: z.record(z.string(), z.string(), 'must be names with text').default({}),
  body: z.union([z.string(), z.record(z.string(), z.unknown())], 'must be JSON, or text').optional(),
});

/** Has people at the vendors change things there; to the vendor it is a request like any other, but not the hub's. */
export const actingPersons =
  (apps: Readonly<Record<VendorName, FastifyInstance>>, personToken: string): RunningSandbox['asPerson'] =>
  async ({ vendor, method, path, headers = {}, body }) => {
    const answer = await apps[vendor].inject({
      method,
      url: path,
      headers: { ...headers, [PERSON_HEADER]: personToken },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, body: answer.body };
  };

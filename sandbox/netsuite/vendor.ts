import type { FastifyInstance } from 'fastify';
import type { Vendor, VendorContext, VendorDefinition } from '../core/vendor.ts';
import { createCredentials, requireBearer, TOKEN_PATH, tokenRoute } from './access.ts';
import { openBooks } from './books.ts';
import { limitConcurrency } from './concurrency.ts';
import { edit } from './edit.ts';
import { Problem, sendProblem } from './problem.ts';
import { recordRoutes } from './records.ts';
import { bookInvoices } from './seed-invoices.ts';
import { suiteqlRoute } from './suiteql.ts';

/** An account of the first service tier with one more licence. Several processes of the hub share it. */
const CONCURRENT_REQUESTS = 25;

/** NetSuite REST web services, 2026.2: OAuth 2.0 M2M, SuiteQL, and the records that the hub writes. */
export const vendor: VendorDefinition = {
  name: 'netsuite',
  credentials: createCredentials,
  environment: (baseUrl, credentials) => ({
    NETSUITE_BASE_URL: baseUrl,
    NETSUITE_ACCOUNT: credentials.account ?? '',
    NETSUITE_CLIENT_ID: credentials.clientId ?? '',
    NETSUITE_CERTIFICATE_ID: credentials.certificateId ?? '',
    NETSUITE_PRIVATE_KEY: (credentials.privateKey ?? '').replaceAll('\n', '\\n'),
  }),
  create: (context) => createNetSuite(context),
};

export function createNetSuite(context: VendorContext, limits = { concurrentRequests: CONCURRENT_REQUESTS }): Vendor {
  let books = openBooks(context.world);
  const current = () => books;
  return {
    routes(app: FastifyInstance): void {
      app.setErrorHandler((error, _request, reply) => sendProblem(error, reply));
      app.setNotFoundHandler((_request, reply) =>
        sendProblem(new Problem(404, 'NOT_FOUND', 'There is no such resource.'), reply),
      );
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
      limitConcurrency(app, limits.concurrentRequests);
      app.addHook('onRequest', async (request) => {
        if (!request.url.startsWith(TOKEN_PATH)) requireBearer(request, context);
      });
      tokenRoute(app, context);
      suiteqlRoute(app, current);
      recordRoutes(app, current, context);
    },
    edit: (change) => edit(books, change),
    book: (account) => bookInvoices(books, context.world, account),
    reset(): void {
      books.close();
      books = openBooks(context.world);
    },
    readOnly: [/^POST \/services\/rest\/auth\//, /^POST \/services\/rest\/query\//],
  };
}

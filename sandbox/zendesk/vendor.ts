import { isReplay } from '../core/replay.ts';
import type { RecordEdit, VendorContext, VendorDefinition } from '../core/vendor.ts';
import { rateLimit, requireAuthentication, tokenRoute } from './access.ts';
import { edit } from './edit.ts';
import { invalidEndpoint, sendError } from './errors.ts';
import { incrementalRoutes } from './incremental.ts';
import { jobRoutes } from './jobs.ts';
import { organizationRoutes } from './organizations.ts';
import { recordWrites } from './record-writes.ts';
import { recordRoutes } from './records.ts';
import { ZendeskState } from './state.ts';
import { ticketRoutes } from './tickets.ts';
import { announcer } from './webhooks.ts';

/** Far above any plan (the largest is 2,500): a demonstration must not run dry. Tests set their own. */
const REQUESTS_PER_MINUTE = 100_000;

/** Zendesk Support, API v2: organizations, tickets with SLA, and entitlements as records of a custom object. */
export const vendor: VendorDefinition = {
  name: 'zendesk',
  credentials: (random) => ({
    email: 'hub@example.com',
    apiToken: random(),
    clientId: 'concord_hub',
    clientSecret: random(),
    accessToken: random(),
    webhookSecret: random(),
  }),
  environment: (baseUrl, credentials) => ({
    ZENDESK_BASE_URL: baseUrl,
    ZENDESK_EMAIL: credentials.email ?? '',
    ZENDESK_API_TOKEN: credentials.apiToken ?? '',
    ZENDESK_WEBHOOK_SECRETS: credentials.webhookSecret ?? '',
  }),
  create: (context) => createZendesk(context),
};

export function createZendesk(context: VendorContext, limits = { requestsPerMinute: REQUESTS_PER_MINUTE }) {
  let state = new ZendeskState(context.world);
  const current = () => state;
  const forgets: (() => void)[] = [];
  return {
    routes(app: Parameters<ReturnType<VendorDefinition['create']>['routes']>[0]): void {
      const announce = announcer(context);
      const writes = recordWrites(current, context, announce);
      const count = rateLimit(context, limits.requestsPerMinute);
      app.setErrorHandler((error, _request, reply) => sendError(error, reply));
      app.addHook('onRequest', async (request, reply) => {
        if (request.url.startsWith('/oauth/') || isReplay(request)) return;
        requireAuthentication(context, request);
        count(reply);
      });
      app.setNotFoundHandler((_request, reply) => sendError(invalidEndpoint(), reply));
      tokenRoute(app, context);
      organizationRoutes(app, current, context, announce);
      recordRoutes(app, current, writes);
      incrementalRoutes(app, current, context);
      forgets.push(ticketRoutes(app, current, context, announce).forget, jobRoutes(app, current, writes).forget);
    },
    edit: (change: RecordEdit) => edit(state, change),
    reset(): void {
      state = new ZendeskState(context.world);
      for (const forget of forgets) forget();
    },
    readOnly: [/^POST \/oauth\/tokens$/, /^POST \/api\/v2\/custom_objects\/[^/]+\/records\/search$/],
  };
}

import type { Call } from '../../../../platform/call.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../../platform/http/client.ts';
import { failureOf } from './failures.ts';
import type { Tokens } from './token.ts';

/** Where the record service is. */
export const RECORD = '/services/rest/record/v1';

/** Requests in the name of the integration. */
export interface Session {
  /**
   * A 2xx answer, or 404 where the request expects it. A token that is refused is renewed once.
   * @throws the hub's errors for everything else
   */
  send(request: HttpRequest & { readonly mayBeAbsent?: boolean }, call: Call): Promise<HttpResponse>;
}

export function createSession(http: HttpClient, tokens: Tokens): Session {
  return {
    async send({ mayBeAbsent = false, ...request }, call) {
      const attempt = async () => {
        const token = await tokens.current(call.correlationId);
        const type: Record<string, string> = request.body === undefined ? {} : { 'content-type': 'application/json' };
        const headers = { ...type, ...request.headers, authorization: `Bearer ${token}` };
        const response = await http.send({ ...request, headers }, call);
        if (response.status === 401) tokens.refused(token);
        return response;
      };
      let response = await attempt();
      if (response.status === 401) response = await attempt(); // refused before anything was done: safe for writes too
      if (response.status >= 200 && response.status < 300) return response;
      if (response.status === 404 && mayBeAbsent) return response;
      throw failureOf(response, { write: request.write ?? false });
    },
  };
}

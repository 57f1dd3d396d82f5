import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { HttpClient, HttpResponse } from '../../../../platform/http/client.ts';
import type { TrytonConfig } from './config.ts';
import { parsed, resultOf, SYSTEM } from './failures.ts';
import { COMPANY_FIELDS, CompanyRow, Login, ModuleRow, Preferences } from './wire.ts';

/** What the hub must know of the user it works as. */
export interface Ground {
  /** Last parameter of every model call: company, language, groups. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly company: CompanyRow;
  /** Names of the activated modules among those that add fields the hub reads. */
  readonly modules: ReadonlySet<string>;
}

export interface Session {
  ground(call: Call): Promise<Ground>;
  /**
   * Calls a method in the user's context, `extra` added to it. A session that ended is renewed once.
   * @throws the hub's errors for everything but a result
   */
  ask<Schema extends z.ZodType>(
    method: string,
    params: readonly unknown[],
    answer: Schema,
    options: { write?: boolean; extra?: Readonly<Record<string, unknown>> },
    call: Call,
  ): Promise<z.infer<Schema>>;
}

interface Opened extends Ground {
  readonly authorization: string;
}

/** Modules that add fields to records of others; without them the fields must not be asked for. */
const OPTIONAL_MODULES = ['account_credit_limit', 'account_dunning', 'sale_subscription'];

export function createSession(config: TrytonConfig, http: HttpClient): Session {
  let held: Opened | undefined;
  let coming: Promise<Opened> | undefined;
  let calls = 0;

  /** The body's keys must be exactly these: a further one (`jsonrpc`) changes the form of the answer. */
  function post(method: string, params: readonly unknown[], about: Sending, call: Call): Promise<HttpResponse> {
    calls += 1;
    const headers = { 'content-type': 'application/json' };
    return http.send(
      {
        method: 'POST',
        path: config.path,
        headers: about.authorization === undefined ? headers : { ...headers, authorization: about.authorization },
        body: JSON.stringify({ id: calls, method, params }),
        write: about.write,
      },
      call,
    );
  }

  async function open(correlationId: string): Promise<Opened> {
    // Shared by many requests: the client's own timeout ends it, not the first caller that leaves.
    const call: Call = { correlationId, signal: new AbortController().signal };
    const read = async (method: string, params: readonly unknown[], authorization?: string) =>
      resultOf(await post(method, params, { authorization, write: false }, call), { write: false });
    const login = await read('common.db.login', [config.user, { password: config.password }]);
    if (login === null || login === false) {
      throw new HubError('CREDENTIAL', 'ERP does not accept the credential that the hub was given', { system: SYSTEM });
    }
    const [userId, key] = parsed(Login, login);
    const authorization = `Session ${Buffer.from(`${config.user}:${userId}:${key}`).toString('base64')}`;
    const preferences = parsed(Preferences, await read('model.res.user.get_preferences', [true, {}], authorization));
    // In English, whatever the user reads: some errors can be told apart only by their words.
    const context = { ...preferences, language: 'en' };
    const list = (model: string, domain: unknown, fields: readonly string[]) =>
      read(`model.${model}.search_read`, [domain, 0, null, null, fields, context], authorization);
    const [companies, modules] = await Promise.all([
      list('company.company', [['id', '=', preferences.company]], COMPANY_FIELDS),
      list(
        'ir.module',
        [
          ['state', '=', 'activated'],
          ['name', 'in', OPTIONAL_MODULES],
        ],
        ['name'],
      ),
    ]);
    return {
      authorization,
      context,
      company: parsed(CompanyRow, Array.isArray(companies) ? companies[0] : companies),
      modules: new Set(parsed(ModuleRow.array(), modules).map(({ name }) => name)),
    };
  }

  async function opened(call: Call): Promise<Opened> {
    if (held) return held;
    coming ??= open(call.correlationId)
      .then((session) => {
        held = session;
        return session;
      })
      .finally(() => {
        coming = undefined;
      });
    return coming;
  }

  return {
    ground: opened,
    async ask(method, params, answer, { write = false, extra = {} }, call) {
      const attempt = async () => {
        const session = await opened(call);
        const sent = [...params, { ...session.context, ...extra }];
        const response = await post(method, sent, { authorization: session.authorization, write }, call);
        if (response.status === 401 && held === session) held = undefined;
        return response;
      };
      let response = await attempt();
      if (response.status === 401) response = await attempt(); // refused before anything was done: safe for writes too
      return parsed(answer, resultOf(response, { write }));
    },
  };
}

interface Sending {
  readonly authorization?: string | undefined;
  readonly write: boolean;
}

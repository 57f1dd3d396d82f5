import { readFileSync } from 'node:fs';
import { realSystem } from '../../support/real-systems.ts';

interface SeededCustomer {
  readonly code: string;
  readonly name: string;
  readonly profile: string;
}

/** The customers that the seed gives a contact in RT: prospects and duplicates never wrote to support. */
export function seededOrgs(): { id: string; hubId: string; name: string }[] {
  const path = new URL('../../../../shared/real-systems/customers.json', import.meta.url);
  const customers: SeededCustomer[] = JSON.parse(readFileSync(path, 'utf8'));
  return customers
    .filter(({ profile }) => profile !== 'prospect' && profile !== 'duplicate')
    .map(({ code, name }) => ({ id: code, hubId: code, name }));
}

/** A seeded RT of this file's own, and what the hub needs to know of it. */
export function groundOfRt() {
  const rt = realSystem('rt');
  let url = '';
  let token = '';
  let root = '';
  async function ask(authorization: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
  return {
    skip: rt.skip,
    reset: () => rt.reset(),
    stop: () => rt.stop(),
    async start(): Promise<{ RT_BASE_URL: string; RT_TOKEN: string }> {
      const { RT_URL = '', RT_TOKEN = '', RT_PASSWORD = '' } = await rt.start();
      [url, token] = [RT_URL, RT_TOKEN];
      root = `Basic ${Buffer.from(`root:${RT_PASSWORD}`).toString('base64')}`; // the seed gives every user one password
      return { RT_BASE_URL: RT_URL, RT_TOKEN };
    },
    /** Asks RT beside the hub, as an agent would. */
    ask: (method: string, path: string, body?: unknown) => ask(`token ${token}`, method, path, body),
    /** The same as the administrator. */
    askAsRoot: (method: string, path: string, body?: unknown) => ask(root, method, path, body),
    /** A ticket of a customer, opened now. Its number. */
    async open(customer: string, subject: string, more: object = {}): Promise<string> {
      const fields = { CustomerNumber: customer, Severity: 'S3' };
      const ticket = { Queue: 'Support', Subject: subject, Content: subject, CustomFields: fields, ...more };
      const { id } = (await this.ask('POST', '/ticket', ticket)) as { id: number }; // README of the scripts: 201 `{id,type,_url}`
      return String(id);
    },
  };
}

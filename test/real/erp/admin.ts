import assert from 'node:assert/strict';

type Values = Readonly<Record<string, unknown>>;

/** Tryton as its administrator sees it: sets the stage for tests, and counts behind the connector's back. */
export interface Admin {
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  search(model: string, domain: readonly unknown[], fields: readonly string[]): Promise<Row[]>;
  /** The one record that fits. */
  one(model: string, domain: readonly unknown[], fields?: readonly string[]): Promise<Row>;
  create(model: string, values: Values): Promise<number>;
  write(model: string, id: number, values: Values): Promise<void>;
}

export interface Row {
  readonly id: number;
  readonly [field: string]: unknown;
}

/** `environment` as `tryton.sh` prints it; the administrator's password is the same. */
export async function adminOf(environment: Readonly<Record<string, string>>): Promise<Admin> {
  const { TRYTON_URL: url, TRYTON_DATABASE: database, TRYTON_PASSWORD: password } = environment;
  let calls = 0;
  async function rpc(method: string, params: readonly unknown[], authorization?: string): Promise<unknown> {
    calls += 1;
    const response = await fetch(`${url}/${database}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ id: calls, method, params }),
    });
    assert.equal(response.status, 200, method);
    const answer: unknown = await response.json();
    assert.ok(typeof answer === 'object' && answer !== null);
    assert.ok(!('error' in answer), `${method}: ${JSON.stringify('error' in answer ? answer.error : null)}`);
    return 'result' in answer ? answer.result : null;
  }
  const [userId, key] = (await rpc('common.db.login', ['admin', { password }])) as [number, string]; // the protocol's own answer
  const authorization = `Session ${Buffer.from(`admin:${userId}:${key}`).toString('base64')}`;
  const context = await rpc('model.res.user.get_preferences', [true, {}], authorization);
  const call = (method: string, ...params: readonly unknown[]) => rpc(method, [...params, context], authorization);
  const search = async (model: string, domain: readonly unknown[], fields: readonly string[]) =>
    (await call(`model.${model}.search_read`, domain, 0, null, null, fields)) as Row[]; // search_read always gives ids
  return {
    call,
    search,
    async one(model, domain, fields = []) {
      const [row, ...more] = await search(model, domain, ['id', ...fields]);
      assert.ok(row && more.length === 0, `one ${model} for ${JSON.stringify(domain)}`);
      return row;
    },
    async create(model, values) {
      const [id] = (await call(`model.${model}.create`, [values])) as number[]; // create answers the ids
      assert.ok(id !== undefined);
      return id;
    },
    async write(model, id, values) {
      await call(`model.${model}.write`, [id], values);
    },
  };
}

import { HubError } from '../../../platform/errors.ts';
import { around } from '../../../platform/port/methods.ts';
import { IDENTITY_METHODS, type IdentityPort } from '../port.ts';

/** SQLSTATE classes of a server that cannot serve now: connection, resources, operator, system. Others are defects of ours. */
const PASSING = /^(08|53|57|58)/;

/** The register with a database that cannot be reached told as UNAVAILABLE. */
export const asUnavailable = (register: IdentityPort): IdentityPort =>
  around(register, IDENTITY_METHODS, (_name, _method, next) => async (argument, call) => {
    try {
      return await next(argument, call);
    } catch (cause) {
      if (cause instanceof HubError) throw cause; // said by the register itself
      const code = String((cause as { code?: unknown } | null)?.code ?? '');
      const isSqlState = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
      if (isSqlState && !PASSING.test(code)) throw cause;
      throw new HubError('UNAVAILABLE', 'The register of customers cannot be reached', { system: 'HUB', cause });
    }
  });

import { id } from '../../platform/ids.ts';
import type { ErpCustomerId } from '../../subgraphs/erp/model.ts';
import { ERP_METHODS, type ErpPort } from '../../subgraphs/erp/port.ts';
import type { Directory } from './take-in.ts';

const AT_ONCE = ERP_METHODS.legalEntitiesOf.maxKeys;

/** The ERP's directory, each customer with the own companies that bill it: what `rows.legalEntities` of a key is compared with. */
export const withLegalEntities =
  (erp: Pick<ErpPort, 'directory' | 'legalEntitiesOf'>): Directory =>
  async (asked, call) => {
    const page = await erp.directory(asked, call);
    const ids = page.entries.map(({ externalId }): ErpCustomerId => id(externalId));
    const kept = await Promise.all(
      Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, nr) =>
        // Past the cache: by what it says people are let in.
        erp.legalEntitiesOf(ids.slice(nr * AT_ONCE, (nr + 1) * AT_ONCE), { ...call, fresh: true }),
      ),
    );
    const codes = kept.flat();
    return {
      ...page,
      entries: page.entries.map((entry, at) => ({ ...entry, rows: { legalEntities: codes[at] ?? [] } })),
    };
  };

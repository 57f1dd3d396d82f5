import { runSubgraph } from '../../platform/subgraph/run.ts';
import { connectErp } from './connect.ts';
import { createErpSubgraph } from './subgraph.ts';

await runSubgraph({ name: 'erp', standardPort: 4101, connect: connectErp, create: createErpSubgraph });

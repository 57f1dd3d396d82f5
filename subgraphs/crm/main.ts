import { runSubgraph } from '../../platform/subgraph/run.ts';
import { connectCrm } from './connect.ts';
import { createCrmSubgraph } from './subgraph.ts';

await runSubgraph({ name: 'crm', standardPort: 4103, connect: connectCrm, create: createCrmSubgraph });

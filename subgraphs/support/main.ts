import { runSubgraph } from '../../platform/subgraph/run.ts';
import { connectSupport } from './connect.ts';
import { createSupportSubgraph } from './subgraph.ts';

await runSubgraph({ name: 'support', standardPort: 4104, connect: connectSupport, create: createSupportSubgraph });

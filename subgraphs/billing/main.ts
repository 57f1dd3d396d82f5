import { runSubgraph } from '../../platform/subgraph/run.ts';
import { connectBilling } from './connect.ts';
import { createBillingSubgraph } from './subgraph.ts';

await runSubgraph({ name: 'billing', standardPort: 4102, connect: connectBilling, create: createBillingSubgraph });

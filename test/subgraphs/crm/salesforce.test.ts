import { crmContract } from '../../contract/crm.ts';
import { openOrg } from './org.ts';

crmContract('Salesforce, against the sandbox', () => openOrg());

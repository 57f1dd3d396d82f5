import { erpContract } from '../../contract/erp.ts';
import { sandboxGround } from './ground.ts';

erpContract('NetSuite', () => sandboxGround());

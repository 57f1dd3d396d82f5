import { describe } from 'node:test';
import { erpContract } from '../../contract/erp.ts';
import { trytonGround, trytonMissing } from './ground.ts';

describe('a real Tryton 6.0', { skip: trytonMissing }, () => erpContract('Tryton', () => trytonGround()));

import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { RpcAnswer } from '../../../../subgraphs/erp/connectors/tryton/wire.ts';

/** The body of an answer, as it was recorded. */
export const body = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/tryton/${name}.json`, import.meta.url), 'utf8');

export const rows = <Row extends z.ZodType>(name: string, row: Row): z.infer<Row>[] =>
  row.array().parse(RpcAnswer.parse(JSON.parse(body(name))).result);

import { z } from 'zod';
import { type Environment, readConfig } from '../../platform/config.ts';

const Shape = z.object({
  HUB_DATA_DIR: z.string().default('.hub'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be like postgres://user:password@host:5432/database' })
    .optional(),
});

/** Where the commands find the hub's database: the same variables as the hub's own. @throws ConfigError */
export const commandConfig = (env: Environment) => readConfig(Shape, env);

import { type Logger, pino } from 'pino';

export type { Logger };

/** Names under which secrets and personal data travel in the hub's objects; their values never reach a log line. */
const REDACTED = [
  'authorization',
  'apiKey',
  'token',
  'secret',
  'password',
  'privateKey',
  'email',
  'phone',
  'taxId',
  'assertion',
  'cookie',
];

/** A JSON logger on standard error, so that standard output stays free for what a command prints. */
export function createLog(name: string, level: string = 'info'): Logger {
  return pino(
    {
      name,
      level,
      redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    pino.destination(2),
  );
}

/** A logger that says nothing, for tests. */
export const silentLog: Logger = pino({ level: 'silent' });

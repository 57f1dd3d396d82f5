import { type DestinationStream, type Logger, pino } from 'pino';
import { scrub } from './mask/scrub.ts';

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
  'billingEmail',
  'marketingEmail',
  'phone',
  'taxId',
  'billingAddress',
  'instrument',
  'assertion',
  'cookie',
];

/**
 * A JSON logger on standard error, so that standard output stays free for what a command prints. Whatever a line holds, also
 * in a message or in the cause of an error: addresses, numbers of cards and accounts, keys and passwords do not leave in it.
 */
export function createLog(name: string, level: string = 'info', to: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      name,
      level,
      redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
      hooks: { streamWrite: scrub },
    },
    to,
  );
}

/** A logger that says nothing, for tests. */
export const silentLog: Logger = pino({ level: 'silent' });

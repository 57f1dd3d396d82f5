import { every } from '../platform/every.ts';
import type { Logger } from '../platform/log.ts';

const READ_EVERY_MS = 15_000;

/** Figures of all processes together, in the text format of Prometheus, as the database had them some seconds ago. */
export interface KeptFigures {
  text(): string;
  close(): Promise<void>;
}

export function keepFigures(read: () => Promise<string>, log: Logger): KeptFigures {
  let text = '';
  const reading = every(READ_EVERY_MS, async () => {
    try {
      text = await read();
    } catch (error) {
      log.warn({ err: error }, 'figures of events could not be read');
    }
  });
  return { text: () => text, close: () => reading.stop() };
}

import { z } from 'zod';

/** When a system takes postings: on these days, from and to these minutes of the day, in this zone. */
export interface Window {
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA. Example: `Europe/Berlin`. */
  readonly zone: string;
}

/** By system; a system that is not named takes postings at any time. */
export type Windows = Readonly<Record<string, Window>>;

/** A system that takes nothing now. */
export interface Closed {
  /** RFC 3339. */
  readonly until: string;
  readonly reason: string;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const QUARTER_MS = 15 * 60_000;
const QUARTERS_OF_A_WEEK = 7 * 24 * 4;

/** When the system takes postings again; null: it does now. */
export function opensAt(windows: Windows, system: string, now: number): Closed | null {
  const window = windows[system];
  if (window === undefined || isOpen(window, now)) return null;
  let at = Math.ceil(now / QUARTER_MS) * QUARTER_MS; // windows begin at quarters of an hour, and so do all zones
  for (let quarter = 0; quarter < QUARTERS_OF_A_WEEK && !isOpen(window, at); quarter += 1) at += QUARTER_MS;
  return { until: new Date(at).toISOString(), reason: 'it is outside its posting window' };
}

function isOpen({ days, fromMinute, toMinute, zone }: Window, at: number): boolean {
  const parts = formatIn(zone).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return days.includes(DAYS.indexOf(part('weekday')) + 1) && minute >= fromMinute && minute < toMinute;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function formatIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(zone, format);
  return format;
}

const PATTERN = /^([A-Z]+)=([A-Z][a-z]{2})-([A-Z][a-z]{2}) (\d\d):(00|15|30|45)-(\d\d):(00|15|30|45) ([\w/+-]+)$/;
const RIGHT =
  'must be like ERP=Mon-Fri 06:00-22:00 Europe/Berlin, several with commas between, times at quarters of an hour';

/** The text of `HUB_SYSTEM_WINDOWS`. */
export const windowsText = z.string().transform((text, context): Windows => {
  const entries = text.split(',').map((one) => {
    const [, system = '', first = '', last = '', h1 = '', m1 = '', h2 = '', m2 = '', zone = ''] =
      PATTERN.exec(one.trim()) ?? [];
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    const fromMinute = Number(h1) * 60 + Number(m1);
    const toMinute = Number(h2) * 60 + Number(m2);
    if (from < 0 || to < from || toMinute <= fromMinute || toMinute > 24 * 60 || !isZone(zone)) return null;
    const days = Array.from({ length: to - from + 1 }, (_, day) => from + day + 1);
    return [system, { days, fromMinute, toMinute, zone }] as const;
  });
  if (entries.every((entry) => entry !== null)) return Object.fromEntries(entries);
  context.addIssue(RIGHT);
  return z.NEVER;
});

function isZone(zone: string): boolean {
  try {
    formatIn(zone);
    return true;
  } catch {
    return false;
  }
}

const DAY_MS = 86_400_000;

/** Days counted from the one on which the world stands; negative is the past. */
export interface Calendar {
  readonly today: string;
  /** `YYYY-MM-DD`. */
  day(offset: number): string;
  /** RFC 3339 in UTC. */
  at(offset: number, minuteOfDay: number): string;
  /** Whole days from today to that day. */
  offsetOf(day: string): number;
  /** That day of the month, so many months from now; the day is at most 28, so that every month has it. */
  dayOfMonth(months: number, day: number): string;
}

export function createCalendar(today: string): Calendar {
  const start = Date.parse(`${today}T00:00:00Z`);
  if (Number.isNaN(start)) throw new RangeError(`"${today}" is not a day; write it like 2026-03-01`);
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  const days = new Map<number, string>(); // 100,000 customers ask for a few thousand different days
  const day = (offset: number): string => {
    const known = days.get(offset);
    if (known !== undefined) return known;
    const text = new Date(start + offset * DAY_MS).toISOString().slice(0, 10);
    days.set(offset, text);
    return text;
  };
  return {
    today,
    day,
    at: (offset, minute) => `${day(offset)}T${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}:00Z`,
    offsetOf: (text) => Math.round((Date.parse(`${text}T00:00:00Z`) - start) / DAY_MS),
    dayOfMonth: (months, dayOfMonth) => {
      const at = month + months;
      return `${year + Math.floor(at / 12)}-${two((((at % 12) + 12) % 12) + 1)}-${two(dayOfMonth)}`;
    },
  };
}

/** So many days after a day, or before it. */
export const laterDay = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

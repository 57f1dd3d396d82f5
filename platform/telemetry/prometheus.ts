/** One value of a metric, told apart from the others by its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The lines of one metric in the text format of Prometheus, version 0.0.4. Labels are the hub's own words: nothing to escape. */
export function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: number | readonly Sample[],
): string[] {
  const values =
    typeof value === 'number'
      ? [`${name} ${value}`]
      : value.map((one) => `${name}{${labelText(one.labels)}} ${one.value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values];
}

/** A histogram: how many were at most so large, by upper bound, and what all come to. */
export function histogram(
  name: string,
  help: string,
  series: readonly { labels: Sample['labels']; bounds: ReadonlyMap<number, number>; count: number; sum: number }[],
): string[] {
  const lines = series.flatMap(({ labels, bounds, count, sum }) => {
    let below = 0;
    const buckets = [...bounds].map(([bound, here]) => {
      below += here;
      return `${name}_bucket{${labelText({ ...labels, le: String(bound) })}} ${below}`;
    });
    const own = labelText(labels);
    return [
      ...buckets,
      `${name}_bucket{${labelText({ ...labels, le: '+Inf' })}} ${count}`,
      `${name}_sum{${own}} ${sum}`,
      `${name}_count{${own}} ${count}`,
    ];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines];
}

const labelText = (labels: Sample['labels']): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

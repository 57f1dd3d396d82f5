import { rowsOf, sameScenario } from './figures.ts';
import type { Scenario } from './measure.ts';
import { type Run, short } from './report.ts';

/** Widths and heights in the units of the picture. */
const WIDTH = 760;
const LEFT = 96;
const RIGHT = 84;
const BAR = 16;
const GAP = 8;
const TITLE = 34;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .value { font-variant-numeric: tabular-nums } .quiet { fill: #57606a }
  .bar { fill: #8c959f } .ours { fill: #0969da } .floor { fill: #d0d7de } .range { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .bar { fill: #768390 } .ours { fill: #4493f8 } .floor { fill: #444c56 } .range { stroke: #e6edf3 }
  }`;

/** CPU time per request as bars, one panel for each query and kind of request, as SVG. Readable on light and on dark pages. */
export function plot(run: Run): string {
  const connections = run.options.connections.includes(8) ? 8 : run.options.connections[0];
  const scenarios = run.scenarios.filter(
    (scenario, at) =>
      scenario.connections === connections && run.scenarios.findIndex((other) => sameScenario(other, scenario)) === at,
  );
  let y = 0;
  const panels = scenarios.map((scenario) => {
    const { svg, height } = panel(run, scenario, y);
    y += height;
    return svg;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 28}" role="img" aria-label="CPU time per request">`,
    `<style>${STYLE}\n</style>`,
    ...panels,
    `<text class="quiet" x="8" y="${y + 16}">Median of ${run.options.rounds} rounds or more, the line from the lowest to the highest. ${run.date}, Node ${run.machine.node}</text>`,
    '</svg>\n',
  ].join('\n');
}

function panel(run: Run, scenario: Scenario, top: number): { svg: string; height: number } {
  const rows = rowsOf(
    run.windows,
    scenario,
    run.gateways.map(({ name }) => name),
  );
  const longest = Math.max(...rows.map(({ cpuMs }) => cpuMs.max));
  const x = (ms: number) => LEFT + (ms / longest) * (WIDTH - LEFT - RIGHT);
  const title = `${scenario.query} query, ${scenario.requests} requests, ${scenario.connections} connections: CPU ms per request`;
  const bars = rows.map(({ gateway, cpuMs }, at) => {
    const y = top + TITLE + at * (BAR + GAP);
    const middle = y + BAR / 2;
    const kind = gateway === 'ours' ? 'ours' : gateway === 'floor' ? 'floor' : 'bar';
    return [
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${gateway}</text>`,
      `<rect class="${kind}" x="${LEFT}" y="${y}" width="${(x(cpuMs.median) - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<line class="range" x1="${x(cpuMs.min).toFixed(1)}" x2="${x(cpuMs.max).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
      `<text class="value" x="${(x(cpuMs.max) + 6).toFixed(1)}" y="${y + 12}">${short(cpuMs.median)}</text>`,
    ].join('\n');
  });
  const svg = [`<text class="title" x="8" y="${top + 22}">${title}</text>`, ...bars].join('\n');
  return { svg, height: TITLE + rows.length * (BAR + GAP) + 10 };
}

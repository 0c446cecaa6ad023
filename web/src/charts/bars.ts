// Horizontal bars: ranked with intervals, or side beside side.
import * as Plot from '@observablehq/plot';
import { bar, ink } from '../colours';
import { chartWidth, fillsFor, font, labelled, marginFor, patterned, shorten, textWidth, topOf, wrapped, type Bar, type Chart } from './base';

interface Bars {
  label: string;
  axis: string;
  rows: Bar[];
  width?: number;
  mark?: string; // the name of a row that stands out
  colour?: string;
}

// The names of rows, made different where two are cut to the same text.
function distinct(rows: { name: string }[]): string[] {
  const seen = new Map<string, number>();
  return rows.map((r) => {
    const name = shorten(r.name);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

export function bars({ label, axis, rows, width = chartWidth, mark, colour = bar }: Bars): Chart {
  const names = distinct(rows);
  const data = rows.map((r, i) => ({ ...r, row: names[i], low: r.low ?? r.value, high: r.high ?? r.value }));
  return labelled(Plot.plot({
    width,
    height: 46 + rows.length * 26,
    marginLeft: marginFor(names),
    marginRight: Math.max(46, ...rows.map((r) => textWidth(r.print) + 14)),
    style: font,
    x: { label: axis, grid: true, domain: [0, topOf(data.map((r) => r.high))], nice: true },
    y: { label: null, domain: names },
    marks: [
      Plot.barX(data, { y: 'row', x: 'value', fill: (r) => (mark !== undefined && r.name === mark ? ink : colour), insetTop: 3, insetBottom: 3,
        title: (r) => `${r.name}: ${r.print}` }),
      Plot.ruleY(data.filter((r) => r.high > r.low), { y: 'row', x1: 'low', x2: 'high', stroke: ink, strokeWidth: 1.4 }),
      Plot.text(data, { y: 'row', x: 'high', text: 'print', textAnchor: 'start', dx: 6, fontWeight: 600 }),
      Plot.ruleX([0]),
    ],
  }), label);
}

export interface Group {
  name: string;
  parts: (Bar | null)[]; // one a series, in the order of the series' names
}

interface Grouped {
  label: string;
  axis: string;
  series: string[];
  groups: Group[];
}

function flatten(groups: Group[], series: string[]) {
  const names = distinct(groups);
  return groups.flatMap((g, i) => g.parts.flatMap((p, k) => (p === null ? []
    : [{ ...p, group: names[i], series: series[k], low: p.low ?? p.value, high: p.high ?? p.value,
      tip: `${g.name}, ${series[k]}: ${p.print}` }])));
}

export function groupedBars({ label, axis, series, groups }: Grouped): Chart {
  const rows = flatten(groups, series);
  const names = distinct(groups);
  return patterned(labelled(Plot.plot({
    width: chartWidth,
    height: 50 + groups.length * (series.length * 20 + 10),
    marginLeft: marginFor(names),
    marginRight: 64,
    style: font,
    x: { label: axis, grid: true, domain: [0, topOf(rows.map((r) => r.high))], nice: true },
    y: { axis: null, domain: series },
    fy: { label: null, domain: names, padding: 0.14 },
    color: { domain: series, range: fillsFor(series.length) },
    marks: [
      Plot.barX(rows, { fy: 'group', y: 'series', x: 'value', fill: 'series', insetTop: 1, insetBottom: 1, title: 'tip' }),
      Plot.ruleY(rows.filter((r) => r.high > r.low), { fy: 'group', y: 'series', x1: 'low', x2: 'high', stroke: ink }),
      Plot.text(rows, { fy: 'group', y: 'series', x: 'high', text: 'print', textAnchor: 'start', dx: 6, fontWeight: 600 }),
      Plot.axisFy({ anchor: 'left', label: null, textAnchor: 'end', dx: -6 }),
      Plot.ruleX([0]),
    ],
  }), label));
}

// Columns in clusters, one cluster a group: systems with their 32- and 64-bit editions.
export function columns({ label, axis, series, groups }: Grouped): Chart {
  const rows = flatten(groups, series);
  const names = distinct(groups);
  const room = (chartWidth - 80) / Math.max(groups.length, 1);
  const below = new Map(names.map((name, i) => [name, wrapped(groups[i].name, room - 4)]));
  const deep = Math.max(1, ...[...below.values()].map((text) => text.split('\n').length));
  return patterned(labelled(Plot.plot({
    width: chartWidth,
    height: 330 + deep * 15,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 26,
    marginBottom: 20 + deep * 15,
    style: font,
    y: { label: axis, grid: true, domain: [0, topOf(rows.map((r) => r.high))], nice: true },
    x: { axis: null, domain: series, padding: 0.06 },
    fx: { label: null, domain: names, padding: 0.16 },
    color: { domain: series, range: fillsFor(series.length) },
    marks: [
      Plot.barY(rows, { fx: 'group', x: 'series', y: 'value', fill: 'series', title: 'tip' }),
      Plot.ruleX(rows.filter((r) => r.high > r.low), { fx: 'group', x: 'series', y1: 'low', y2: 'high', stroke: ink }),
      Plot.text(rows, { fx: 'group', x: 'series', y: 'high', text: 'print', dy: -8, fontWeight: 600,
        fontSize: room / series.length < 34 ? 11 : 13 }),
      Plot.axisFx({ anchor: 'bottom', label: null, tickFormat: (name: string) => below.get(name) ?? name, lineHeight: 1.15,
        fontSize: room < 70 ? 11 : 13 }),
      Plot.ruleY([0]),
    ],
  }), label));
}

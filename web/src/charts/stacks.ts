// Columns of 100 per cent: what each is made of.
import * as Plot from '@observablehq/plot';
import { chartWidth, fillsFor, font, labelled, patterned, shorten, topOf, wrapped, type Chart } from './base';

export interface Column {
  name: string;
  values: number[]; // one a part
}

interface Stacks {
  label: string;
  axis: string;
  parts: string[];
  columns: Column[];
  hundred: boolean; // each column is scaled to 100; else the values are stacked as they are
  print: (value: number) => string;
}

export function stacks({ label, axis, parts, columns, hundred, print }: Stacks): Chart {
  const names = columns.map((c) => shorten(c.name, 28));
  const rows = columns.flatMap((c, i) => {
    const sum = c.values.reduce((a, v) => a + v, 0);
    let from = 0;
    return c.values.map((v, k) => {
      const part = hundred ? (sum > 0 ? (v / sum) * 100 : 0) : v;
      from += part;
      return { column: names[i], part: parts[k], y1: from - part, y2: from, size: part, text: print(hundred ? part : v),
        tip: `${c.name}, ${parts[k]}: ${print(hundred ? part : v)}` };
    });
  });
  const top = hundred ? 100 : topOf(columns.map((c) => c.values.reduce((a, v) => a + v, 0)));
  const room = (chartWidth - 80) / Math.max(columns.length, 1);
  const deep = Math.max(1, ...names.map((name) => wrapped(name, room).split('\n').length));
  return patterned(labelled(Plot.plot({
    width: chartWidth,
    height: 375 + deep * 15,
    marginLeft: 56,
    marginRight: 10,
    marginTop: 24,
    marginBottom: 18 + deep * 15,
    style: font,
    x: { axis: null, domain: names, padding: 0.24 },
    y: { label: axis, grid: true, domain: [0, top], nice: !hundred },
    color: { domain: parts, range: fillsFor(parts.length) },
    marks: [
      Plot.barY(rows.filter((r) => r.size > 0), { x: 'column', y1: 'y1', y2: 'y2', fill: 'part', insetTop: 0.5, insetBottom: 0.5,
        title: 'tip' }),
      Plot.text(rows.filter((r) => r.size > top * 0.065), { x: 'column', y: (r) => (r.y1 + r.y2) / 2, text: 'text', fill: '#111',
        stroke: 'white', strokeWidth: 4, fontWeight: 600, fontSize: 12 }),
      Plot.axisX({ anchor: 'bottom', label: null, tickFormat: (name: string) => wrapped(name, room), lineHeight: 1.15 }),
      Plot.ruleY([0]),
    ],
  }), label));
}

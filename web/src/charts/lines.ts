// Lines over quarters or months, each with its own colour, dash and symbol and its name at its end.
import * as Plot from '@observablehq/plot';
import { series as colours, seriesText, symbols, warn } from '../colours';
import { chartWidth, dashOf, font, labelled, shorten, textWidth, topOf, type Chart } from './base';

export interface Point {
  x: number; // a number of quarters or months; neighbours differ by one
  value: number;
  low?: number;
  high?: number;
  print: string;
}

export interface Series {
  name: string;
  points: Point[];
  colour?: number; // which colour, dash and symbol; its own number when absent
}

interface Lines {
  label: string;
  axis: string;
  series: Series[];
  tick: (x: number) => string;
  breaks?: { x: number; text: string }[]; // drawn between x - 1 and x
  base?: number; // a level to compare with, drawn as a line
  yearly?: number; // how many x make a year: 4 or 12
  height?: number;
}

interface Drawn extends Point {
  low: number;
  high: number;
  run: string; // an unbroken run of one series
  name: string;
}

function drawn(s: Series): Drawn[] {
  let run = 0;
  return [...s.points].sort((a, b) => a.x - b.x).map((p, i, all) => {
    run += i > 0 && p.x !== all[i - 1].x + 1 ? 1 : 0;
    return { ...p, low: p.low ?? p.value, high: p.high ?? p.value, run: `${s.name} ${run}`, name: s.name };
  });
}

function ticksOf(first: number, last: number, yearly: number): number[] {
  const span = last - first;
  const step = span > yearly * 4 ? yearly : span > 12 ? Math.max(2, yearly / 4) : 1;
  return Array.from({ length: span + 1 }, (_, i) => first + i)
    .filter((x) => (step >= yearly ? x % yearly === 0 : (x - first) % step === 0));
}

interface End {
  name: string;
  x: number;
  y: number;
}

// Names at the ends of lines, moved apart so that none covers another and each stays as near to its
// line as it can: neighbours that are too close become one block about their middle.
function endLabels(ends: End[], gap: number): (End & { at: number })[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  const blocks: { from: number; n: number; sum: number }[] = []; // sum of y - gap x number
  sorted.forEach((e, i) => {
    blocks.push({ from: i, n: 1, sum: e.y - gap * i });
    for (let last = blocks.length - 1; last > 0 && blocks[last - 1].sum / blocks[last - 1].n > blocks[last].sum / blocks[last].n; last--) {
      const top = blocks.pop()!;
      blocks[last - 1].n += top.n;
      blocks[last - 1].sum += top.sum;
    }
  });
  const lowest = blocks.length === 0 ? 0 : Math.min(0, blocks[0].sum / blocks[0].n);
  return blocks.flatMap((b) => sorted.slice(b.from, b.from + b.n).map((e, i) => ({ ...e, at: b.sum / b.n - lowest + gap * (b.from + i) })));
}

export function lines(o: Lines): Chart {
  const all = o.series.map(drawn).filter((s) => s.length > 0);
  const points = all.flat();
  const first = Math.min(...points.map((p) => p.x));
  const last = Math.max(...points.map((p) => p.x));
  const single = all.length === 1;
  const top = topOf([...points.map((p) => p.high), o.base]) * 1.04;
  const height = o.height ?? (single ? 320 : 380);
  const colourOf = (name: string) => {
    const at = o.series.findIndex((s) => s.name === name);
    return o.series[at]?.colour ?? at;
  };
  const ends = endLabels(all.map((s) => ({ name: s[0].name, x: s[s.length - 1].x, y: s[s.length - 1].value })),
    (16 * top) / (height - 70));
  const breaks = (o.breaks ?? []).filter((b) => b.x > first && b.x <= last);
  const marks: Plot.Markish[] = [];
  if (o.base !== undefined) {
    marks.push(Plot.ruleY([o.base], { stroke: '#7d8a92', strokeWidth: 1.4 }));
  }
  for (const s of all) {
    const k = colourOf(s[0].name);
    const stroke = colours[k % colours.length];
    marks.push(
      Plot.areaY(s, { x: 'x', y1: 'low', y2: 'high', z: 'run', fill: stroke, fillOpacity: single ? 0.18 : 0.1 }),
      Plot.lineY(s, { x: 'x', y: 'value', stroke, strokeWidth: 1.2, strokeDasharray: '1 4' }),
      Plot.lineY(s, { x: 'x', y: 'value', z: 'run', stroke, strokeWidth: 2.3, strokeDasharray: dashOf(k) }),
      Plot.ruleX(s.filter((p) => p.high > p.low), { x: 'x', y1: 'low', y2: 'high', stroke, strokeOpacity: single ? 1 : 0.55 }),
      Plot.dot(s, { x: 'x', y: 'value', r: single ? 4.5 : 4, fill: stroke, stroke: 'white', symbol: symbols[k % symbols.length],
        title: (p) => `${p.name}, ${o.tick(p.x)}: ${p.print}` }),
    );
  }
  if (single && points.length <= 20) {
    marks.push(Plot.text(points, { x: 'x', y: 'high', text: 'print', dy: -11, fontWeight: 600 }));
  }
  if (breaks.length > 0) {
    marks.push(Plot.ruleX(breaks, { x: (b) => b.x - 0.5, stroke: warn, strokeWidth: 1.6, strokeDasharray: '6,4' }),
      Plot.text(breaks, { x: (b) => b.x - 0.5, frameAnchor: 'top', dy: -20, text: 'text', fill: warn, fontWeight: 600 }));
  }
  if (!single) {
    marks.push(Plot.text(ends, { x: last, y: 'at', dx: 12, text: (e) => shorten(e.name, 30), textAnchor: 'start',
      fontWeight: 600, fill: (e) => seriesText[colourOf(e.name) % seriesText.length], stroke: 'white', strokeWidth: 3 }));
  }
  return labelled(Plot.plot({
    width: chartWidth,
    height,
    marginLeft: 50,
    marginRight: single ? 30 : Math.min(260, 26 + Math.max(...ends.map((e) => textWidth(shorten(e.name, 30))))),
    marginTop: 36,
    marginBottom: 34,
    style: font,
    x: { label: null, domain: [first - 0.4, last + 0.4], ticks: ticksOf(first, last, o.yearly ?? 4), tickFormat: o.tick },
    y: { label: o.axis, grid: true, domain: [0, Math.max(top, ends[ends.length - 1]?.at ?? 0)], nice: true },
    marks: [...marks, Plot.ruleY([0])],
  }), o.label);
}

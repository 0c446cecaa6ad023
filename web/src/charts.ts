// Bars and lines with Observable Plot.  Each chart has a table beside it that says the same.
import * as Plot from '@observablehq/plot';
import type { Cell, Finding, Segment } from './figures';
import { categoryName, say, type Lang } from './words';

const ink = '#22313a';
const accent = '#0b6e6e';
const bar = '#3f9c98';
const enterpriseColour = '#d9822b';
const font = { fontSize: '13px', fontFamily: 'inherit', color: ink, background: 'transparent' };

type Chart = SVGSVGElement | HTMLElement;

// Room for the longest name on the left: wide characters take a whole em of the 13 pixels.
function marginFor(names: string[]): number {
  const widths = names.map((name) => [...name].reduce((w, c) => w + (c > '\u2e7f' ? 13.2 : 8), 0));
  return Math.min(320, Math.max(120, ...widths) + 14);
}

function labelled(chart: Chart, label: string): Chart {
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', label);
  return chart;
}

// Horizontal bars of CCM with their intervals.
export function rateBars(label: string, rows: { name: string; cell: Cell }[], width = 860): Chart {
  const high = Math.max(...rows.map((r) => r.cell.high));
  return labelled(Plot.plot({
    width,
    height: 44 + rows.length * 27,
    marginLeft: marginFor(rows.map((r) => r.name)),
    marginRight: 46,
    style: font,
    x: { label: 'CCM', grid: true, domain: [0, high], nice: true },
    y: { label: null, domain: rows.map((r) => r.name) },
    marks: [
      Plot.barX(rows, { y: 'name', x: (r) => r.cell.ccm, fill: bar, insetTop: 3, insetBottom: 3 }),
      Plot.ruleY(rows, { y: 'name', x1: (r) => r.cell.low, x2: (r) => r.cell.high, stroke: ink, strokeWidth: 1.4 }),
      Plot.text(rows, { y: 'name', x: (r) => r.cell.high, text: (r) => r.cell.print, textAnchor: 'start', dx: 6,
        fontWeight: 600 }),
      Plot.ruleX([0]),
    ],
  }), label);
}

export function shareBars(label: string, rows: { name: string; cell: Finding }[], width = 860): Chart {
  const high = Math.max(...rows.map((r) => r.cell.share_high));
  return labelled(Plot.plot({
    width,
    height: 44 + rows.length * 25,
    marginLeft: marginFor(rows.map((r) => r.name)),
    marginRight: 60,
    style: font,
    x: { label: '%', grid: true, domain: [0, high * 100], nice: true },
    y: { label: null, domain: rows.map((r) => r.name) },
    marks: [
      Plot.barX(rows, { y: 'name', x: (r) => r.cell.share * 100, fill: bar, insetTop: 3, insetBottom: 3 }),
      Plot.ruleY(rows, { y: 'name', x1: (r) => r.cell.share_low * 100, x2: (r) => r.cell.share_high * 100,
        stroke: ink, strokeWidth: 1.4 }),
      Plot.text(rows, { y: 'name', x: (r) => r.cell.share_high * 100, text: (r) => (r.cell.share * 100).toFixed(1),
        textAnchor: 'start', dx: 6, fontWeight: 600 }),
      Plot.ruleX([0]),
    ],
  }), label);
}

// Categories of the two sides, bar beside bar.
export function sidesBars(lang: Lang, segments: Segment[]): Chart {
  const sides = segments.filter((s) => s.segment === 'home' || s.segment === 'enterprise');
  const rows = sides.flatMap((s) => s.category.cells.map((c) => ({
    side: say(lang, s.segment as 'home' | 'enterprise'),
    name: categoryName(lang, c.key[0]),
    share: c.share * 100,
  })));
  const order = [...new Set([...rows].sort((a, b) => b.share - a.share).map((r) => r.name))];
  const names = [say(lang, 'home'), say(lang, 'enterprise')];
  return labelled(Plot.plot({
    width: 860,
    height: 60 + order.length * 50,
    marginLeft: marginFor(order),
    marginRight: 60,
    style: font,
    x: { label: '%', grid: true, nice: true },
    y: { axis: null, domain: names },
    fy: { label: null, domain: order, padding: 0.18 },
    color: { domain: names, range: [bar, enterpriseColour], legend: true, style: { fontSize: '13px', fontFamily: 'inherit' } } as Plot.ScaleOptions,
    marks: [
      Plot.barX(rows, { fy: 'name', y: 'side', x: 'share', fill: 'side', insetTop: 1, insetBottom: 1 }),
      Plot.text(rows, { fy: 'name', y: 'side', x: 'share', text: (r) => r.share.toFixed(1), textAnchor: 'start',
        dx: 6, fontWeight: 600 }),
      Plot.axisFy({ anchor: 'left', label: null, textAnchor: 'end', dx: -6 }),
      Plot.ruleX([0]),
    ],
  }), say(lang, 'segmentTitle'));
}

// "4Q10" -> quarters since year 0.
function quarterNumber(label: string): number {
  return (2000 + Number(label.slice(2))) * 4 + Number(label[0]) - 1;
}

export function quarterLabel(q: number): string {
  return `${(q % 4) + 1}Q${String(Math.floor(q / 4) % 100).padStart(2, '0')}`;
}

interface Point {
  q: number;
  run: number; // which unbroken run of quarters it belongs to
  cell: Cell;
}

function runsOf(cells: Cell[]): Point[] {
  let run = 0;
  return cells
    .filter((c) => /^[1-4]Q\d\d$/.test(c.key[0]))
    .map((c) => ({ q: quarterNumber(c.key[0]), cell: c }))
    .sort((a, b) => a.q - b.q)
    .map((p, i, all) => {
      run += i > 0 && p.q !== all[i - 1].q + 1 ? 1 : 0;
      return { ...p, run };
    });
}

const breakAt = quarterNumber('1Q11') - 0.5;

export function trendLine(lang: Lang, cells: Cell[]): Chart {
  const points = runsOf(cells);
  const first = points[0].q;
  const last = points[points.length - 1].q;
  const crosses = first < breakAt && last > breakAt;
  const high = Math.max(...points.map((p) => p.cell.high));
  const step = last - first > 16 ? 4 : last - first > 8 ? 2 : 1;
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .filter((q) => (step === 4 ? q % 4 === 0 : (q - first) % step === 0));
  return labelled(Plot.plot({
    width: 860,
    height: 320,
    marginLeft: 46,
    marginRight: 30,
    marginTop: 34,
    marginBottom: 36,
    style: font,
    x: { label: null, domain: [first - 0.4, last + 0.4], ticks, tickFormat: quarterLabel },
    y: { label: 'CCM', grid: true, domain: [0, high], nice: true },
    marks: [
      Plot.areaY(points, { x: 'q', y1: (p) => p.cell.low, y2: (p) => p.cell.high, z: 'run', fill: accent,
        fillOpacity: 0.16 }),
      Plot.lineY(points, { x: 'q', y: (p) => p.cell.ccm, stroke: accent, strokeWidth: 1.3, strokeDasharray: '2,4' }),
      Plot.lineY(points, { x: 'q', y: (p) => p.cell.ccm, z: 'run', stroke: accent, strokeWidth: 2.4 }),
      Plot.ruleX(points, { x: 'q', y1: (p) => p.cell.low, y2: (p) => p.cell.high, stroke: accent }),
      Plot.dot(points, { x: 'q', y: (p) => p.cell.ccm, r: 4.5, fill: accent, stroke: 'white' }),
      Plot.text(points, { x: 'q', y: (p) => p.cell.high, text: (p) => p.cell.print, dy: -11, fontWeight: 600 }),
      crosses ? Plot.ruleX([breakAt], { stroke: '#9b1c31', strokeWidth: 1.6, strokeDasharray: '6,4' }) : null,
      crosses
        ? Plot.text([breakAt], { x: (q) => q, frameAnchor: 'top', dy: -22, text: () => say(lang, 'breakLabel'),
          fill: '#9b1c31', fontWeight: 600 })
        : null,
      Plot.ruleY([0]),
    ],
  }), say(lang, 'trendTitle'));
}

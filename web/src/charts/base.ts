// What all charts share: sizes, fonts, legends, patterns.  A chart takes texts and numbers that are
// ready to be read; it knows nothing of languages or of where figures come from.
import { h, svg } from '../dom';
import { dashes, ink, patterns, series, type Pattern } from '../colours';

export type Chart = SVGSVGElement | HTMLElement;
export const chartWidth = 860;
export const font = { fontSize: '13px', fontFamily: 'inherit', color: ink, background: 'transparent', overflow: 'visible' };

export interface Bar {
  name: string;
  value: number;
  low?: number;
  high?: number;
  print: string; // the value as it is read
}

// Room for a text of 13 pixels: wide characters take a whole em.
export function textWidth(text: string): number {
  return [...text].reduce((w, c) => w + (c > '\u2e7f' ? 13.2 : 7.3), 0);
}

export function marginFor(names: string[]): number {
  return Math.min(320, Math.max(90, ...names.map(textWidth)) + 16);
}

// A long name is cut for the drawing; the table beside has all of it.
export function shorten(text: string, most = 42): string {
  const all = [...text];
  return all.length <= most ? text : all.slice(0, most - 1).join('') + '…';
}

// A name in lines that are not wider than the room, broken between words.
export function wrapped(text: string, room: number, most = 4): string {
  const lines: string[] = [];
  for (const word of shorten(text, 60).split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && (textWidth(`${last} ${word}`) <= room || lines.length === most)) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.join('\n');
}

// One picture with one name: what Plot says of its parts is not for readers.
export function labelled(chart: Chart, label: string): Chart {
  chart.querySelectorAll('[aria-label], [aria-description]').forEach((e) => {
    e.removeAttribute('aria-label');
    e.removeAttribute('aria-description');
  });
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', label);
  return chart;
}

export function topOf(values: (number | undefined)[]): number {
  return Math.max(...values.filter((v): v is number => v !== undefined && Number.isFinite(v)), 0) || 1;
}

// --- how a series is painted ---

const step = 7; // pixels between the strokes of a pattern

type Segment = [number, number, number, number];

// The part of the line x + k y = c (k: 1 or -1) that lies in the box.
function across(x: number, y: number, w: number, h: number, k: number, c: number): Segment | undefined {
  const y1 = Math.max(y, k > 0 ? c - x - w : x - c);
  const y2 = Math.min(y + h, k > 0 ? c - x : x + w - c);
  return y1 >= y2 ? undefined : [c - k * y1, y1, c - k * y2, y2];
}

// The strokes of a pattern in a box.  Not an SVG pattern: on paper that becomes a picture in every bar.
function strokesIn(pattern: Pattern, x: number, y: number, w: number, h: number): Segment[] {
  const out: Segment[] = [];
  const slanted = (k: number) => {
    const [from, to] = k > 0 ? [x + y, x + w + y + h] : [x - y - h, x + w - y];
    for (let c = Math.ceil(from / step) * step; c < to; c += step) {
      const s = across(x, y, w, h, k, c);
      if (s !== undefined) {
        out.push(s);
      }
    }
  };
  const rows = (draw: (at: number) => void, from: number, length: number) => {
    for (let at = from + step / 2; at < from + length; at += step) {
      draw(at);
    }
  };
  if (pattern === 'stripes' || pattern === 'cross') {
    slanted(1);
  }
  if (pattern === 'back' || pattern === 'cross') {
    slanted(-1);
  }
  if (pattern === 'level') {
    rows((at) => out.push([x, at, x + w, at]), y, h);
  }
  if (pattern === 'upright') {
    rows((at) => out.push([at, y, at, y + h]), x, w);
  }
  if (pattern === 'dots') { // strokes without a length, drawn with round ends
    rows((cy) => rows((cx) => out.push([cx, cy, cx, cy]), x + 1, w - 2), y, h);
  }
  return out;
}

function patternOver(box: Element, pattern: Pattern): SVGElement {
  const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((name) => Number(box.getAttribute(name) ?? 0));
  const d = strokesIn(pattern, x, y, w, h).map(([x1, y1, x2, y2]) => `M${x1.toFixed(1)},${y1.toFixed(1)}L${x2.toFixed(1)},${y2.toFixed(1)}`).join('');
  return svg('path', { d, class: 'pattern', fill: 'none', stroke: '#fff', 'stroke-opacity': 0.85, 'stroke-width': pattern === 'dots' ? 2.6 : 1.3,
    'stroke-linecap': pattern === 'dots' ? 'round' : 'butt', 'pointer-events': 'none' });
}

export function fillsFor(n: number): string[] {
  return Array.from({ length: n }, (_, i) => series[i % series.length]);
}

// Gives the boxes of a drawing the patterns that go with their colours.
export function patterned(chart: Chart): Chart {
  for (const box of chart.querySelectorAll('rect')) {
    const at = series.indexOf(box.getAttribute('fill') ?? '');
    if (at >= 0 && patterns[at] !== 'plain') {
      box.after(patternOver(box, patterns[at]));
    }
  }
  return chart;
}

export function swatch(fill: string, text: string): HTMLElement {
  const box = svg('svg', { width: 24, height: 15, 'aria-hidden': 'true' },
    svg('rect', { width: 24, height: 15, fill, stroke: '#7d8a92', 'stroke-width': 1 }));
  patterned(box as SVGSVGElement);
  return h('li', {}, box, text);
}

export function fillLegend(names: string[], label: string): HTMLElement {
  const fills = fillsFor(names.length);
  return h('ul', { class: 'legend', 'aria-label': label }, ...names.map((name, i) => swatch(fills[i], name)));
}

export function dashOf(i: number): string {
  return dashes[i % dashes.length];
}

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

export function labelled(chart: Chart, label: string): Chart {
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', label);
  return chart;
}

export function topOf(values: (number | undefined)[]): number {
  return Math.max(...values.filter((v): v is number => v !== undefined && Number.isFinite(v)), 0) || 1;
}

// --- how a series is painted ---

let made = 0;

function strokes(pattern: Pattern): SVGElement[] {
  const line = (d: string) => svg('path', { d, stroke: '#fff', 'stroke-width': 1.5, fill: 'none', 'stroke-opacity': 0.85 });
  switch (pattern) {
    case 'plain':
      return [];
    case 'stripes':
      return [line('M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4')];
    case 'back':
      return [line('M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4')];
    case 'cross':
      return [line('M0,0 l8,8 M0,8 l8,-8')];
    case 'level':
      return [line('M0,4 h8')];
    case 'upright':
      return [line('M4,0 v8')];
    case 'dots':
      return [svg('circle', { cx: 4, cy: 4, r: 1.6, fill: '#fff' })];
  }
}

export interface Paint {
  fills: string[]; // by the number of a series
  definitions: SVGElement; // to be put into the drawing
}

// Fills for n series: a colour, and a pattern where colour alone would not do.
export function paints(n: number): Paint {
  made += 1;
  const fills: string[] = [];
  const definitions = svg('defs');
  for (let i = 0; i < n; i++) {
    const colour = series[i % series.length];
    const pattern = patterns[i % patterns.length];
    if (pattern === 'plain') {
      fills.push(colour);
      continue;
    }
    const id = `paint-${made}-${i}`;
    definitions.append(svg('pattern', { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      svg('rect', { width: 8, height: 8, fill: colour }), ...strokes(pattern)));
    fills.push(`url(#${id})`);
  }
  return { fills, definitions };
}

export function swatch(fill: string, definitions: SVGElement | null, text: string): HTMLElement {
  const box = svg('svg', { width: 24, height: 15, 'aria-hidden': 'true' }, definitions,
    svg('rect', { width: 24, height: 15, fill, stroke: '#7d8a92', 'stroke-width': 1 }));
  return h('li', {}, box, text);
}

export function fillLegend(names: string[], label: string): HTMLElement {
  const items = names.map((name, i) => {
    const own = paints(names.length);
    return swatch(own.fills[i], own.definitions, name);
  });
  return h('ul', { class: 'legend', 'aria-label': label }, ...items);
}

export function dashOf(i: number): string {
  return dashes[i % dashes.length];
}

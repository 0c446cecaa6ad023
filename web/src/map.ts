// The world map of CCM in classes, as the published report of 1H09 had it.
import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import { h, svg } from './dom';
import type { Cell } from './figures';
import { placeName, points, topology } from './places';
import { say, type Lang } from './words';

const limits = [1.5, 3, 5, 7, 10];
const colours = ['#fff1c9', '#fed27a', '#fba14b', '#ee6a33', '#cb2f26', '#7d0f23'];
const none = '#e3e7ea';

// By the printed value, so that the colour and the figure beside it never disagree.
function classOf(cell: Cell): number {
  return limits.filter((limit) => Number(cell.print) >= limit).length;
}

function className(lang: Lang, i: number): string {
  const low = limits[i - 1]?.toFixed(1);
  const high = limits[i]?.toFixed(1);
  if (low === undefined) {
    return say(lang, 'below', { high: String(high) });
  }
  return high === undefined ? say(lang, 'andMore', { low }) : say(lang, 'range', { low, high });
}

function legend(lang: Lang): HTMLElement {
  const items = colours.map((colour, i) => swatch(colour, className(lang, i)));
  items.push(swatch(none, say(lang, 'notShown')));
  return h('ul', { class: 'legend', 'aria-label': say(lang, 'legend') }, ...items);
}

function swatch(colour: string, text: string): HTMLElement {
  const box = svg('svg', { width: 22, height: 14, 'aria-hidden': 'true' },
    svg('rect', { width: 22, height: 14, fill: colour, stroke: '#98a2a9', 'stroke-width': 1 }));
  return h('li', {}, box, text);
}

function describe(lang: Lang, code: string, cell: Cell | undefined): string {
  const value = cell === undefined ? say(lang, 'notShown') : `CCM ${cell.print}`;
  return `${placeName(code, lang)}: ${value}`;
}

// What both a shape and a point carry: the value for tests and for pointing devices.
function marks(lang: Lang, code: string, cell: Cell | undefined): Record<string, string> {
  const colour = cell === undefined ? none : colours[classOf(cell)];
  const base = { fill: colour, class: cell === undefined ? 'place' : 'place shown' };
  return code === '' ? base
    : { ...base, 'data-country': code, 'data-ccm': cell?.print ?? '', 'data-name': placeName(code, lang) };
}

export function worldMap(lang: Lang, cells: Cell[]): HTMLElement {
  const width = 960;
  const height = 448;
  const byCode = new Map(cells.map((c) => [c.key[0], c]));
  const countries = feature(topology, topology.objects.countries);
  const drawn = { ...countries, features: countries.features.filter((f) => f.id !== 'AQ') };
  const projection = geoEqualEarth().fitExtent([[2, 2], [width - 2, height - 2]], drawn);
  const path = geoPath(projection).digits(1);
  const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'map',
    'aria-label': say(lang, 'mapLabel') });
  for (const f of drawn.features) {
    const code = String(f.id ?? '');
    const cell = byCode.get(code);
    root.append(svg('path', { d: path(f) ?? '', ...marks(lang, code, cell) },
      code === '' ? null : svg('title', {}, describe(lang, code, cell))));
  }
  root.append(svg('path', { class: 'border', fill: 'none',
    d: path(mesh(topology, topology.objects.countries, (a, b) => a !== b)) ?? '' }));
  for (const [code, at] of Object.entries(points)) {
    const cell = byCode.get(code);
    const xy = projection([at[0], at[1]]);
    if (cell !== undefined && xy !== null) {
      root.append(svg('circle', { cx: xy[0].toFixed(1), cy: xy[1].toFixed(1), r: 3.2, ...marks(lang, code, cell) },
        svg('title', {}, describe(lang, code, cell))));
    }
  }
  return h('figure', { class: 'map-figure' }, root, legend(lang));
}

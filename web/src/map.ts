// A map of the world in classes.  Places with a value are links that the keyboard reaches: one is in
// the order of Tab, arrows go to the nearest one in their direction, Home and End to the first and last.
import { geoCentroid, geoEqualEarth, geoPath, type GeoProjection } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import { swatch } from './charts/base';
import { classes, noClass } from './colours';
import { h, svg } from './dom';
import { points, topology } from './places';

export interface PlaceValue {
  code: string;
  name: string;
  value: number; // decides the class
  print: string; // what is read
  more?: string; // a line of detail
}

interface WorldMap {
  label: string;
  help: string; // how to use it by keyboard
  values: PlaceValue[];
  limits: number[]; // of the classes, ascending: one less than colours
  colours?: string[];
  className: (low: number | undefined, high: number | undefined) => string;
  legendLabel: string;
  noneName: string;
  href?: (code: string) => string;
  chosen?: string;
}

const width = 960;
const height = 448;
const countries = feature(topology, topology.objects.countries);
const drawn = { ...countries, features: countries.features.filter((f) => f.id !== 'AQ') };
const projection: GeoProjection = geoEqualEarth().fitExtent([[2, 2], [width - 2, height - 2]], drawn);

let outlines: { code: string; d: string; at: [number, number] }[] | null = null;
let border = '';

// Paths are the same for every map: made once.
function shapes(): { code: string; d: string; at: [number, number] }[] {
  if (outlines === null) {
    const path = geoPath(projection).digits(1);
    outlines = drawn.features.map((f) => ({ code: String(f.id ?? ''), d: path(f) ?? '',
      at: projection(geoCentroid(f)) ?? [0, 0] }));
    border = path(mesh(topology, topology.objects.countries, (a, b) => a !== b)) ?? '';
  }
  return outlines;
}

// The land without figures, for ornament.
export function outline(): string[] {
  return shapes().map((s) => s.d);
}

export function classOf(value: number, limits: number[]): number {
  return limits.filter((limit) => value >= limit).length;
}

interface Stop {
  element: SVGElement;
  name: string;
  at: [number, number];
  show: () => void;
}

// The nearest stop in a direction; what lies aside counts more than what lies ahead.
function nearest(from: Stop, stops: Stop[], dx: number, dy: number): Stop | undefined {
  let best: Stop | undefined;
  let least = Infinity;
  for (const s of stops) {
    const along = (s.at[0] - from.at[0]) * dx + (s.at[1] - from.at[1]) * dy;
    const aside = Math.abs((s.at[0] - from.at[0]) * dy + (s.at[1] - from.at[1]) * dx);
    const cost = along + aside * 2;
    if (s !== from && along > 0.5 && cost < least) {
      best = s;
      least = cost;
    }
  }
  return best;
}

const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function walk(stops: Stop[]): void {
  const byName = [...stops].sort((a, b) => a.name.localeCompare(b.name));
  stops.forEach((s) => s.element.setAttribute('tabindex', s === byName[0] ? '0' : '-1'));
  for (const stop of stops) {
    stop.element.addEventListener('focus', () => {
      stops.forEach((s) => s.element.setAttribute('tabindex', s === stop ? '0' : '-1'));
      stop.show();
    });
    stop.element.addEventListener('keydown', (e) => {
      const { key } = e as KeyboardEvent;
      const to = key === 'Home' ? byName[0] : key === 'End' ? byName[byName.length - 1]
        : key in arrows ? nearest(stop, stops, ...arrows[key]) : undefined;
      if (to !== undefined) {
        e.preventDefault();
        to.element.focus();
      }
    });
  }
}

function legend(o: WorldMap, colours: string[]): HTMLElement {
  const items = colours.map((colour, i) => swatch(colour, o.className(o.limits[i - 1], o.limits[i])));
  return h('ul', { class: 'legend', 'aria-label': o.legendLabel }, ...items, swatch(noClass, o.noneName));
}

function says(p: PlaceValue): string {
  return `${p.name}: ${p.print}`;
}

export function worldMap(o: WorldMap): HTMLElement {
  const colours = o.colours ?? classes;
  const byCode = new Map(o.values.map((v) => [v.code, v]));
  const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'group', class: 'map', 'aria-label': `${o.label}. ${o.help}` });
  const panel = h('p', { class: 'map-panel', 'aria-hidden': 'true' }, o.help);
  const links = svg('g');
  const stops: Stop[] = [];
  const add = (code: string, shape: SVGElement, at: [number, number]) => {
    const p = byCode.get(code);
    if (p === undefined) {
      shape.setAttribute('fill', noClass);
      shape.setAttribute('class', 'place');
      root.append(shape);
      return;
    }
    const attributes = { fill: colours[classOf(p.value, o.limits)], class: code === o.chosen ? 'place shown chosen' : 'place shown',
      'data-country': code, 'data-print': p.print, 'data-name': p.name };
    Object.entries(attributes).forEach(([name, value]) => shape.setAttribute(name, value));
    const role: Record<string, string> = o.href === undefined ? { role: 'img' } : { href: o.href(code) };
    const element = svg(o.href === undefined ? 'g' : 'a', { ...role, class: 'stop', 'aria-label': says(p) }, shape,
      svg('title', {}, says(p)));
    element.addEventListener('mouseenter', () => show(p));
    stops.push({ element, name: p.name, at, show: () => show(p) });
    links.append(element);
  };
  const show = (p: PlaceValue) => {
    panel.replaceChildren(h('strong', {}, p.name), ` ${p.print}`);
    if (p.more !== undefined) {
      panel.append(h('span', {}, p.more));
    }
  };
  shapes().forEach((s) => add(s.code, svg('path', { d: s.d }), s.at));
  const borders = svg('path', { class: 'border', fill: 'none', d: border });
  for (const [code, at] of Object.entries(points)) {
    const xy = byCode.has(code) ? projection([at[0], at[1]]) : null;
    if (xy !== null) {
      add(code, svg('circle', { cx: xy[0].toFixed(1), cy: xy[1].toFixed(1), r: 3.4 }), xy);
    }
  }
  root.append(borders, links);
  walk(stops);
  return h('div', { class: 'map-figure' }, root, panel, legend(o, colours));
}

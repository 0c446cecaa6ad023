// Maps of places: the rates in the classes of the published reports, other things in classes of their own.
import { siteClasses } from '../colours';
import { limitsFor } from '../classes';
import { h } from '../dom';
import { worldMap, type PlaceValue } from '../map';
import type { Cell, Table } from '../figures';
import { unitName, type Context } from './context';

export const ccmLimits = [1.5, 3, 5, 7, 10]; // of the maps of the published reports

function digitsOf(limits: number[]): number {
  return limits.some((v) => v < 0.1) ? 3 : limits.some((v) => v < 1) ? 2 : limits.every((v) => Number.isInteger(v)) && limits[0] >= 10 ? 0 : 1;
}

export function placesMap(c: Context, o: { label: string; table: Table; limits?: number[]; colours?: string[]; of?: string }): HTMLElement {
  const { t } = c;
  const limits = o.limits ?? limitsFor(o.table.cells.map((x) => x.value), siteClasses.length);
  const digits = digitsOf(limits);
  const unit = unitName(t, o.table.unit);
  const value = (x: Cell): PlaceValue => ({
    code: x.key[0],
    name: t.place(x.key[0]),
    value: Number(x.print), // by the printed value, so that colour and figure never disagree
    print: o.table.unit === 'percent' ? t.value('percent', x) : `${unit} ${t.value(o.table.unit, x)}`,
    more: `${t.term('ci')} ${t.interval(x)} · n = ${t.count(x.n)}`,
  });
  const text = (n: number) => t.decimal(n, digits);
  return worldMap({
    label: o.label,
    help: t.say('mapHelp'),
    values: o.table.cells.map(value),
    limits,
    colours: o.colours ?? (o.limits === undefined ? siteClasses.slice(siteClasses.length - limits.length - 1) : undefined),
    legendLabel: unit,
    noneName: t.term('notShown'),
    className: (low, high) => (low === undefined ? t.term('below', { high: text(high!) })
      : high === undefined ? t.term('andMore', { low: text(low) }) : t.term('range', { low: text(low), high: text(high) })),
    href: (code) => c.href({ country: code }),
    chosen: c.country,
  });
}

// A place's name as the way to its page.
export function placeLink(c: Context, code: string): HTMLElement {
  return h('a', { href: c.href({ country: code }), class: 'place-link' }, h('bdi', {}, c.t.place(code)));
}


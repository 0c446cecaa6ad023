// A page per country or region: it against the world.
import { fillLegend, groupedBars, lines } from '../charts';
import { h } from '../dom';
import { cellAt, cellsOf, has, shareOf, type Cell, type Figures, type Period, type Table } from '../figures';
import { quarterLabel } from '../periods';
import { ratio } from '../statistics';
import type { Context } from './context';
import { findingTable, shareBar } from './malware';
import { cellColumns, chapter, exhibit, note, sortable } from './pieces';
import { scroller } from '../tables';
import { breakNotes, breaksOf, quarterPoints } from './rates';
import { siteKinds, siteName } from './sites';

// Every place of which there is a figure.
export function placesWithFigures(f: Figures, p: Period): string[] {
  const codes = new Set<string>();
  for (const t of [p.country, p.country_encounter, f.trends.country, f.trends.country_encounter, ...siteKinds.map((k) => f.feeds?.[k])]) {
    cellsOf(t).forEach((x) => codes.add(x.key[0]));
  }
  return [...codes];
}

function rankOf(table: Table, code: string): number {
  return [...table.cells].sort((a, b) => b.value - a.value).findIndex((x) => x.key[0] === code) + 1;
}

// One row a measure: the place, the world, how the two compare, the place's rank.
function summary(c: Context, code: string): HTMLElement {
  const { t, period: p } = c;
  const row = (name: string, table: Table | undefined, worldTable: Table | undefined, count: Table | undefined) => {
    const x = cellAt(table, code);
    const w = worldTable?.cells[0];
    if (x === undefined || table === undefined || count === undefined) {
      return null;
    }
    const r = w === undefined ? undefined : ratio(x, w);
    const words = r === undefined ? '–' : !r.sure ? t.say('notDistinguishable') : t.say('timesWorld', { factor: t.decimal(r.value, 2) });
    return h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, t.value(table.unit, x)), h('td', {}, t.interval(x)), h('td', {}, w === undefined ? '–' : t.value(table.unit, w)),
      h('td', { class: 'text' }, words), h('td', {}, t.say('rankOf', { rank: rankOf(count, code), all: count.cells.length })), h('td', {}, t.count(x.n)));
  };
  const rows = [row(t.say('perExecutions'), p.country, p.world, p.country), row(t.say('encounterRate'), p.country_encounter, p.encounter, p.country_encounter)].filter((r) => r !== null);
  const heads = [t.say('measure'), t.place(code), t.term('ci'), t.say('world'), t.say('comparison'), t.say('rank'), t.say('denominator')];
  const title = t.say('placeSummary');
  return rows.length === 0 ? note(t.say('noPlaceData', { place: t.place(code), period: t.period(p) })) : exhibit(c, { id: `place-summary-${code}`, title,
    source: { ...p.country, cells: p.country.cells.filter((x) => x.key[0] === code) }, keys: ['country'], open: true,
    table: scroller(title, h('table', { id: `place-summary-${code}-table` }, h('caption', {}, title),
      h('thead', {}, h('tr', {}, ...heads.map((x, i) => h('th', { scope: 'col', class: i === 0 || i === 4 ? 'text' : 'number' }, x)))), h('tbody', {}, ...rows))) });
}

function trend(c: Context, code: string, id: string, title: string, own: Table | undefined, world: Table | undefined): HTMLElement | null {
  const { t } = c;
  const cells = cellsOf(own).filter((x) => x.key[0] === code);
  if (own === undefined || cells.length === 0) {
    return null;
  }
  const percent = own.unit === 'percent';
  const series = [{ name: t.place(code), points: quarterPoints(c, cells, own.unit, 1), colour: 0 },
    { name: t.say('world'), points: quarterPoints(c, cellsOf(world), own.unit), colour: 9 }].filter((s) => s.points.length > 0);
  const rows = cells.map((x) => ({ x, w: cellAt(world, x.key[1]) }));
  return exhibit(c, { id: `${id}-${code}`, title, source: { ...own, cells }, keys: ['country', 'quarter'],
    chart: lines({ label: `${t.place(code)}: ${title}`, axis: percent ? '%' : 'CCM', series, tick: quarterLabel, breaks: breaksOf(c), height: 300 }),
    table: sortable(c, rows, [{ title: t.term('quarter'), kind: 'text', text: (r) => r.x.key[1] },
      { title: t.place(code), text: (r) => t.value(own.unit, r.x), value: (r) => r.x.value }, { title: t.term('ci'), text: (r) => t.interval(r.x) },
      { title: t.say('world'), text: (r) => (r.w === undefined ? '–' : t.value(own.unit, r.w)), value: (r) => r.w?.value ?? 0 },
      { title: t.say('denominator'), text: (r) => t.count(r.x.n), value: (r) => r.x.n }], { id: `${id}-${code}-table`, caption: title }),
    notes: breaksOf(c).length > 0 ? breakNotes(c) : [] });
}

function categories(c: Context, code: string, own: Table): HTMLElement {
  const { t, period: p } = c;
  const names = [t.place(code), t.say('world')];
  const keys = [...new Set([...own.cells, ...p.category.cells].map((x) => x.key[0]))];
  const bar = (table: Table, key: string) => {
    const x = cellAt(table, key);
    return x === undefined ? null : shareBar(c, table, '', x);
  };
  const title = t.say('placeCategories');
  const rows = keys.map((key) => ({ key, own: cellAt(own, key), world: cellAt(p.category, key) }));
  const share = (table: Table, x: Cell | undefined) => (x === undefined ? '–' : t.percent(shareOf(table, x).value));
  return exhibit(c, { id: `place-category-${code}`, title, source: own, keys: ['category'], legend: fillLegend(names, title),
    chart: groupedBars({ label: `${t.place(code)}: ${title}`, axis: '%', series: names, groups: keys.map((key) => ({ name: t.category(key), parts: [bar(own, key), bar(p.category, key)] })) }),
    table: sortable(c, rows, [{ title: t.term('category'), kind: 'text', text: (r) => t.category(r.key), value: (r) => t.category(r.key) },
      { title: t.place(code), text: (r) => share(own, r.own), value: (r) => (r.own === undefined ? 0 : shareOf(own, r.own).value) },
      { title: t.term('ci'), text: (r) => (r.own === undefined ? '–' : t.interval(shareOf(own, r.own))) },
      { title: t.say('world'), text: (r) => share(p.category, r.world), value: (r) => (r.world === undefined ? 0 : shareOf(p.category, r.world).value) },
      { title: t.term('computers'), text: (r) => (r.own === undefined ? '–' : t.count(r.own.x)), value: (r) => r.own?.x ?? 0 }], { id: `place-category-${code}-table`, caption: title }) });
}

function sites(c: Context, code: string): HTMLElement | null {
  const { t, figures: { feeds } } = c;
  const rows = siteKinds.flatMap((kind) => {
    const table = feeds?.[kind];
    const x = cellAt(table, code);
    return table === undefined || x === undefined ? [] : [{ kind, x, table }];
  });
  if (rows.length === 0) {
    return null;
  }
  const median = (table: Table) => [...table.cells].map((x) => x.value).sort((a, b) => a - b)[Math.floor(table.cells.length / 2)];
  const title = t.say('placeSites');
  return exhibit(c, { id: `place-sites-${code}`, title, open: true, keys: ['kind', 'country'], lead: t.say('placeSitesLead'),
    source: { ...rows[0].table, hash: undefined, cells: rows.map((r) => ({ ...r.x, key: [r.kind, ...r.x.key] })) },
    table: sortable(c, rows, [{ title: t.say('type'), kind: 'text', text: (r) => siteName(c, r.kind) },
      ...cellColumns(c, rows[0].table, { n: t.say('hosts'), x: t.say('number'), digits: 2 }).map((column) => ({ title: column.title, text: (r: { x: Cell }) => column.text(r.x) })),
      { title: t.say('median'), text: (r) => t.decimal(median(r.table)) }, { title: t.say('rank'), text: (r) => t.say('rankOf', { rank: rankOf(r.table, code), all: r.table.cells.length }) }],
    { id: `place-sites-${code}-table`, caption: title }) });
}

export function placeChapter(c: Context, code: string): HTMLElement {
  const { t, period: p, figures: f } = c;
  const own = p.places?.find((x) => x.country === code);
  return chapter(`place-${code}`, t.say('placeTitle', { place: t.place(code) }),
    h('p', { class: 'lead' }, t.say('placeLead', { place: t.place(code), period: t.period(p) })),
    summary(c, code),
    trend(c, code, 'place-ccm', t.say('placeCcm'), f.trends.country, f.trends.world),
    trend(c, code, 'place-encounter', t.say('placeEncounter'), f.trends.country_encounter, f.trends.encounter),
    has(own?.category) ? categories(c, code, own.category) : null,
    has(own?.family) ? exhibit(c, { id: `place-family-${code}`, title: t.say('placeFamilies'), source: own.family, keys: ['family', 'category'], open: true,
      table: findingTable(c, `place-family-${code}-table`, t.say('placeFamilies'), own.family, true, own.family.cells.slice(0, 10)) }) : null,
    sites(c, code));
}

// By country or region: map, ranking, table, changes, trends, encounters.
import { bars, lines, type Bar } from '../charts';
import { h } from '../dom';
import { cellAt, cellsOf, has, type Cell, type Table } from '../figures';
import { lastQuarters, quarterLabel } from '../periods';
import { changeTable } from './change';
import type { Context } from './context';
import { ccmLimits, placeLink, placesMap } from './maps';
import { cellColumns, chapter, exhibit, hiddenNote, note, sortable } from './pieces';
import { scroller } from '../tables';
import { breakNotes, breaksOf, quarterPoints } from './rates';

const ends = 12; // places at each end of the ranking
const largest = 4; // places in the chart of trends unless chosen
const most = 8;

export function placeTable(c: Context, id: string, title: string, table: Table, headings: Parameters<typeof cellColumns>[2] = {}): HTMLElement {
  return sortable(c, table.cells, [
    { title: c.t.term('country'), text: (x: Cell) => c.t.place(x.key[0]), value: (x: Cell) => c.t.place(x.key[0]), kind: 'text',
      element: (x: Cell) => placeLink(c, x.key[0]) },
    ...cellColumns(c, table, headings),
  ], { id, caption: title, rank: true, mark: (x) => ({ 'data-country': x.key[0], 'data-print': x.print }) });
}

function map(c: Context): HTMLElement {
  const { t, period: p } = c;
  return exhibit(c, {
    id: 'map', title: t.say('mapTitle'), lead: t.say('mapLead', { period: t.period(p) }), source: p.country, keys: ['country'],
    chart: placesMap(c, { label: t.say('mapLabel'), table: p.country, limits: ccmLimits }),
    notes: [hiddenNote(c, p.country), (p.country.unplaced ?? 0) > 0 ? note(t.say('unplaced', { n: p.country.unplaced! })) : null],
  });
}

function ranking(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const cells = [...p.country.cells].sort((a, b) => b.value - a.value);
  if (cells.length < 2) {
    return null;
  }
  const bar = (x: Cell): Bar => ({ name: t.place(x.key[0]), value: x.value, low: x.low, high: x.high, print: t.printed(x.print) });
  const rows = cells.length <= 2 * ends ? cells.map(bar) : [...cells.slice(0, ends).map(bar), { name: '⋮', value: 0, print: '' }, ...cells.slice(-ends).map(bar)];
  return exhibit(c, {
    id: 'ranking', title: t.say(cells.length <= 2 * ends ? 'rankingTitle' : 'rankingEndsTitle', { n: ends }), lead: t.say('rankingLead'),
    source: p.country, keys: ['country'], chart: bars({ label: t.say('rankingTitle'), axis: 'CCM', rows }),
    notes: [h('p', { class: 'note' }, h('a', { href: '#countries' }, t.say('allInTable')))],
  });
}

function all(c: Context): HTMLElement {
  const { t, period: p } = c;
  const title = t.say('countryTitle');
  return exhibit(c, { id: 'countries', title, source: p.country, keys: ['country'], open: true,
    table: p.country.cells.length === 0 ? note(t.say('noData'))
      : h('div', {}, h('p', { class: 'note screen-only' }, t.term('sortHint')), placeTable(c, 'country-table', title, p.country)) });
}

function changes(c: Context): HTMLElement | null {
  const { t, period: p, figures: f } = c;
  const quarters = lastQuarters(p);
  if (quarters === undefined) {
    return null;
  }
  const codes = [...new Set(p.country.cells.map((x) => x.key[0]))];
  const rows = codes.map((code) => ({ name: t.place(code), from: cellAt(f.trends.country, code, quarters[0]), to: cellAt(f.trends.country, code, quarters[1]) }))
    .filter((r) => r.from !== undefined && r.to !== undefined).sort((a, b) => b.to!.value - a.to!.value);
  const broken = (f.trends.breaks ?? []).some((b) => b.quarter === quarters[1]);
  if (rows.length === 0) {
    return null;
  }
  const title = t.say('changesTitle', { from: quarters[0], to: quarters[1] });
  return exhibit(c, { id: 'changes', title, lead: t.say('changesLead'), source: f.trends.country!, keys: ['country', 'quarter'],
    table: changeTable(c, { id: 'changes-table', caption: title, key: t.term('country'), quarters, percent: false, rank: true }, rows), open: rows.length <= 40,
    notes: broken ? breakNotes(c) : [] });
}

// The places in the chart: those chosen, or the largest.
function chosenPlaces(c: Context): string[] {
  const known = new Set(cellsOf(c.figures.trends.country).map((x) => x.key[0]));
  const wanted = c.chosen?.filter((code) => known.has(code));
  return wanted ?? [...c.period.country.cells].filter((x) => known.has(x.key[0])).sort((a, b) => b.n - a.n).slice(0, largest).map((x) => x.key[0]);
}

function chooser(c: Context, chosen: string[]): HTMLElement {
  const { t } = c;
  const rest = [...new Set(cellsOf(c.figures.trends.country).map((x) => x.key[0]))].filter((code) => !chosen.includes(code))
    .sort((a, b) => t.place(a).localeCompare(t.place(b), c.lang));
  const chips = chosen.map((code) => h('button', { type: 'button', class: 'chip', id: `drop-${code}`, 'aria-label': t.say('dropPlace', { place: t.place(code) }),
    click: () => c.go({ chosen: chosen.filter((x) => x !== code) }) }, t.place(code), h('span', { 'aria-hidden': 'true' }, ' ×')));
  const select = h('select', { id: 'add-place', change: (e) => c.go({ chosen: [...chosen, (e.target as HTMLSelectElement).value] }) },
    h('option', { value: '' }, t.say('choose')), ...rest.map((code) => h('option', { value: code }, t.place(code))));
  return h('div', { class: 'chooser screen-only' }, ...chips, chosen.length >= most || rest.length === 0 ? null
    : h('span', {}, h('label', { for: 'add-place' }, t.say('addPlace')), ' ', select));
}

export function placeTrends(c: Context): HTMLElement | null {
  const { t, figures: f } = c;
  const table = f.trends.country;
  if (!has(table)) {
    return null;
  }
  const chosen = chosenPlaces(c);
  const world = { name: t.say('world'), points: quarterPoints(c, f.trends.world.cells, 'ccm'), colour: 9 };
  const series = [...chosen.map((code, i) => ({ name: t.place(code), colour: i,
    points: quarterPoints(c, table.cells.filter((x) => x.key[0] === code), 'ccm', 1) })), world].filter((s) => s.points.length > 0);
  const title = t.say('placeTrendTitle');
  const shown = table.cells.filter((x) => chosen.includes(x.key[0]));
  return exhibit(c, { id: 'place-trend', title, lead: t.say('placeTrendLead'), source: table, keys: ['country', 'quarter'],
    legend: chooser(c, chosen), chart: lines({ label: title, axis: 'CCM', series, tick: quarterLabel, breaks: breaksOf(c) }),
    table: sortable(c, shown, [{ title: t.term('country'), text: (x: Cell) => t.place(x.key[0]), value: (x: Cell) => t.place(x.key[0]), kind: 'text' },
      { title: t.term('quarter'), text: (x: Cell) => x.key[1], value: (x: Cell) => x.key[1].slice(2) + x.key[1].slice(0, 1), kind: 'text' }, ...cellColumns(c, table)],
    { id: 'place-trend-table', caption: title }), notes: [...breakNotes(c), hiddenNote(c, table)] });
}

function located(c: Context): HTMLElement | null {
  const { t, figures: f } = c;
  const rows = f.trends.located ?? [];
  if (rows.length === 0) {
    return null;
  }
  const heads = [t.term('quarter'), t.say('bySetting'), t.say('byAddress'), t.say('byUnknown')];
  return h('details', { id: 'located-details', class: 'plain' }, h('summary', {}, t.say('locatedTitle')),
    scroller(t.say('locatedTitle'), h('table', { id: 'located-table' }, h('caption', {}, t.say('locatedTitle')), h('thead', {}, h('tr', {}, ...heads.map((x, i) => h('th', { scope: 'col', class: i === 0 ? 'text' : 'number' }, x)))),
      h('tbody', {}, ...rows.map((r) => h('tr', {}, h('th', { scope: 'row' }, r.key[0]), ...[r.setting, r.address, r.unknown].map((n) => h('td', {}, t.count(n)))))))));
}

function encounters(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const table = p.country_encounter;
  if (!has(table)) {
    return null;
  }
  const title = t.say('encounterMapTitle');
  return exhibit(c, { id: 'encounter-map', title, lead: t.say('encounterMapLead'), source: table, keys: ['country'],
    chart: placesMap(c, { label: title, table }), table: placeTable(c, 'encounter-table', title, table, { n: t.say('guarded'), x: t.say('met') }),
    notes: [hiddenNote(c, table, 'hiddenComputers')] });
}

export function whereChapter(c: Context): HTMLElement {
  return chapter('where', c.t.say('whereTitle'), map(c), ranking(c), all(c), changes(c), placeTrends(c), located(c), encounters(c));
}

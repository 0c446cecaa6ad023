// Infection and encounter: the world's figures, quarter by quarter.
import { lines } from '../charts';
import { h } from '../dom';
import { first, has, type Cell, type Table } from '../figures';
import { quarterLabel, quarterNumber } from '../periods';
import { scroller } from '../tables';
import type { Context } from './context';
import { cellTable, chapter, exhibit, hiddenNote, note } from './pieces';

function tile(title: string, value: string, small: string, id: string): HTMLElement {
  return h('div', { class: 'tile', id }, h('p', { class: 'tile-title' }, title),
    h('p', { class: 'tile-value' }, value), h('p', { class: 'tile-note' }, small));
}

export function tiles(c: Context): HTMLElement {
  const { t, period: p } = c;
  const w = first(p.world);
  const e = first(p.encounter);
  const below = t.say('belowThreshold');
  const between = (x: Cell) => t.say('interval', t.limits(x));
  return h('div', { class: 'tiles' },
    tile(t.say('tileCcm'), w === undefined ? '–' : t.printed(w.print), w === undefined ? below : between(w), 'tile-ccm'),
    e === undefined ? null : tile(t.say('tileEncounter'), t.value('percent', e), between(e), 'tile-encounter'),
    tile(t.say('tileRuns'), t.count(p.runs.clean), t.say('tileRunsNote', { months: p.months }), 'tile-runs'),
    tile(t.say('tileCleaned'), w === undefined ? '–' : t.count(w.x), w === undefined ? below : t.say('tileCleanedNote'), 'tile-cleaned'),
    tile(t.say('tilePlaces'), t.count(p.country.cells.length), t.say('tilePlacesNote', { cells: p.country.hidden?.cells ?? 0 }), 'tile-places'));
}

// The cells of a table of quarters as points of a line.
export function quarterPoints(c: Context, cells: Cell[], unit: Table['unit'], at = 0) {
  return cells.flatMap((x) => {
    const q = quarterNumber(x.key[at] ?? '');
    return q === undefined ? [] : [{ x: q, value: x.value, low: x.low, high: x.high, print: c.t.value(unit, x) }];
  });
}

export function breaksOf(c: Context): { x: number; text: string }[] {
  return (c.figures.trends.breaks ?? []).flatMap((b) => {
    const q = quarterNumber(b.quarter);
    return q === undefined ? [] : [{ x: q, text: c.t.say('breakLabel', { quarter: b.quarter }) }];
  });
}

export function breakNotes(c: Context): HTMLElement[] {
  const way = (word: string) => c.t.say(word === 'setting' ? 'bySetting' : word === 'address' ? 'byAddress' : 'byUnknown');
  return (c.figures.trends.breaks ?? []).map((b) => note(c.t.say('breakNote', { quarter: b.quarter, from: way(b.from), to: way(b.to) })));
}

function trend(c: Context, id: string, title: string, text: string, table: Table): HTMLElement {
  const points = quarterPoints(c, table.cells, table.unit);
  return exhibit(c, {
    id, title, lead: text, source: table, keys: ['quarter'],
    chart: points.length === 0 ? null : lines({ label: title, axis: table.unit === 'percent' ? '%' : 'CCM', series: [{ name: title, points }], tick: quarterLabel }),
    table: cellTable(c, table, { id: `${id}-table`, caption: title, key: c.t.term('quarter'), name: (x) => x.key[0],
      headings: table.unit === 'percent' ? { n: c.t.say('guarded'), x: c.t.say('met') } : {} }),
    notes: [hiddenNote(c, table)],
  });
}

// CCM by executions and by computers, and the encounter rate, with what each is made of.
function bases(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const rows = [[t.say('perExecutions'), p.world], [t.say('perComputers'), p.world_computers], [t.say('encounterRate'), p.encounter]] as const;
  const cells = rows.flatMap(([name, table]) => (has(table) ? [{ name, cell: table.cells[0], table }] : []));
  if (cells.length < 2) {
    return null;
  }
  const columns = [t.say('measure'), t.say('value'), t.term('ci'), t.say('denominator'), t.say('numerator')];
  const body = cells.map(({ name, cell, table }) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, t.value(table.unit, cell)),
    h('td', {}, t.interval(cell)), h('td', {}, t.count(cell.n)), h('td', {}, t.count(cell.x))));
  return exhibit(c, {
    id: 'measures', title: t.say('measuresTitle'), lead: t.say('measuresLead'), source: p.world_computers ?? p.world, keys: [], open: true,
    table: scroller(t.say('measuresTitle'), h('table', { id: 'measures-table' }, h('caption', {}, t.say('measuresTitle')),
      h('thead', {}, h('tr', {}, ...columns.map((x, i) => h('th', { scope: 'col', class: i === 0 ? 'text' : 'number' }, x)))), h('tbody', {}, ...body))),
  });
}

export function ratesChapter(c: Context): HTMLElement | null {
  const { t, figures: f } = c;
  return chapter('rates', t.say('ratesTitle'), tiles(c), bases(c),
    has(f.trends.world) ? trend(c, 'trend', t.say('trendTitle'), t.say('trendLead'), f.trends.world) : note(t.say('noData')),
    has(f.trends.encounter) ? trend(c, 'encounter-trend', t.say('encounterTrendTitle'), t.say('encounterTrendLead'), f.trends.encounter) : null);
}

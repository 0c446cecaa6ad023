// Home against enterprise; and with protection against without.
import { bars, fillLegend, groupedBars, lines } from '../charts';
import { h } from '../dom';
import { cellAt, has, type Cell, type Period, type Segment, type Table } from '../figures';
import { monthNumber, monthText } from '../periods';
import type { Context } from './context';
import { findingTable, shareBar } from './malware';
import { cellColumns, cellTable, chapter, exhibit, hiddenNote, note, sortable } from './pieces';

const order = ['home', 'enterprise', 'unknown'];

function inOrder<X>(rows: X[], word: (x: X) => string): X[] {
  return [...rows].sort((a, b) => order.indexOf(word(a)) - order.indexOf(word(b)));
}

export function knownSides(p: Period): Segment[] {
  return inOrder(p.segments.filter((s) => s.segment !== 'unknown' && s.category.cells.length > 0), (s) => s.segment);
}

function rates(c: Context, id: string, title: string, text: string, table: Table): HTMLElement {
  const { t } = c;
  const cells = inOrder(table.cells, (x) => x.key[0]);
  const percent = table.unit === 'percent';
  const rows = cells.map((x) => ({ name: t.segment(x.key[0]), value: x.value, low: x.low, high: x.high, print: t.value(table.unit, x) }));
  return exhibit(c, { id, title, lead: text, source: table, keys: ['segment'], open: true, chart: bars({ label: title, axis: percent ? '%' : 'CCM', rows }),
    table: cellTable(c, table, { id: `${id}-table`, caption: title, key: t.term('segment'), name: (x) => t.segment(x.key[0]), cells,
      headings: percent ? { n: t.say('guarded'), x: t.say('met') } : {} }), notes: [hiddenNote(c, table)] });
}

// Categories of the two sides, bar beside bar.
function categories(c: Context, sides: Segment[]): HTMLElement {
  const { t } = c;
  const names = sides.map((s) => t.segment(s.segment));
  const most = new Map<string, number>();
  sides.forEach((s) => s.category.cells.forEach((x) => most.set(x.key[0], Math.max(most.get(x.key[0]) ?? 0, x.share ?? x.value))));
  const keys = [...most].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  const groups = keys.map((key) => ({ name: t.category(key), parts: sides.map((s) => {
    const x = cellAt(s.category, key);
    return x === undefined ? null : shareBar(c, s.category, '', x);
  }) }));
  const source: Table = { ...sides[0].category, hash: undefined, cells: sides.flatMap((s) => s.category.cells.map((x) => ({ ...x, key: [s.segment, ...x.key] }))) };
  const title = t.say('segmentCategories');
  return exhibit(c, { id: 'segment-category', title, lead: t.say('segmentLead'), source, keys: ['segment', 'category'], legend: fillLegend(names, t.term('segment')),
    chart: groupedBars({ label: title, axis: '%', series: names, groups }),
    table: h('div', {}, ...sides.map((s) => findingTable(c, `category-${s.segment}`, t.segment(s.segment), s.category, false))) });
}

function families(c: Context, sides: Segment[]): HTMLElement {
  const { t } = c;
  const source: Table = { ...sides[0].family, hash: undefined, cells: sides.flatMap((s) => s.family.cells.map((x) => ({ ...x, key: [s.segment, ...x.key] }))) };
  return exhibit(c, { id: 'segment-family', title: t.say('segmentFamilies'), lead: t.say('segmentFamiliesLead'), source, keys: ['segment', 'family', 'category'], open: true,
    table: h('div', {}, ...sides.map((s) => findingTable(c, `family-${s.segment}`, t.segment(s.segment), s.family, true, s.family.cells.slice(0, 10)))) });
}

export function segmentsChapter(c: Context): HTMLElement {
  const { t, period: p } = c;
  const sides = knownSides(p);
  return chapter('segments', t.say('segmentTitle'),
    has(p.segment) ? rates(c, 'segment', t.say('segmentRates'), t.say('segmentRatesLead'), p.segment) : note(t.say('noData')),
    has(p.segment_encounter) ? rates(c, 'segment-encounter', t.say('segmentEncounters'), t.say('segmentEncountersLead'), p.segment_encounter) : null,
    sides.length > 0 ? categories(c, sides) : null, sides.length > 0 ? families(c, sides) : null);
}

// --- protection ---

const states = ['off', 'on', 'unknown'];

function stateName(c: Context, word: string): string {
  return c.t.say(word === 'on' ? 'protected' : word === 'off' ? 'unprotected' : 'protectionUnknown');
}

function protectionMonths(c: Context, table: Table): HTMLElement {
  const { t } = c;
  const series = ['off', 'on'].map((state, i) => ({ name: stateName(c, state), colour: i === 0 ? 1 : 0, points: table.cells.filter((x) => x.key[0] === state)
    .map((x) => ({ x: monthNumber(x.key[1]), value: x.value, low: x.low, high: x.high, print: t.printed(x.print) })) })).filter((s) => s.points.length > 0);
  const title = t.say('protectionMonthsTitle');
  return exhibit(c, { id: 'protection-months', title, source: table, keys: ['protection', 'month'],
    chart: series.length === 0 ? null : lines({ label: title, axis: 'CCM', series, tick: (m) => t.month(monthText(m), 'short'), yearly: 12, height: 300 }),
    table: sortable(c, table.cells, [{ title: t.say('protection'), text: (x: Cell) => stateName(c, x.key[0]), kind: 'text' },
      { title: t.say('monthWord'), text: (x: Cell) => t.month(x.key[1]), value: (x: Cell) => x.key[1], kind: 'text' }, ...cellColumns(c, table)],
    { id: 'protection-months-table', caption: title }) });
}

export function protectionChapter(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const table = p.protection;
  if (!has(table) || !table.cells.some((x) => x.key[0] === 'on' || x.key[0] === 'off')) {
    return null;
  }
  const cells = [...table.cells].sort((a, b) => states.indexOf(a.key[0]) - states.indexOf(b.key[0]));
  const rows = cells.map((x) => ({ name: stateName(c, x.key[0]), value: x.value, low: x.low, high: x.high, print: t.printed(x.print) }));
  const title = t.say('protectionRates');
  const off = p.protection?.off_share;
  const factor = p.protection?.factor;
  return chapter('protection', t.say('protectionTitle'),
    exhibit(c, { id: 'protection-rate', title, lead: t.say('protectionLead'), source: table, keys: ['protection'], open: true, chart: bars({ label: title, axis: 'CCM', rows }),
      table: cellTable(c, table, { id: 'protection-table', caption: title, key: t.say('protection'), name: (x) => stateName(c, x.key[0]), cells }),
      notes: [factor === null || factor === undefined ? null : note(t.say('factorNote', { factor: t.printed(factor.print), ...t.limits(factor) })),
        off === null || off === undefined ? null : note(t.say('offShare', { share: t.value('percent', off), interval: t.interval(off) })), hiddenNote(c, table)] }),
    has(p.protection?.months) ? protectionMonths(c, p.protection.months) : null);
}


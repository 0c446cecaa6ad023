// The ways in: propagation, exposures, the age of missing updates, exploits; and what the network showed.
import { bars, groupedBars, fillLegend, lines, type Bar, type Series } from '../charts';
import { h } from '../dom';
import { cellAt, has, type Cell, type Propagation, type Table } from '../figures';
import { quarterLabel } from '../periods';
import { visible } from '../terms';
import { wordOf, type Context } from './context';
import { cellColumns, cellTable, chapter, exhibit, hiddenNote, note, sortable } from './pieces';
import { quarterPoints } from './rates';

const ways = ['credential', 'exploit', 'preexisting', 'autorun', 'web', 'mail', 'unknown'];
const ages = ['0-7', '8-30', '31-90', '91-180', '181-365', '366+', 'unknown'];
export const exploitTypes = ['html', 'java', 'os', 'documents', 'flash', 'other'];
const kinds = ['update', 'door'];

export function wayName(c: Context, word: string): string {
  return wordOf(c.t, 'way', word === '' ? 'unknown' : word, ways);
}

export function exploitName(c: Context, word: string): string {
  return wordOf(c.t, 'type', word, exploitTypes);
}

export function doorName(c: Context, key: string[]): string {
  return `${visible(key[1] ?? '')} (${wordOf(c.t, 'kind', key[0], kinds)})`;
}

function barsOf(c: Context, table: Table, name: (x: Cell) => string, cells = table.cells): Bar[] {
  return cells.map((x) => ({ name: name(x), value: x.value, low: x.low, high: x.high, print: c.t.value(table.unit, x) }));
}

// --- propagation ---

function variantName(c: Context, p: Propagation): string {
  return p.variant === '' ? c.t.say('allVariants') : visible(p.variant);
}

// All variants of a family, way beside way; and the reading with the two ways over the network alone.
function propagationOf(c: Context, family: string, all: Propagation[], at: number): HTMLElement {
  const { t } = c;
  const words = [...new Set(all.flatMap((p) => p.all.cells.map((x) => x.key[0])))].sort((a, b) => ways.indexOf(a) - ways.indexOf(b));
  const names = words.map((w) => wayName(c, w));
  const groups = all.map((p) => ({ name: variantName(c, p), parts: words.map((w) => {
    const x = cellAt(p.all, w);
    return x === undefined ? null : { name: '', value: x.value, low: x.low, high: x.high, print: t.value('percent', x) };
  }) }));
  const rows = all.flatMap((p) => [...p.all.cells.map((x) => ({ p, x, reading: t.say('readingAll') })), ...p.network.cells.map((x) => ({ p, x, reading: t.say('readingNetwork') }))]);
  const title = t.say('propagationOf', { family: t.family(family) });
  const unknown = all.find((p) => p.variant === '')?.unknown ?? 0;
  const source: Table = { ...all[0].all, hash: all.length === 1 ? all[0].all.hash : undefined,
    cells: all.flatMap((p) => [...p.all.cells.map((x) => ({ ...x, key: [family, p.variant, 'all', ...x.key] })), ...p.network.cells.map((x) => ({ ...x, key: [family, p.variant, 'network', ...x.key] }))]) };
  return exhibit(c, { id: `propagation-${at}`, title, lead: t.say('propagationLead'), source, keys: ['family', 'variant', 'reading', 'path'],
    legend: fillLegend(names, t.say('way')), chart: groupedBars({ label: title, axis: '%', series: names, groups }),
    table: sortable(c, rows, [
      { title: t.say('variant'), kind: 'text', text: (r) => variantName(c, r.p) },
      { title: t.say('reading'), kind: 'text', text: (r) => r.reading },
      { title: t.say('way'), kind: 'text', text: (r) => wayName(c, r.x.key[0]) },
      { title: t.term('share'), text: (r) => t.value('percent', r.x), value: (r) => r.x.value },
      { title: t.term('ci'), text: (r) => t.interval(r.x) },
      { title: t.say('attacks'), text: (r) => t.count(r.x.x), value: (r) => r.x.x },
      { title: t.say('ofAttacks'), text: (r) => t.count(r.x.n), value: (r) => r.x.n },
    ], { id: `propagation-${at}-table`, caption: title }),
    notes: [unknown > 0 ? note(t.say('propagationUnknown', { n: unknown })) : null] });
}

export function propagationChapter(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const all = (p.propagation ?? []).filter((x) => has(x.all));
  const families = [...new Set(all.map((x) => x.family))];
  return families.length === 0 ? null : chapter('propagation', t.say('propagationTitle'),
    ...families.map((f, i) => propagationOf(c, f, all.filter((x) => x.family === f), i)), note(t.say('propagationNote')));
}

// --- exposure ---

function exposure(c: Context, table: Table): HTMLElement {
  const { t } = c;
  const title = t.say('exposureDoors');
  return exhibit(c, { id: 'exposure-doors', title, lead: t.say('exposureLead'), source: table, keys: ['kind', 'id'],
    chart: bars({ label: title, axis: '%', rows: barsOf(c, table, (x) => doorName(c, x.key), table.cells.slice(0, 20)) }),
    table: cellTable(c, table, { id: 'exposure-table', caption: title, key: t.say('door'), name: (x) => doorName(c, x.key), headings: { n: t.say('audited'), x: t.say('openOn') } }),
    notes: [hiddenNote(c, table, 'hiddenComputers')] });
}

export function ageName(c: Context, band: string): string {
  const range = /^(\d+)-(\d+)$/.exec(band);
  return band === 'unknown' ? c.t.term('unknown') : band === '366+' ? c.t.say('moreThanYear')
    : range === null ? visible(band) : c.t.say('days', { from: range[1], to: range[2] });
}

function patchAge(c: Context, table: Table): HTMLElement {
  const { t } = c;
  const cells = [...table.cells].sort((a, b) => ages.indexOf(a.key[0]) - ages.indexOf(b.key[0]));
  const title = t.say('patchAgeTitle');
  return exhibit(c, { id: 'patch-age', title, lead: t.say('patchAgeLead'), source: table, keys: ['days'],
    chart: bars({ label: title, axis: '%', rows: barsOf(c, table, (x) => ageName(c, x.key[0]), cells) }),
    table: cellTable(c, table, { id: 'patch-age-table', caption: title, key: t.say('age'), name: (x) => ageName(c, x.key[0]), cells, headings: { n: t.say('missingUpdates'), x: t.say('ofThese') } }),
    notes: [hiddenNote(c, table, 'hiddenComputers')] });
}

export function exposureChapter(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  return !has(p.exposure) && !has(p.patch_age) ? null : chapter('exposure', t.say('exposureTitle'),
    has(p.exposure) ? exposure(c, p.exposure) : null, has(p.patch_age) ? patchAge(c, p.patch_age) : null);
}

// --- exploits ---

export function exploitsChapter(c: Context): HTMLElement | null {
  const { t, period: p, figures: f } = c;
  const trends = f.trends.exploit;
  if (!has(p.exploit) && !has(trends)) {
    return null;
  }
  const now = has(p.exploit) ? exhibit(c, { id: 'exploit-type', title: t.say('exploitTypes'), lead: t.say(p.exploit.of === 'cleaned' ? 'exploitLeadCleaned' : 'exploitLead'), source: p.exploit, keys: ['type'],
    chart: bars({ label: t.say('exploitTypes'), axis: '%', rows: barsOf(c, p.exploit, (x) => exploitName(c, x.key[0])) }),
    table: cellTable(c, p.exploit, { id: 'exploit-type-table', caption: t.say('exploitTypes'), key: t.say('exploitType'), name: (x) => exploitName(c, x.key[0]),
      headings: { n: t.term('computers'), x: t.say(p.exploit.of === 'cleaned' ? 'cleaned' : 'met') } }) }) : null;
  let trend: HTMLElement | null = null;
  if (has(trends)) {
    const words = [...new Set(trends.cells.map((x) => x.key[0]))];
    const series: Series[] = words.map((w, i) => ({ name: exploitName(c, w), points: quarterPoints(c, trends.cells.filter((x) => x.key[0] === w), 'percent', 1), colour: i }));
    trend = exhibit(c, { id: 'exploit-trend', title: t.say('exploitTrendTitle'), source: trends, keys: ['type', 'quarter'],
      chart: lines({ label: t.say('exploitTrendTitle'), axis: '%', series, tick: quarterLabel }),
      table: sortable(c, trends.cells, [{ title: t.say('exploitType'), kind: 'text', text: (x: Cell) => exploitName(c, x.key[0]), value: (x: Cell) => exploitName(c, x.key[0]) },
        { title: t.term('quarter'), kind: 'text', text: (x: Cell) => x.key[1], value: (x: Cell) => x.key[1].slice(2) + x.key[1].slice(0, 1) },
        ...cellColumns(c, trends, { n: t.term('computers'), x: t.say('met') })], { id: 'exploit-trend-table', caption: t.say('exploitTrendTitle') }) });
  }
  return chapter('exploits', t.say('exploitsTitle'), now, trend);
}

// --- the network's view ---

export function observationChapter(c: Context): HTMLElement | null {
  const { t, period: p } = c;
  const table = p.observation;
  if (!has(table)) {
    return null;
  }
  const title = t.say('observationTitle');
  const rows = table.cells.slice(0, 40).map((x) => ({ name: x.key.map(visible).join(' · '), value: x.value, print: t.count(x.value) }));
  return chapter('observation', title, exhibit(c, { id: 'observation-counts', title: t.say('observationCounts'), lead: t.say('observationLead'), source: table, keys: ['kind', 'key'],
    chart: bars({ label: title, axis: t.say('number'), rows }),
    table: h('div', {}, cellTable(c, table, { id: 'observation-table', caption: title, key: t.say('observed'), name: (x) => x.key.map(visible).join(' · '),
      more: [{ title: t.say('sensorReports'), text: (x) => t.count(x.n), value: (x) => x.n }] })) }));
}

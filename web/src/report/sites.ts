// Malicious sites and mail, and disclosed vulnerabilities: what other sources give.
import { bars, fillLegend, lines, stacks } from '../charts';
import { h } from '../dom';
import { cellAt, has, type Cell, type Source, type Table } from '../figures';
import { monthNumber, monthText } from '../periods';
import { visible } from '../terms';
import { wordOf, type Context } from './context';
import { placesMap } from './maps';
import { cellColumns, cellTable, chapter, exhibit, hiddenNote, note, sortable } from './pieces';
import { scroller } from '../tables';
import { placeTable } from './where';

export const siteKinds = ['hosting', 'phishing', 'drive_by', 'spam'] as const;
const siteTypes = ['financial', 'shop', 'social', 'isp', 'game', 'public', 'adult', 'advance-fee', 'attachment', 'dating', 'diploma', 'gambling', 'image-only',
  'malware', 'pharmacy', 'phishing', 'product', 'stock', 'other', 'unnamed'];
const stages = ['edge', 'content'];
const reasons = ['reputation', 'recipient', 'sender', 'client', 'relay', 'rule'];

export function siteName(c: Context, kind: string): string {
  return wordOf(c.t, 'site', kind.replace('_', '-'), siteKinds.map((k) => k.replace('_', '-')));
}

function sources(c: Context, list: Source[]): HTMLElement {
  const { t } = c;
  const columns = [t.say('file'), t.say('lines'), t.say('used'), t.say('skipped'), t.say('outside'), t.say('refused'), t.say('otherLines')];
  const number = (n: number | undefined) => (n === undefined ? '–' : t.count(n));
  return scroller(t.say('sourcesTitle'), h('table', { class: 'sources' }, h('caption', {}, t.say('sourcesTitle')),
    h('thead', {}, h('tr', {}, ...columns.map((x, i) => h('th', { scope: 'col', class: i === 0 ? 'text' : 'number' }, x)), h('th', { scope: 'col', class: 'text' }, 'SHA-256'))),
    h('tbody', {}, ...list.map((s) => h('tr', {}, h('th', { scope: 'row' }, h('bdi', {}, visible(s.kind === undefined ? s.file : `${siteName(c, s.kind)}: ${s.file}`))),
      ...[s.lines, s.used, s.skipped, s.outside, s.refused, s.other].map((n) => h('td', {}, number(n))), h('td', { class: 'text' }, h('code', { class: 'hash' }, visible(s.sha256))))))));
}

function map(c: Context, kind: string, table: Table): HTMLElement {
  const { t } = c;
  const title = t.say('siteMap', { kind: siteName(c, kind) });
  return exhibit(c, { id: `site-${kind.replace('_', '-')}`, title, source: table, keys: ['country'], chart: placesMap(c, { label: title, table }),
    table: placeTable(c, `site-${kind.replace('_', '-')}-table`, title, table, { n: t.say('hosts'), x: t.say('number'), digits: 2 }), notes: [hiddenNote(c, table, 'hiddenComputers')] });
}

function parts(c: Context, id: string, title: string, table: Table, prefix = 'sitetype', words = siteTypes): HTMLElement {
  const { t } = c;
  const name = (x: Cell) => wordOf(t, prefix, x.key[0], words);
  return exhibit(c, { id, title, source: table, keys: ['type'],
    chart: bars({ label: title, axis: '%', rows: table.cells.map((x) => ({ name: name(x), value: x.value, low: x.low, high: x.high, print: t.value('percent', x) })) }),
    table: cellTable(c, table, { id: `${id}-table`, caption: title, key: t.say('type'), name, headings: { n: t.say('number'), x: t.say('ofThese') } }) });
}

// Sites by month, the first month as 100.
function months(c: Context, table: Table): HTMLElement {
  const { t } = c;
  const kinds = [...new Set(table.cells.map((x) => x.key[0]))];
  const index = (x: Cell) => x.index ?? NaN;
  const series = kinds.map((kind, i) => ({ name: siteName(c, kind), colour: i, points: table.cells.filter((x) => x.key[0] === kind && Number.isFinite(index(x)))
    .map((x) => ({ x: monthNumber(x.key[1]), value: index(x), print: t.decimal(index(x), 0) })) })).filter((s) => s.points.length > 0);
  const title = t.say('monthsTitle');
  return exhibit(c, { id: 'site-months', title, lead: t.say('monthsLead'), source: table, keys: ['kind', 'month'],
    chart: series.length === 0 ? null : lines({ label: title, axis: t.say('index'), series, base: 100, yearly: 12, tick: (m) => t.month(monthText(m), 'short') }),
    table: sortable(c, table.cells, [{ title: t.say('type'), kind: 'text', text: (x: Cell) => siteName(c, x.key[0]), value: (x: Cell) => siteName(c, x.key[0]) },
      { title: t.say('monthWord'), kind: 'text', text: (x: Cell) => t.month(x.key[1]), value: (x: Cell) => x.key[1] },
      ...cellColumns(c, table), { title: t.say('index'), text: (x: Cell) => (x.index === undefined ? '–' : t.decimal(x.index)), value: (x: Cell) => x.index ?? 0 }],
    { id: 'site-months-table', caption: title }) });
}

export function sitesChapter(c: Context): HTMLElement | null {
  const { t, figures: { feeds } } = c;
  if (feeds === null || feeds === undefined) {
    return null;
  }
  const maps = siteKinds.flatMap((kind) => {
    const table = feeds[kind];
    return has(table) ? [map(c, kind, table)] : [];
  });
  const made = [...maps, has(feeds.phishing_type) ? parts(c, 'phishing-type', t.say('phishingTypes'), feeds.phishing_type) : null,
    has(feeds.spam_stage) ? parts(c, 'spam-stage', t.say('spamStages'), feeds.spam_stage, 'stage', stages) : null,
    has(feeds.spam_reason) ? parts(c, 'spam-reason', t.say('spamReasons'), feeds.spam_reason, 'reason', reasons) : null,
    has(feeds.spam_category) ? parts(c, 'spam-category', t.say('spamCategories'), feeds.spam_category) : null, has(feeds.months) ? months(c, feeds.months) : null];
  return made.every((x) => x === null) ? null : chapter('sites', t.say('sitesTitle'),
    h('p', { class: 'lead' }, t.say('sitesLead')), ...made, sources(c, feeds.sources),
    feeds.hosts === undefined ? null : note(t.say('hostsFrom', { source: visible(feeds.hosts.source), total: feeds.hosts.total, what: visible(feeds.hosts.what), sha: visible(feeds.hosts.sha256) })));
}

// --- disclosures ---

const splits = { severity: ['high', 'medium', 'low', 'unknown'], complexity: ['low', 'medium', 'high', 'unknown'], product: ['os', 'browser', 'application', 'other'],
  score: ['v2', 'v3', 'v4', 'none'] } as const;

function halves(table: Table): string[] {
  return [...new Set(table.cells.map((x) => x.key[0]))].sort((a, b) => a.slice(2).localeCompare(b.slice(2)) || a.localeCompare(b));
}

function split(c: Context, id: keyof typeof splits | 'vendor', table: Table): HTMLElement {
  const { t } = c;
  const sums = new Map<string, number>();
  table.cells.forEach((x) => sums.set(x.key[1], (sums.get(x.key[1]) ?? 0) + x.value));
  const largest = [...sums].sort((a, b) => Number(a[0] === 'other') - Number(b[0] === 'other') || b[1] - a[1]).map(([k]) => k);
  const words = id === 'vendor' ? largest : [...splits[id]].filter((w) => sums.has(w));
  const name = (w: string) => (id === 'vendor' ? (w === 'other' ? t.say('otherVendors') : visible(w)) : t.say(`nvd${id}${w}` as Parameters<typeof t.say>[0]));
  const title = t.say(`nvd${id}` as Parameters<typeof t.say>[0]);
  const names = words.map(name);
  return exhibit(c, { id: `nvd-${id}`, title, source: table, keys: ['half', id], legend: fillLegend(names, title),
    chart: stacks({ label: title, axis: t.say('number'), parts: names, hundred: false, print: (v) => t.count(Math.round(v)),
      columns: halves(table).map((half) => ({ name: half, values: words.map((w) => cellAt(table, half, w)?.value ?? 0) })) }),
    table: sortable(c, table.cells, [{ title: t.say('half'), kind: 'text', text: (x: Cell) => x.key[0], value: (x: Cell) => x.key[0].slice(2) + x.key[0] },
      { title, kind: 'text', text: (x: Cell) => name(x.key[1]), value: (x: Cell) => name(x.key[1]) }, ...cellColumns(c, table)], { id: `nvd-${id}-table`, caption: title }),
    notes: [id === 'vendor' ? note(t.say('nvdVendorNote')) : id === 'product' ? null : note(t.say('nvdNote'))] });
}

export function disclosuresChapter(c: Context): HTMLElement | null {
  const { t, figures: { disclosures: d } } = c;
  if (d === null || d === undefined || !has(d.half)) {
    return null;
  }
  const title = t.say('nvdHalf');
  const half = exhibit(c, { id: 'nvd-half', title, source: d.half, keys: ['half'],
    chart: stacks({ label: title, axis: t.say('number'), parts: [t.say('vulnerabilities')], hundred: false, print: (v) => t.count(Math.round(v)),
      columns: halves(d.half).map((name) => ({ name, values: [cellAt(d.half, name)?.value ?? 0] })) }),
    table: cellTable(c, d.half, { id: 'nvd-half-table', caption: title, key: t.say('half'), name: (x) => x.key[0] }) });
  return chapter('disclosures', t.say('disclosuresTitle'), h('p', { class: 'lead' }, t.say('disclosuresLead')), half,
    ...(['severity', 'complexity', 'product', 'score', 'vendor'] as const).map((id) => {
      const table = d[id];
      return has(table) ? split(c, id, table) : null;
    }), sources(c, d.sources));
}


// What the report is built of: chapters, exhibits (a chart, its table, where it comes from), tables of cells.
import type { Chart } from '../charts';
import { csvOf, save } from '../csv';
import { h } from '../dom';
import { queriesOf, type Cell, type Table } from '../figures';
import { scroller, table, type Column } from '../tables';
import { unitName, type Context } from './context';

export function chapter(id: string, title: string, ...children: (HTMLElement | null)[]): HTMLElement {
  return h('section', { id, class: 'chapter', 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title`, tabindex: '-1' }, title), ...children);
}

export function lead(text: string): HTMLElement {
  return h('p', { class: 'lead' }, text);
}

export function note(text: string): HTMLElement {
  return h('p', { class: 'note' }, text);
}

export interface Exhibit {
  id: string;
  title: string;
  lead?: string;
  chart?: Chart | HTMLElement | null;
  legend?: HTMLElement | null;
  table?: HTMLElement;
  open?: boolean; // the table is not folded
  notes?: (HTMLElement | null)[];
  source: Table;
  keys: string[]; // names of the key's parts, for the CSV
}

// Where the figures come from, and the way to have them.
function origin(c: Context, e: Exhibit): HTMLElement {
  const { t } = c;
  const parts: (Node | string)[] = [];
  const queries = queriesOf(c.figures);
  const names = [e.source.query, e.source.base ?? ''].filter((name) => name !== '');
  names.forEach((name, i) => parts.push(i === 0 ? `${t.say('queryIs')} ` : ', ', name in queries ? h('a', { href: `#query-${name}` }, name) : name));
  if (e.source.hash !== undefined) {
    parts.push(' · SHA-256 ', h('code', { class: 'hash', title: e.source.hash }, e.source.hash));
  }
  return h('div', { class: 'origin' }, h('p', {}, ...parts),
    h('button', { type: 'button', class: 'csv', 'data-csv': e.id, 'aria-label': t.say('csvOf', { title: e.title }),
      click: () => save(`yamori-${c.period.label}-${e.id}.csv`, csvOf(e.source, e.keys), 'text/csv;charset=utf-8') }, 'CSV'));
}

// What is not shown, in the words of the table's kind.
export function hiddenNote(c: Context, t: Table, word: 'hidden' | 'hiddenComputers' = 'hidden'): HTMLElement | null {
  const values = { cells: t.hidden?.cells ?? 0, n: t.hidden?.n ?? 0, value: c.figures.threshold.value, min: c.figures.min_computers };
  if (t.hidden === null || t.hidden === undefined) {
    return note(c.t.say('hiddenUntold', values));
  }
  if (t.hidden.cells > 0) {
    return note(c.t.say(t.hidden.n === null ? 'hiddenComputers' : word, values));
  }
  return word === 'hidden' ? note(c.t.say('hiddenNone', values)) : null;
}

export function exhibit(c: Context, e: Exhibit): HTMLElement {
  c.count.figure += 1;
  const folded = e.table === undefined || e.open === true ? e.table ?? null
    : h('details', { id: `${e.id}-details` }, h('summary', {}, c.t.term('asTable')), e.table);
  const box = h('div', { class: 'exhibit', id: e.id, role: 'group', 'aria-labelledby': `${e.id}-heading` },
    h('h3', { id: `${e.id}-heading` }, h('span', { class: 'figure-number' }, c.t.say('figure', { n: c.count.figure })), e.title),
    e.lead === undefined ? null : lead(e.lead),
    e.legend ?? null,
    e.chart === undefined || e.chart === null ? null : h('figure', { class: 'chart' }, scroller(e.title, e.chart)),
    folded, ...(e.notes ?? []).filter((n) => n !== null), origin(c, e));
  return box;
}

// --- tables of cells ---

interface Headings {
  n?: string | null; // null: no such column
  x?: string | null;
  value?: string;
  digits?: number;
}

export function cellColumns(c: Context, t: Table, headings: Headings = {}): Column<Cell>[] {
  const { t: text } = c;
  const digits = headings.digits ?? 1;
  const columns: Column<Cell>[] = [
    { title: headings.value ?? unitName(text, t.unit), text: (r) => text.value(t.unit, r), value: (r) => r.value },
  ];
  if (t.unit !== 'count') {
    columns.push({ title: text.term('ci'), text: (r) => text.interval(r, digits) });
    if (headings.n !== null) {
      columns.push({ title: headings.n ?? text.term('executions'), text: (r) => text.count(r.n), value: (r) => r.n });
    }
    if (headings.x !== null) {
      columns.push({ title: headings.x ?? text.say('cleaned'), text: (r) => text.count(r.x), value: (r) => r.x });
    }
    if (t.unit.startsWith('ccm') && t.cells.some((r) => r.pooled !== undefined)) {
      columns.push({ title: text.say('pooled'), text: (r) => text.decimal(r.pooled ?? NaN, 2), value: (r) => r.pooled ?? 0 });
    }
  }
  return columns;
}

export function sortable<R>(c: Context, rows: R[], columns: Column<R>[],
  o: { id: string; caption: string; rank?: boolean; mark?: (row: R) => Record<string, string> }): HTMLElement {
  return scroller(o.caption, table(rows, columns, { ...o, lang: c.lang, sorted: c.sortings.get(o.id),
    onSort: (sorting, title) => {
      c.sortings.set(o.id, sorting);
      c.announce(c.t.say(sorting.up ? 'sortedUp' : 'sortedDown', { column: title }));
    } }));
}

// A table of cells with one column for what they are of.
export function cellTable(c: Context, t: Table, o: { id: string; caption: string; key: string; name: (cell: Cell) => string;
  rank?: boolean; headings?: Headings; more?: Column<Cell>[]; cells?: Cell[] }): HTMLElement {
  return sortable(c, o.cells ?? t.cells, [
    { title: o.key, text: o.name, value: o.name, kind: 'text' },
    ...cellColumns(c, t, o.headings), ...(o.more ?? []),
  ], { id: o.id, caption: o.caption, rank: o.rank, mark: (r) => ({ 'data-key': r.key.join(' '), 'data-print': r.print }) });
}

// Tables that can be sorted by a choice of heading, with mouse or keyboard.
import { h } from './dom';

export interface Column<R> {
  title: string;
  text: (row: R) => string;
  value?: (row: R) => number | string; // what to sort by; none: not sortable
  kind?: 'number' | 'text';
}

interface Options<R> {
  id: string;
  caption: string;
  lang: string;
  mark?: (row: R) => Record<string, string>; // attributes of the row
  rank?: boolean;
}

function compare(a: number | string, b: number | string, collator: Intl.Collator): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}

function bodyRow<R>(row: R, columns: Column<R>[], options: Options<R>, rank: number): HTMLElement {
  const cells = columns.map((c, i) =>
    h(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : { class: c.kind ?? 'number' }, c.text(row)));
  const marks = options.mark?.(row) ?? {};
  return h('tr', marks, options.rank ? h('td', { class: 'rank' }, String(rank)) : null, ...cells);
}

export function table<R>(rows: R[], columns: Column<R>[], options: Options<R>): HTMLElement {
  const body = h('tbody');
  const collator = new Intl.Collator(options.lang);
  const heads: HTMLElement[] = [];
  const fill = (sorted: R[]) => body.replaceChildren(...sorted.map((r, i) => bodyRow(r, columns, options, i + 1)));
  const sortBy = (at: number) => {
    const column = columns[at];
    const old = heads[at].getAttribute('aria-sort');
    const up = old === 'descending' || (old !== 'ascending' && column.kind === 'text');
    heads.forEach((head) => head.removeAttribute('aria-sort'));
    heads[at].setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const value = column.value!;
    fill([...rows].sort((a, b) => compare(value(a), value(b), collator) * (up ? 1 : -1)));
  };
  columns.forEach((c, i) => {
    const head = h('th', { scope: 'col', class: i === 0 ? 'text' : c.kind ?? 'number' });
    if (c.value === undefined) {
      head.append(c.title);
    } else { // Chromium does not repeat buttons in the head of a table's next page
      head.append(h('button', { type: 'button', click: () => sortBy(i) }, c.title),
        h('span', { class: 'print-only', 'aria-hidden': 'true' }, c.title));
    }
    heads.push(head);
  });
  fill(rows);
  return h('table', { id: options.id },
    h('caption', {}, options.caption),
    h('thead', {}, h('tr', {}, options.rank ? h('th', { scope: 'col', class: 'rank' }, '#') : null, ...heads)),
    body);
}

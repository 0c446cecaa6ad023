// Tables that can be sorted by a choice of heading, with mouse or keyboard.
import { h } from './dom';

export interface Column<R> {
  title: string;
  text: (row: R) => string;
  value?: (row: R) => number | string; // what to sort by; none: not sortable
  kind?: 'number' | 'text';
  element?: (row: R) => HTMLElement; // instead of the text
}

export interface Sorting {
  column: number;
  up: boolean;
}

interface Options<R> {
  id: string;
  caption: string;
  lang: string;
  mark?: (row: R) => Record<string, string>; // attributes of the row
  rank?: boolean;
  sorted?: Sorting; // how to begin
  onSort?: (sorting: Sorting, title: string) => void;
}

function compare(a: number | string, b: number | string, collator: Intl.Collator): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}

// Names are isolated: one that is written from right to left does not turn its neighbours around.
function content<R>(c: Column<R>, row: R): Node | string {
  return c.element?.(row) ?? (c.kind === 'text' ? h('bdi', {}, c.text(row)) : c.text(row));
}

function bodyRow<R>(row: R, columns: Column<R>[], options: Options<R>, rank: number): HTMLElement {
  const cells = columns.map((c, i) =>
    h(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : { class: c.kind ?? 'number' }, content(c, row)));
  const marks = options.mark?.(row) ?? {};
  return h('tr', marks, options.rank ? h('td', { class: 'rank' }, String(rank)) : null, ...cells);
}

export function table<R>(rows: R[], columns: Column<R>[], options: Options<R>): HTMLElement {
  const body = h('tbody');
  const collator = new Intl.Collator(options.lang, { numeric: true });
  const heads: HTMLElement[] = [];
  const fill = (sorted: R[]) => body.replaceChildren(...sorted.map((r, i) => bodyRow(r, columns, options, i + 1)));
  const sort = ({ column, up }: Sorting) => {
    const value = columns[column].value!;
    heads.forEach((head) => head.removeAttribute('aria-sort'));
    heads[column].setAttribute('aria-sort', up ? 'ascending' : 'descending');
    fill([...rows].sort((a, b) => compare(value(a), value(b), collator) * (up ? 1 : -1)));
  };
  const choose = (column: number) => {
    const old = heads[column].getAttribute('aria-sort');
    const sorting = { column, up: old === 'descending' || (old !== 'ascending' && columns[column].kind === 'text') };
    sort(sorting);
    options.onSort?.(sorting, columns[column].title);
  };
  columns.forEach((c, i) => {
    const head = h('th', { scope: 'col', class: i === 0 ? 'text' : c.kind ?? 'number' });
    if (c.value === undefined) {
      head.append(c.title);
    } else { // Chromium does not repeat buttons in the head of a table's next page
      head.append(h('button', { type: 'button', click: () => choose(i) }, c.title),
        h('span', { class: 'print-only', 'aria-hidden': 'true' }, c.title));
    }
    heads.push(head);
  });
  fill(rows);
  if (options.sorted !== undefined && columns[options.sorted.column]?.value !== undefined) {
    sort(options.sorted);
  }
  return h('table', { id: options.id },
    h('caption', {}, options.caption),
    h('thead', {}, h('tr', {}, options.rank ? h('th', { scope: 'col', class: 'rank' }, '#') : null, ...heads)),
    body);
}

// A wide thing that scrolls by itself: reached by Tab where it has to scroll, so that the arrow keys move it.
export function scroller(label: string, ...children: (Node | null)[]): HTMLElement {
  const box = h('div', { class: 'wide', role: 'group', 'aria-label': label }, ...children);
  new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.setAttribute('tabindex', '0');
    } else {
      box.removeAttribute('tabindex');
    }
  }).observe(box);
  return box;
}

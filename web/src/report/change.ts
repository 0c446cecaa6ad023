// Tables of two quarters with the change between them: an arrow where it is beyond chance.
import { h } from '../dom';
import type { Cell, Value } from '../figures';
import { change } from '../statistics';
import type { Column } from '../tables';
import type { Context } from './context';
import { sortable } from './pieces';

export interface ChangeRow {
  name: string;
  from: Cell | undefined;
  to: Cell | undefined;
}

function ofRow(r: ChangeRow): ReturnType<typeof change> {
  return r.from === undefined || r.to === undefined ? undefined : change(r.to, r.from);
}

// "▲ +12.3 %": the arrow is for the eye, the words beside it for everybody.
export function changeMark(c: Context, to: Value | undefined, from: Value | undefined): HTMLElement {
  const d = to === undefined || from === undefined ? undefined : change(to, from);
  if (d === undefined) {
    return h('span', { class: 'change none' }, '–');
  }
  const arrow = !d.sure ? '≈' : d.value > 0 ? '▲' : '▼';
  const kind = !d.sure ? 'same' : d.value > 0 ? 'up' : 'down';
  return h('span', { class: `change ${kind}` }, h('span', { 'aria-hidden': 'true' }, arrow), ' ', c.t.signed(d.value),
    d.sure ? null : h('span', { class: 'hidden-text' }, ` ${c.t.say('notDistinguishable')}`));
}

export function changeTable(c: Context, o: { id: string; caption: string; key: string; quarters: [string, string];
  percent: boolean; rank?: boolean; more?: Column<ChangeRow>[] }, rows: ChangeRow[]): HTMLElement {
  const { t } = c;
  const unit = o.percent ? 'percent' : 'ccm';
  const [from, to] = o.quarters;
  const column = (title: string, cell: (r: ChangeRow) => Cell | undefined): Column<ChangeRow> => ({ title,
    text: (r) => { const one = cell(r); return one === undefined ? '–' : t.value(unit, one); }, value: (r) => cell(r)?.value ?? -1 });
  const columns: Column<ChangeRow>[] = [
    { title: o.key, text: (r) => r.name, value: (r) => r.name, kind: 'text' },
    ...(o.more ?? []),
    column(from, (r) => r.from), column(to, (r) => r.to),
    { title: t.say('changeFromTo', { from: from.slice(0, 2), to: to.slice(0, 2) }), text: () => '', value: (r) => ofRow(r)?.value ?? -Infinity,
      element: (r) => changeMark(c, r.to, r.from) },
    { title: t.say('changeInterval'), text: (r) => {
      const d = ofRow(r);
      return d === undefined ? '–' : `${t.signed(d.low)} … ${t.signed(d.high)}`;
    } },
  ];
  return sortable(c, rows, columns, { id: o.id, caption: o.caption, rank: o.rank,
    mark: (r) => ({ 'data-key': (r.to ?? r.from)?.key[0] ?? '' }) });
}

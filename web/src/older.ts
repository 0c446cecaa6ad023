// Figures of schema 2 in the form that the page was made for.
import type { Cell, Figures, Period, Table } from './figures';

type Json = { [key: string]: any };

function cell(c: Json): Cell {
  return { ...c, ccm: c.value } as unknown as Cell;
}

function table(t: Json): Table<Cell> {
  return { ...t, cells: t.cells.map(cell), hidden: { cells: t.hidden.cells ?? 0, n: t.hidden.n ?? 0 } } as Table<Cell>;
}

function period(p: Json): Period {
  const tables = ['country', 'system', 'segment', 'family', 'category'];
  const changed = Object.fromEntries(tables.map((name) => [name, table(p[name])]));
  return { ...p, ...changed, world: p.world.cells.length === 0 ? null : cell(p.world.cells[0]),
    segments: p.segments.map((s: Json) => ({ ...s, family: table(s.family), category: table(s.category) })) } as unknown as Period;
}

export function older(f: Json): Figures {
  return { ...f, periods: f.periods.map(period), trend: table(f.trends.world) } as unknown as Figures;
}

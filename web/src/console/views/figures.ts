// Figures, from the world to a place, a family, a signature, and what was found.
import { h } from '../../dom';
import { decimal, periodName, printed } from '../../lang';
import { worldMap } from '../../map';
import { placeName } from '../../places';
import { categoryName, term } from '../../terms';
import { get, type Families, type Finding, type Group, type Groups } from '../api';
import { chip, dayOf, field, link, may, n, named, note, page, panel, rowsTable, say, sayOf, select, simulatedNote, to, type Column, type Part } from '../page';

// Of the figures' JSON (docs/formats/report.md) what is used here.
interface Cell {
  key: string[];
  n: number;
  x: number;
  value: number;
  print: string;
  low: number;
  high: number;
}

interface Period {
  label: string;
  from: string;
  to: string;
  months: number;
  world: { cells: Cell[] };
  country: { cells: Cell[]; hidden: { cells: number; n: number } };
}

export interface Figures {
  schema: number;
  threshold: { value: number };
  runs: { all: number; simulated: number };
  periods: Period[];
}

// CCM of the newest period, ready to be read.
export function newest(f: Figures): { text: string; period: string } | null {
  const p = f.periods[0];
  const cell = p?.world.cells?.[0];
  return cell === undefined ? null : { text: printed(page.lang, cell.print), period: periodName(page.lang, p) };
}

const limits = [1.5, 3, 5, 7, 10]; // as on the report's map

function className(low: number | undefined, high: number | undefined): string {
  const text = (v: number) => decimal(page.lang, v, Number.isInteger(v) ? 0 : 1);
  return low === undefined ? `< ${text(high!)}` : high === undefined ? `≥ ${text(low)}` : `${text(low)} – ${text(high)}`;
}

function periods(f: Figures, q: URLSearchParams, chosen: Period): HTMLElement {
  const pick = select('period', chosen.label, f.periods.map((p) => [p.label, periodName(page.lang, p)]));
  pick.addEventListener('change', () => {
    location.hash = to('figures', { ...Object.fromEntries(q), period: (pick as HTMLSelectElement).value });
  });
  return h('div', { class: 'row' }, field(say('period'), pick));
}

function crumbs(q: URLSearchParams): HTMLElement {
  const country = q.get('country');
  const family = q.get('family');
  const name = q.get('name');
  const period = q.get('period') ?? undefined;
  const steps: (HTMLElement | null)[] = [
    link(say('world'), to('figures', { period })),
    country === null ? null : link(placeName(country, page.lang), to('figures', { period, country })),
    family === null ? null : link(named(family, say('noFamily')), to('figures', { period, country: country ?? undefined, family })),
    name === null ? null : named(name),
  ];
  const there = steps.filter((s): s is HTMLElement => s !== null);
  there[there.length - 1].setAttribute('aria-current', 'page');
  return h('nav', { class: 'crumbs', 'aria-label': say('figures') }, h('ol', {}, ...there.map((s) => h('li', {}, s))));
}

function hidden(count: number, min: number): Part {
  return count === 0 || may('operator') ? null : note(say('hiddenGroups', { n: count, min }));
}

// --- the world ---

function world(p: Period, f: Figures): HTMLElement[] {
  const href = (code: string) => to('figures', { period: p.label, country: code });
  const cells = p.country.cells;
  const places = cells.map((c) => ({ code: c.key[0], name: placeName(c.key[0], page.lang), value: c.value,
    print: printed(page.lang, c.print), more: `${say('executions')}: ${n(c.n)}` }));
  return [panel(say('mapTitle'),
    cells.length === 0 ? note(say('mapNone', { n: f.threshold.value })) : worldMap({ label: say('mapLabel'), help: say('mapHelp'),
      values: places, limits, className, legendLabel: 'CCM', noneName: term(page.lang, 'notShown'), href }),
    p.country.hidden.cells === 0 ? null : note(say('hiddenPlaces', { n: p.country.hidden.cells, min: f.threshold.value }))),
  panel(say('placesTable'), rowsTable(say('placesTable'), cells, [
    { title: say('placesTable'), cell: (c) => link(placeName(c.key[0], page.lang), href(c.key[0])) },
    { title: 'CCM', cell: (c) => printed(page.lang, c.print), kind: 'number' },
    { title: say('executions'), cell: (c) => n(c.n), kind: 'number' },
    { title: say('cleaned'), cell: (c) => n(c.x), kind: 'number' },
  ], { id: 'places' }))];
}

// --- a place ---

async function place(period: string, country: string): Promise<Part[]> {
  const said = await get<Families>('figures/country', { period, country });
  const cells = [...said.cells].sort((a, b) => b.computers - a.computers);
  return [panel(say('families'), note(say('familiesNote')), rowsTable(say('families'), cells, [
    { title: say('family'), cell: (c) => link(named(c.key[0], say('noFamily')), to('figures', { period, country, family: c.key[0] })) },
    { title: say('category'), cell: (c) => categoryName(page.lang, c.key[1]) },
    { title: say('computers'), cell: (c) => n(c.computers), kind: 'number' },
    { title: say('cleaned'), cell: (c) => n(c.cleaned), kind: 'number' },
    { title: say('encountered'), cell: (c) => n(c.encountered), kind: 'number' },
  ], { id: 'families' }), hidden(said.hidden.cells, 5))];
}

// --- a family, or one of its signatures ---

function explanation(category: string): HTMLElement {
  return panel(say('explain'), h('p', {}, h('strong', {}, categoryName(page.lang, category)), ' – ', sayOf('is', category)));
}

function groupPanel(title: string, g: Groups, id: string, columns: Column<Group>[], text?: string): HTMLElement {
  return panel(title, text === undefined ? null : note(text), rowsTable(title, g.cells, [...columns,
    { title: say('computers'), cell: (c) => n(c.computers), kind: 'number' },
    { title: say('foundTimes'), cell: (c) => n(c.findings), kind: 'number' },
  ], { id }), hidden(g.hidden.cells, 5), g.more === 0 ? null : note(say('more', { n: g.more })));
}

function found(rows: Finding[]): HTMLElement {
  return panel(say('findings'), note(say('findingsNote')), rowsTable(say('findings'), rows, [
    { title: say('day'), cell: (f) => dayOf(f.day) },
    { title: say('signature'), cell: (f) => named(f.name) },
    { title: say('where'), cell: (f) => h('code', {}, named(f.object, '–')) },
    { title: say('waysIn'), cell: (f) => sayOf('path', f.path) },
    { title: say('system'), cell: (f) => named(`${f.system} ${f.service_pack}`.trim(), say('notKnown')) },
    { title: say('outcome'), cell: (f) => chip(f.blocked ? say('blocked') : sayOf('outcome', f.outcome), f.outcome === 'cleaned' || f.blocked ? 'good' : 'warning') },
    { title: say('repairs'), cell: (f) => h('ul', { class: 'plain small' }, ...f.repairs.map(([what, result]) =>
      h('li', {}, h('code', {}, named(what)), ` ${sayOf('result', result)}`))) },
  ], { id: 'findings' }));
}

async function family(q: Record<string, string | undefined>): Promise<Part[]> {
  const [groups, findings] = await Promise.all([
    get<Record<'names' | 'paths' | 'objects' | 'systems' | 'repairs', Groups>>('figures/groups', q),
    may('operator') ? get<Finding[]>('figures/findings', q) : Promise.resolve(null)]);
  const category = groups.names.cells[0]?.key[1] ?? '';
  return [explanation(category),
    groupPanel(say('names'), groups.names, 'names', [
      { title: say('signature'), cell: (c) => link(named(c.key[0]), to('figures', { ...q, name: c.key[0] })) },
      { title: say('category'), cell: (c) => categoryName(page.lang, c.key[1]) }]),
    h('div', { class: 'two' },
      groupPanel(say('waysIn'), groups.paths, 'paths', [{ title: say('waysIn'), cell: (c) =>
        sayOf('path', c.key[0]) + (c.key[1] === '1' ? ` (${say('blocked')})` : '') }]),
      groupPanel(say('systems'), groups.systems, 'systems', [{ title: say('system'), cell: (c) =>
        named(c.key.join(' ').trim(), say('notKnown')) }])),
    groupPanel(say('objectsFound'), groups.objects, 'objects', [{ title: say('where'), cell: (c) => h('code', {}, named(c.key[0], '–')) }],
      say('objectsNote')),
    groupPanel(say('repairs'), groups.repairs, 'repairs', [{ title: say('repairs'), cell: (c) => h('code', {}, named(c.key[0])) },
      { title: say('outcome'), cell: (c) => sayOf('result', c.key[1]) }]),
    findings === null ? note(say('findingsReaders')) : found(findings)];
}

export async function figures(q: URLSearchParams): Promise<Part[]> {
  const f = await get<Figures>('figures');
  const p = f.periods.find((x) => x.label === q.get('period')) ?? f.periods[0];
  const country = q.get('country') ?? undefined;
  const chosen = q.get('family');
  const parts = chosen !== null ? await family({ period: p.label, country, family: chosen, name: q.get('name') ?? undefined })
    : country !== undefined ? await place(p.label, country) : world(p, f);
  return [simulatedNote(f.runs), periods(f, q, p), crumbs(q), ...parts];
}

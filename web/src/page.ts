// The report: reads the figures that the program wrote into it, and draws them in one of the
// languages for one of the periods.  Both choices are kept in the address (#lang=ja&period=1H09).
import { bars, fillLegend, groupedBars, lines, type Bar } from './charts';
import { h } from './dom';
import type { Cell, Finding, Findings, Hidden, Period, Rate } from './figures';
import { asLang, count, day, decimal, htmlLang, interval, langNames, langs, percent, periodName, printed, type Lang } from './lang';
import { worldMap } from './map';
import { older } from './older';
import { placeName } from './places';
import { table, type Column } from './tables';
import { categoryName, familyName, segmentName, systemName, term } from './terms';
import { say, type Word } from './words';

const figures = older(JSON.parse(document.getElementById('yamori-data')!.textContent!));
const root = document.getElementById('page')!;
const top = 15; // families in a chart
const limits = [1.5, 3, 5, 7, 10]; // of the published maps

interface View {
  lang: Lang;
  period: Period;
}

function readAddress(): View {
  const wanted = new URLSearchParams(location.hash.slice(1));
  return {
    lang: asLang(wanted.get('lang')) ?? asLang(figures.lang) ?? 'en',
    period: figures.periods.find((p) => p.label === wanted.get('period')) ?? figures.periods[0],
  };
}

function go(view: View): void {
  history.replaceState(null, '', `#lang=${view.lang}&period=${view.period.label}`);
  draw(view);
}

// --- pieces ---

function section(id: string, title: string, ...children: (HTMLElement | null)[]): HTMLElement {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), ...children);
}

function lead(text: string): HTMLElement {
  return h('p', { class: 'lead' }, text);
}

function note(text: string): HTMLElement {
  return h('p', { class: 'note' }, text);
}

function chart(element: Element): HTMLElement {
  return h('figure', { class: 'chart' }, element);
}

function folded(lang: Lang, element: HTMLElement): HTMLElement {
  return h('details', {}, h('summary', {}, term(lang, 'asTable')), element);
}

function hiddenNote(lang: Lang, hidden: Hidden): HTMLElement {
  return note(say(lang, hidden.cells === 0 ? 'hiddenNone' : 'hidden',
    { cells: hidden.cells, n: hidden.n, value: figures.threshold.value }));
}

function hiddenFindings(lang: Lang, f: Findings): HTMLElement | null {
  return f.hidden.cells === 0 ? null
    : note(say(lang, 'hiddenFindings', { cells: f.hidden.cells, value: figures.min_computers }));
}

function rateColumns<R>(lang: Lang, cell: (row: R) => Rate): Column<R>[] {
  return [
    { title: term(lang, 'ccm'), text: (r) => printed(lang, cell(r).print), value: (r) => cell(r).ccm },
    { title: term(lang, 'ci'), text: (r) => interval(lang, cell(r).low, cell(r).high) },
    { title: term(lang, 'executions'), text: (r) => count(lang, cell(r).n), value: (r) => cell(r).n },
    { title: say(lang, 'cleaned'), text: (r) => count(lang, cell(r).x), value: (r) => cell(r).x },
    { title: say(lang, 'pooled'), text: (r) => decimal(lang, cell(r).pooled, 2), value: (r) => cell(r).pooled },
  ];
}

function rateTable(lang: Lang, id: string, title: string, first: string,
  rows: { name: string; cell: Cell }[]): HTMLElement {
  return table(rows, [
    { title: first, text: (r) => r.name, value: (r) => r.name, kind: 'text' },
    ...rateColumns<{ name: string; cell: Cell }>(lang, (r) => r.cell),
  ], { id, caption: title, lang, mark: (r) => ({ 'data-key': r.cell.key.join(' '), 'data-ccm': r.cell.print }) });
}

// --- head ---

function controls(view: View): HTMLElement {
  const { lang } = view;
  const options = figures.periods.map((p) =>
    h('option', { value: p.label, selected: p === view.period }, periodName(lang, p)));
  const choose = h('select', { id: 'period', change: (e) => {
    const label = (e.target as HTMLSelectElement).value;
    go({ lang, period: figures.periods.find((p) => p.label === label)! });
  } }, ...options);
  const languages = langs.map((l) =>
    h('button', { type: 'button', lang: htmlLang[l], 'data-lang': l, 'aria-pressed': String(l === lang),
      click: () => go({ lang: l, period: view.period }) }, langNames[l]));
  return h('div', { class: 'controls' },
    h('label', { for: 'period' }, term(lang, 'period')), choose,
    h('div', { class: 'languages', role: 'group', 'aria-label': term(lang, 'language') }, ...languages));
}

function banner(lang: Lang): HTMLElement | null {
  return figures.runs.simulated === 0 ? null
    : h('p', { class: 'simulated', role: 'note', id: 'simulated' },
      h('strong', {}, term(lang, 'simulatedShort')),
      say(lang, figures.runs.simulated === figures.runs.all ? 'simulatedAll' : 'simulated',
        { n: figures.runs.simulated, all: figures.runs.all }));
}

// On every sheet of a print, so that no page of it can be taken for real.
function printMark(lang: Lang): HTMLElement | null {
  return figures.runs.simulated === 0 ? null
    : h('div', { class: 'print-mark', 'aria-hidden': 'true' }, term(lang, 'simulatedShort'));
}

function head(view: View): HTMLElement {
  const { lang, period } = view;
  return h('header', {},
    h('div', { class: 'top' }, h('p', { class: 'kicker' }, say(lang, 'kicker')), controls(view)),
    h('h1', {}, figures.title === '' ? say(lang, 'title') : figures.title),
    h('p', { class: 'subtitle' }, periodName(lang, period)),
    h('p', { class: 'made' }, say(lang, 'made', { when: day(lang, figures.generated), tool: figures.tool })));
}

function tile(title: string, value: string, small: string, id: string): HTMLElement {
  return h('div', { class: 'tile', id }, h('p', { class: 'tile-title' }, title),
    h('p', { class: 'tile-value' }, value), h('p', { class: 'tile-note' }, small));
}

function tiles(view: View): HTMLElement {
  const { lang, period: p } = view;
  const below = say(lang, 'belowThreshold');
  const w = p.world;
  return h('div', { class: 'tiles' },
    tile(say(lang, 'tileCcm'), w === null ? '–' : printed(lang, w.print), w === null ? below
      : say(lang, 'interval', { low: decimal(lang, w.low), high: decimal(lang, w.high) }), 'tile-ccm'),
    tile(say(lang, 'tileRuns'), count(lang, p.runs.clean),
      say(lang, p.months === 1 ? 'tileRunsNoteOne' : 'tileRunsNote', { months: p.months }), 'tile-runs'),
    tile(say(lang, 'tileCleaned'), w === null ? '–' : count(lang, w.x), w === null ? below : say(lang, 'tileCleanedNote'),
      'tile-cleaned'),
    tile(say(lang, 'tilePlaces'), count(lang, p.country.cells.length),
      say(lang, 'tilePlacesNote', { cells: p.country.hidden.cells }), 'tile-places'));
}

// --- sections ---

function ccmMap(lang: Lang, cells: Cell[]): HTMLElement {
  return worldMap({
    label: say(lang, 'mapLabel'),
    help: say(lang, 'mapHelp'),
    legendLabel: term(lang, 'ccm'),
    limits,
    // By the printed value, so that the colour and the figure beside it never disagree.
    values: cells.map((c) => ({ code: c.key[0], name: placeName(c.key[0], lang), value: Number(c.print),
      print: `CCM ${printed(lang, c.print)}`, more: `${term(lang, 'ci')} ${interval(lang, c.low, c.high)}` })),
    className: (low, high) => rangeName(lang, low, high),
    noneName: term(lang, 'notShown'),
  });
}

function rangeName(lang: Lang, low: number | undefined, high: number | undefined): string {
  const text = (n: number) => decimal(lang, n, 1);
  return low === undefined ? term(lang, 'below', { high: text(high!) })
    : high === undefined ? term(lang, 'andMore', { low: text(low) })
      : term(lang, 'range', { low: text(low), high: text(high) });
}

function mapSection({ lang, period }: View): HTMLElement {
  return section('map', say(lang, 'mapTitle'),
    lead(say(lang, 'mapLead', { period: periodName(lang, period) })),
    ccmMap(lang, period.country.cells),
    hiddenNote(lang, period.country.hidden));
}

function countrySection({ lang, period }: View): HTMLElement {
  const title = say(lang, 'countryTitle');
  if (period.country.cells.length === 0) {
    return section('countries', title, note(say(lang, 'noData')));
  }
  const columns: Column<Cell>[] = [
    { title: term(lang, 'country'), text: (c) => placeName(c.key[0], lang), kind: 'text',
      value: (c) => placeName(c.key[0], lang) },
    ...rateColumns<Cell>(lang, (c) => c),
  ];
  return section('countries', title,
    h('p', { class: 'note screen-only' }, term(lang, 'sortHint')),
    h('div', { class: 'wide' }, table(period.country.cells, columns, { id: 'country-table', caption: title, lang, rank: true,
      mark: (c) => ({ 'data-country': c.key[0], 'data-ccm': c.print }) })),
    period.country.unplaced > 0 ? note(say(lang, 'unplaced', { n: period.country.unplaced })) : null);
}

function systemSection({ lang, period }: View): HTMLElement {
  const title = say(lang, 'systemTitle');
  const rows = period.system.cells.map((cell) => ({ name: systemName(lang, cell.key), cell }));
  if (rows.length === 0) {
    return section('systems', title, note(say(lang, 'noData')), hiddenNote(lang, period.system.hidden));
  }
  return section('systems', title, lead(say(lang, 'systemLead')), chart(bars({ label: title, axis: 'CCM', rows: rows.map(({ name, cell }) =>
      ({ name, value: cell.ccm, low: cell.low, high: cell.high, print: printed(lang, cell.print) })) })),
    folded(lang, rateTable(lang, 'system-table', title, term(lang, 'system'), rows)),
    hiddenNote(lang, period.system.hidden));
}

function shareBar(lang: Lang, name: string, c: Finding): Bar {
  return { name, value: c.share * 100, low: c.share_low * 100, high: c.share_high * 100, print: decimal(lang, c.share * 100) };
}

function findingTable(lang: Lang, id: string, title: string, cells: Finding[], families: boolean): HTMLElement {
  const category: Column<Finding> = { title: term(lang, 'category'), kind: 'text',
    text: (c) => categoryName(lang, c.key[families ? 1 : 0]), value: (c) => categoryName(lang, c.key[families ? 1 : 0]) };
  const family: Column<Finding> = { title: term(lang, 'family'), kind: 'text', text: (c) => familyName(lang, c.key[0]),
    value: (c) => familyName(lang, c.key[0]) };
  return table(cells, [
    ...(families ? [family, category] : [category]),
    { title: term(lang, 'computers'), text: (c) => count(lang, c.x), value: (c) => c.x },
    { title: term(lang, 'share'), text: (c) => percent(lang, c.share * 100), value: (c) => c.share },
    { title: term(lang, 'ci'), text: (c) => interval(lang, c.share_low * 100, c.share_high * 100) },
    { title: term(lang, 'ccm'), text: (c) => decimal(lang, c.ccm, 2), value: (c) => c.ccm },
  ], { id, caption: title, lang, rank: families, mark: (c) => ({ 'data-key': c.key.join(' '), 'data-x': String(c.x) }) });
}

function familySection({ lang, period }: View): HTMLElement {
  const title = say(lang, 'familyTitle');
  const cells = period.family.cells;
  if (cells.length === 0) {
    return section('families', title, note(say(lang, 'noData')));
  }
  const rows = cells.slice(0, top).map((c) => shareBar(lang, familyName(lang, c.key[0]), c));
  return section('families', title, lead(say(lang, 'familyLead')), chart(bars({ label: title, axis: '%', rows })),
    folded(lang, findingTable(lang, 'family-table', title, cells, true)), hiddenFindings(lang, period.family));
}

function categorySection({ lang, period }: View): HTMLElement {
  const title = say(lang, 'categoryTitle');
  const cells = period.category.cells;
  if (cells.length === 0) {
    return section('categories', title, note(say(lang, 'noData')));
  }
  const rows = cells.map((c) => shareBar(lang, categoryName(lang, c.key[0]), c));
  return section('categories', title, lead(say(lang, 'categoryLead')), chart(bars({ label: title, axis: '%', rows })),
    folded(lang, findingTable(lang, 'category-table', title, cells, false)), hiddenFindings(lang, period.category));
}

// Categories of the two sides, bar beside bar.
function sidesChart(lang: Lang, sides: Period['segments']): HTMLElement {
  const names = sides.map((s) => segmentName(lang, s.segment));
  const order = [...new Set(sides.flatMap((s) => s.category.cells).sort((a, b) => b.share - a.share).map((c) => c.key[0]))];
  const groups = order.map((key) => ({ name: categoryName(lang, key), parts: sides.map((s) => {
    const c = s.category.cells.find((one) => one.key[0] === key);
    return c === undefined ? null : shareBar(lang, '', c);
  }) }));
  return h('figure', { class: 'chart' }, fillLegend(names, term(lang, 'segment')),
    groupedBars({ label: say(lang, 'segmentTitle'), axis: '%', series: names, groups }));
}

function segmentSection({ lang, period }: View): HTMLElement {
  const title = say(lang, 'segmentTitle');
  const order = ['home', 'enterprise', 'unknown'];
  const rows = [...period.segment.cells]
    .sort((a, b) => order.indexOf(a.key[0]) - order.indexOf(b.key[0]))
    .map((cell) => ({ name: segmentName(lang, cell.key[0]), cell }));
  const sides = period.segments
    .filter((s) => s.segment !== 'unknown' && s.category.cells.length > 0)
    .sort((a, b) => order.indexOf(a.segment) - order.indexOf(b.segment));
  if (rows.length === 0) {
    return section('segments', title, note(say(lang, 'noData')), hiddenNote(lang, period.segment.hidden));
  }
  const tables = sides.map((s) =>
    findingTable(lang, `family-${s.segment}`, segmentName(lang, s.segment), s.family.cells.slice(0, 10), true));
  return section('segments', title,
    rateTable(lang, 'segment-table', title, term(lang, 'segment'), rows),
    hiddenNote(lang, period.segment.hidden),
    sides.length > 0 ? lead(say(lang, 'segmentLead')) : null,
    sides.length > 0 ? sidesChart(lang, sides) : null,
    sides.length > 0 ? h('details', {}, h('summary', {}, say(lang, 'segmentFamilies')), ...tables) : null);
}

// "4Q10" -> quarters since year 0.
function quarterNumber(label: string): number {
  return (2000 + Number(label.slice(2))) * 4 + Number(label[0]) - 1;
}

function quarterLabel(q: number): string {
  return `${(q % 4) + 1}Q${String(Math.floor(q / 4) % 100).padStart(2, '0')}`;
}

function trendChart(lang: Lang, cells: Cell[]): Element {
  const points = cells.map((c) => ({ x: quarterNumber(c.key[0]), value: c.ccm, low: c.low, high: c.high,
    print: printed(lang, c.print) }));
  return lines({ label: say(lang, 'trendTitle'), axis: 'CCM', series: [{ name: 'CCM', points }], tick: quarterLabel,
    breaks: [{ x: quarterNumber('1Q11'), text: say(lang, 'breakLabel') }] });
}

function trendSection({ lang }: View): HTMLElement {
  const title = say(lang, 'trendTitle');
  const cells = figures.trend.cells;
  if (cells.length === 0) {
    return section('trend', title, note(say(lang, 'noData')));
  }
  const rows = cells.map((cell) => ({ name: cell.key[0], cell }));
  return section('trend', title, lead(say(lang, 'trendLead')), chart(trendChart(lang, cells)),
    note(say(lang, 'breakNote')),
    folded(lang, rateTable(lang, 'trend-table', title, term(lang, 'quarter'), rows)),
    hiddenNote(lang, figures.trend.hidden));
}

function methodSection({ lang, period }: View): HTMLElement {
  const values = { value: figures.threshold.value, min: figures.min_computers, all: period.runs.all,
    clean: period.runs.clean, incomplete: period.runs.incomplete };
  const list = h('dl', { class: 'queries' });
  for (const [name, sql] of Object.entries(figures.queries)) {
    list.append(h('dt', {}, name), h('dd', {}, h('code', {}, sql)));
  }
  return section('method', say(lang, 'methodTitle'),
    ...(['method1', 'method2', 'method3', 'method4'] as Word[]).map((w) => h('p', {}, say(lang, w, values))),
    h('details', { class: 'stay-folded' }, h('summary', {}, say(lang, 'queries')), note(say(lang, 'queryNote')), list),
    note(say(lang, 'sources')));
}

function draw(view: View): void {
  document.documentElement.lang = htmlLang[view.lang];
  document.title = figures.title === '' ? `Yamori – ${say(view.lang, 'title')}` : figures.title;
  const parts = [printMark(view.lang), head(view), banner(view.lang), tiles(view), mapSection(view), countrySection(view),
    systemSection(view), familySection(view), categorySection(view), segmentSection(view), trendSection(view), methodSection(view)];
  root.replaceChildren(...parts.filter((p): p is HTMLElement => p !== null));
  root.dataset.ready = `${view.lang} ${view.period.label}`;
}

// On paper every table is unfolded; afterwards the page is as it was.
let opened: HTMLDetailsElement[] = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open]):not(.stay-folded)')];
  opened.forEach((d) => (d.open = true));
});
addEventListener('afterprint', () => opened.forEach((d) => (d.open = false)));
addEventListener('hashchange', () => draw(readAddress()));
draw(readAddress());

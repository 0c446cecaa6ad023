// The report: reads the figures that the program wrote into it, and draws them for one of the periods,
// in one of the languages, for the world or for one place.  What is looked at is in the address
// (#lang=ja&period=1H09&country=JP), so that a view can be passed on; an address without "=" is a place
// in the document.  `print=all` or `print=JP,BR` adds the pages of places at the end.
import { h } from './dom';
import type { Figures } from './figures';
import { asLang, htmlLang } from './lang';
import { Texts, type Context, type View } from './report/context';
import { controls } from './report/controls';
import { banner, contents, cover, findingsChapter, reportTitle } from './report/cover';
import { exploitsChapter, exposureChapter, observationChapter, propagationChapter } from './report/doors';
import { categoriesChapter, familiesChapter } from './report/malware';
import { methodChapter } from './report/method';
import { placeChapter, placesWithFigures } from './report/place';
import { ratesChapter } from './report/rates';
import { protectionChapter, segmentsChapter } from './report/sides';
import { disclosuresChapter, sitesChapter } from './report/sites';
import { systemsChapter } from './report/systems';
import { whereChapter } from './report/where';
import type { Sorting } from './tables';

const text = document.getElementById('yamori-data')!.textContent!;
const figures = JSON.parse(text) as Figures;
const publisher = document.querySelector<HTMLMetaElement>('meta[name=publisher]')?.content ?? '';
const root = document.getElementById('page')!;
const live = h('p', { id: 'live', class: 'hidden-text', role: 'status' });
const sortings = new Map<string, Sorting>();
let printPlaces: string[] = [];
let view: View;

// The bytes that `yamori report --json` wrote: the program escaped three characters for this page.
function json(): string {
  const plain: Record<string, string> = { '\\u003c': '<', '\\u003e': '>', '\\u0026': '&' };
  return text.replace(/\\(?:u003c|u003e|u0026|[^])/g, (escape) => plain[escape] ?? escape);
}

function readAddress(old: View | undefined): View {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const period = figures.periods.find((p) => p.label === wanted.get('period')) ?? old?.period ?? figures.periods[0];
  const places = placesWithFigures(figures, period);
  const code = wanted.get('country') ?? '';
  const prints = wanted.get('print');
  if (prints !== null) {
    printPlaces = prints === 'all' ? places : prints.split(',').filter((p) => places.includes(p));
  }
  return {
    lang: asLang(wanted.get('lang')) ?? old?.lang ?? asLang(figures.lang) ?? 'en',
    period,
    country: places.includes(code) ? code : undefined,
    chosen: wanted.get('with')?.split(',').filter((p) => p !== '') ?? old?.chosen,
  };
}

function addressOf(v: View): string {
  const parts = [`lang=${v.lang}`, `period=${encodeURIComponent(v.period.label)}`];
  if (v.country !== undefined) {
    parts.push(`country=${v.country}`);
  }
  if (v.chosen !== undefined) {
    parts.push(`with=${v.chosen.join(',')}`);
  }
  return '#' + parts.join('&');
}

function announce(words: string): void {
  live.textContent = words;
}

function contextOf(v: View): Context {
  return { ...v, figures, publisher, t: new Texts(v.lang), count: { figure: 0 }, printPlaces, sortings,
    go, href: (to) => addressOf({ ...v, ...to }), announce };
}

// --- what is kept when the page is drawn anew ---

interface Kept {
  open: string[];
  focus: string | undefined; // a selector
  anchor: { id: string; top: number } | undefined; // the exhibit at the top of the window
}

function keep(): Kept {
  const active = document.activeElement;
  const focus = active === null || active === document.body ? undefined
    : active.id !== '' ? `#${CSS.escape(active.id)}` : active.hasAttribute('data-lang') ? `[data-lang=${active.getAttribute('data-lang')}]` : undefined;
  const inSight = (e: Element) => e.getBoundingClientRect().bottom > 90;
  const seen = [...root.querySelectorAll('.exhibit')].find(inSight) ?? [...root.querySelectorAll('.chapter')].find(inSight);
  return { open: [...root.querySelectorAll<HTMLDetailsElement>('details[open]')].map((d) => d.id), focus,
    anchor: seen === undefined || scrollY < 80 ? undefined : { id: seen.id, top: seen.getBoundingClientRect().top } };
}

function restore(k: Kept): void {
  k.open.forEach((id) => document.getElementById(id)?.setAttribute('open', ''));
  const at = k.anchor === undefined ? null : document.getElementById(k.anchor.id);
  if (at !== null && k.anchor !== undefined) {
    scrollBy({ top: at.getBoundingClientRect().top - k.anchor.top, behavior: 'instant' });
  }
  if (k.focus !== undefined) {
    root.querySelector<HTMLElement>(k.focus)?.focus({ preventScroll: true });
  }
}

// --- drawing ---

function chaptersOf(c: Context): (HTMLElement | null)[] {
  if (c.country !== undefined) {
    return [placeChapter(c, c.country), methodChapter(c)];
  }
  return [findingsChapter(c), ratesChapter(c), whereChapter(c), systemsChapter(c), categoriesChapter(c), familiesChapter(c), segmentsChapter(c), protectionChapter(c),
    propagationChapter(c), exposureChapter(c), exploitsChapter(c), sitesChapter(c), disclosuresChapter(c), observationChapter(c),
    ...c.printPlaces.map((code) => placeChapter(c, code)), methodChapter(c)];
}

// What the paper's edges say; the text is a string of CSS.
function edges(c: Context): HTMLElement {
  const quoted = (s: string) => `"${[...s].map((ch) => (/[\w\s\u00a1-\uffff]/.test(ch) && ch !== '\n' ? ch : `\\${ch.codePointAt(0)!.toString(16)} `)).join('')}"`;
  const title = [...`${reportTitle(c)} · ${c.period.label}`].slice(0, 80).join('');
  const mark = c.figures.runs.simulated === 0 ? '' : `@top-right { content: ${quoted(c.t.term('simulatedShort'))}; color: #9b1c31; font: 700 8pt sans-serif; }`;
  return h('style', { id: 'edges' }, `@page { @bottom-left { content: ${quoted(title)}; font: 8pt sans-serif; color: #52626c; }
    @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #52626c; } ${mark} }
    @page :first { @bottom-left { content: none; } @bottom-right { content: none; } @top-right { content: none; } }`);
}

function draw(v: View): void {
  view = v;
  const c = contextOf(v);
  document.documentElement.lang = htmlLang[v.lang];
  document.title = `${v.country === undefined ? '' : `${c.t.place(v.country)} – `}${c.figures.title === '' ? `Yamori – ${reportTitle(c)}` : reportTitle(c)}`;
  const chapters = chaptersOf(c).filter((x): x is HTMLElement => x !== null);
  const back = v.country === undefined ? null : h('p', { class: 'back' }, h('a', { href: c.href({ country: undefined }) }, c.t.say('backToWorld')));
  root.replaceChildren(...[h('a', { href: '#main', class: 'skip' }, c.t.say('skip')), controls(c, json), cover(c),
    h('div', { class: 'body' }, contents(c, chapters), h('main', { id: 'main', tabindex: '-1' }, ...[back, banner(c), ...chapters].filter((x): x is HTMLElement => x !== null))),
    edges(c)]);
  root.dataset.ready = [v.lang, v.period.label, v.country].filter((x) => x !== undefined).join(' ');
}

// Another view; whoever reads stays where he reads.
function go(to: Partial<View>): void {
  const next = { ...view, ...to };
  if (next.country !== view.country) {
    location.hash = addressOf(next); // a step that the browser's way back undoes
    return;
  }
  const kept = keep();
  history.replaceState(null, '', addressOf(next));
  draw(next);
  restore(kept);
  const t = new Texts(next.lang);
  announce(t.say('nowShown', { period: t.period(next.period), place: next.country === undefined ? t.say('world') : t.place(next.country) }));
}

// A place in the document: folded things around it are opened.
function showAnchor(): void {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let e = at?.parentElement; e; e = e.parentElement) {
    if (e instanceof HTMLDetailsElement) {
      e.open = true;
    }
  }
  at?.scrollIntoView();
}

addEventListener('hashchange', () => {
  if (location.hash !== '' && !location.hash.includes('=')) {
    showAnchor();
    return;
  }
  const next = readAddress(view);
  const moved = next.country !== view.country;
  draw(next);
  if (moved) {
    scrollTo({ top: 0, behavior: 'instant' });
    document.getElementById('top')?.focus({ preventScroll: true });
  }
});

// On paper every table is unfolded; afterwards the page is as it was.
let opened: HTMLDetailsElement[] = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open]):not(.stay-folded)')];
  opened.forEach((d) => (d.open = true));
});
addEventListener('afterprint', () => opened.forEach((d) => (d.open = false)));

document.body.append(live);
draw(readAddress(undefined));
if (location.hash !== '' && !location.hash.includes('=')) {
  showAnchor();
}

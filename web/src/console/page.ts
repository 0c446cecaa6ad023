// What all views share: the language, who is signed in, addresses, small pieces.
import { h, svg } from '../dom';
import { count, langs, locales, type Lang, type Values } from '../lang';
import { Refused, type Session } from './api';
import { say as speak, words, type Word } from './words';

export const page: { lang: Lang; session: Session | null } = { lang: 'en', session: null };

export function say(word: Word, values?: Values): string {
  return speak(page.lang, word, values);
}

// A word that the server sent: its name in this language, or the word itself.
export function sayOf(prefix: string, word: string): string {
  const known: Record<string, string | undefined> = words[page.lang];
  const name = `${prefix}_${word === '' ? 'none' : word}`;
  return known[name] ?? word;
}

const ranks = { reader: 1, operator: 2, admin: 3 };

export function may(role: Session['role']): boolean {
  return page.session !== null && ranks[page.session.role] >= ranks[role];
}

// --- addresses: #/view?name=value ---

export interface Address {
  view: string;
  query: URLSearchParams;
}

export function readAddress(): Address {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return { view: path === '' ? 'overview' : path, query: new URLSearchParams(query ?? '') };
}

export function to(view: string, query: Record<string, string | number | undefined> = {}): string {
  const given = Object.entries(query).filter(([, v]) => v !== undefined && v !== '').map(([k, v]) => [k, String(v)]);
  const text = new URLSearchParams(given).toString();
  return `#/${view}${text === '' ? '' : `?${text}`}`;
}

export function link(text: string | Node, href: string, attributes: Record<string, string> = {}): HTMLElement {
  return h('a', { href, ...attributes }, text);
}

// --- numbers and times ---

export function n(value: number): string {
  return count(page.lang, value);
}

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return new Intl.NumberFormat(locales[page.lang], { style: 'unit', unit: units[unit], unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value);
}

export function when(seconds: number): string {
  return seconds === 0 ? '–' : new Intl.DateTimeFormat(locales[page.lang], { dateStyle: 'medium', timeStyle: 'short' })
    .format(new Date(seconds * 1000));
}

export function dayOf(seconds: number): string {
  return new Intl.DateTimeFormat(locales[page.lang], { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(seconds * 1000));
}

export function ago(seconds: number, now = Date.now() / 1000): string {
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  const past = Math.max(0, now - seconds);
  const [step, unit] = steps.find(([s]) => past >= s) ?? steps[3];
  return seconds === 0 ? '–'
    : new Intl.RelativeTimeFormat(locales[page.lang], { numeric: 'auto' }).format(-Math.floor(past / step), unit);
}

export function time(seconds: number): HTMLElement {
  return seconds === 0 ? h('span', {}, '–')
    : h('time', { class: 'short', datetime: new Date(seconds * 1000).toISOString(), title: when(seconds) }, ago(seconds));
}

// --- pieces ---

export type Part = HTMLElement | null;

// Names that others chose: kept apart from the text around them, also where they are written from right to left.
export function named(text: string, otherwise = ''): HTMLElement {
  return text === '' ? h('span', { class: 'soft' }, otherwise) : h('bdi', {}, text);
}

let panels = 0;

function panelWith(style: string, title: string, children: (Node | null)[]): HTMLElement {
  const id = `panel-${++panels}`;
  return h('section', { class: 'panel', 'aria-labelledby': id }, h('h2', { id, class: style }, title), ...children);
}

export function panel(title: string, ...children: (Node | null)[]): HTMLElement {
  return panelWith('', title, children);
}

// The view's own panel: the heading of the page says it already.
export function mainPanel(title: string, ...children: (Node | null)[]): HTMLElement {
  return panelWith('unseen', title, children);
}

export function simulatedNote(runs: { all: number; simulated: number }): Part {
  return runs.simulated === 0 ? null
    : h('p', { class: 'simulated', role: 'note' }, say('simulated', { n: runs.simulated, all: runs.all }));
}

export function note(text: string): HTMLElement {
  return h('p', { class: 'note' }, text);
}

export function tile(title: string, value: string, small: string, href: string, tone = ''): HTMLElement {
  return h('a', { class: `tile ${tone}`, href }, h('span', { class: 'tile-title' }, title),
    h('span', { class: 'tile-value' }, value), h('span', { class: 'tile-note' }, small));
}

export function chip(text: string, tone: string): HTMLElement {
  return h('span', { class: `chip ${tone}` }, text);
}

export function facts(rows: [string, string | Node][]): HTMLElement {
  return h('dl', { class: 'facts' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

// A share as a bar; the text beside says the same.
export function meter(done: number, failed: number, all: number, label: string): HTMLElement {
  const part = (x: number) => (all === 0 ? 0 : Math.min(1, x / all) * 100);
  return h('span', { class: 'meter' },
    svg('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': label, class: 'meter-bar' },
      svg('rect', { class: 'meter-all', width: 100, height: 8 }),
      svg('rect', { class: 'meter-done', width: part(done), height: 8 }),
      svg('rect', { class: 'meter-failed', x: part(done), width: part(failed), height: 8 })) as unknown as HTMLElement,
    h('span', { class: 'meter-text' }, label));
}

export interface Column<R> {
  title: string;
  cell: (row: R) => string | Node;
  kind?: 'number';
}

export function rowsTable<R>(caption: string, rows: R[], columns: Column<R>[], attributes: Record<string, string> = {}): HTMLElement {
  if (rows.length === 0) {
    return note(say('none'));
  }
  return h('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': caption }, h('table', attributes,
    h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col', class: c.kind ?? 'text' }, c.title)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...columns.map((c, i) =>
      h(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : { class: c.kind ?? 'text' }, c.cell(row))))))));
}

export function field(name: string, input: HTMLElement): HTMLElement {
  return h('label', { class: 'field' }, h('span', {}, name), input);
}

export function select(name: string, value: string, options: [string, string][]): HTMLElement {
  return h('select', { name }, ...options.map(([v, text]) => h('option', { value: v, selected: v === value }, text)));
}

export function button(text: string, click: () => void, tone = ''): HTMLElement {
  return h('button', { type: 'button', class: tone, click: () => click() }, text);
}

export function form(submit: (values: FormData) => void, ...children: (Node | null)[]): HTMLElement {
  return h('form', { class: 'row', submit: (e: Event) => {
    e.preventDefault();
    submit(new FormData(e.target as HTMLFormElement));
  } }, ...children);
}

// --- what happened ---

export function tell(text: string, bad = false): void {
  const place = document.getElementById('told');
  place?.replaceChildren(h('p', { class: bad ? 'told bad' : 'told' }, text));
}

export function why(e: unknown): string {
  if (!(e instanceof Refused)) {
    return String(e);
  }
  return e.word === 'not_reached' ? say('notReached') : e.word === 'forbidden' ? say('notAllowed')
    : e.word === 'too_often' ? say('tooOften') : say('failed', { why: e.message });
}

// Asks before something is done; Escape and "Cancel" do nothing.  The browser's own dialog keeps the focus.
export function sure(title: string, text: string, yes: string, act: () => void): void {
  const dialog = h('dialog', { 'aria-labelledby': 'sure-title' }, h('h2', { id: 'sure-title' }, title), h('p', {}, text),
    h('div', { class: 'row end' }, button(say('cancel'), () => dialog.close()),
      button(yes, () => {
        dialog.close();
        act();
      }, 'danger'))) as HTMLDialogElement;
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export { langs };

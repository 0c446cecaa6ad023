// Cover, contents, key findings: what a reader sees first.
import { h, svg } from '../dom';
import { outline } from '../map';
import { visible } from '../terms';
import type { Context } from './context';
import { chapter, lead, note } from './pieces';
import { statements, type Statement } from './statements';

export function reportTitle(c: Context): string {
  return c.figures.title === '' ? c.t.say('title') : visible(c.figures.title);
}

export function banner(c: Context): HTMLElement | null {
  const { simulated, all } = c.figures.runs;
  return simulated === 0 ? null : h('p', { class: 'simulated', role: 'note', id: 'simulated' }, h('strong', {}, c.t.term('simulatedShort')), ' ',
    c.t.say(simulated === all ? 'simulatedAll' : 'simulated', { n: simulated, all }));
}

export function cover(c: Context): HTMLElement {
  const { t, figures: f, period: p } = c;
  const art = svg('svg', { viewBox: '0 0 960 448', class: 'cover-art', 'aria-hidden': 'true', focusable: 'false' }, ...outline().map((d) => svg('path', { d })));
  return h('header', { class: 'cover' }, art,
    h('p', { class: 'kicker' }, 'Yamori'),
    h('div', { class: 'cover-main' },
      h('h1', { id: 'top', tabindex: '-1' }, h('bdi', {}, reportTitle(c))),
      h('p', { class: 'subtitle' }, c.country === undefined ? t.period(p) : `${t.place(c.country)} · ${t.period(p)}`)),
    h('div', { class: 'cover-foot' },
      c.publisher === '' ? null : h('p', { class: 'publisher' }, h('bdi', {}, c.publisher)),
      h('p', { class: 'made' }, t.say('made', { when: t.day(f.generated), tool: visible(f.tool) })),
      f.runs.simulated === 0 ? null : h('p', { class: 'cover-mark' }, t.term('simulatedShort'))));
}

export function contents(c: Context, chapters: HTMLElement[]): HTMLElement {
  const items = chapters.map((s) => h('li', {}, h('a', { href: `#${s.id}` }, s.querySelector('h2')!.textContent ?? '')));
  return h('nav', { class: 'contents', 'aria-labelledby': 'contents-title' }, h('h2', { id: 'contents-title' }, c.t.say('contents')), h('ol', {}, ...items));
}

const arrows = { up: '▲', down: '▼', same: '≈' };

export function findingsChapter(c: Context): HTMLElement {
  const made = statements(c);
  const item = (s: Statement) => h('li', { 'data-finding': s.id, class: s.direction ?? 'plain' },
    s.direction === undefined ? null : h('span', { class: 'arrow', 'aria-hidden': 'true' }, arrows[s.direction]),
    h('span', {}, s.text, ' ', h('a', { href: `#${s.at}`, class: 'see', 'aria-label': c.t.say('seeFigure', { text: s.text }) }, c.t.say('see'))));
  const groups = [...new Set(made.map((s) => s.group))].map((group) => h('div', { class: 'finding-group' },
    h('h3', {}, c.t.say(group)), h('ul', { class: 'findings' }, ...made.filter((s) => s.group === group).map(item))));
  return chapter('findings', c.t.say('findingsTitle'), lead(c.t.say('findingsLead')), made.length === 0 ? note(c.t.say('noData')) : h('div', {}, ...groups));
}

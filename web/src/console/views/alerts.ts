// Alerts: what somebody should know, and who does.
import { h } from '../../dom';
import { get, post, type Alert, type Settings } from '../api';
import { button, chip, link, mainPanel, may, named, note, panel, rowsTable, say, sayOf, tell, time, to, when, why, type Part } from '../page';
import { redraw } from '../views';

function machineOf(a: Alert): Node {
  return a.machine === '' ? document.createTextNode('') : link(named(a.label), to('machine', { id: a.machine }));
}

// The sentence with elements where names go: a name is never part of a text.
export function alertText(a: Alert): HTMLElement {
  const many = a.machine === '' && (a.kind === 'detection' || a.kind === 'silent');
  const mark = '\uE000';
  const text = many ? (a.kind === 'detection' ? say('alert_detection_many') : say('alert_silent_many', { n: a.count }))
    : sayWith(a, mark);
  const out = h('span', { class: 'alert-text' });
  text.split(/(\uE000[fm])/).forEach((part) => out.append(part === `${mark}f` ? named(a.family, say('unnamed'))
    : part === `${mark}m` ? machineOf(a) : part));
  return out;
}

function sayWith(a: Alert, mark: string): string {
  const values = { family: `${mark}f`, machine: `${mark}m`, n: a.count };
  switch (a.kind) {
    case 'detection': return say('alert_detection', values);
    case 'outbreak': return say('alert_outbreak', values);
    case 'rollout': return say('alert_rollout');
    case 'silent': return say('alert_silent', values);
    case 'refused': return say('alert_refused', values);
    case 'storage': return say('alert_storage', values);
    case 'disk': return say('alert_disk');
  }
}

function acknowledge(a: Alert): void {
  post(`alerts/${a.n}/ack`).then(redraw).then(() => tell(say('done'))).catch((e) => tell(why(e), true));
}

function card(a: Alert): HTMLElement {
  const state = a.acked !== 0 ? say('acknowledged', { name: a.acked_by, when: when(a.acked) })
    : a.ended !== 0 ? say('over', { when: when(a.ended) }) : '';
  return h('li', { class: `alert ${a.acked !== 0 ? 'known' : a.level}`, 'data-alert': String(a.n) },
    h('div', { class: 'alert-main' },
      h('p', { class: 'alert-title' }, chip(sayOf('level', a.level), a.acked !== 0 ? '' : a.level), ' ', alertText(a)),
      a.detail === '' ? null : h('p', { class: 'alert-detail' }, named(a.detail)),
      h('p', { class: 'soft small' }, say('first'), ' ', time(a.first), ' · ', say('last'), ' ', time(a.last),
        a.kind === 'detection' ? ` · ${say('times', { n: a.count })}` : '', ' · ', say('rule'), ' ', a.rule, state === '' ? '' : ` · ${state}`)),
    a.acked === 0 && may('operator') ? button(say('acknowledge'), () => acknowledge(a)) : null);
}

function settings(s: Settings): HTMLElement[] {
  return [panel(say('rules'), note(say('settingsNote')), rowsTable(say('rules'), s.rules, [
    { title: say('rule'), cell: (r) => r.rule },
    { title: say('when'), cell: (r) => sayOf('kind', r.when) },
    { title: say('level'), cell: (r) => chip(sayOf('level', r.level), r.level) },
    { title: say('family'), cell: (r) => named(r.family, '–') },
    { title: say('category'), cell: (r) => r.category || '–' },
    { title: say('limits'), cell: (r) => (r.within === 0 ? String(r.count) : `${r.count} / ${r.within} s`) },
  ])),
  panel(say('targets'), rowsTable(say('targets'), s.targets, [
    { title: say('target'), cell: (t) => t.target },
    { title: say('kind'), cell: (t) => t.kind },
    { title: say('level'), cell: (t) => chip(sayOf('level', t.level), t.level) },
    { title: say('lastSent'), cell: (t) => time(t.sent) },
    { title: say('failures'), cell: (t) => (t.failures === 0 ? '0' : h('span', {}, chip(String(t.failures), 'critical'), ' ', named(t.error))) },
  ]))];
}

export async function alerts(q: URLSearchParams, poll: boolean): Promise<Part[]> {
  const all = q.get('all') === '1';
  const before = q.get('before') ?? undefined;
  const [list, set] = await Promise.all([get<Alert[]>('alerts', { all: all ? 1 : undefined, before }, poll),
    may('operator') ? get<Settings>('alerts/settings', {}, poll) : Promise.resolve(null)]);
  const tab = (text: string, href: string, on: boolean) => link(text, href, on ? { 'aria-current': 'page' } : {});
  return [mainPanel(say('alerts'),
    h('nav', { class: 'tabs', 'aria-label': say('alerts') }, tab(say('openAlerts'), to('alerts'), !all),
      tab(say('allAlerts'), to('alerts', { all: 1 }), all)),
    list.length === 0 ? note(say('noAlerts')) : h('ul', { class: 'plain', id: 'alerts' }, ...list.map(card)),
    list.length < 200 ? null : link(say('older'), to('alerts', { all: all ? 1 : undefined, before: list[list.length - 1].n }))),
  ...(set === null ? [] : settings(set))];
}

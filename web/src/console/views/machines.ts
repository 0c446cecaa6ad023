// The machines: found, looked at, and, by operators, changed.
import { h } from '../../dom';
import { get, post, type Machine } from '../api';
import { button, chip, facts, field, form, link, may, n, mainPanel, named, note, panel, rowsTable, say, sayOf, select, sure, tell, time, to,
  why, type Part } from '../page';
import { redraw } from '../views';

const pageSize = 50;
const tones = { none: '', good: 'good', refused: 'critical', failed: 'critical' };

function ringOptions(any: boolean): [string, string][] {
  const all: [string, string][] = Array.from({ length: 8 }, (_, i) => [String(i + 1), say('ringName', { n: i + 1 })]);
  return any ? [['', say('anyRing')], ...all] : all;
}

function filters(q: URLSearchParams): HTMLElement {
  const value = (name: string) => q.get(name) ?? '';
  const states = (['none', 'good', 'refused', 'failed'] as const).map((s): [string, string] => [s, sayOf('state', s)]);
  return form((values) => {
    location.hash = to('machines', Object.fromEntries([...values.entries()].map(([k, v]) => [k, String(v)])));
  },
  field(say('search'), h('input', { name: 'text', value: value('text'), maxlength: 100, type: 'search' })),
  field(say('ring'), select('ring', value('ring'), ringOptions(true))),
  field(say('state'), select('state', value('state'), [['', say('anyState')], ...states])),
  field(say('silentDays'), h('input', { name: 'silent', value: value('silent'), type: 'number', min: 0, max: 10000 })),
  field(say('order'), select('order', value('order'), [['', say('byLabel')], ['seen', say('bySeen')]])),
  h('button', { type: 'submit', class: 'main' }, say('filter')));
}

function pager(q: URLSearchParams, total: number): Part {
  const skip = Number(q.get('skip') ?? 0) || 0;
  const at = (s: number) => to('machines', { ...Object.fromEntries(q), skip: s === 0 ? undefined : s });
  return total === 0 ? null : h('nav', { class: 'row pager', 'aria-label': say('machines') },
    skip > 0 ? link(say('previous'), at(Math.max(0, skip - pageSize)), { rel: 'prev' }) : null,
    h('span', { id: 'shown' }, say('shown', { from: skip + 1, to: Math.min(total, skip + pageSize), all: total })),
    skip + pageSize < total ? link(say('next'), at(skip + pageSize), { rel: 'next' }) : null);
}

function enrolment(): Part {
  if (!may('operator')) {
    return null;
  }
  const shown = h('div', { 'aria-live': 'polite' });
  return panel(say('newMachine'), note(say('newMachineNote')), form((v) => {
    post<{ token: string }>('token', { ring: Number(v.get('ring')), hours: Number(v.get('hours')), label: String(v.get('label')) })
      .then((said) => shown.replaceChildren(h('p', {}, say('tokenOnce')), h('code', { class: 'secret', id: 'token' }, said.token)))
      .catch((e) => tell(why(e), true));
  },
  field(say('label'), h('input', { name: 'label', maxlength: 60 })),
  field(say('ring'), select('ring', '1', ringOptions(false))),
  field(say('hours'), h('input', { name: 'hours', type: 'number', value: 24, min: 1, max: 8784, required: true })),
  h('button', { type: 'submit', class: 'main' }, say('makeToken'))), shown);
}

export async function machines(q: URLSearchParams): Promise<Part[]> {
  const wanted = (name: string) => q.get(name) ?? undefined;
  const found = await get<{ total: number; machines: Machine[] }>('machines', { text: wanted('text'), ring: wanted('ring'),
    state: wanted('state'), silent: wanted('silent'), order: wanted('order'), skip: wanted('skip'), max: pageSize });
  return [mainPanel(say('machines'), filters(q), rowsTable(say('machines'), found.machines, [
    { title: say('label'), cell: (m) => link(named(m.label, m.id.slice(0, 8)), to('machine', { id: m.id })) },
    { title: say('ring'), cell: (m) => String(m.ring), kind: 'number' },
    { title: say('state'), cell: (m) => chip(sayOf('state', m.image), tones[m.image]) },
    { title: say('epoch'), cell: (m) => (m.epoch === 0 ? '–' : String(m.epoch)), kind: 'number' },
    { title: say('serial'), cell: (m) => (m.serial === 0 ? '–' : String(m.serial)), kind: 'number' },
    { title: say('lastSeen'), cell: (m) => time(m.seen) },
    { title: say('tool'), cell: (m) => named(m.tool, say('notKnown')) },
  ], { id: 'machines' }), pager(q, found.total)), enrolment()];
}

function act(path: string, body: object, then: () => Promise<void>): void {
  post(path, body).then(then).then(() => tell(say('done'))).catch((e) => tell(why(e), true));
}

function leave(): Promise<void> {
  location.hash = to('machines');
  return Promise.resolve();
}

function changes(m: Machine): Part {
  if (!may('operator')) {
    return null;
  }
  return panel(say('change'),
    form((v) => act(`machines/${m.id}/label`, { label: String(v.get('label')) }, redraw),
      field(say('label'), h('input', { name: 'label', value: m.label, maxlength: 60 })), h('button', { type: 'submit' }, say('rename'))),
    form((v) => act(`machines/${m.id}/ring`, { ring: Number(v.get('ring')) }, redraw),
      field(say('moveRing'), select('ring', String(m.ring), ringOptions(false))), h('button', { type: 'submit' }, say('change'))),
    button(say('remove'), () => sure(say('removeMachine'), say('removeMachineNote'), say('remove'), () =>
      act(`machines/${m.id}/remove`, {}, leave)), 'danger'));
}

export async function machine(q: URLSearchParams): Promise<Part[]> {
  const m = await get<Machine>(`machines/${encodeURIComponent(q.get('id') ?? '')}`);
  return [h('p', { class: 'crumbs' }, link(say('machines'), to('machines'))),
    panel(m.label === '' ? m.id.slice(0, 8) : m.label, facts([
      [say('id'), h('code', {}, m.id)],
      [say('label'), named(m.label, say('noLabel'))],
      [say('ring'), say('ringName', { n: m.ring })],
      [say('lastSeen'), time(m.seen)],
      [say('enrolled'), time(m.enrolled)],
      [say('state'), chip(sayOf('state', m.image), tones[m.image])],
      [say('epoch'), m.epoch === 0 ? '–' : String(m.epoch)],
      [say('serial'), m.serial === 0 ? '–' : String(m.serial)],
      [say('tool'), named(m.tool, say('notKnown'))],
      [say('objects'), n(m.files)],
      [say('gaps'), n(m.gaps)],
    ])), changes(m)];
}

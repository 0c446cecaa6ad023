// The policy, the present rollout, and those before.
import { h } from '../../dom';
import { get, post, type Fleet, type Rollout } from '../api';
import { button, bytes, chip, facts, field, form, may, named, note, panel, rowsTable, say, sayOf, sure, tell, time, why,
  type Part } from '../page';
import { redraw } from '../views';
import { rings } from './overview';

const tones = { none: '', running: 'info', stopped: 'warning', done: 'good' };

function act(path: string, body: object = {}): void {
  post(path, body).then(redraw).then(() => tell(say('done'))).catch((e) => tell(why(e), true));
}

function steps(r: Fleet['rollout']): Part {
  if (!may('operator') || (r.state !== 'running' && r.state !== 'stopped')) {
    return null;
  }
  return h('div', { class: 'row' }, ...(r.state === 'stopped'
    ? [button(say('resume'), () => sure(say('resumeSure'), say('resumeNote'), say('resume'), () => act('rollout/resume')))]
    : [button(say('stop'), () => sure(say('stopSure'), say('stopNote'), say('stop'), () => act('rollout/stop')), 'danger'),
      button(say('openNext'), () => sure(say('nextSure'), say('nextNote'), say('openNext'), () => act('rollout/next')))]));
}

function present(fleet: Fleet): HTMLElement {
  const r = fleet.rollout;
  if (r.state === 'none') {
    return panel(say('present'), note(say('rolloutNone')));
  }
  return panel(say('present'), facts([
    [say('rollout'), chip(sayOf('rollout', r.state), tones[r.state])],
    [say('epoch'), String(r.epoch)],
    [say('ring'), say('progressOf', { done: r.ring, all: r.rings })],
    [say('opened'), time(r.opened)],
    [say('reason'), named(r.reason, '–')],
  ]), steps(r), rings(fleet));
}

function policy(fleet: Fleet): HTMLElement {
  const p = fleet.policy;
  const input = (name: string, value: number, min: number, max: number) =>
    h('input', { name, type: 'number', value, min, max, required: true, disabled: !may('operator') });
  return panel(say('policy'), note(say('policyNote', { n: p.serial })), form((v) =>
    act('policy', { poll: Number(v.get('poll')), report: Number(v.get('report')), scan: Number(v.get('scan')) }),
  field(say('poll'), input('poll', p.poll_every, 1, 86400)),
  field(say('reportEvery'), input('report', p.report_every, 1, 86400)),
  field(say('scanEvery'), input('scan', p.scan_every, 0, 31622400)),
  may('operator') ? h('button', { type: 'submit', class: 'main' }, say('save')) : null));
}

export async function rollouts(): Promise<Part[]> {
  const said = await get<{ fleet: Fleet; history: Rollout[] }>('rollouts');
  return [present(said.fleet), policy(said.fleet), panel(say('history'), rowsTable(say('history'), said.history, [
    { title: say('epoch'), cell: (r) => String(r.epoch) },
    { title: say('rollout'), cell: (r) => chip(sayOf('rollout', r.state), tones[r.state]) },
    { title: say('ring'), cell: (r) => say('progressOf', { done: r.ring, all: r.rings }) },
    { title: say('started'), cell: (r) => time(r.added) },
    { title: say('size'), cell: (r) => bytes(r.size), kind: 'number' },
    { title: 'SHA-256', cell: (r) => h('code', { title: r.sha256 }, r.sha256.slice(0, 12)) },
    { title: say('reason'), cell: (r) => named(r.reason, '–') },
  ], { id: 'history' }))];
}

// How the fleet is, at a glance.
import { h } from '../../dom';
import { get, type Alert, type Overview } from '../api';
import { bytes, chip, facts, meter, n, panel, rowsTable, say, sayOf, simulatedNote, tile, time, to, type Part } from '../page';
import { alertText } from './alerts';
import { newest, type Figures } from './figures';

function banner(o: Overview): HTMLElement {
  const { open, critical } = o.alerts;
  const tone = critical > 0 ? 'critical' : open > 0 ? 'warning' : 'good';
  return h('a', { class: `banner ${tone}`, href: to('alerts'), id: 'banner' },
    h('strong', {}, open === 0 ? say('allWell') : say('wanted', { n: open })),
    h('span', {}, open === 0 ? say('allWellNote') : say('wantedNote', { critical })));
}

function tiles(o: Overview, figures: Figures | null): HTMLElement {
  const r = o.fleet.rollout;
  const ccm = figures === null ? null : newest(figures);
  return h('div', { class: 'tiles' },
    tile(say('machines'), n(o.fleet.machines), say('machinesNote', { silent: o.machines.silent }), to('machines')),
    tile(say('alertsOpen'), n(o.alerts.open), say('alertsNote', { critical: o.alerts.critical }), to('alerts'),
      o.alerts.critical > 0 ? 'critical' : ''),
    tile(say('rollout'), sayOf('rollout', r.state), r.state === 'none' ? say('rolloutNone')
      : say('rolloutRing', { ring: r.ring, rings: r.rings, epoch: String(r.epoch) }), to('rollouts'), r.state === 'stopped' ? 'warning' : ''),
    tile(say('infection'), ccm === null ? '–' : ccm.text, ccm === null ? say('infectionNone') : ccm.period, to('figures')));
}

export function rings(o: Overview['fleet']): HTMLElement {
  const used = o.rings.filter((r) => r.machines > 0 || r.ring <= o.rollout.rings);
  return rowsTable(say('rings'), used, [
    { title: say('ring'), cell: (r) => h('span', { class: 'short' }, say('ringName', { n: r.ring })) },
    { title: say('open'), cell: (r) => (r.open ? chip(say('yes'), 'good') : chip(say('no'), '')) },
    { title: say('seenLately'), cell: (r) => n(r.machines), kind: 'number' },
    { title: say('good'), cell: (r) => n(r.good), kind: 'number' },
    { title: say('failedImage'), cell: (r) => n(r.failed), kind: 'number' },
    { title: say('progress'), cell: (r) => meter(r.good, r.failed, r.machines,
      say('progressOf', { done: r.good + r.failed, all: r.machines })) },
  ], { id: 'rings' });
}

function alertList(alerts: Alert[]): HTMLElement {
  return alerts.length === 0 ? h('p', { class: 'note' }, say('noAlerts'))
    : h('ul', { class: 'plain' }, ...alerts.slice(0, 5).map((a) => h('li', {}, chip(sayOf('level', a.level), a.level), ' ',
      alertText(a), ' ', h('span', { class: 'soft' }, time(a.last)))));
}

function health(o: Overview): HTMLElement {
  return facts([
    [say('version'), o.server.version],
    [say('since'), time(o.server.started)],
    [say('disk'), say('diskFree', { free: bytes(o.server.disk_free), all: bytes(o.server.disk) })],
    [say('store'), bytes(o.server.store)],
    [say('memory'), bytes(o.server.memory_peak)],
    [say('reports'), n(o.intake.reports)],
    [say('records'), n(o.intake.records)],
    [say('refused'), n(o.intake.refused)],
    [say('storageErrors'), n(o.intake.storage)],
    [say('waiting'), bytes(o.intake.waiting_bytes)],
    [say('waitingAlerts'), n(o.alerts.waiting)],
  ]);
}

export async function overview(_: URLSearchParams, poll: boolean): Promise<Part[]> {
  const [o, alerts, figures] = await Promise.all([get<Overview>('overview', {}, poll), get<Alert[]>('alerts', {}, poll),
    get<Figures>('figures', {}, poll).catch(() => null)]);
  return [banner(o), figures === null ? null : simulatedNote(figures.runs), tiles(o, figures),
    h('div', { class: 'two' }, panel(say('rings'), rings(o.fleet)), panel(say('newestAlerts'), alertList(alerts))),
    panel(say('health'), health(o))];
}

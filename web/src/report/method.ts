// The appendix: what the figures are, what is left out, the queries, and how to do all of it again.
import { h } from '../dom';
import { queriesOf } from '../figures';
import { visible } from '../terms';
import type { Word } from '../words';
import type { Context } from './context';
import { chapter, note } from './pieces';

function list(id: string, queries: Record<string, string>): HTMLElement {
  const out = h('dl', { class: 'queries' });
  for (const [name, sql] of Object.entries(queries)) {
    out.append(h('dt', { id: `${id}-${name}` }, visible(name)), h('dd', {}, h('code', {}, sql)));
  }
  return out;
}

function terms(c: Context): HTMLElement {
  const { t } = c;
  const rows: [Word, Word][] = [['defCcm', 'defCcmText'], ['defEncounter', 'defEncounterText'], ['defShare', 'defShareText'], ['defProtected', 'defProtectedText'],
    ['defSegment', 'defSegmentText'], ['defInterval', 'defIntervalText'], ['defChange', 'defChangeText']];
  return h('dl', { class: 'definitions' }, ...rows.flatMap(([a, b]) => [h('dt', {}, t.say(a)), h('dd', {}, t.say(b))]));
}

export function methodChapter(c: Context): HTMLElement {
  const { t, figures: f, period: p } = c;
  const values = { value: f.threshold.value, min: f.min_computers, all: p.runs.all, clean: p.runs.clean, incomplete: p.runs.incomplete };
  const sub = (word: Word) => h('h3', {}, t.say(word));
  const privacy = f.privacy;
  return chapter('method', t.say('methodTitle'),
    terms(c),
    sub('suppressionTitle'), h('p', {}, t.say('method3', values)), h('p', {}, t.say('method4', values)),
    p.runs.guard === undefined ? null : h('p', {}, t.say('methodRuns', { guard: p.runs.guard, audit: p.runs.audit ?? 0, observe: p.runs.observe ?? 0 })),
    sub('locatingTitle'), h('p', {}, t.say('locatingText')),
    privacy === null || privacy === undefined ? null : sub('privacyTitle'),
    privacy === null || privacy === undefined ? null : h('p', { id: 'privacy' }, t.say('privacyText', { epsilon: t.decimal(privacy.epsilon, 2),
      tables: privacy.tables, delta: String(privacy.delta ?? 0),
      scale: visible(Object.entries(privacy.scale ?? {}).map(([name, value]) => `${name} ${t.decimal(value, 1)}`).join(', ')) })),
    privacy === null || privacy === undefined ? null : note(t.say('privacySensitivity', { mechanism: privacy.mechanism, sensitivity: String(privacy.sensitivity) })),
    sub('limitsTitle'), h('p', {}, t.say('method2')),
    sub('hashTitle'), h('p', {}, t.say('hashText')), h('pre', { class: 'shell' }, h('code', {}, 'key… TAB month TAB n TAB x LF\n… | LC_ALL=C sort | sha256sum')), note(t.say('hashNote')),
    h('details', { id: 'queries-details', class: 'stay-folded' }, h('summary', {}, t.say('queries')), note(t.say('queryNote')), list('query', queriesOf(f))),
    f.definitions === undefined || Object.keys(f.definitions).length === 0 ? null
      : h('details', { id: 'definitions-details', class: 'stay-folded' }, h('summary', {}, t.say('definitions')), note(t.say('definitionsNote')), list('definition', f.definitions)),
    note(t.say('sources')));
}

// The bar at the top: place, period, language, files, print.
import { save } from '../csv';
import { h } from '../dom';
import { htmlLang, langNames, langs } from '../lang';
import type { Context } from './context';
import { placesWithFigures } from './place';

function placeSelect(c: Context): HTMLElement {
  const { t } = c;
  const codes = placesWithFigures(c.figures, c.period).sort((a, b) => t.place(a).localeCompare(t.place(b), c.lang));
  const options = [h('option', { value: '', selected: c.country === undefined }, t.say('world')),
    ...codes.map((code) => h('option', { value: code, selected: code === c.country }, t.place(code)))];
  return h('span', { class: 'control' }, h('label', { for: 'place' }, t.term('country')),
    h('select', { id: 'place', change: (e) => {
      const code = (e.target as HTMLSelectElement).value;
      c.go({ country: code === '' ? undefined : code });
    } }, ...options));
}

export function controls(c: Context, json: () => string): HTMLElement {
  const { t, figures: f } = c;
  const periods = f.periods.map((p) => h('option', { value: p.label, selected: p === c.period }, t.period(p)));
  const languages = langs.map((l) => h('button', { type: 'button', lang: htmlLang[l], 'data-lang': l, 'aria-pressed': String(l === c.lang), click: () => c.go({ lang: l }) }, langNames[l]));
  return h('div', { class: 'controls', role: 'region', 'aria-label': t.say('controls') }, h('div', { class: 'controls-row' },
    placeSelect(c),
    h('span', { class: 'control' }, h('label', { for: 'period' }, t.term('period')), h('select', { id: 'period', change: (e) => {
      const label = (e.target as HTMLSelectElement).value;
      c.go({ period: f.periods.find((p) => p.label === label)! });
    } }, ...periods)),
    h('div', { class: 'languages', role: 'group', 'aria-label': t.term('language') }, ...languages),
    h('div', { class: 'actions' },
      h('button', { type: 'button', id: 'save-json', click: () => save('yamori-figures.json', json(), 'application/json') }, t.say('saveJson')),
      h('button', { type: 'button', id: 'print', click: () => print() }, t.say('print')))));
}

// The fleet's console: signs in, finds the view of the address (#/machines?ring=2), and draws it.
// Names of machines, families and people are hostile: every text is set as text (dom.ts).
import { h } from './dom';
import { asLang, htmlLang, langNames, langs, type Lang } from './lang';
import { Refused, signIn, signOut, whoAmI } from './console/api';
import { field, form, link, may, note, page, readAddress, say, tell, to, why, type Part } from './console/page';
import { onRedraw, type View } from './console/views';
import { alerts } from './console/views/alerts';
import { figures } from './console/views/figures';
import { machine, machines } from './console/views/machines';
import { overview } from './console/views/overview';
import { people, trail } from './console/views/people';
import { rollouts } from './console/views/rollouts';
import type { Word } from './console/words';

const views: Record<string, View> = {
  overview: { title: 'overview', role: 'reader', menu: true, draw: overview, again: 30 },
  machines: { title: 'machines', role: 'reader', menu: true, draw: machines },
  machine: { title: 'machines', role: 'reader', menu: false, draw: machine },
  alerts: { title: 'alerts', role: 'reader', menu: true, draw: alerts, again: 30 },
  rollouts: { title: 'rollouts', role: 'reader', menu: true, draw: rollouts },
  figures: { title: 'figures', role: 'reader', menu: true, draw: figures },
  people: { title: 'people', role: 'admin', menu: true, draw: people },
  trail: { title: 'trail', role: 'admin', menu: true, draw: trail },
};

const root = document.getElementById('console')!;
let timer: number | undefined;
let drawn = 0; // the newest drawing: an older one that ends later is dropped

// --- language ---

function chooseLanguage(): Lang {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem('yamori-lang');
  } catch {
    // the browser keeps nothing for this page
  }
  return asLang(kept) ?? asLang(navigator.language.slice(0, 2)) ?? 'en';
}

function languageChoice(): HTMLElement {
  const choose = h('select', { id: 'language', 'aria-label': say('language'), change: (e) => {
    page.lang = asLang((e.target as HTMLSelectElement).value) ?? 'en';
    try {
      localStorage.setItem('yamori-lang', page.lang);
    } catch {
      // chosen for this time only
    }
    frame();
    document.getElementById('language')?.focus();
  } }, ...langs.map((l) => h('option', { value: l, lang: htmlLang[l], selected: l === page.lang }, langNames[l])));
  return choose;
}

// --- signed out ---

function signInPage(text = ''): void {
  stopTimer();
  page.session = null;
  document.documentElement.lang = htmlLang[page.lang];
  document.title = `${say('signIn')} – Yamori`;
  const message = h('p', { class: 'told bad', role: 'alert', id: 'sign-in-told' }, text);
  const input = h('input', { name: 'secret', type: 'password', autocomplete: 'current-password', required: true, minlength: 64, maxlength: 64,
    'aria-describedby': 'secret-hint', spellcheck: 'false' }) as HTMLInputElement;
  root.replaceChildren(h('main', { class: 'sign-in' },
    h('p', { class: 'brand' }, 'Yamori'), h('h1', {}, say('console')), h('p', { class: 'soft' }, say('signInLead')),
    form((v) => {
      signIn(String(v.get('secret')).trim().toLowerCase()).then((session) => {
        page.session = session;
        frame();
      }).catch((e) => {
        input.value = '';
        input.focus();
        message.textContent = e instanceof Refused && e.word === 'signed_out' ? say('wrongSecret') : why(e);
      });
    }, field(say('secret'), input), h('p', { class: 'note', id: 'secret-hint' }, say('secretHint')),
    h('button', { type: 'submit', class: 'main' }, say('signIn'))), message,
    h('div', { class: 'row end' }, signInLanguage())));
  root.dataset.ready = `sign-in ${page.lang}`;
}

function signInLanguage(): HTMLElement {
  const choose = languageChoice();
  choose.addEventListener('change', () => page.session === null && signInPage());
  return choose;
}

function leave(): void {
  signOut().then(() => signInPage()).catch((e) => (e instanceof Refused && e.word === 'signed_out' ? signInPage() : tell(why(e), true)));
}

// --- signed in ---

function menu(): HTMLElement {
  const now = readAddress().view;
  const items = Object.entries(views).filter(([, v]) => v.menu && may(v.role)).map(([name, v]) =>
    h('li', {}, link(say(v.title), to(name), name === now || (now === 'machine' && name === 'machines') ? { 'aria-current': 'page' } : {})));
  return h('nav', { 'aria-label': say('mainMenu'), id: 'menu' }, h('ul', {}, ...items,
    h('li', { class: 'apart' }, link(say('report'), `report?lang=${page.lang}#lang=${page.lang}`, { target: '_blank', rel: 'noopener', title: say('newWindow') }))));
}

function frame(): void {
  if (page.session === null) {
    signInPage();
    return;
  }
  const { name, role } = page.session;
  document.documentElement.lang = htmlLang[page.lang];
  root.replaceChildren(
    h('a', { class: 'skip', href: '#content', click: (e) => {
      e.preventDefault();
      document.getElementById('content')?.focus();
    } }, say('skip')),
    h('header', {}, h('p', { class: 'brand' }, 'Yamori', h('span', {}, say('console'))),
      h('div', { class: 'row' }, languageChoice(),
        h('span', { class: 'who', id: 'who' }, say('signedInAs', { name, role: say(role as Word) })),
        h('button', { type: 'button', id: 'sign-out', click: leave }, say('signOut')))),
    h('div', { class: 'body' }, menu(), h('main', { id: 'content', tabindex: '-1' })),
    h('div', { id: 'told', role: 'status', 'aria-live': 'polite' }));
  void draw(false);
}

function stopTimer(): void {
  window.clearTimeout(timer);
}

function lost(e: unknown): boolean {
  if (e instanceof Refused && e.word === 'signed_out') {
    signInPage(say('sessionOver'));
    return true;
  }
  return false;
}

async function partsOf(view: View | undefined, query: URLSearchParams, poll: boolean): Promise<Part[]> {
  if (view === undefined || !may(view.role)) {
    return [note(say(view === undefined ? 'notFound' : 'notAllowed'))];
  }
  return view.draw(query, poll);
}

// poll: nobody asked; then what somebody is at (the focus, a dialog) is left alone.
async function draw(poll: boolean): Promise<void> {
  const mine = ++drawn;
  const { view: name, query } = readAddress();
  const view = views[name];
  const content = document.getElementById('content');
  stopTimer();
  if (content === null) {
    return;
  }
  let parts: Part[];
  try {
    parts = await partsOf(view, query, poll);
  } catch (e) {
    if (mine !== drawn || lost(e)) {
      return;
    }
    parts = poll ? [] : [h('p', { class: 'told bad', role: 'alert' }, why(e)), h('button', { type: 'button', click: () => void draw(false) }, say('retry'))];
    if (poll) {
      tell(why(e), true);
    }
  }
  if (mine !== drawn) {
    return;
  }
  if (parts.length > 0) {
    const title = say(view?.title ?? 'notFound');
    document.title = `${title} – Yamori`;
    content.replaceChildren(h('h1', { tabindex: '-1' }, title), ...parts.filter((p): p is HTMLElement => p !== null));
  }
  root.dataset.ready = `${name} ${page.lang} ${mine}`;
  if (view?.again !== undefined) {
    look(view.again);
  }
}

function isBusy(): boolean {
  return document.querySelector('dialog') !== null || document.activeElement?.closest('#content :is(a, button, input, select)') != null;
}

function look(seconds: number): void {
  timer = window.setTimeout(() => (isBusy() ? look(5) : void draw(true)), seconds * 1000);
}

function move(): void {
  if (page.session === null) {
    return;
  }
  document.getElementById('menu')?.replaceWith(menu());
  document.getElementById('told')?.replaceChildren();
  void draw(false).then(() => {
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('#content h1')?.focus({ preventScroll: true });
  });
}

page.lang = chooseLanguage();
onRedraw(() => draw(false));
addEventListener('hashchange', move);
whoAmI().then((session) => {
  page.session = session;
  frame();
}).catch((e) => signInPage(e instanceof Refused && e.word === 'signed_out' ? '' : why(e)));

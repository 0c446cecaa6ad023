// walk.mjs WEB CHROMIUM FOLDER ARTEFACTS - what a reader does with the pages of FOLDER (full.html, bare.html,
// hostile.html): looks, walks by keyboard, switches languages, saves files, prints.  Prints, as JSON, what came of it.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [web, executablePath, folder, artefacts] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(web, 'node_modules/playwright-core/index.mjs')).href);
const axe = readFileSync(join(web, 'node_modules/axe-core/axe.min.js'), 'utf8');
mkdirSync(artefacts, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--force-prefers-reduced-motion'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true });
context.setDefaultTimeout(240_000); // whole pages, on a machine that may be busy
const requests = [];
const complaints = [];
const langs = ['en', 'ja', 'pt', 'zh'];
const seen = { axe: {}, texts: {}, wide: [] };

async function open(name, hash = '') {
  const page = await context.newPage();
  page.on('request', (r) => requests.push(r.url()));
  page.on('console', (m) => complaints.push(`${name}${hash}: ${m.text()}`));
  page.on('pageerror', (e) => complaints.push(`${name}${hash}: ${e}`));
  page.on('dialog', (d) => { complaints.push(`${name}: a dialog, ${d.message()}`); void d.dismiss(); });
  await page.goto(pathToFileURL(join(folder, name)).href + hash);
  await page.waitForSelector('#page[data-ready]');
  return page;
}

const picture = (page, name, whole = false) => page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: whole, timeout: 240_000 });
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const active = (page) => page.evaluate(() => ({ label: document.activeElement.getAttribute('aria-label'), id: document.activeElement.id, tag: document.activeElement.tagName }));

// axe is put in past the page's policy, as the browser's own tools are.
async function checked(page, name) {
  await settled(page);
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations'] }));
  seen.axe[name] = result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')} (${v.nodes.length})`);
}

async function look(page, name) {
  seen.texts[name] = await page.evaluate(() => ({
    lang: document.documentElement.lang, title: document.title, text: document.getElementById('page').innerText, ready: document.getElementById('page').dataset.ready,
    chapters: [...document.querySelectorAll('.chapter')].map((e) => e.id), exhibits: [...document.querySelectorAll('.exhibit')].map((e) => e.id),
    charts: document.querySelectorAll('.chart svg').length, contents: [...document.querySelectorAll('.contents a')].map((a) => a.getAttribute('href').slice(1)),
    findings: Object.fromEntries([...document.querySelectorAll('[data-finding]')].map((e) => [e.dataset.finding, e.querySelector('span:not(.arrow)').firstChild.textContent.trim()])),
    ids: [...document.querySelectorAll('[id]')].map((e) => e.id), dead: [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href').slice(1))
      .filter((id) => !id.includes('=') && document.getElementById(decodeURIComponent(id)) === null),
  }));
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
    seen.wide.push(name);
  }
}

// --- looked at, in every language ---
const full = await open('full.html');
for (const lang of langs) {
  await full.click(`[data-lang=${lang}]`);
  await look(full, `world ${lang}`);
  await picture(full, `report-${lang}`, true);
  await checked(full, `world ${lang}`);
}
await full.close();
const japan = await open('full.html', '#lang=en&country=JP');
for (const lang of langs) {
  await japan.click(`[data-lang=${lang}]`);
  await look(japan, `place ${lang}`);
  await picture(japan, `place-${lang}`, true);
  await checked(japan, `place ${lang}`);
}
await japan.close();
const bare = await open('bare.html');
await look(bare, 'bare en');
await checked(bare, 'bare en');
await bare.close();

// --- a switch of language keeps what is looked at ---
const keeps = await open('full.html', '#lang=en&period=3Q12&country=BR');
await keeps.click('#place-ccm-BR-details summary');
await keeps.locator('#place-family-BR-table thead button').nth(1).click();
await keeps.evaluate(() => document.getElementById('place-family-BR').scrollIntoView());
const before = await keeps.evaluate(() => {
  document.querySelector('[data-lang=zh]').focus({ preventScroll: true });
  return document.getElementById('place-family-BR').getBoundingClientRect().top;
});
await keeps.keyboard.press('Enter');
seen.kept = await keeps.evaluate(() => ({ hash: location.hash, lang: document.documentElement.lang, open: document.getElementById('place-ccm-BR-details').open,
  sort: document.querySelectorAll('#place-family-BR-table thead th')[2].getAttribute('aria-sort'), focus: document.activeElement.dataset.lang,
  top: document.getElementById('place-family-BR').getBoundingClientRect().top, said: document.getElementById('live').textContent }));
seen.kept.moved = Math.abs(seen.kept.top - before);
await keeps.close();

// --- the map by mouse and by keyboard ---
const map = await open('full.html', '#lang=en');
await map.locator('#map [data-country=BR]').hover({ force: true });
seen.hovered = await map.locator('#map .map-panel').textContent();
await map.evaluate(() => document.querySelector('#findings-title').focus());
for (let i = 0; i < 200 && !(await map.evaluate(() => document.activeElement.closest('#map') !== null && document.activeElement.matches('.stop'))); i++) {
  await map.keyboard.press('Tab');
}
seen.walk = [(await active(map)).label];
for (const key of ['End', 'Home', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'ArrowLeft']) {
  await map.keyboard.press(key);
  seen.walk.push((await active(map)).label);
}
seen.stops = await map.evaluate(() => document.querySelectorAll('#map .stop[tabindex="0"]').length);
seen.panel = await map.locator('#map .map-panel').textContent();
await picture(map, 'map-keyboard');
await map.keyboard.press('Enter');
await map.waitForFunction(() => location.hash.includes('country='));
await map.waitForFunction(() => document.activeElement.id === 'top');
seen.entered = await map.evaluate(() => ({ ready: document.getElementById('page').dataset.ready, h1: document.activeElement.tagName }));
await map.goBack();
await map.waitForFunction(() => !document.getElementById('page').dataset.ready.match(/ [A-Z]{2}$/));
seen.back = await map.evaluate(() => document.querySelectorAll('#map').length);

// --- chosen places, contents, queries ---
await map.selectOption('#add-place', 'KR');
await map.click('#drop-US');
seen.chosen = await map.evaluate(() => [...document.querySelectorAll('.chip')].map((e) => e.id));
await map.click('.contents a[href="#sites"]');
seen.jump = await map.evaluate(() => ({ top: document.getElementById('sites').getBoundingClientRect().top, ready: document.getElementById('page').dataset.ready }));
await map.locator('#map .origin a').click();
seen.query = await map.evaluate(() => document.getElementById('queries-details').open);

// --- files ---
async function saved(page, selector) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}
seen.csv = await saved(map, '[data-csv=countries]');
seen.json = await saved(map, '#save-json');

// --- names that mean harm ---
const hostile = await open('hostile.html', '#lang=en');
for (const lang of langs) {
  await hostile.click(`[data-lang=${lang}]`);
  await look(hostile, `hostile ${lang}`);
}
await checked(hostile, 'hostile');
await picture(hostile, 'hostile');
seen.hostile = await hostile.evaluate(() => ({ pictures: document.querySelectorAll('img, iframe, object, svg [onload]').length,
  scripts: document.querySelectorAll('script').length, styles: document.querySelector('#edges').textContent.length }));
seen.hostileCsv = await saved(hostile, '[data-csv=family]');
await hostile.goto(pathToFileURL(join(folder, 'hostile.html')).href + '#lang=%3Cscript%3E&period=..%2F&country=%22%3E&with=%3Cimg%3E&print=%00');
await hostile.reload();
await hostile.waitForSelector('#page[data-ready]');
seen.hostileAddress = await hostile.evaluate(() => document.getElementById('page').dataset.ready);

await hostile.close();

// --- small screens, and paper ---
const phone = await open('full.html', '#lang=en');
await phone.setViewportSize({ width: 390, height: 800 });
await look(phone, 'phone');
await picture(phone, 'phone');
await checked(phone, 'phone');
await phone.close();
for (const lang of langs) {
  const paper = await open('full.html', `#lang=${lang}${lang === 'en' ? '&print=JP,BR' : ''}`);
  await paper.pdf({ path: join(artefacts, `report-${lang}.pdf`), preferCSSPageSize: true, printBackground: true, tagged: true, outline: true });
  await paper.close();
}
// Nothing may be fetched even when a script tries to.
seen.fetched = await map.evaluate(() => fetch('https://example.invalid/').then(() => true, () => false));
await browser.close();
console.log(JSON.stringify({ seen, complaints: complaints.filter((c) => !c.includes('example.invalid')),
  foreign: requests.filter((r) => !/^(file|data|blob):/.test(r) && !r.includes('example.invalid')) }));

// page.mjs PLAYWRIGHT CHROMIUM PAGE.html - opens the page and prints, as JSON, what a reader sees.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [playwright, executablePath, file] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(playwright).href);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const url = pathToFileURL(file).href;
const requests = [];
const complaints = [];

async function open(hash) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 1400 } });
  page.on('request', (r) => requests.push(r.url()));
  page.on('console', (m) => complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  page.setDefaultTimeout(240_000); // a busy machine draws slowly
  await page.goto(url + hash);
  await page.waitForSelector('#page[data-ready]');
  return page;
}

// What is in the document now.
function read(page) {
  return page.evaluate(() => {
    // Numbers as the figures have them: pt writes a comma.
    const plain = (t) => t.replace(/^(\d+),(\d)$/, '$1.$2');
    const all = (selector) => [...document.querySelectorAll(selector)];
    const text = (selector) => document.querySelector(selector)?.textContent ?? null;
    const rows = (id) => all(`#${id} tbody tr`).map((tr) => [...tr.children].map((c) => plain(c.textContent)));
    return {
      lang: document.documentElement.lang,
      title: document.title,
      h1: text('h1'),
      ready: document.getElementById('page').dataset.ready,
      simulated: text('#simulated'),
      world: text('#tile-ccm .tile-value').replace(',', '.'),
      map: Object.fromEntries(all('#map [data-country]')
        .map((e) => [e.dataset.country, [e.dataset.print.replace(/^CCM /, '').replace(',', '.'), e.getAttribute('fill'), e.dataset.name]])),
      legend: all('#map .legend li').map((e) => e.textContent),
      countries: Object.fromEntries(all('#country-table tbody tr').map((tr) =>
        [tr.dataset.country, [...tr.children].map((c) => plain(c.textContent))])),
      systems: rows('system-table'),
      families: rows('family-table'),
      segments: rows('segment-table'),
      trend: rows('trend-table'),
      headings: all('h2').map((e) => e.textContent),
      findings: all('[data-finding]').map((e) => [e.dataset.finding, e.textContent]),
      charts: all('figure svg[role=img], figure figure[role=img], figure svg.map').length,
      text: document.getElementById('page').innerText,
      wide: document.documentElement.scrollWidth > innerWidth,
    };
  });
}

const seen = {};
const first = await open('');
const labels = await first.evaluate(() => [...document.querySelectorAll('#period option')].map((o) => o.value));
seen.first = await read(first);
for (const lang of ['en', 'ja', 'pt', 'zh']) {
  await first.click(`[data-lang=${lang}]`);
  for (const label of labels) {
    await first.selectOption('#period', label);
    seen[`${lang} ${label}`] = await read(first);
  }
}
// A choice of heading sorts: by the name, then by the executions.
const order = () => first.evaluate(() =>
  [...document.querySelectorAll('#country-table tbody tr')].map((tr) => tr.dataset.country));
await first.click('[data-lang=en]');
const buttons = first.locator('#country-table thead button');
await buttons.nth(0).click();
seen.byName = await order();
await buttons.nth(2).click();
seen.byRuns = await order();
const linked = await open('#lang=ja&period=' + labels[labels.length - 1]);
seen.linked = await read(linked);
// Nothing may be fetched even when a script tries to.
seen.fetched = await linked.evaluate(() => fetch('https://example.invalid/').then(() => true, () => false));
complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes('example.invalid')));
// The figures that the page saves are the bytes that the program writes.
const [download] = await Promise.all([linked.waitForEvent('download'), linked.click('#save-json')]);
seen.saved = createHash('sha256').update(readFileSync(await download.path())).digest('hex');
const paper = await linked.pdf({ preferCSSPageSize: true, printBackground: true });
seen.pdf = paper.length;
await browser.close();
console.log(JSON.stringify({ labels, seen, complaints,
  foreign: requests.filter((r) => !r.startsWith(url) && !/^(data|blob):/.test(r) && !r.includes('example.invalid')) }));

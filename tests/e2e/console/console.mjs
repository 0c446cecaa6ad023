// console.mjs CONFIG.json - the console as people with and without sight, with and without rights, and attackers use it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { chromium } = await import(pathToFileURL(config.playwright).href);
const axe = readFileSync(config.axe, 'utf8');
const browser = await chromium.launch({ executablePath: config.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const langs = ['en', 'ja', 'pt', 'zh'];
const views = { overview: 'reader', machines: 'reader', [`machine?id=${config.machine}`]: 'reader', alerts: 'reader', 'alerts?all=1': 'reader',
  rollouts: 'reader', figures: 'reader', 'figures?country=BR': 'reader', 'figures?country=BR&family=Conficker': 'reader', people: 'admin', trail: 'admin' };
const rank = { reader: 1, operator: 2, admin: 3 };

function must(holds, text) {
  if (!holds) {
    throw new Error(typeof text === 'string' ? text : JSON.stringify(text));
  }
}

function fleet(...args) {
  return execFileSync(config.program, ['fleet', args[0], '--state', config.state, ...args.slice(1)], { encoding: 'utf8' });
}

function sql(text) {
  execFileSync('python3', ['-c', 'import sqlite3,sys\nwith sqlite3.connect(sys.argv[1],timeout=20) as d: d.execute(sys.argv[2])',
    join(config.state, 'fleet.db'), text]);
}

// A person with a browser of his own; what the browser complains about is kept.
async function somebody(width = 1280, height = 900) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, locale: 'en-US' });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  page.on('dialog', (d) => {
    page.complaints.push(`dialog: ${d.message()}`);
    d.dismiss();
  });
  return page;
}

// Asked again and again from here: the page's policy lets nobody, Playwright included, make code of text there.
async function until(page, holds, argument, { timeout = 15000 } = {}) {
  for (const end = Date.now() + timeout; ;) {
    if (await page.evaluate(holds, argument).catch(() => false)) {
      return;
    }
    must(Date.now() < end, `in vain: ${holds} ${JSON.stringify(argument ?? '')}: ${(await page.innerText('body')).slice(0, 600)}`);
    await page.waitForTimeout(50);
  }
}

async function open(page, view = '') {
  await page.goto(`${config.url}/console/${view}`);
  await page.waitForSelector('#console[data-ready]');
}

async function signIn(page, role) {
  await open(page);
  await page.fill('input[name=secret]', config.secrets[role]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#content h1');
  page.complaints.length = 0; // that nobody was signed in before
}

async function go(page, view) {
  const before = await page.getAttribute('#console', 'data-ready');
  await page.evaluate((v) => (location.hash = `#/${v}`), view);
  await until(page, (b) => document.getElementById('console').dataset.ready !== b, before, { timeout: 20000 });
}

async function wait(page, text) {
  await until(page, (t) => document.body.innerText.includes(t), text, { timeout: 10000 });
}

async function shot(page, name, fullPage = true) {
  await page.screenshot({ path: join(config.artefacts, `console-${name}.png`), fullPage });
}

async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  must(found.violations.length === 0, `${what}: ${JSON.stringify(found.violations.map((v) => [v.id, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]))}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  must(wide <= 0, `${what} is ${wide} wider than the window`);
}

const tests = {
  async 'each role signs in, sees its menu and signs out'() {
    for (const role of ['reader', 'operator', 'admin']) {
      const page = await somebody();
      await open(page);
      if (role === 'reader') {
        await accessible(page, 'sign-in');
        await shot(page, 'sign-in', false);
        await page.fill('input[name=secret]', 'f'.repeat(64));
        await page.keyboard.press('Enter');
        await wait(page, 'Nobody has this secret.');
        must(await page.inputValue('input[name=secret]') === '', 'the wrong secret stays in the field');
      }
      await signIn(page, role);
      const menu = await page.locator('#menu a').allTextContents();
      must(menu.includes('Machines') && menu.includes('Audit trail') === (role === 'admin'), menu);
      const cookies = await page.context().cookies();
      must(cookies.length === 1, cookies);
      const [c] = cookies;
      must(c.name === '__Host-yamori' && c.httpOnly && c.secure && c.sameSite === 'Strict' && c.path === '/', c);
      must(await page.evaluate(() => document.cookie) === '', 'the script sees the session');
      must(!(await page.content()).includes(c.value) && await page.evaluate(() => JSON.stringify(localStorage)) === '{}', 'the session is in the page');
      await page.click('#sign-out');
      await page.waitForSelector('input[name=secret]');
      must((await page.context().cookies()).length === 0, 'the cookie stays');
      await page.goBack().catch(() => null);
      must(!(await page.content()).includes('reception'), 'a page of before is still there');
      must(page.complaints.every((x) => x.includes('401')), page.complaints);
      await page.context().close();
    }
  },
  async 'every view is readable in every language, without violations of axe-core'() {
    const page = await somebody();
    await signIn(page, 'admin');
    for (const lang of langs) {
      await page.selectOption('#language', lang);
      for (const view of Object.keys(views)) {
        await go(page, view);
        const text = await page.innerText('#content');
        must(!/undefined|NaN|\[object|Invalid|[{}]/.test(text), `${lang} ${view}: ${text.match(/.*(undefined|NaN|\[object|Invalid|[{}]).*/)?.[0]}`);
        must((await page.innerText('#content h1')).length > 0 && await page.locator('.told.bad').count() === 0, `${lang} ${view}: ${text}`);
        await accessible(page, `${lang} ${view}`);
        if (lang === 'en' || view === 'overview' || view.startsWith('figures')) {
          await shot(page, `${view.replace(/[?&=]/g, '-').replace(config.machine, 'x')}-${lang}`);
        }
      }
      must((await page.evaluate(() => document.documentElement.lang)).startsWith(lang), lang);
    }
    must(page.complaints.length === 0, page.complaints);
    await page.reload();
    await page.waitForSelector('#content h1');
    must(await page.inputValue('#language') === 'zh', 'the language is forgotten');
    await page.context().close();
  },
  async 'a small window and a reader'() {
    const page = await somebody(390, 800);
    await signIn(page, 'reader');
    for (const [view, role] of Object.entries(views)) {
      await go(page, view);
      await accessible(page, `small ${view}`);
      const text = await page.innerText('#content');
      must((role !== 'reader') === text.includes('Your role does not allow this'), `${view}: ${text.slice(0, 200)}`);
      must(await page.locator('#content .danger').count() === 0 && !text.includes('Acknowledge'), `a reader is offered acts: ${view}`);
      if (view === 'overview' || view === 'alerts') {
        await shot(page, `small-${view}`);
      }
    }
    must(page.complaints.length === 0, page.complaints);
    await page.context().close();
  },
  async 'the keyboard alone is enough'() {
    const page = await somebody();
    await open(page);
    await page.keyboard.type(config.secrets.operator.slice(0, 3)); // nothing has the focus yet
    await page.keyboard.press('Tab');
    await page.keyboard.type(config.secrets.operator);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#content h1');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    must(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop is no skip link');
    await page.keyboard.press('Enter');
    must(await page.evaluate(() => document.activeElement.id) === 'content', 'the skip link leads nowhere');
    for (let i = 0; i < 60 && await page.evaluate(() => document.activeElement.textContent) !== 'Policy and rollouts'; i++) {
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await wait(page, 'The present rollout');
    await until(page, () => document.activeElement.tagName === 'H1');
    for (let i = 0; i < 20 && await page.evaluate(() => document.activeElement.textContent) !== 'Stop'; i++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await accessible(page, 'dialog');
    await shot(page, 'dialog', false);
    await page.keyboard.press('Escape');
    await until(page, () => document.querySelector('dialog') === null);
    must(JSON.parse(fleet('status')).rollout.state === 'running', 'Escape stopped the rollout');
    await go(page, 'figures');
    for (let i = 0; i < 30 && await page.evaluate(() => !document.activeElement.classList.contains('stop')); i++) {
      await page.keyboard.press('Tab');
    }
    const first = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    await page.keyboard.press('ArrowUp');
    const second = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    must(first !== second && /: \d/.test(second), `${first} / ${second}`);
    await page.keyboard.press('Enter');
    await wait(page, 'Computers of each month, added.');
    must(page.complaints.every((x) => x.includes('401')), page.complaints);
    await page.context().close();
  },
  async 'from the map to a place, a family, a signature and a finding'() {
    const page = await somebody();
    await signIn(page, 'operator');
    await go(page, 'figures');
    must(await page.innerText('.simulated').then((t) => t.includes('made by a generator')), 'simulated data is not marked');
    await page.locator('.map [data-country=BR]').first().click();
    await page.waitForSelector('#families');
    must((await page.innerText('.crumbs')).includes('Brazil'), 'crumbs');
    await page.click('#families a:has-text("Conficker")');
    await page.waitForSelector('#names');
    const text = await page.innerText('#content');
    for (const words of ['spreads by itself', 'Worm:Win32/Conficker.B', 'a removable drive (Autorun)', 'C:\\Users\\*\\AppData\\Conficker.exe',
      'service wuauserv start=2', 'Windows 7 SP1']) {
      must(text.includes(words), `${words} is missing: ${text}`);
    }
    await page.click('#names a');
    await until(page, () => document.querySelectorAll('.crumbs li').length === 4);
    const rows = await page.locator('#findings tbody tr').count();
    must(rows > 0, 'no finding');
    await shot(page, 'finding');
    await page.click('.crumbs a >> nth=0');
    await page.waitForSelector('.map');
    await page.selectOption('select[name=period]', { index: 1 });
    await until(page, () => location.hash.includes('period='));
    const reader = await somebody();
    await signIn(reader, 'reader');
    await go(reader, 'figures?country=BR&family=Conficker');
    must(await reader.locator('#findings').count() === 0 && (await reader.innerText('#content')).includes('shown to operators'), 'a reader sees findings');
    must(page.complaints.length === 0, page.complaints);
    await Promise.all([page.context().close(), reader.context().close()]);
  },
  async 'an operator acts, and the audit trail knows'() {
    const page = await somebody();
    await signIn(page, 'operator');
    await go(page, 'alerts');
    const open = await page.locator('#alerts > li').count();
    const id = await page.getAttribute('#alerts > li >> nth=0', 'data-alert');
    await page.locator('#alerts > li button').first().click();
    await until(page, (n) => document.querySelectorAll('#alerts > li').length === n - 1, open);
    await go(page, 'alerts?all=1');
    must((await page.innerText(`[data-alert="${id}"]`)).includes('acknowledged by operator-1'), 'nobody knows who');
    await go(page, 'machines?text=library');
    await page.click('#machines tbody a');
    await page.waitForSelector('input[name=label]');
    await page.fill('input[name=label]', config.evil.slice(0, 40));
    await page.click('button:has-text("Rename")');
    await wait(page, 'Done.');
    must(await page.inputValue('input[name=label]') === config.evil.slice(0, 40), 'the label');
    await page.selectOption('select[name=ring]', '4');
    await page.click('form:has(select[name=ring]) button');
    await until(page, () => document.querySelector('.facts').innerText.includes('Ring 4'));
    await go(page, 'machines');
    await page.fill('form:has(input[name=hours]) input[name=label]', 'new desk');
    await page.click('button:has-text("Make a token")');
    await page.waitForSelector('#token');
    must((await page.innerText('#token')).startsWith('ymfleet1.'), 'token');
    await go(page, 'rollouts');
    await page.fill('input[name=poll]', '123');
    await page.click('button:has-text("Save")');
    await wait(page, 'Done.');
    must(JSON.parse(fleet('status')).policy.poll_every === 123, 'the policy');
    await page.click('button:has-text("Stop")');
    await page.click('dialog button.danger');
    await wait(page, 'stopped by operator-1');
    await page.click('button:has-text("Resume")');
    await page.click('dialog button.danger');
    await page.waitForSelector('button:has-text("Open the next ring")');
    const ring = JSON.parse(fleet('status')).rollout.ring;
    await page.click('button:has-text("Open the next ring")');
    await page.click('dialog button.danger');
    await until(page, (r) => document.querySelector('.facts').innerText.includes(`${r + 1} of 4`), ring);
    await go(page, 'machines?text=kiosk');
    await page.click('#machines tbody a');
    await page.click('button.danger');
    await page.click('dialog button.danger');
    await until(page, () => location.hash.startsWith('#/machines'));
    const admin = await somebody();
    await signIn(admin, 'admin');
    await go(admin, 'trail');
    const trail = await admin.innerText('#trail');
    for (const action of ['alert-ack', 'machine-label', 'machine-ring', 'token', 'policy', 'rollout-stop', 'rollout-resume', 'rollout-next', 'machine-remove', 'sign-in']) {
      must(trail.includes(action), `${action} is missing: ${trail.slice(0, 1000)}`);
    }
    await go(admin, 'people');
    await admin.click('#people tr:has-text("other-1") button');
    await admin.click('dialog button.danger');
    await until(admin, () => !document.querySelector('#people').innerText.includes('other-1'));
    must(page.complaints.length === 0 && admin.complaints.length === 0, [page.complaints, admin.complaints]);
    await Promise.all([page.context().close(), admin.context().close()]);
  },
  async 'hostile texts stay texts'() {
    const page = await somebody();
    await signIn(page, 'admin');
    let seen = '';
    for (const view of [...Object.keys(views), `figures?country=BR&family=${encodeURIComponent(config.evil.slice(0, 120))}`,
      `figures?family=${encodeURIComponent(config.evil.slice(0, 120))}`, `machines?text=${encodeURIComponent('<img')}`,
      'figures?country=%3Cimg%20src=x%3E&period=%3Cscript%3E', 'nothing?<img src=x onerror=window.xss=1>', '<img src=x onerror=window.xss=1>']) {
      await go(page, view);
      seen += await page.innerText('#content');
      const bad = await page.evaluate(() => [window.xss, document.querySelectorAll('#console img, #console script, #console iframe, #console [onerror]').length]);
      must((bad[0] ?? null) === null && bad[1] === 0, `${view}: ${bad}`);
    }
    must(seen.split('<img src=x onerror="window.xss=1">').length > 5, 'the hostile texts are not shown');
    must(page.complaints.every((x) => /status of 40[04]/.test(x)), page.complaints);
    const injected = await page.evaluate(() => {
      const s = document.createElement('script');
      s.textContent = 'window.xss = 2';
      document.body.append(s);
      const d = document.createElement('div');
      d.innerHTML = '<img src=x onerror="window.xss=3">';
      document.body.append(d);
      return new Promise((done) => setTimeout(() => done(window.xss), 500));
    });
    must(injected === undefined, `even injected code is stopped by the policy: ${injected}`);
    await page.context().close();
  },
  async 'the report is made live, in the reader\'s language'() {
    const page = await somebody();
    await signIn(page, 'reader');
    const [report] = await Promise.all([page.context().waitForEvent('page'), page.click('#menu .apart a')]);
    await report.waitForSelector('#page[data-ready]');
    must((await report.innerText('body')).includes('made by a generator'), 'no report');
    await page.selectOption('#language', 'ja');
    const [japanese] = await Promise.all([page.context().waitForEvent('page'), page.click('#menu .apart a')]);
    await japanese.waitForSelector('#page[data-ready]');
    must(await japanese.evaluate(() => document.documentElement.lang) === 'ja', 'not in Japanese');
    const nobody = await somebody();
    const answer = await nobody.goto(`${config.url}/console/report`);
    must(answer.status() === 401, `${answer.status()}`);
    must(page.complaints.length === 0, page.complaints);
    await Promise.all([page.context().close(), nobody.context().close()]);
  },
  async 'pages of other origins can do nothing with a session'() {
    const page = await somebody();
    await signIn(page, 'admin');
    const before = JSON.parse(fleet('status'));
    for (const url of config.elsewhere) {
      const other = await page.context().newPage();
      await other.goto(url);
      await until(other, () => window.tried !== undefined);
      const tried = await other.evaluate(() => window.tried);
      must(tried.every((t) => t === 'refused' || t === 'opaque'), tried);
      must(other.frames().every((f) => f === other.mainFrame() || f.url().startsWith('chrome-error:') || f.url() === ''), other.frames().map((f) => f.url()));
      await Promise.all([other.waitForNavigation(), other.evaluate(() => document.getElementById('f').submit())]);
      must((await other.innerText('body')).match(/cross_site|signed_out/), await other.innerText('body'));
      await other.close();
    }
    const after = JSON.parse(fleet('status'));
    must(after.policy.serial === before.policy.serial && after.rollout.state === before.rollout.state, [before, after]);
    for (const path of ['rollout/stop', 'policy', `machines/${config.machine}/remove`, 'session/end', 'people/remove']) {
      const status = await page.evaluate((p) => fetch(`/api/1/${p}`).then((r) => r.status), path);
      must(status === 405 || status === 404, `GET ${path}: ${status}`);
      const bare = await page.evaluate((p) => fetch(`/api/1/${p}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
        .then((r) => r.status), path);
      must(bare === 403, `without a token, ${path}: ${bare}`);
    }
    must((await page.evaluate(() => fetch('/api/1/session').then((r) => r.status))) === 200, 'the session is over');
    await page.context().close();
  },
  async 'a session that is over asks to sign in, and a chosen one is nothing'() {
    const page = await somebody();
    await page.context().addCookies([{ name: '__Host-yamori', value: 'a'.repeat(64), url: config.url, secure: true, httpOnly: true, sameSite: 'Strict' }]);
    await open(page);
    await page.waitForSelector('input[name=secret]');
    await signIn(page, 'reader');
    must((await page.context().cookies())[0].value !== 'a'.repeat(64), 'fixation');
    sql("UPDATE session SET used=used-3600 WHERE person='reader-1'");
    await page.evaluate(() => (location.hash = '#/machines'));
    await wait(page, 'Your session is over');
    await signIn(page, 'reader');
    const second = await somebody();
    await signIn(second, 'reader');
    fleet('person', 'add', 'reader-1', 'reader'); // another secret: all are out
    for (const p of [page, second]) {
      await p.evaluate(() => (location.hash = '#/alerts'));
      await wait(p, 'Your session is over');
    }
    await Promise.all([page.context().close(), second.context().close()]);
  },
  async 'what the server cannot do is told, and can be tried again'() {
    const page = await somebody();
    await signIn(page, 'admin');
    await page.route('**/api/1/machines*', (r) => r.abort());
    await go(page, 'machines');
    await wait(page, 'The server cannot be reached.');
    await accessible(page, 'error');
    await page.unroute('**/api/1/machines*');
    await page.click('button:has-text("Try again")');
    await page.waitForSelector('#machines');
    await go(page, `machine?id=${'0'.repeat(32)}`);
    await wait(page, 'there is no such machine');
    await go(page, 'nowhere');
    await wait(page, 'There is no such page.');
    await page.context().close();
  },
  async 'it looks by itself and leaves alone who is at something'() {
    const page = await somebody();
    await signIn(page, 'reader2');
    await page.clock?.install?.();
    const polls = [];
    page.on('request', (r) => r.headers()['yamori-poll'] === '1' && polls.push(r.url()));
    await go(page, 'overview');
    await page.evaluate(() => document.querySelector('#content a').focus());
    await page.waitForTimeout(36000);
    must(polls.length === 0, 'it took the focus away');
    await page.evaluate(() => document.activeElement.blur());
    await page.waitForTimeout(7000);
    must(polls.length >= 2, `it does not look by itself: ${polls}`);
    must(page.complaints.length === 0, page.complaints);
    await page.context().close();
  },
  async 'headers of the pages'() {
    const page = await somebody();
    const answer = await page.goto(`${config.url}/console/`);
    const h = answer.headers();
    const csp = h['content-security-policy'];
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      must(csp.split('; ').includes(part), csp);
    }
    must(!csp.includes('unsafe'), csp);
    must(h['x-content-type-options'] === 'nosniff' && h['referrer-policy'] === 'no-referrer' && h['cross-origin-opener-policy'] === 'same-origin'
      && h['cross-origin-resource-policy'] === 'same-origin' && h['strict-transport-security'].startsWith('max-age=') && h['cache-control'] === 'no-store', h);
    must(!/<script(?![^>]*src=)|style=|onclick/i.test(await answer.text()), 'something inline');
    await page.context().close();
  },
};

config.secrets.reader2 = fleet('person', 'add', 'reader-2', 'reader').trim();
let number = 0;
let bad = 0;
for (const [name, test] of Object.entries(tests)) {
  if (!name.includes(config.only)) {
    continue;
  }
  number++;
  try {
    await test();
    console.log(`ok ${number} - ${name}`);
  } catch (e) {
    bad = 1;
    console.log(String(e.stack ?? e).split('\n').map((l) => `# ${l}`).join('\n'));
    console.log(`not ok ${number} - ${name}`);
    for (const c of browser.contexts()) {
      for (const p of c.pages()) {
        await p.screenshot({ path: join(config.artefacts, `failed-${number}.png`) }).catch(() => null);
        console.log(`# ${p.url()} ${JSON.stringify(p.complaints ?? [])}`);
      }
      await c.close();
    }
  }
}
await browser.close();
process.exitCode = bad;

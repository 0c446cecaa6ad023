#!/usr/bin/env python3
"""e2e_page.py PROGRAM SOURCE SIMULATE TEMPLATE - the report's page with every table that there is, in
Chromium: looked at, walked by keyboard, switched, saved, printed; and `yamori report --pdf`.  Pictures
and PDFs are kept in $YM_ARTEFACTS, else in artefacts/ beside the template's folder."""
import json
import math
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback

import fixture

PROGRAM, SOURCE, SIMULATE, TEMPLATE = (os.path.abspath(a) for a in sys.argv[1:5])
WEB = os.path.join(SOURCE, 'web')
ARTEFACTS = os.path.abspath(os.environ.get('YM_ARTEFACTS') or os.path.join(os.path.dirname(TEMPLATE), '../artefacts'))
LANGS = ('en', 'ja', 'pt', 'zh')
FULL = fixture.figures()
WORDS = {'en': 'Key findings', 'ja': '主な所見', 'pt': 'Principais conclusões', 'zh': '主要发现'}
MARKS = {'en': 'SIMULATED DATA', 'ja': '模擬データ', 'pt': 'DADOS SIMULADOS', 'zh': '模拟数据'}


class Skip(Exception):
    """This machine cannot show it."""


def need(*programs):
    for p in programs:
        if shutil.which(p) is None:
            raise Skip(f'{p} is not installed')


WALKED = None


def walk():
    """What came of the walk through the pages; done once."""
    global WALKED
    if isinstance(WALKED, str):
        raise AssertionError('the walk did not end: see above')
    if WALKED is None:
        need('node', 'chromium')
        for module in ('playwright-core', 'axe-core'):
            if not os.path.exists(os.path.join(WEB, 'node_modules', module)):
                raise Skip(f'web/node_modules/{module} is not there: web/build.sh makes it')
        WALKED = 'begun'
        template = pathlib.Path(TEMPLATE).read_text(encoding='utf-8')
        for name, report in (('full', FULL), ('bare', fixture.figures(full=False)), ('hostile', fixture.hostile(fixture.figures()))):
            pathlib.Path(f'{name}.html').write_text(fixture.page(template, report, 'CERT <of> "Examplia"'), encoding='utf-8')
        script = pathlib.Path(__file__).with_name('walk.mjs')
        p = subprocess.run(['node', script, WEB, shutil.which('chromium'), os.getcwd(), ARTEFACTS], capture_output=True, text=True, timeout=1500, check=False)
        assert p.returncode == 0, p.stderr
        WALKED = json.loads(p.stdout)
        print(f'# pictures in {ARTEFACTS}')
    return WALKED


def texts(prefix=''):
    return {k: v for k, v in walk()['seen']['texts'].items() if k.startswith(prefix)}


def the_template_is_small():
    size = os.path.getsize(TEMPLATE)
    print(f'# {size >> 10} KiB')
    assert size < 1_500_000, size


def every_chart_is_there_in_every_language():
    for lang in LANGS:
        v = texts()[f'world {lang}']
        assert v['ready'] == f'{lang} 4Q12' and WORDS[lang] in v['text'] and MARKS[lang] in v['text']
        assert v['contents'] == v['chapters'] and len(v['chapters']) == 15, v['chapters']
        assert len(v['exhibits']) >= 44 and v['charts'] >= 38, (len(v['exhibits']), v['charts'])
        assert 'CERT <of> "Examplia"' in v['text']
        assert v['dead'] == [] and len(v['ids']) == len(set(v['ids'])), [i for i in v['ids'] if v['ids'].count(i) > 1]
        for word in ('undefined', 'NaN', 'null', '[object', '{n}', '{place}'):
            assert word not in v['text'], (lang, word, v['text'][max(0, v['text'].find(word) - 80):][:160])
    assert {lang: len(texts()[f'world {lang}']['exhibits']) for lang in LANGS} == dict.fromkeys(LANGS, len(texts()['world en']['exhibits']))


def sections_without_data_are_absent():
    v = texts()['bare en']
    assert v['chapters'] == ['findings', 'rates', 'where', 'systems', 'categories', 'families', 'segments', 'method'], v['chapters']
    assert v['dead'] == []
    for word in ('Differential privacy', 'Definitions', 'Encounter rate by', 'Phishing', 'Exposure'):
        assert word not in v['text'], word


def newcombe(a, b, n=1):
    """Interval of a - b, as docs/formats/report.md says; of n comparisons together."""
    d, wider = a['value'] - b['value'], statistics.NormalDist().inv_cdf(1 - .025 / n) / statistics.NormalDist().inv_cdf(.975)
    return (d - wider * math.hypot(a['value'] - a['low'], b['high'] - b['value']), d + wider * math.hypot(a['high'] - a['value'], b['value'] - b['low']))


def log_interval(a, b, n=1):
    def log(c):
        return {k: math.log(c[k]) for k in ('value', 'low', 'high')}
    return newcombe(log(a), log(b), n)


def findings_say_what_the_figures_say():
    f = texts()['world en']['findings']
    p = FULL['periods'][0]
    world = p['world']['cells'][0]
    assert f"{world['print']} computers were cleaned" in f['fWorld'] and f"{world['n']:,} executions" in f['fWorld'], f['fWorld']
    low, high = log_interval(world, FULL['periods'][1]['world']['cells'][0])
    assert ('fWorldSame' in f) == (low <= 0 <= high) and ('fWorldUp' in f) == (low > 0) and ('fWorldDown' in f) == (high < 0)
    ranked = [c['key'][0] for c in p['country']['cells']]
    assert ranked[:3] == ['TR', 'KR', 'EG'] and 'Türkiye' in f['fHighest'] and 'Korea' in f['fHighest'] and 'Egypt' in f['fHighest'], f['fHighest']
    changes = {}
    for code in ranked:
        a, b = ({c['key'][1]: c for c in FULL['trends']['country']['cells'] if c['key'][0] == code}[q] for q in ('4Q12', '3Q12'))
        changes[code] = (*log_interval(a, b, len(ranked)), a, b)
    up = max(changes, key=lambda c: changes[c][0])
    assert changes[up][0] > 0
    to, from_ = changes[up][2:]
    name = {'TR': 'Türkiye', 'RU': 'Russia', 'KR': 'Korea', 'PL': 'Poland', 'JP': 'Japan', 'BR': 'Brazil'}[up]
    by = (to['value'] / from_['value'] - 1) * 100
    assert name in f['fPlaceUp'] and f'{by:.1f} %' in f['fPlaceUp'] and from_['print'] in f['fPlaceUp'] and to['print'] in f['fPlaceUp'], (f['fPlaceUp'], up, by)
    assert f"{p['protection']['factor']['print']} times" in f['fProtection']
    first = p['family']['cells'][0]
    assert first['key'][0] in f['fFamilies'] and f"{first['share'] * 100:.1f} %" in f['fFamilies']
    half = FULL['disclosures']['half']['cells']
    assert f"{half[-1]['value']:,} vulnerabilities" in f['fDisclosedDown'] and '22.6 % fewer' in f['fDisclosedDown'], f['fDisclosedDown']
    assert {k: set(texts()[f'world {k}']['findings']) for k in LANGS} == dict.fromkeys(LANGS, set(f))
    print(f'# {len(f)} statements')


def a_break_in_locating_is_not_a_fall():
    """4Q10 to 1Q11 places are located in another way: the third period is 4Q10, and 1Q11 would be compared with it."""
    need('node', 'chromium')
    report = fixture.figures()
    report['periods'] = [fixture.period(4, True)]
    walk()
    template = pathlib.Path(TEMPLATE).read_text(encoding='utf-8')
    pathlib.Path('break.html').write_text(fixture.page(template, report), encoding='utf-8')
    script = ("const {chromium} = await import(process.argv[2]); const b = await chromium.launch({executablePath: process.argv[3], args: ['--no-sandbox']});"
              "const p = await b.newPage(); await p.goto(process.argv[4]); await p.waitForSelector('#page[data-ready]');"
              "console.log(JSON.stringify(await p.evaluate(() => [...document.querySelectorAll('[data-finding]')].map((e) => e.dataset.finding)))); await b.close();")
    pathlib.Path('break.mjs').write_text(script)
    p = subprocess.run(['node', 'break.mjs', pathlib.Path(WEB, 'node_modules/playwright-core/index.mjs').as_uri(), shutil.which('chromium'),
                        pathlib.Path('break.html').absolute().as_uri()], capture_output=True, text=True, timeout=300, check=False)
    assert p.returncode == 0, p.stderr
    found = json.loads(p.stdout)
    assert 'fPlaceBreak' in found and not {'fPlaceUp', 'fPlaceDown', 'fPlaceNone'} & set(found), found


def nobody_is_left_out():
    axe = walk()['seen']['axe']
    print(f'# {len(axe)} views')
    assert len(axe) == 11 and not any(axe.values()), {k: v for k, v in axe.items() if v}


def a_place_has_its_page_in_every_language():
    names = {'en': 'Japan against the world', 'ja': '日本と全世界', 'pt': 'Japão em relação ao mundo', 'zh': '日本与全球对比'}
    for lang in LANGS:
        v = texts()[f'place {lang}']
        assert v['ready'] == f'{lang} 4Q12 JP' and names[lang] in v['text'], v['text'][:300]
        assert v['exhibits'] == ['place-summary-JP', 'place-ccm-JP', 'place-encounter-JP', 'place-category-JP', 'place-family-JP', 'place-sites-JP'], v['exhibits']


def a_switch_of_language_keeps_the_view():
    k = walk()['seen']['kept']
    assert k['lang'] == 'zh-Hans' and 'lang=zh' in k['hash'] and 'period=3Q12' in k['hash'] and 'country=BR' in k['hash'], k
    assert k['open'] is True and k['sort'] in ('ascending', 'descending') and k['focus'] == 'zh' and k['moved'] < 20, k
    assert '巴西' in k['said'], k


def the_map_is_walked_by_keyboard():
    s = walk()['seen']
    assert 'Brazil' in s['hovered'] and 'CCM' in s['hovered'] and '95 %' in s['hovered'], s['hovered']
    names = sorted(('Vietnam', 'Argentina'))
    assert s['walk'][0].startswith(names[0]) and s['walk'][1].startswith(names[1]) and s['walk'][2].startswith(names[0]), s['walk']
    assert len(set(s['walk'])) >= 5 and all(re.search(r': CCM \d', w) for w in s['walk']), s['walk']
    assert s['stops'] == 1 and s['walk'][-1].split(':')[0] in s['panel'], (s['stops'], s['panel'])
    assert re.fullmatch('en 4Q12 [A-Z]{2}', s['entered']['ready']) and s['entered']['h1'] == 'H1' and s['back'] == 1, s['entered']


def places_queries_and_contents_are_reached():
    s = walk()['seen']
    assert s['chosen'] == ['drop-JP', 'drop-CN', 'drop-DE', 'drop-KR'], s['chosen']
    assert abs(s['jump']['top']) < 120 and s['jump']['ready'] == 'en 4Q12' and s['query'] is True, s['jump']


def files_hold_the_figures():
    s = walk()['seen']
    rows = s['csv']['text'].split('\r\n')
    cells = FULL['periods'][0]['country']['cells']
    assert rows[0] == 'country,n,x,value (ccm),print,low,high,pooled,months,located' and len(rows) == len(cells) + 2, rows[0]
    assert rows[1].startswith(f"{cells[0]['key'][0]},{cells[0]['n']},{cells[0]['x']},") and s['csv']['name'] == 'yamori-4Q12-countries.csv'
    assert json.loads(s['json']['text']) == json.loads(json.dumps(FULL)) and s['json']['name'] == 'yamori-figures.json'
    assert "'=cmd|calc!A1" in s['hostileCsv']['text'] and '</script><img src=x onerror=alert(1)>' in s['hostileCsv']['text']


def names_that_mean_harm_stay_names():
    s = walk()['seen']
    assert s['hostile']['pictures'] == 0 and s['hostile']['scripts'] == 2 and s['hostile']['styles'] < 4000, s['hostile']
    for lang in LANGS:
        text = texts()[f'hostile {lang}']['text']
        assert '</script><img src=x onerror=alert(1)>' in text and '{n}{lang}' in text and 'مرحبا' in text
        assert '\u202e' not in text and 'A' * 200 not in text and '\u0001' not in text
    assert s['hostileAddress'] == 'en 4Q12', s['hostileAddress']


def nothing_is_asked_nothing_complains_nothing_sticks_out():
    w = walk()
    assert w['foreign'] == [] and w['complaints'] == [] and w['seen']['fetched'] is False, (w['foreign'], w['complaints'])
    assert w['seen']['wide'] == [], w['seen']['wide']


def pdf_text(path, *args):
    return subprocess.run(['pdftotext', *args, path, '-'], capture_output=True, text=True, check=True).stdout


def it_is_a_report_on_paper():
    need('pdfinfo', 'pdftotext')
    walk()
    for lang in LANGS:
        path = os.path.join(ARTEFACTS, f'report-{lang}.pdf')
        info = subprocess.run(['pdfinfo', path], capture_output=True, text=True, check=True).stdout
        pages = int(re.search(r'Pages:\s+(\d+)', info)[1])
        assert re.search(r'Tagged:\s+yes', info) and 'A4' in info and 40 <= pages <= 90, info
        assert os.path.getsize(path) < 12_000_000, os.path.getsize(path)
        cover, second = pdf_text(path, '-f', '1', '-l', '1'), pdf_text(path, '-f', '2', '-l', '2')
        assert MARKS[lang] in cover and 'CERT <of> "Examplia"' in cover and f'/ {pages}' not in cover, cover
        assert f'2 / {pages}' in second and MARKS[lang] in second and '4Q12' in second, second
        text = pdf_text(path)
        print(f'# {lang}: {pages} pages, {len(text)} characters')
        assert WORDS[lang] in text and all(text.count(f['key'][0]) for f in FULL['periods'][0]['family']['cells'])
    assert 'Japan against the world' in pdf_text(os.path.join(ARTEFACTS, 'report-en.pdf')) and 'Brazil against the world' in pdf_text(os.path.join(ARTEFACTS, 'report-en.pdf'))
    assert '日本与全球对比' not in pdf_text(os.path.join(ARTEFACTS, 'report-zh.pdf'))
    tags = subprocess.run(['pdfinfo', '-struct', os.path.join(ARTEFACTS, 'report-en.pdf')], capture_output=True, text=True, check=False).stdout
    for tag in ('H1', 'H2', 'H3', 'Table', 'TH', 'Figure', 'L ', 'Link'):
        assert re.search(rf'^\s*{tag}', tags, re.M), tag


# --- yamori report --pdf ---

def run(*args, env=None, **more):
    e = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}
    e.update({'YAMORI_SPOOL': os.path.abspath('empty-spool'), 'TMPDIR': os.path.abspath('tmp')}, **(env or {}))
    os.makedirs('tmp', exist_ok=True)
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, env=e, timeout=400, check=False, **more)


def store():
    if not os.path.exists('small.db'):
        with subprocess.Popen([SIMULATE, os.path.join(SOURCE, 'data/sir-figures.csv')], stdout=subprocess.PIPE) as fleet:
            lines = b''.join(fleet.stdout.readline() for _ in range(30_000))
            fleet.kill()
        pathlib.Path('small.jsonl').write_bytes(lines)
        p = run('record', 'import', '--store', 'small.db', 'small.jsonl')
        assert p.returncode == 0, p.stderr
    return ('report', '--store', 'small.db', '--threshold', '100')


def the_program_prints_it():
    need('chromium', 'pdfinfo', 'pdftotext')
    p = run(*store(), '--lang', 'pt', '--publisher', 'CERT de Exemplia', '--title', 'Título & <b>', '--pdf', 'small.pdf')
    assert p.returncode == 0 and not os.path.exists('report.html'), p.stderr
    info = subprocess.run(['pdfinfo', 'small.pdf'], capture_output=True, text=True, check=True).stdout
    assert re.search(r'Tagged:\s+yes', info) and re.search(r'Pages:\s+[1-9]', info) and 'A4' in info, info
    text = pdf_text('small.pdf')
    assert all(w in text for w in ('CERT de Exemplia', 'Título & <b>', 'Principais conclusões', 'DADOS SIMULADOS')), text[:800]
    assert os.listdir('tmp') == [], os.listdir('tmp')
    out = subprocess.run([PROGRAM, *store(), '--pdf', 'all.pdf', '--pdf-places', 'all', '-o', 'page.html'], capture_output=True, text=True, timeout=400, check=False,
                         env={**os.environ, 'TMPDIR': os.path.abspath('tmp')})
    assert out.returncode == 0 and os.path.getsize('page.html') > 400_000, out.stderr
    assert 'against the world' in pdf_text('all.pdf')


def what_cannot_print_is_told():
    for env, words in (({'PATH': '/nowhere'}, ('Chromium', 'YAMORI_CHROMIUM', '-o')), ({'YAMORI_CHROMIUM': '/nowhere/chromium'}, ('/nowhere/chromium',)),
                       ({'YAMORI_CHROMIUM': 'no-such-browser'}, ('no-such-browser',)), ({'YAMORI_CHROMIUM': '/bin/false'}, ('/bin/false', 'no PDF'))):
        p = run(*store(), '--pdf', 'none.pdf', env=env)
        assert p.returncode == 2 and all(w in p.stderr for w in words) and not os.path.exists('none.pdf'), (env, p.stderr)
    pathlib.Path('loud').write_text('#!/bin/sh\necho "one" >&2\nprintf "two\\033[31m words\\n" >&2\nexit 1\n')
    os.chmod('loud', 0o755)
    p = run(*store(), '--pdf', 'none.pdf', env={'YAMORI_CHROMIUM': os.path.abspath('loud')})
    assert 'two[31m words' in p.stderr and '\033' not in p.stderr, p.stderr
    for args, word in ((('--pdf-places', 'jp'), 'JP,BR'), (('--pdf-places', 'JP,'), 'JP,BR'), (('--pdf-seconds', '0'), '7200'), (('--pdf-seconds', 'x'), '7200'), (('--pdf-places', 'JP', '-o', 'x.html'), '--pdf')):
        p = run(*store(), *args)
        assert p.returncode == 2 and word in p.stderr and '--help' in p.stderr, p.stderr
    assert os.listdir('tmp') == [], os.listdir('tmp')


def it_does_not_wait_for_ever_and_leaves_nothing():
    pathlib.Path('slow').write_text('#!/bin/sh\necho $$ >slow.pid\nsleep 1000 &\necho $! >slower.pid\nwait\n')
    os.chmod('slow', 0o755)
    env = {'YAMORI_CHROMIUM': os.path.abspath('slow')}
    began = time.monotonic()
    p = run(*store(), '--pdf', 'none.pdf', '--pdf-seconds', '1', env=env)
    assert p.returncode == 2 and 'within 1 second' in p.stderr and '--pdf-seconds' in p.stderr and time.monotonic() - began < 60, p.stderr
    e = {**os.environ, **env, 'TMPDIR': os.path.abspath('tmp')}
    with subprocess.Popen([PROGRAM, *store(), '--pdf', 'none.pdf'], env=e, stderr=subprocess.PIPE, text=True) as child:
        pathlib.Path('slow.pid').unlink()
        for _ in range(600):
            if os.path.exists('slow.pid'):
                break
            time.sleep(.1)
        time.sleep(.3)
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=60)[1]
    assert child.returncode == 2 and 'interrupted' in said, (child.returncode, said)
    for name in ('slow.pid', 'slower.pid'):
        pid = int(pathlib.Path(name).read_text())
        state = pathlib.Path(f'/proc/{pid}/stat').read_text().split(')')[1].split()[0] if os.path.exists(f'/proc/{pid}/stat') else 'gone'
        assert state in ('gone', 'Z'), (name, state)
    assert os.listdir('tmp') == [] and not os.path.exists('none.pdf'), os.listdir('tmp')


SCENARIOS = (the_template_is_small, every_chart_is_there_in_every_language, sections_without_data_are_absent, findings_say_what_the_figures_say, a_break_in_locating_is_not_a_fall,
             nobody_is_left_out, a_place_has_its_page_in_every_language, a_switch_of_language_keeps_the_view, the_map_is_walked_by_keyboard, places_queries_and_contents_are_reached,
             files_hold_the_figures, names_that_mean_harm_stay_names, nothing_is_asked_nothing_complains_nothing_sticks_out, it_is_a_report_on_paper, the_program_prints_it,
             what_cannot_print_is_told, it_does_not_wait_for_ever_and_leaves_nothing)


def main():
    bad = 0
    print(f'1..{len(SCENARIOS)}')
    with tempfile.TemporaryDirectory(prefix='yamori-page-') as folder:
        os.chdir(folder)
        for i, scenario in enumerate(SCENARIOS, 1):
            try:
                scenario()
                print(f'ok {i} - {scenario.__name__}')
            except Skip as why:
                print(f'ok {i} - {scenario.__name__} # SKIP {why}')
            except Exception:
                bad += 1
                for line in traceback.format_exc().splitlines():
                    print('# ' + line[:1500])
                print(f'not ok {i} - {scenario.__name__}')
            sys.stdout.flush()
        os.chdir('/')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())

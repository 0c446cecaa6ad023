#!/usr/bin/env python3
"""e2e_report.py PROGRAM SOURCE SIMULATE - a million simulated records, loaded, reported, and the
page read in Chromium: every published figure comes out with its printed digit."""
import csv
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback

import figures

PROGRAM, SOURCE, SIMULATE = (os.path.abspath(a) for a in sys.argv[1:4])
CSV = os.path.join(SOURCE, 'data/sir-figures.csv')
ROWS = figures.published(CSV)
PERIODS = sorted({r[0] for r in ROWS}, key=lambda p: (p[2:], p[:2]))
HIDDEN = {'LU', 'IS', 'MT', 'CY', 'EE', 'BT', 'FJ', 'TO', 'MC', 'AD', 'SM', 'LI'}
THRESHOLD = '1000'


class Skip(Exception):
    """This machine cannot show it."""


def run(*args, stdin=subprocess.DEVNULL, env=None):
    e = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}
    e['YAMORI_SPOOL'] = os.path.abspath('empty-spool')
    e.update(env or {})
    return subprocess.run([PROGRAM, *args], stdin=stdin, capture_output=True, text=True, env=e,
                          timeout=500, check=False)


def good(*args, **more):
    p = run(*args, **more)
    assert p.returncode == 0, p.stderr
    return p


def a_million_records_are_loaded_in_less_than_a_minute_of_processor_time():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([SIMULATE, CSV], stdout=subprocess.PIPE) as fleet:
        p = good('record', 'import', '--store', 'fleet.db', '-', stdin=fleet.stdout)
        fleet.stdout.close()
        assert fleet.wait() == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f'# {p.stdout.strip()}; {seconds:.1f} s of processor time, simulation included')
    assert p.stdout == 'standard input: 1000000 new, 0 known\n', p.stdout
    assert seconds < 60, seconds


def every_exactly_dated_row_comes_out_with_its_printed_digit():
    args = [a for p in PERIODS for a in ('--period', p)]
    good('report', '--store', 'fleet.db', '--threshold', THRESHOLD, '--json', 'figures.json', *args)
    report = figures.load('figures.json')
    wrong = [(*row, got) for row in ROWS if (got := figures.printed(report, *row[:3])) != row[3]]
    print(f'# {len(ROWS)} rows, {len(wrong)} wrong')
    assert len(ROWS) == 35 and not wrong, wrong


def the_figures_add_up_and_hide_what_they_must():
    report = figures.load('figures.json')
    assert report['runs'] == {'all': 1000000, 'clean': 1000000, 'guard': 0, 'audit': 0, 'observe': 0,
                              'incomplete': 0, 'simulated': 1000000}
    for p in report['periods']:
        shown = p['country']['cells']
        n = sum(c['n'] for c in shown) + p['country']['hidden']['n'] + p['country']['unplaced']
        assert n == p['world']['cells'][0]['n'] == p['runs']['clean']
        assert not HIDDEN & {c['key'][0] for c in shown}
        assert p['country']['hidden']['cells'] == len(HIDDEN)
        assert all(c['n'] >= 1000 for c in shown + p['system']['cells'])
        assert all(c['low'] <= c['value'] <= c['high'] for c in shown)
    assert report['trends']['world']['hidden'] == {'cells': 2, 'n': 1000}


def rows_of(report, table, which, period):
    """The rows of a table's query in a period: keys, month, the count of this name."""
    db = sqlite3.connect('file:fleet.db?mode=ro', uri=True)
    sql = report[which][table].replace('?1', str(period[0])).replace('?2', str(period[1]))
    rows = db.execute(sql)
    names = [d[0] for d in rows.description]
    rows = rows.fetchall()
    db.close()
    return names, rows


def hash_of(report, table, which, period):
    """As docs/formats/report.md says, for tables whose keys are those of their query."""
    names, rows = rows_of(report, table['query'], which, period)
    month = names.index('month')
    n_base = {}
    if 'base' in table:
        base_names, base_rows = rows_of(report, table['base'], which, period)
        n_base = {r[base_names.index('month')]: r[base_names.index(table['columns'][0])] for r in base_rows}
    out = []
    for r in rows:
        x = r[names.index(table['columns'][1])]
        n = n_base[r[month]] if n_base else r[names.index(table['columns'][0])]
        if r[:month] != ('ZZ',) and (x > 0 if n_base else n > 0):
            out.append((r[:month], r[month], n, x))
    keys = {r[0] for r in out}
    if n_base:  # months in which a thing was not found have an n, too
        have = {(r[0], r[1]) for r in out}
        out += [(k, m, n, 0) for k in keys for m, n in n_base.items() if (k, m) not in have]
    lines = sorted('\t'.join([*k, f'{m // 12:04}-{m % 12 + 1:02}', str(n), str(x)]) + '\n' for k, m, n, x in out)
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def hashes_can_be_made_again_from_the_queries_and_from_the_definitions():
    report = figures.load('figures.json')
    period = figures.periods(report)['1H09']
    months = (2009 * 12, 2009 * 12 + 5)
    for name in ('world', 'world_computers', 'country', 'system', 'segment', 'protection', 'family', 'category'):
        for which in ('queries', 'definitions'):
            assert hash_of(report, period[name], which, months) == period[name]['hash'], (name, which)
    for name in ('rate_country_located', 'threat_family_path_variant', 'threat_segment_family_category', 'threat_type'):
        rows = rows_of(report, name, 'queries', months)
        assert rows == rows_of(report, name, 'definitions', months) and rows[1], name


def csv_has_every_cell_of_the_json():
    args = [a for p in PERIODS for a in ('--period', p)]
    good('report', '--store', 'fleet.db', '--threshold', THRESHOLD, '--csv', 'figures.csv', *args)
    with open('figures.csv', newline='', encoding='utf-8') as f:
        lines = list(csv.DictReader(f))
    report = figures.load('figures.json')
    assert len(lines) == json.dumps(report).count('"key": ') - len(report['trends']['located']) - len(report['periods'])
    for period, dimension, key, value in ROWS:
        if dimension == 'country':
            found = [r for r in lines if (r['period'], r['table'], r['key1']) == (period, 'country', figures.PLACES[key])]
            assert [r['print'] for r in found] == [value], (period, key, found)
            assert len(found[0]['hash']) == 64 and found[0]['unit'] == 'ccm'


def noise_changes_the_figures_and_says_so():
    args = ('--store', 'fleet.db', '--threshold', THRESHOLD, '--period', '1H09', '--dp', '20')
    first, second = (json.loads(good('report', '--json', '-', *args).stdout) for _ in range(2))
    exact = figures.periods(figures.load('figures.json'))['1H09']
    assert first['privacy']['epsilon'] == 20 and first['privacy']['tables'] == 17
    worlds = [f['periods'][0]['world']['cells'][0] for f in (first, second)]
    assert worlds[0]['x'] != worlds[1]['x'] or worlds[0]['n'] != worlds[1]['n']
    for f in (first, second):
        p = f['periods'][0]
        assert p['world']['hidden'] == {'cells': None, 'n': None}
        assert abs(p['world']['cells'][0]['n'] - exact['world']['cells'][0]['n']) < 200  # 40 deviations
        assert p['world']['hash'] != exact['world']['hash']
        quarter = {c['key'][0]: c for c in f['trends']['world']['cells']}
        assert quarter['1Q09']['n'] + quarter['2Q09']['n'] == p['world']['cells'][0]['n']  # the same noise
    for bad in ('0', '-1', '1e9', 'x', '1x', 'nan'):
        p = run('report', '--store', 'fleet.db', '--dp', bad)
        assert p.returncode == 2 and '--dp' in p.stderr, p.stderr


def the_default_is_every_quarter_that_may_be_shown_the_last_first():
    good('report', '--store', 'fleet.db', '--threshold', THRESHOLD, '--json', 'default.json')
    labels = [p['label'] for p in figures.load('default.json')['periods']]
    assert labels == ['4Q15', '4Q13', '2Q13', '2Q12', '4Q10', '2Q10', '4Q09', '3Q09', '2Q09', '1Q09',
                      '4Q08', '3Q08'], labels
    p = run('report', '--store', 'fleet.db', '--threshold', '1000000', '--json', 'none.json')
    assert p.returncode == 2 and 'threshold' in p.stderr and not os.path.exists('none.json')


LANGS = {'en': 'en', 'ja': 'ja', 'pt': 'pt-BR', 'zh': 'zh-Hans'}
PAGE = None


def browse():
    """What Chromium shows of the page; the page is made and opened once."""
    global PAGE
    if PAGE is None:
        node, chromium = shutil.which('node'), shutil.which('chromium')
        playwright = os.path.join(SOURCE, 'web/node_modules/playwright-core/index.mjs')
        for what, path in (('node', node), ('chromium', chromium)):
            if path is None:
                raise Skip(f'{what} is not installed')
        if not os.path.exists(playwright):
            raise Skip('web/node_modules is not there: web/build.sh makes it')
        args = [a for p in ['1H09', *(p for p in PERIODS if p != '1H09')] for a in ('--period', p)]
        good('report', '--store', 'fleet.db', '--threshold', THRESHOLD, '-o', 'report.html', '--json', 'page.json', *args)
        script = pathlib.Path(__file__).with_name('page.mjs')
        p = subprocess.run([node, script, playwright, chromium, os.path.abspath('report.html')],
                           capture_output=True, text=True, timeout=900, check=False)
        assert p.returncode == 0, p.stderr
        PAGE = json.loads(p.stdout)
    return PAGE


def views(page):
    for lang in LANGS:
        for label in page['labels']:
            yield lang, label, page['seen'][f'{lang} {label}']


def on_page(view, dimension, key):
    """What the page shows for a published row, in its map and tables."""
    if dimension == 'world':
        return {view['world']}
    if dimension == 'country':
        code = figures.PLACES[key]
        return {view['map'][code][0], view['countries'][code][2]}
    plain = [[re.sub(r' (\d\d) (ビット|bits|位)$', r' \1-bit', r[0]), r[1]] for r in view['systems']]
    return {r[1] for r in plain if r[0] in (key, key + ' 32-bit')}


def map_and_tables_show_the_published_values_in_all_languages():
    page = browse()
    assert page['labels'][0] == '1H09' and len(page['labels']) == 9
    n = 0
    for lang, label, view in views(page):
        assert view['lang'] == LANGS[lang] and view['ready'] == f'{lang} {label}'
        for period, dimension, key, value in ROWS:
            if period == label:
                assert on_page(view, dimension, key) == {value}, (lang, label, key, value)
                n += 1
    print(f'# {n} values read in the page')
    assert n == 4 * len(ROWS)


def map_and_table_agree_for_every_place():
    page = browse()
    report = figures.periods(figures.load('figures.json'))
    colours = {}
    for _, label, view in views(page):
        cells = {c['key'][0]: c['print'] for c in report[label]['country']['cells']}
        assert {k: v[2] for k, v in view['countries'].items()} == cells
        assert {k: v[0] for k, v in view['map'].items()} == cells
        for ccm, fill, _ in view['map'].values():
            colours.setdefault(sum(float(ccm) >= x for x in (1.5, 3, 5, 7, 10)), set()).add(fill)
    assert sorted(colours) == [0, 1, 2, 3, 4, 5] and all(len(c) == 1 for c in colours.values()), colours
    assert len(set.union(*colours.values())) == 6


def places_below_the_threshold_are_nowhere():
    page = browse()
    for lang, _, view in views(page):
        assert not HIDDEN & (set(view['map']) | set(view['countries']))
        for name in ('Luxembourg', 'Iceland', 'ルクセンブルク', 'アイスランド', 'Luxemburgo', 'Islândia', '卢森堡', '冰岛'):
            assert name not in view['text']
        assert ('1.000' if lang == 'pt' else '1,000') in view['text']
        assert {'en': 'Not shown: 12 cells', 'ja': '12 項目', 'pt': 'Não mostrados: 12', 'zh': '12 项'}[lang] in view['text']


def all_languages_are_complete():
    page = browse()
    for lang, _, view in views(page):
        assert len(view['headings']) >= 9 and len(view['legend']) == 7, view['headings']
        assert view['charts'] >= 5, view['charts']
        for h in view['headings']:
            assert bool(re.search(r'[ぁ-んァ-ヶ一-龠]', h)) == (lang in ('ja', 'zh')), view['headings']
        assert 'undefined' not in view['text'] and 'NaN' not in view['text']
        if lang == 'en':
            assert not re.search(r'[ぁ-んァ-ヶ一-龠]', view['text'].replace('日本語', '').replace('简体中文', ''))
        korea = {'en': 'Korea', 'ja': '韓国', 'pt': 'Coreia do Sul', 'zh': '韩国'}[lang]
        assert view['countries']['KR'][1] == korea, view['countries']['KR']


def simulated_records_are_labelled_in_sight():
    for lang, _, view in views(browse()):
        assert ('1.000.000' if lang == 'pt' else '1,000,000') in view['simulated']
        words = {'en': 'SIMULATED DATA', 'ja': '模擬データ', 'pt': 'DADOS SIMULADOS', 'zh': '模拟数据'}
        assert words[lang] in view['simulated']


def headings_sort_and_addresses_choose():
    seen = browse()['seen']
    assert seen['byName'][:2] == ['AF', 'DZ'], seen['byName'][:5]
    assert seen['byRuns'][0] == 'US', seen['byRuns'][:5]
    assert seen['linked']['lang'] == 'ja' and seen['linked']['ready'] == 'ja ' + browse()['labels'][-1]
    assert seen['first']['lang'] == 'en'


def the_page_asks_nobody_for_anything():
    page = browse()
    assert page['foreign'] == [], page['foreign']
    assert page['seen']['fetched'] is False
    assert page['complaints'] == [], page['complaints']
    text = pathlib.Path('report.html').read_text(encoding='utf-8')
    assert "default-src 'none'" in text
    assert not re.search(r'<(?:script|img|iframe|link)[^>]*\b(?:src|href)\s*=\s*(?!["\']?data:)', text)


def what_the_page_saves_is_what_the_program_writes():
    assert browse()['seen']['saved'] == hashlib.sha256(pathlib.Path('page.json').read_bytes()).hexdigest()


def it_prints():
    page = browse()
    assert page['seen']['pdf'] > 50000
    assert not any(view['wide'] for _, _, view in views(page))


def a_hostile_family_name_stays_text():
    line = subprocess.run([SIMULATE, CSV], stdout=subprocess.PIPE, check=False, text=True).stdout.split('\n', 1)[0]
    record = json.loads(line)
    name = '</script><img src=x onerror=alert(1)>'
    for d in record['detections']:
        d['family'] = name
    with open('hostile.jsonl', 'w', encoding='utf-8') as f:
        for i in range(20):
            record['id'] = f'{i:032x}'
            record['machine'] = f'{i + 1:032x}'
            f.write(json.dumps(record) + '\n')
    good('record', 'import', '--store', 'hostile.db', 'hostile.jsonl')
    good('report', '--store', 'hostile.db', '--threshold', '1', '-o', 'hostile.html', '--json', 'hostile.json')
    assert name in json.dumps(figures.load('hostile.json'))
    assert name not in pathlib.Path('hostile.html').read_text(encoding='utf-8')


def a_store_that_is_not_ours_is_refused_and_not_touched():
    pathlib.Path('letter.db').write_text('dear all')
    for args in (['report', '--json', '-'], ['record', 'ingest'], ['record', 'import', '/dev/null']):
        p = run(*args, '--store', 'letter.db')
        assert p.returncode == 2 and 'letter.db' in p.stderr and 'not a store' in p.stderr, p.stderr
    assert pathlib.Path('letter.db').read_text() == 'dear all'
    assert not list(pathlib.Path('.').glob('letter.db-*'))


def a_truncated_store_is_a_clear_error():
    shutil.copy('hostile.db', 'half.db')
    os.truncate('half.db', os.path.getsize('half.db') // 2)
    p = run('report', '--store', 'half.db', '--threshold', '1', '--json', 'half.json')
    assert p.returncode == 2 and 'half.db' in p.stderr, (p.returncode, p.stderr)
    assert not os.path.exists('half.json')


def a_full_disk_is_a_clear_error_and_loses_nothing():
    """A tmpfs of 1 MiB in a mount namespace of its own; the spool is outside."""
    os.makedirs('spool')
    with open('hostile.jsonl', encoding='utf-8') as f:
        record = json.loads(f.readline())
    for i in range(3000):
        record['id'] = f'{i:032x}'
        pathlib.Path('spool', record['id'] + '.json').write_text(json.dumps(record) + '\n')
    script = ('mount -t tmpfs -o size=256k none small || exit 77\n'
              '"$1" record ingest --store small/r.db --spool spool; echo "code $?"\n'
              '"$1" report --store small/r.db --threshold 1 --json -; echo "read $?"\n')
    os.makedirs('small', exist_ok=True)
    unshare = ['unshare', '-m'] if os.getuid() == 0 else ['unshare', '-rm']
    p = subprocess.run([*unshare, 'sh', '-c', script, 'sh', PROGRAM], capture_output=True, text=True,
                       timeout=120, check=False)
    if p.returncode == 77 or 'unshare' in p.stderr:
        raise Skip('no mount namespace here: ' + p.stderr.strip()[:80])
    assert 'code 2' in p.stdout, (p.stdout, p.stderr)
    assert 'full' in p.stderr and 'nothing was lost' in p.stderr, p.stderr
    assert len(list(pathlib.Path('spool').glob('*.json'))) == 3000
    ingest = good('record', 'ingest', '--store', 'large.db', '--spool', 'spool')
    assert '3000 new' in ingest.stdout
    assert not list(pathlib.Path('spool').glob('*.json'))


def wrong_options_are_named():
    for args, word in ((('--period', '3H09'), '3H09'), (('--lang', 'fr'), 'fr'), (('--threshold', 'x'), 'x'),
                       (('--colour', 'red'), 'option'), (('what',), 'what')):
        p = run('report', '--store', 'hostile.db', *args)
        assert p.returncode == 2 and word in p.stderr and '--help' in p.stderr, p.stderr
    for args in ((), ('import',), ('ingest', 'file'), ('eat',)):
        p = run('record', *args)
        assert p.returncode == 2 and '--help' in p.stderr, p.stderr
    assert 'usage: yamori report' in good('report', '--help').stdout
    assert 'usage: yamori record' in good('record', '--help').stdout


def the_examples_of_the_manual_work():
    """The lines of EXAMPLES that begin with .Dl, in a folder with the files they name."""
    os.makedirs('manual/spool')
    shutil.copy('hostile.jsonl', 'manual/fleet.jsonl')
    with open('hostile.jsonl', encoding='utf-8') as f:
        record = json.loads(f.readline())
    record['time'] = '2026-11-22T10:00:00Z'
    pathlib.Path('manual/spool', record['id'] + '.json').write_text(json.dumps(record))
    text = pathlib.Path(SOURCE, 'docs/man/yamori-report.1').read_text(encoding='utf-8')
    lines = re.findall(r'^\.Dl (.*)$', text.split('.Sh EXAMPLES')[1], re.M)
    lines = [line for line in lines if '--feed' not in line]  # files of others: e2e_feeds.py
    env = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}
    env['PATH'] = os.path.dirname(PROGRAM) + ':' + env['PATH']
    for line in lines:
        if '--pdf ' in line and (shutil.which('chromium') is None or not os.path.exists(os.path.join(os.path.dirname(PROGRAM), '../../web/report.html'))):
            continue
        if ' report ' in line and '-o ' in line and not os.path.exists(os.path.join(os.path.dirname(PROGRAM), '../../web/report.html')):
            line = re.sub(r'-o \S+', '--json x.json', line)
        p = subprocess.run(['sh', '-c', line], cwd='manual', env=env, capture_output=True, text=True, check=False)
        assert p.returncode == 0, (line, p.stderr)
    assert len(lines) == 5
    assert os.listdir('manual/spool') == [record['id'] + '.json'], 'the spool was changed'


SCENARIOS = (
    a_million_records_are_loaded_in_less_than_a_minute_of_processor_time,
    every_exactly_dated_row_comes_out_with_its_printed_digit,
    the_figures_add_up_and_hide_what_they_must,
    hashes_can_be_made_again_from_the_queries_and_from_the_definitions,
    csv_has_every_cell_of_the_json,
    noise_changes_the_figures_and_says_so,
    the_default_is_every_quarter_that_may_be_shown_the_last_first,
    map_and_tables_show_the_published_values_in_all_languages,
    map_and_table_agree_for_every_place,
    places_below_the_threshold_are_nowhere,
    all_languages_are_complete,
    simulated_records_are_labelled_in_sight,
    headings_sort_and_addresses_choose,
    the_page_asks_nobody_for_anything,
    what_the_page_saves_is_what_the_program_writes,
    it_prints,
    a_hostile_family_name_stays_text,
    a_store_that_is_not_ours_is_refused_and_not_touched,
    a_truncated_store_is_a_clear_error,
    a_full_disk_is_a_clear_error_and_loses_nothing,
    wrong_options_are_named,
    the_examples_of_the_manual_work,
)


def main():
    bad = 0
    print(f'1..{len(SCENARIOS)}')
    with tempfile.TemporaryDirectory(prefix='yamori-report-') as folder:
        os.chdir(folder)
        for i, scenario in enumerate(SCENARIOS, 1):
            name = scenario.__name__
            try:
                scenario()
                print(f'ok {i} - {name}')
            except Skip as why:
                print(f'ok {i} - {name} # SKIP {why}')
            except Exception:
                bad += 1
                for line in traceback.format_exc().splitlines():
                    print('# ' + line[:600])
                print(f'not ok {i} - {name}')
            sys.stdout.flush()
        os.chdir('/')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())

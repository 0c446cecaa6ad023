#!/usr/bin/env python3
"""e2e_golden.py PROGRAM SOURCE - published figures of the Security Intelligence Report and others
(tests/data/published-figures.csv): for each row records are drawn of which it is true, and the report has
to print it with its digits.  Rows that the model cannot say have their reason in the last column."""
import collections
import json
import os
import subprocess
import sys
import tempfile
import traceback
from fractions import Fraction

import golden
from golden import CATEGORIES, NAMES, PATHS, Store, cell, exact, months_of, rounded, system_of

PROGRAM, SOURCE = (os.path.abspath(a) for a in sys.argv[1:3])
CSV = os.path.join(SOURCE, 'tests/data/published-figures.csv')
MONTH_NAMES = {'Apr 2009': '2009-04', 'Mar 2017': '2017-03', '10-13 Nov 2009 (3 days)': '2009-11',
               '2007 (half not stated)': '2007', '2008 (half not stated)': '2008', '2H11 (three weeks)': '2H11'}


def period_of(row):
    return MONTH_NAMES.get(row['period'], row['period'])


def report_of(store, periods, folder):
    """The figures of a store's records."""
    e = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}
    e['YAMORI_SPOOL'] = os.path.join(folder, 'none')
    db = os.path.join(folder, 'golden.db')
    for name in (db, db + '-wal', db + '-shm'):
        if os.path.exists(name):
            os.remove(name)
    p = subprocess.run([PROGRAM, 'record', 'import', '--store', db, '-'], input=''.join(store.lines), text=True,
                       capture_output=True, env=e, timeout=300, check=False)
    assert p.returncode == 0 and p.stdout.split()[2] == str(len(store.lines)), (p.stdout, p.stderr)
    args = [a for period in periods for a in ('--period', period)]
    p = subprocess.run([PROGRAM, 'report', '--store', db, '--threshold', '5', '--json', '-', *args],
                       capture_output=True, text=True, env=e, timeout=300, check=False)
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout)


def period_in(report, label):
    return next(p for p in report['periods'] if p['label'] == label)


def quarter(report, table, *key):
    return cell(report['trends'][table], *key)


# --- what kinds of rows there are: (does it belong, its store, how records are drawn, what the report says) ---

def where_of(row):
    """Fields of a record that the key of a row names."""
    if row['dimension'] == 'country':
        return {'country': NAMES[row['key']]}
    return system_of(row['key']) if row['dimension'] == 'os' else {}


def draw_ccm(store, rows):
    for row in rows:
        n, x = exact(row['value'], 1000, 400)
        for month in months_of(period_of(row))[:3]:
            store.rate(n, x, month, **where_of(row))


def table_cell(period, tables, row):
    """The cell of the world, of a country or of a system."""
    world, country, system = tables
    if row['dimension'] == 'world':
        return cell(period[world])
    if row['dimension'] == 'country':
        return cell(period[country], NAMES[row['key']])
    s = system_of(row['key'])
    return cell(period[system], s['system'], s['service_pack'], str(s['bits']))


def read_ccm(report, row):
    c = table_cell(period_in(report, period_of(row)), ('world', 'country', 'system'), row)
    if golden.digits(row['value']) == 1:
        assert c['print'] == row['value'], (c, row)
    return rounded(c['value'], row['value'])


def draw_encounter(store, rows):
    for row in rows:
        n, x = exact(row['value'], 100, 500)
        for month in months_of(period_of(row))[:3]:
            store.met(n, x, month, **({'bits': 64, 'system': 'Windows 7', 'service_pack': 'SP1'}
                                      if row['key'] == 'Windows 7 SP1' else where_of(row)))


def read_encounter(report, row):
    row = dict(row, key='Windows 7 SP1 64-bit' if row['key'] == 'Windows 7 SP1' else row['key'])
    tables = ('encounter', 'country_encounter', 'system_encounter')
    return rounded(table_cell(period_in(report, period_of(row)), tables, row)['value'], row['value'])


def draw_segment(store, rows):
    """A row over four quarters is drawn, and read, as its last one."""
    for row in rows:
        n, x = exact(row['value'], 100, 500)
        for month in months_of(period_of(row)[-4:]):
            store.met(n, x, month, segment='home' if row['key'] == 'not domain-joined' else 'enterprise')


def read_segment(report, row):
    segment = 'home' if row['key'] == 'not domain-joined' else 'enterprise'
    return rounded(cell(period_in(report, period_of(row)[-4:])['segment_encounter'], segment)['value'], row['value'])


def draw_category(store, rows):
    """Of one place: all computers of the store are there.  A computer may meet several categories."""
    n = 2000
    for month in months_of(rows[0]['period']):
        met = [round(Fraction(r['value']) * n / 100) for r in rows]
        for x, row in zip(met, rows):
            category, name = CATEGORIES[row['key'].split(': ')[1]]
            store.met(x, x, month, found=((name, 'Some', category, 'web'),), country=NAMES[row['key'].split(': ')[0]])
        store.met(n - sum(met), 0, month, country=NAMES[rows[0]['key'].split(': ')[0]])


def read_category(report, row):
    category = CATEGORIES[row['key'].split(': ')[1]][0]
    return rounded(cell(period_in(report, row['period'])['category_encounter'], category)['value'], row['value'])


def draw_ransomware(store, rows):
    """Of one place: the share of guarded computers that met a family, which stands for all ransomware."""
    n, x = exact(rows[0]['value'], 100, int(Fraction(600) / Fraction(rows[0]['value'])) + 1)
    store.met(n, x, period_of(rows[0]), found=(('Ransom:Win32/All', 'All', 'trojan', 'mail'),), country=NAMES[rows[0]['key']])


def read_ransomware(report, row):
    c = cell(period_in(report, period_of(row))['family_encounter'], 'All')
    assert c['print'] in (row['value'], row['value'] + '0'), (c, row)
    return rounded(c['value'], row['value'])


def draw_lower(store, rows):
    for row in rows:
        better, worse = ((26, 66) if row['value'] == '60.6' else (8, 21))
        first, second = row['key'].split(' vs ')
        month = months_of(row['period'])[0]
        store.rate(5000, better, month, **system_of(first))
        store.rate(5000, worse, month, **system_of(second))


def read_lower(report, row):
    one, other = (table_cell(period_in(report, row['period']), ('', '', 'system'), {'dimension': 'os', 'key': k})
                  for k in row['key'].split(' vs '))
    return rounded(100 - 100 * Fraction(str(one['value'])) / Fraction(str(other['value'])), row['value'])


def draw_places(store, rows):
    """As many places as the table has, and some that are below the threshold."""
    letters = 'ABCDEFGHIJKLMNOPQRSTUVW'
    codes = [a + b for a in letters for b in letters]
    for i in range(int(rows[0]['value']) + 7):
        store.rate(6 if i < int(rows[0]['value']) else 3, 1, months_of(rows[0]['period'])[0], country=codes[i])


def read_places(report, row):
    table = period_in(report, row['period'])['country']
    assert table['hidden'] == {'cells': 7, 'n': 21}, table['hidden']
    return str(len(table['cells']))


def draw_ranks(store, rows):
    for row in rows:
        rank = int(row['value'])
        ccm = 30 - rank if 'highest' in row['metric'] else rank
        store.rate(2000, 2 * ccm, months_of(row['period'])[0], country=NAMES[row['key'].replace(' and Montenegro', '')])


def read_ranks(report, row):
    order = [c['key'][0] for c in period_in(report, row['period'])['country']['cells']]
    at = order.index(NAMES[row['key'].replace(' and Montenegro', '')])
    return str(at + 1 if 'highest' in row['metric'] else len(order) - at)


def draw_families(store, rows):
    """Computers in thousands."""
    for row in rows:
        x = round(int(row['value']) / 1000)
        found = (f'Worm:Win32/{row["key"]}.A', row['key'], 'worm', '')
        store.rate(x, x, months_of(period_of(row))[0], found=(found,))


def read_families(report, row):
    c = cell(period_in(report, period_of(row))['family'], row['key'])
    return row['value'] if round(int(row['value']) / 1000) == c['x'] else str(1000 * c['x'])


def draw_conficker(store, rows):
    for month, x in (('2011-08', 1600), ('2011-11', 1700)):
        store.rate(x, x, month, found=(('Worm:Win32/Conficker.B', 'Conficker', 'worm', ''),))


def read_conficker(report, row):
    third, fourth = (quarter(report, 'family', 'Conficker', q)['x'] for q in ('3Q11', '4Q11'))
    return str(1000 * (fourth - third if 'more' in row['metric'] else fourth))


def draw_world(store, rows):
    value = int(rows[0]['value'])
    month = months_of(period_of(rows[0]))[0]
    if 'cleaned' in rows[0]['metric']:
        store.rate(value // 1000 + 10, value // 1000, month)
    else:
        store.rate(value // 100000, 1, month)


def read_world(report, row):
    c = cell(period_in(report, period_of(row))['world_computers'])
    return str(c['x'] * 1000 if 'cleaned' in row['metric'] else c['n'] * 100000)


def draw_worms(store, rows):
    for month, x in (('2008-07', 1250), ('2009-01', 2480)):
        store.rate(x + 10, x, month)


def read_worms(report, row):
    before, after = (cell(period_in(report, p)['category'], 'worm')['x'] for p in ('2H08', '1H09'))
    return rounded(Fraction(100 * (after - before), before), row['value'])


UNIT = 1175  # of computers that report: one drawn for so many


def draw_reporting(store, rows):
    for row in rows:
        if row['metric'] == 'computers reporting detections':
            x = round(int(row['value']) / UNIT)
            store.met(x, x, months_of(row['period'])[0], country=NAMES[row['key']])


def read_reporting(report, row):
    def computers(q):
        return quarter(report, 'country_encounter', NAMES[row['key']], q)['x']
    if row['metric'] == 'computers reporting detections':
        near = abs(computers(row['period']) * UNIT - int(row['value'])) <= UNIT // 2
        return row['value'] if near else str(computers(row['period']) * UNIT)
    change = Fraction(100 * (computers('4Q10') - computers('3Q10')), computers('3Q10'))
    return ('-' if change < 0 else '') + rounded(abs(change), row['value'].lstrip('-'))


def draw_shares(store, rows):
    """Of a thousand computers cleaned."""
    month = months_of(rows[0]['period'])[0]
    used = 0
    for row in rows:
        x = int(Fraction(row['value']) * 10)
        store.rate(x, x, month, found=((f'Trojan:Win32/{row["key"]}', row['key'], 'trojan', ''),),
                   country='KR' if 'Korea' in row['metric'] else 'US')
        used += x
    store.rate(1000 - used, 1000 - used, month, found=(('Virus:Win32/Parite.B', 'Parite', 'virus', ''),))


def read_shares(report, row):
    label = row['period']
    of_period = cell(period_in(report, label)['family'], row['key'])['share'] * 100
    assert rounded(quarter(report, 'family', row['key'], label)['value'], row['value']) == row['value']
    return rounded(of_period, row['value'])


# Attacks of each variant by way: of these the shares of all variants come out, too.
ATTACKS = {'A': {'preexisting': 116, 'exploit': 84}, 'B': {'credential': 4209, 'preexisting': 966, 'exploit': 1173, 'autorun': 552},
           'C': {'credential': 1769, 'preexisting': 435, 'exploit': 696}, 'D': {'preexisting': 10}}


def draw_propagation(store, rows):
    for variant, ways in ATTACKS.items():
        for way, x in ways.items():
            found = ((f'Worm:Win32/Conficker.{variant}', 'Conficker', 'worm', way),)
            store.met(x // 2, x // 2, '2011-10', found=found)
            store.rate(x - x // 2, x - x // 2, '2011-11', found=found)
    store.met(50, 50, '2011-11', found=(('Worm:Win32/Conficker.B', 'Conficker', 'worm', ''),))  # nobody knows how


def read_propagation(report, row):
    variant, way = row['key'].split(': ')
    variant = '' if '(all)' in variant else variant.split('.')[1]
    ways = next(p for p in report['periods'][0]['propagation'] if (p['family'], p['variant']) == ('Conficker', variant))
    assert ways['unknown'] == (50 if variant in ('', 'B') else 0)
    return rounded(cell(ways['all'], PATHS[way])['value'], row['value'])


def draw_network(store, rows):
    """Computers of enterprises: two ways of the network, and others beside them."""
    for way, x in (('credential', 920), ('exploit', 80), ('autorun', 75), ('preexisting', 140)):
        store.met(x, x, '2011-10', found=(('Worm:Win32/Conficker.B', 'Conficker', 'worm', way),), segment='enterprise')


def read_network(report, row):
    ways = next(p for p in report['periods'][0]['propagation'] if p['variant'] == '')
    assert len(ways['network']['cells']) == 2 and len(ways['all']['cells']) == 4
    return rounded(cell(ways['network'], PATHS[row['key'].split(': ')[1]])['value'], row['value'])


def draw_protection(store, rows):
    """Six months: 2,500 computers without protection, 7,917 with; those of which nobody knows do not count."""
    for month, off, on in zip(months_of('2H12'), (29, 30, 31, 32, 33, 34), (11, 17, 17, 17, 17, 30)):
        store.rate(2500, off, month, protection='off')
        store.rate(7917, on, month, protection='on')
        store.rate(400, 3, month, protection='unknown')


def read_protection(report, row):
    p = report['periods'][0]['protection']
    if row['metric'] == 'factor of infection':
        assert p['factor']['low'] < p['factor']['value'] < p['factor']['high']
        return p['factor']['print']
    if row['metric'] == 'share, percent':
        return rounded(p['off_share']['value'], row['value'])
    state = 'off' if row['key'] == 'unprotected' else 'on'
    values = [c for c in p['months']['cells'] if c['key'][0] == state]
    assert len(values) == 6
    chosen = (min if 'lowest' in row['metric'] else max)(values, key=lambda c: c['value'])
    return chosen['print']


def draw_addresses(store, rows):
    store.add(1, period_of(rows[0]), run='observe', observations=[
        {'kind': 'sinkhole', 'key': r['key'], 'count': int(r['value'])} for r in rows])


def read_addresses(report, row):
    return cell(period_in(report, period_of(row))['observation'], 'sinkhole', row['key'])['print']


def metric(*words):
    return lambda r: any(w in r['metric'] for w in words)


def of(dimension, *words):
    return lambda r: r['dimension'] == dimension and metric(*words)(r)


# test, what rows of one store have in common, periods of the report (None: the row's own), draw, read
KINDS = (
    (of('propagation', 'share of attacks'), (), ['2H11'], draw_propagation, read_propagation),
    (of('propagation', 'share, percent'), (), ['2H11'], draw_network, read_network),
    (of('protection', ''), (), ['2H12'], draw_protection, read_protection),
    (metric('rank among'), (), None, draw_ranks, read_ranks),
    (metric('countries/regions in table', 'locations listed', 'locations measured'), ('report',), None, draw_places, read_places),
    (metric('lower infection rate'), ('period',), None, draw_lower, read_lower),
    (of('category', 'change vs'), (), ['2H08', '1H09'], draw_worms, read_worms),
    (lambda r: r['key'] == 'Conficker' and r['period'] == '4Q11', (), ['4Q11'], draw_conficker, read_conficker),
    (of('family', 'unique IP'), (), None, draw_addresses, read_addresses),
    (of('family', 'share of'), ('period',), None, draw_shares, read_shares),
    (of('family', 'computers'), ('period',), None, draw_families, read_families),
    (of('country', 'computers reporting'), (), ['4Q10'], draw_reporting, read_reporting),
    (of('world', 'computers cleaned', 'MSRT'), ('period',), None, draw_world, read_world),
    (of('msrt', ''), ('period',), None, draw_world, read_world),
    (metric('ransomware'), ('key',), None, draw_ransomware, read_ransomware),
    (of('segment', 'encounter'), ('period',), None, draw_segment, read_segment),
    (lambda r: r['dimension'] == 'category' and 'encounter' in r['metric'], ('period', 'place'), None, draw_category, read_category),
    (metric('encounter rate'), ('report', 'period', 'dimension'), None, draw_encounter, read_encounter),
    (metric('CCM'), ('report', 'period', 'dimension'), None, draw_ccm, read_ccm),
)


def groups(rows):
    """Rows of one store together: (kind, rows)."""
    found = collections.OrderedDict()
    for row in rows:
        row['place'] = row['key'].split(':')[0]
        kind = next((i for i, k in enumerate(KINDS) if k[0](row)), None)
        assert kind is not None, ('nobody draws this row', row)
        found.setdefault((kind, *(row[name] for name in KINDS[kind][1])), []).append(row)
    return [(KINDS[key[0]], group) for key, group in found.items()]


def check(kind, rows, folder):
    _, _, periods, draw, read = kind
    store = Store()
    draw(store, rows)
    report = report_of(store, periods or sorted({period_of(r)[-4:] if '-' in r['period'] and 'Q' in r['period'] else period_of(r)
                                                 for r in rows}), folder)
    wrong = []
    for row in rows:
        got = read(report, row)
        if got != row['value']:
            wrong.append((row['report'], row['period'], row['key'], row['metric'], row['value'], got))
    return len(store.lines), wrong


def main():
    rows = golden.rows(CSV)
    named = [r for r in rows if r['cannot'] == '']
    todo = groups(named)
    bad = records = 0
    print(f'1..{len(todo) + 1}')
    with tempfile.TemporaryDirectory(prefix='yamori-golden-') as folder:
        for i, (kind, group) in enumerate(todo, 1):
            name = f'{group[0]["report"]} {group[0]["period"]} {group[0]["dimension"]}: {group[0]["metric"]}'.replace('#', '')
            try:
                n, wrong = check(kind, group, folder)
                records += n
            except Exception:
                wrong = traceback.format_exc().splitlines()[-4:]
            for line in wrong:
                print('# ' + str(line)[:600])
            bad += bool(wrong)
            print(f'{"not ok" if wrong else "ok"} {i} - {name} ({len(group)} rows)')
            sys.stdout.flush()
    print(f'# {len(named)} rows of {len(rows)}, {records} records; {len(rows) - len(named)} rows cannot be said:')
    for why, n in collections.Counter(r['cannot'] for r in rows if r['cannot']).most_common():
        print(f'# {n}: {why}')
    good = len(named) == 233 and len(rows) == 280
    print(f'{"ok" if good else "not ok"} {len(todo) + 1} - every row is drawn, or has a reason')
    return 1 if bad or not good else 0


if __name__ == '__main__':
    sys.exit(main())

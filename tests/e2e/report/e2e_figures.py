#!/usr/bin/env python3
"""e2e_figures.py PROGRAM - small stores whose figures can be counted on paper: what is counted, what is hidden."""
import json
import os
import subprocess
import sys
import tempfile
import traceback

from golden import Store, cell, detection

PROGRAM = os.path.abspath(sys.argv[1])


def report_of(store, *args, threshold='5'):
    """The figures of a store's records; of their first period when --period is given."""
    e = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}
    for name in os.listdir('.'):
        os.remove(name)
    p = subprocess.run([PROGRAM, 'record', 'import', '--store', 'r.db', '-'], input=''.join(store.lines), text=True,
                       capture_output=True, env=e, timeout=120, check=False)
    assert p.returncode == 0, p.stderr
    p = subprocess.run([PROGRAM, 'report', '--store', 'r.db', '--threshold', threshold, '--json', '-', *args],
                       capture_output=True, text=True, env=e, timeout=120, check=False)
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout)


def same_computers(store, n):
    """The last n records are of the computers of the n before them."""
    for i in range(n):
        at = len(store.lines) - n + i
        machine = json.loads(store.lines[at - n])['machine']
        record = json.loads(store.lines[at])
        record['machine'] = machine
        store.lines[at] = json.dumps(record) + '\n'


def exposure(kind, name, state, age=None):
    return {'id': name, 'kind': kind, 'state': state, 'age_days': age}


def open_doors_are_of_the_computers_audited():
    s = Store()
    s.add(30, '2012-05', run='audit', exposures=[exposure('door', 'autorun', 'open'), exposure('door', 'shares', 'closed')])
    s.add(10, '2012-05', run='audit', exposures=[exposure('door', 'autorun', 'closed'), exposure('door', 'shares', 'partly')])
    s.add(10, '2012-05', run='audit', exposures=[exposure('door', 'autorun', 'open')])  # again: counted once
    same_computers(s, 10)
    s.add(4, '2012-05', run='audit', exposures=[exposure('door', 'rare', 'open'), exposure('door', 'seldom', 'open')])
    s.add(2, '2012-05', run='audit', exposures=[exposure('door', 'seldom', 'open')])
    p = report_of(s, '--period', '2Q12')['periods'][0]
    doors = p['exposure']
    assert (cell(doors, 'door', 'autorun')['x'], cell(doors, 'door', 'autorun')['n']) == (40, 46), doors
    assert cell(doors, 'door', 'shares')['x'] == 0  # closed, or partly
    assert cell(doors, 'door', 'rare') is None and cell(doors, 'door', 'seldom') is None  # 4, and 6 to hide it
    assert doors['hidden'] == {'cells': 2, 'n': 10}
    assert p['runs']['audit'] == 56 and p['patch_age']['cells'] == []


def ages_are_shares_of_the_missing_updates():
    s = Store()
    lists = [[exposure('update', 'A', 'open', 3), exposure('update', 'B', 'open', 40), exposure('update', 'C', 'closed')],
             [exposure('update', 'A', 'partly', 400), exposure('update', 'B', 'open')]]
    for items in lists:
        s.add(10, '2012-05', run='audit', exposures=items)
    ages = report_of(s, '--period', '2Q12')['periods'][0]['patch_age']
    assert [(c['key'][0], c['x'], c['n']) for c in ages['cells']] == [
        ('0-7', 10, 40), ('8-30', 0, 40), ('31-90', 10, 40), ('91-180', 0, 40), ('181-365', 0, 40), ('366+', 10, 40),
        ('unknown', 10, 40)], ages
    assert cell(ages, '366+')['print'] == '25.0'


def exploits_are_told_apart_and_need_a_guard_or_are_of_those_cleaned():
    java, html = detection('Exploit:Java/CVE-2012-1723.A', 'CVE-2012-1723', 'exploit', 'web'), detection(
        'Exploit:HTML/IframeRef', 'IframeRef', 'exploit', 'web')
    s = Store()
    s.add(40, '2012-05', outcome='cleaned', detections=[java, html])
    s.add(60, '2012-05', outcome='cleaned', detections=[html])
    s.add(900, '2012-05')
    p = report_of(s, '--period', '2Q12')
    table = p['periods'][0]['exploit']
    assert table['of'] == 'cleaned' and [(c['key'], c['x'], c['n']) for c in table['cells']] == [(['html'], 100, 100), (['java'], 40, 100)]
    assert p['trends']['exploit']['of'] == 'cleaned' and cell(p['trends']['exploit'], 'java', '2Q12')['print'] == '40.0'
    s.add(30, '2012-05', run='guard', outcome='detected', detections=[dict(java, blocked=True)])
    s.add(170, '2012-05', run='guard')
    table = report_of(s, '--period', '2Q12')['periods'][0]['exploit']
    assert table['of'] == 'guarded' and [(c['key'], c['x'], c['n']) for c in table['cells']] == [(['java'], 30, 200)], table


def a_group_of_systems_below_a_twentieth_of_a_percent_is_hidden():
    s = Store()
    s.add(9985, '2012-05')
    s.add(5, '2012-05', system='Windows 2000', service_pack='SP4')
    s.add(10, '2012-05', system='Windows Server 2003', server=True)
    table = report_of(s, '--period', '2Q12')['periods'][0]['system']
    assert {c['key'][0]: c['key'][3] for c in table['cells']} == {'Windows XP': 'no', 'Windows 2000': 'no', 'Windows Server 2003': 'yes'}
    s.add(1, '2012-05')  # 5 of 10,001
    table = report_of(s, '--period', '2Q12')['periods'][0]['system']
    assert 'Windows 2000' not in {c['key'][0] for c in table['cells']} and table['hidden'] == {'cells': 1, 'n': 5}, table
    assert abs(cell(table, 'Windows XP')['share'] - 9986 / 10001) < 1e-6


def places_have_tables_of_their_own():
    s = Store()
    s.rate(100, 20, '2012-05', country='JP')
    s.rate(100, 10, '2012-05', found=(('Virus:Win32/Sality.A', 'Sality', 'virus', ''),), country='FI')
    s.rate(4, 4, '2012-05', country='TV')
    s.rate(50, 0, '2012-05', country='ZZ')
    p = report_of(s, '--period', '2Q12')['periods'][0]
    # The one hidden place has 4 computers, and the sum of all is known: so the smaller of the others goes with it.
    assert [x['country'] for x in p['places']] == ['JP'] or [x['country'] for x in p['places']] == ['FI'], p['places']
    assert p['country']['hidden'] == {'cells': 2, 'n': 104} and p['country']['unplaced'] == 50
    place = p['places'][0]
    assert place['family']['computers'] == (20 if place['country'] == 'JP' else 10)
    assert len(place['family']['cells']) == 1 and abs(place['family']['cells'][0]['share'] - 1) < 1e-9


def a_break_in_locating_is_told():
    s = Store()
    for month, ways in (('2010-11', ('setting',) * 3), ('2011-02', ('setting', 'address', 'address')), ('2011-05', ('address',) * 3)):
        for way in ways:
            s.add(10, month, country='JP', located=way)
    f = report_of(s)
    assert f['trends']['breaks'] == [{'quarter': '1Q11', 'from': 'setting', 'to': 'address', 'share': 0.666667}], f['trends']['breaks']
    assert f['trends']['located'][1] == {'key': ['1Q11'], 'setting': 10, 'address': 20, 'unknown': 0}
    assert [p['country']['cells'][0]['located'] for p in f['periods']] == ['address', 'mixed', 'setting']


def computers_and_executions_have_rates_of_their_own():
    s = Store()
    s.add(50, '2012-05')
    s.add(50, '2012-05')
    same_computers(s, 50)
    s.add(10, '2012-05', outcome='cleaned', detections=[detection('Worm:Win32/Taterf.B', 'Taterf', 'worm', '')])
    same_computers(s, 10)
    p = report_of(s, '--period', '2Q12')['periods'][0]
    assert (p['world']['cells'][0]['n'], p['world']['cells'][0]['x'], p['world']['cells'][0]['print']) == (110, 10, '90.9')
    c = p['world_computers']['cells'][0]
    assert (c['n'], c['x'], c['print']) == (50, 10, '200.0') and p['world_computers']['unit'] == 'ccm-computers'


def what_reports_too_little_is_nowhere():
    s = Store()
    s.rate(60, 6, '2012-05')
    s.met(30, 10, '2012-05')
    p = report_of(s, '--period', '2Q12', threshold='61')['periods'][0]
    shown = [k for k, v in p.items() if isinstance(v, dict) and v.get('cells')]
    assert shown == [] and p['propagation'] == [] and p['places'] == [], shown
    assert p['protection']['factor'] is None and p['protection']['off_share'] is None


SCENARIOS = (
    open_doors_are_of_the_computers_audited,
    ages_are_shares_of_the_missing_updates,
    exploits_are_told_apart_and_need_a_guard_or_are_of_those_cleaned,
    a_group_of_systems_below_a_twentieth_of_a_percent_is_hidden,
    places_have_tables_of_their_own,
    a_break_in_locating_is_told,
    computers_and_executions_have_rates_of_their_own,
    what_reports_too_little_is_nowhere,
)


def main():
    bad = 0
    print(f'1..{len(SCENARIOS)}')
    with tempfile.TemporaryDirectory(prefix='yamori-figures-') as folder:
        os.chdir(folder)
        for i, scenario in enumerate(SCENARIOS, 1):
            try:
                scenario()
                print(f'ok {i} - {scenario.__name__}')
            except Exception:
                bad += 1
                for line in traceback.format_exc().splitlines():
                    print('# ' + line[:600])
                print(f'not ok {i} - {scenario.__name__}')
            sys.stdout.flush()
        os.chdir('/')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())

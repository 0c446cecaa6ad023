#!/usr/bin/env python3
"""e2e_feeds.py PROGRAM SOURCE - lists, mail logs and vulnerability disclosures of others in the
figures of a report."""
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[2]), 'tests/e2e'))
sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[2]), 'tests/makers'))
import make_mmdb  # noqa: E402
from e2e import PROGRAM, main, run, write  # noqa: E402

LIST = '# id,dateadded,url,url_status,threat,tags,urlhaus_link,reporter\n' + ''.join(
    f'"{i}","2018-05-{i % 28 + 1:02} 10:00:00","http://h{i}.example.de/x","online","malware_download","","",""\n'
    for i in range(40)) + '"9","2018-06-01 00:00:00","http://10.1.2.3/x","online","malware_download","","",""\n'


def report(*args, code=0, period='2018'):
    os.makedirs('spool', exist_ok=True)
    p = run('report', '--spool', 'spool', '--threshold', '1', '--period', period, '--json', 'f.json', *args)
    assert p.returncode == code, p.stderr
    if code != 0:
        return p.stderr.decode()
    return json.loads(pathlib.Path('f.json').read_text())


def cells(table):
    return {tuple(c['key']): c for c in table['cells']}


def database():
    make_mmdb.make('geo.mmdb', {'10.0.0.0/8': 'DE', '11.0.0.0/16': 'JP', '12.0.0.0/28': 'US'})
    return 'geo.mmdb'


def a_list_becomes_a_rate_of_each_country():
    write('urls.csv', LIST)
    f = report('--feed', 'hosting=urls.csv', '--mmdb', database())['feeds']
    de = cells(f['hosting'])[('DE',)]
    assert (de['x'], de['hosts'], de['months'], de['n']) == (41, 1 << 24, 2, 1 << 25), de
    assert abs(de['value'] - 1000 * 41 / (1 << 25)) < 1e-11 and de['low'] < de['value'] < de['high'], de
    assert f['hosts']['total'] == (1 << 24) + (1 << 16) + 16, f['hosts']
    assert f['hosts']['sha256'] == hashlib.sha256(pathlib.Path('geo.mmdb').read_bytes()).hexdigest()
    source = f['sources'][0]
    assert source['sha256'] == hashlib.sha256(LIST.encode()).hexdigest() and source['lines'] == 42, source
    lines = f'DE\t2018-05\t{1 << 24}\t40\nDE\t2018-06\t{1 << 24}\t1\n'
    assert f['hosting']['hash'] == hashlib.sha256(lines.encode()).hexdigest()
    assert f['hosting']['query'] in f['queries'], f['queries'].keys()
    names = pathlib.Path('f.json').read_text()
    assert 'example.de' not in names and '10.1.2.3' not in names


def only_the_periods_are_counted():
    write('urls.csv', LIST)
    f = report('--feed', 'hosting=urls.csv', '--mmdb', database(), period='2018-06')['feeds']
    assert f['hosting']['hidden'] == {'cells': 1, 'n': 1 << 24} and f['sources'][0]['outside'] == 40, f


def a_pipe_is_as_good_as_a_file():
    write('urls.csv', LIST)
    os.makedirs('spool')
    geo = database()
    p = subprocess.run(['bash', '-c', f'{PROGRAM} report --spool spool --threshold 1 --period 2018 --json f.json '
                        f'--mmdb {geo} --feed hosting=<(cat urls.csv)'], capture_output=True, text=True, timeout=60,
                       env={**os.environ, 'YAMORI_RECORD': 'no'}, check=False)
    assert p.returncode == 0, p.stderr
    assert json.loads(pathlib.Path('f.json').read_text())['feeds']['sources'][0]['used'] == 41


def a_log_of_a_year_without_years_is_dated_by_the_file():
    line = ('{} 26 10:44:18 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[10.0.0.{}]: 554 5.7.1 '
            'Service unavailable; Client host [10.0.0.{}] blocked using list.example; from=<a@b>\n')
    write('mail.log', ''.join(line.format(m, i, i) for m in ('Nov', 'Feb') for i in range(9)))
    os.utime('mail.log', (1519862400, 1519862400))  # 2018-03-01
    f = report('--feed', 'mail=mail.log', '--mmdb', database(), period='2018')['feeds']
    assert f['sources'][0]['outside'] == 9 and cells(f['spam'])[('DE',)]['x'] == 9, f
    assert '10.0.0.' not in json.dumps(f)


def what_cannot_be_read_is_told_with_its_place():
    write('urls.csv', LIST + '"x","never","http://a.example.de/"\n')
    os.makedirs('spool')
    p = run('report', '--spool', 'spool', '--threshold', '1', '--period', '2018', '--json', 'f.json', '--feed',
            'hosting=urls.csv', '--mmdb', database())
    assert p.returncode == 0 and b'urls.csv:43: no date' in p.stderr, p.stderr
    write('urls.csv.gz', b'\x1f\x8b\x08\x00')
    for args, words in (
            (('--feed', 'hosting=urls.csv.gz', '--mmdb', 'geo.mmdb'), ('gzip', 'gzip -dc')),
            (('--feed', 'hosting=none.csv', '--mmdb', 'geo.mmdb'), ('none.csv', 'No such file')),
            (('--feed', 'worms=urls.csv', '--mmdb', 'geo.mmdb'), ('worms', 'drive-by')),
            (('--feed', 'hosting=urls.csv'), ('--mmdb', '--hosts')),
            (('--mmdb', 'geo.mmdb'), ('--feed',)),
            (('--feed', 'hosting=urls.csv', '--mmdb', 'urls.csv'), ('urls.csv', '.mmdb')),
            (('--nvd', 'urls.csv'), ('urls.csv:1', 'vulnerability database'))):
        said = report(*args, code=2)
        assert all(w in said for w in words), said


def entry(year, number, month, score, name):
    return {'cve': {'id': f'CVE-{year}-{number:04}', 'published': f'{year}-{month:02}-10T00:00:00.000',
                    'lastModified': f'{year}-{month:02}-10T00:00:00.000', 'vulnStatus': 'Analyzed',
                    'descriptions': [{'lang': 'en', 'value': 'text ' * 100}],
                    'metrics': {'cvssMetricV2': [{'type': 'Primary', 'cvssData': {'baseScore': score,
                                                                                 'accessComplexity': 'LOW'}}]},
                    'configurations': [{'nodes': [{'operator': 'OR', 'negate': False, 'cpeMatch': [
                        {'vulnerable': True, 'criteria': f'cpe:2.3:{name}:*:*:*:*:*:*:*:*'}]}]}]}}


def disclosures_are_counted_by_half_year():
    rows = [entry(2009, i, i % 12 + 1, (2.0, 5.0, 8.0)[i % 3],
                  ('o:microsoft:windows_xp', 'a:mozilla:firefox', 'a:adobe:reader')[i % 3]) for i in range(120)]
    write('nvd.json', json.dumps({'format': 'NVD_CVE', 'version': '2.0', 'vulnerabilities': rows}))
    d = report('--nvd', 'nvd.json', period='2009')['disclosures']
    assert cells(d['half'])[('1H09',)]['x'] == 60 and cells(d['half'])[('2H09',)]['x'] == 60, d['half']
    assert cells(d['severity'])[('1H09', 'high')]['x'] == 20, d['severity']
    assert cells(d['product'])[('2H09', 'browser')]['x'] == 20, d['product']
    assert cells(d['vendor'])[('1H09', 'adobe')]['n'] == 60, d['vendor']
    assert all(t in d['queries'] for t in (d['half']['query'], d['vendor']['query']))


def a_file_of_a_hundred_megabytes_costs_no_memory():
    one = json.dumps(entry(2009, 7777, 3, 5.0, 'a:adobe:reader'))
    n = 100 * 1000 * 1000 // len(one) + 1
    with open('nvd.json', 'w', encoding='ascii') as f:
        f.write('{"vulnerabilities":[')
        for i in range(n):
            f.write((',' if i else '') + one.replace('7777', str(1000 + i)))
        f.write(']}')
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    d = report('--nvd', 'nvd.json', period='2009')['disclosures']
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f'# {n} entries, {os.path.getsize("nvd.json") >> 20} MiB: at most {peak >> 10} MiB of memory')
    assert d['sources'][0]['used'] == n and cells(d['half'])[('1H09',)]['x'] == n, d['sources']
    assert peak < max(before, 150 << 10), (before, peak)


main(a_list_becomes_a_rate_of_each_country, only_the_periods_are_counted, a_pipe_is_as_good_as_a_file,
     a_log_of_a_year_without_years_is_dated_by_the_file, what_cannot_be_read_is_told_with_its_place,
     disclosures_are_counted_by_half_year, a_file_of_a_hundred_megabytes_costs_no_memory)

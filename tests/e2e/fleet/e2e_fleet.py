#!/usr/bin/env python3
"""e2e_fleet.py PROGRAM SOURCE LOAD - a real server and real agents on loopback: enrolled, reporting,
killed at bad moments, given good and bad images.  YM_KILLS=100 kills the server more often."""
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

PROGRAM, SOURCE, LOAD = (os.path.abspath(a) for a in sys.argv[1:4])
KILLS = int(os.environ.get('YM_KILLS', '10'))
SEED = int(os.environ.get('YM_SEED', '1'))
AGENTS = 50
ENV = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}


class Skip(Exception):
    """This machine cannot show it."""


def run(*args, **env):
    return subprocess.run([PROGRAM, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**ENV, **env}, timeout=300, check=False)


def good(*args, **env):
    p = run(*args, **env)
    assert p.returncode == 0, (args, p.stdout, p.stderr)
    return p.stdout


def fleet(verb, state, *args, **env):
    return good('fleet', verb, '--state', state, *args, **env)


class Server:
    """`yamori fleet serve` on a port that stays the same when it is started again."""

    running = []

    def __init__(self, state, *options, port=None):
        Server.running.append(self)
        self.state, self.options, self.process = state, options, None
        self.tls = '--tls-cert' in options
        if port is None:
            with socket.socket() as s:
                s.bind(('127.0.0.1', 0))
                port = s.getsockname()[1]
        self.port = port
        self.start()

    def start(self):
        for _ in range(50):
            self.process = subprocess.Popen(
                [PROGRAM, 'fleet', 'serve', '--state', self.state, '--listen', f'127.0.0.1:{self.port}', *self.options],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV)
            line = self.process.stdout.readline()
            if line.startswith('listening on'):
                return
            self.process.wait()
            time.sleep(0.1)  # the port of a killed server may be taken for a moment
        raise AssertionError(self.process.stderr.read())

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, (self.process.returncode, err)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            if kind is None:
                self.stop()
            else:
                self.kill()

    @property
    def address(self):
        return f'127.0.0.1:{self.port}'

    def ask(self, method, path, body=None, **headers):
        c = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=30,
                                        context=ssl.create_default_context(cafile='tls.pem')) if self.tls else \
            http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        c.request(method, path, body, {k.replace('_', '-'): v for k, v in headers.items()})
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, data

    def metric(self, name):
        text = self.ask('GET', '/metrics')[1].decode()
        return int(re.search(rf'^yamori_fleet_{re.escape(name)} (\d+)$', text, re.M).group(1))

    def refused(self, word):
        return self.metric(f'refused_total{{reason="{word}"}}')

    def enrol(self, folder, ring=1, **env):
        token = fleet('token', self.state, '--ring', ring).strip()
        trust = ('--ca', os.path.abspath('tls.pem')) if self.tls else ()
        fleet('enroll', folder, '--server', f'{"https" if self.tls else "http"}://{self.address}', '--token', token,
              *trust, **env)
        return token


def executions(state):
    with sqlite3.connect(f'file:{state}/records.db?mode=ro', uri=True) as db:
        return {row[0] for row in db.execute('SELECT id FROM execution')}


def count(state):
    with sqlite3.connect(f'file:{state}/records.db?mode=ro', uri=True) as db:
        return db.execute('SELECT count(*) FROM execution').fetchone()[0]


def certificate():
    """tls.pem and tls.key for 127.0.0.1, made once; it is its own authority."""
    if shutil.which('openssl') is None:
        raise Skip('no openssl here')
    if not os.path.exists('tls.pem'):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-keyout', 'tls.key', '-out', 'tls.pem', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext',
                        'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
    return '--tls-cert', 'tls.pem', '--tls-key', 'tls.key'


def new_folder(name):
    shutil.rmtree(name, ignore_errors=True)
    os.mkdir(name)
    return name


def rules():
    """A harmless image, a wrong one, and something to scan."""
    if not os.path.exists('good.ydb'):
        pathlib.Path('good.yar').write_text('rule nothing { strings: $a = "NOT-THERE-ANYWHERE-1" condition: $a }\n')
        pathlib.Path('bad.yar').write_text('rule everything { strings: $a = "\\x7fELF" condition: $a at 0 }\n')
        pathlib.Path('letter.txt').write_text('nothing\n')
        good('db', 'build', '-o', 'good.ydb', 'good.yar')
        good('db', 'build', '-o', 'bad.ydb', 'bad.yar')


def fill_spool(spool, n):
    rules()
    for _ in range(n):
        good('scan', '-d', 'good.ydb', 'letter.txt', YAMORI_SPOOL=os.path.abspath(spool))
    return {p.name for p in pathlib.Path(spool).glob('*.json')}


def agent_once(folder, spool):
    return run('fleet', 'agent', '--state', folder, '--spool', spool, '--once')


# --- the way of a record ---

def records_go_from_the_spool_to_the_store_and_are_counted_once():
    new_folder('spool1')
    names = fill_spool('spool1', 5)
    shutil.copytree('spool1', 'spool1-copy', dirs_exist_ok=True)
    with Server('s1') as s:
        s.enrol('a1')
        p = agent_once('a1', 'spool1')
        assert p.returncode == 0, p.stderr
        assert not list(pathlib.Path('spool1').glob('*.json')), 'what was acknowledged leaves the spool'
        assert {i.hex() + '.json' for i in executions('s1')} == names
        shutil.rmtree('spool1')
        os.rename('spool1-copy', 'spool1')  # the machine was put back from a copy: all is sent again
        assert agent_once('a1', 'spool1').returncode == 0
        assert count('s1') == 5
        assert s.metric('records_known_total') == 5 and s.metric('records_new_total') == 5


def without_a_server_nothing_leaves_the_spool():
    new_folder('spool2')
    s = Server('s2')
    s.enrol('a2')
    s.stop()
    names = fill_spool('spool2', 3)
    p = agent_once('a2', 'spool2')
    assert p.returncode == 2 and p.stderr, p
    assert {x.name for x in pathlib.Path('spool2').glob('*.json')} == names
    shown = good('fleet', 'agent', '--state', 'a2', '--spool', 'spool2', '--show')
    assert {json.loads(x)['id'] + '.json' for x in shown.splitlines()} == names
    s.start()
    assert agent_once('a2', 'spool2').returncode == 0
    assert count('s2') == 3
    s.stop()


def the_answer_that_was_lost_does_not_count_twice():
    """The report's bytes are kept as if the agent had been killed before the answer came."""
    new_folder('spool3')
    fill_spool('spool3', 3)
    with Server('s3') as s:
        s.enrol('a3')
        seen = {}

        # A proxy that lets the first report through and drops its answer.
        with socket.socket() as door:
            door.bind(('127.0.0.1', 0))
            door.listen()
            identity = json.loads(pathlib.Path('a3/agent.json').read_text())
            identity['server'] = f'http://127.0.0.1:{door.getsockname()[1]}'
            pathlib.Path('a3/agent.json').write_text(json.dumps(identity))
            p = subprocess.Popen([PROGRAM, 'fleet', 'agent', '--state', 'a3', '--spool', 'spool3', '--once'],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
            c, _ = door.accept()
            c.close()  # the policy: no answer
            c, _ = door.accept()
            data = b''
            while b'\r\n\r\n' not in data or len(data) < data.index(b'\r\n\r\n') + 4 + seen.setdefault(
                    'n', int(re.search(rb'Content-Length: (\d+)', data).group(1))):
                data += c.recv(65536)
            body = data[data.index(b'\r\n\r\n') + 4:]
            status, _ = s.ask('POST', '/v1/report', body)
            assert status == 200
            c.close()
            p.communicate(timeout=30)
        assert p.returncode == 2
        assert count('s3') == 3 and os.path.exists('a3/pending')
        identity['server'] = f'http://{s.address}'
        pathlib.Path('a3/agent.json').write_text(json.dumps(identity))
        assert agent_once('a3', 'spool3').returncode == 0
        assert s.metric('reports_again_total') == 1 and count('s3') == 3
        assert not list(pathlib.Path('spool3').glob('*.json')) and not os.path.exists('a3/pending')


def the_agent_scans_as_the_policy_says_and_tells_how_the_image_fares():
    rules()
    good('db', 'build', '--epoch', '16', '-o', 'sixteen.ydb', 'good.yar')
    new_folder('spool16')
    new_folder('things')
    for i in range(5):
        pathlib.Path('things', f'{i}.txt').write_text('nothing\n')
    with Server('s16') as s:
        s.enrol('a16')
        fleet('policy', 's16', '--poll', '1', '--report', '1', '--scan-every', '86400')
        fleet('rollout', 's16', '--image', 'sixteen.ydb')
        p = run('fleet', 'agent', '--state', 'a16', '--spool', 'spool16', '--scan', os.path.abspath('things'), '--once')
        assert p.returncode == 0, p.stderr
        assert count('s16') == 1
        with sqlite3.connect('s16/records.db') as db:
            assert db.execute('SELECT run, epoch, files, outcome FROM execution').fetchone() == ('scan', 16, 5, 'none')
        ring = status('s16')['rings'][0]
        assert ring['good'] == 1 and ring['files'] == 5 and ring['gaps'] == 0, ring
        p = run('fleet', 'agent', '--state', 'a16', '--spool', 'spool16', '--scan', os.path.abspath('things'), '--once')
        assert p.returncode == 0 and count('s16') == 1, 'the next scan is due tomorrow'


# --- kill -9 ---

def acknowledged(path):
    """The ids in the load's notes: each line is the first of n ids in a row."""
    out = set()
    for line in pathlib.Path(path).read_text().splitlines():
        first, n = line.split()
        head, at = bytes.fromhex(first[:16]), int.from_bytes(bytes.fromhex(first[16:]), 'little')
        out.update(head + (at + i).to_bytes(8, 'little') for i in range(int(n)))
    return out


def a_killed_server_loses_nothing_acknowledged_and_counts_nothing_twice():
    """Over TLS, as it is used."""
    rng = random.Random(SEED)
    s = Server('s4', *certificate())
    seconds = KILLS + 2
    load = subprocess.Popen([LOAD, '--ca', 'tls.pem', 's4', s.address, 'reports', '20', '50', str(seconds), 'acked'],
                            stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.1, 0.9))
        s.kill()
        s.start()
    out, _ = load.communicate(timeout=seconds + 120)
    print('#', KILLS, 'kills;', out.strip().replace('\n', '; '))
    assert load.returncode == 0
    acked, stored = acknowledged('acked'), executions('s4')
    assert int(re.search(r'(\d+) connections broken', out).group(1)) > 0, 'nobody noticed the kills'
    assert len(acked) > 1000
    assert not acked - stored, f'{len(acked - stored)} acknowledged records are lost'
    assert len(stored) == count('s4') == len(acked), (len(stored), count('s4'), len(acked))
    s.stop()
    with sqlite3.connect('file:s4/records.db?mode=ro', uri=True) as db:
        sums = db.execute('SELECT sum(runs), sum(simulated) FROM rollup WHERE margin = 0').fetchone()
        months = db.execute('SELECT month, count(*) FROM execution GROUP BY month').fetchall()
        kept = db.execute('SELECT month, sum(runs) FROM rollup WHERE margin = 0 GROUP BY month').fetchall()
    assert sums == (len(acked), len(acked)), 'the sums that reports read are not those of the records'
    assert sorted(months) == sorted(kept), (months, kept)


def a_killed_agent_loses_nothing_either():
    rng = random.Random(SEED + 1)
    new_folder('spool5')
    names = fill_spool('spool5', 12)
    with Server('s5') as s:
        s.enrol('a5')
        for _ in range(10):
            p = subprocess.Popen([PROGRAM, 'fleet', 'agent', '--state', 'a5', '--spool', 'spool5', '--once'],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENV)
            time.sleep(rng.uniform(0.0, 0.12))
            p.kill()
            p.wait()
            left = {x.name for x in pathlib.Path('spool5').glob('*.json')}
            there = {i.hex() + '.json' for i in executions('s5')}
            assert left | there == names, 'a record is in the spool or in the store'
        p = agent_once('a5', 'spool5')
        assert p.returncode == 0, p.stderr
        assert {i.hex() + '.json' for i in executions('s5')} == names and count('s5') == 12


def sigterm_under_load_answers_what_is_on_its_way():
    s = Server('s6')
    load = subprocess.Popen([LOAD, 's6', s.address, 'reports', '10', '50', '3', 'acked6'],
                            stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    s.stop()  # wants exit status 0
    s.start()
    load.communicate(timeout=60)
    assert load.returncode == 0
    assert acknowledged('acked6') == executions('s6')
    s.stop()


def one_record_does_not_stop_the_others_and_two_agents_do_not_mix():
    new_folder('spool14')
    names = fill_spool('spool14', 2)
    record = json.loads(next(pathlib.Path('spool14').glob('*.json')).read_text())
    record['id'] = '0' * 32  # first in the order of names
    record.update(run='clean', outcome='cleaned', detections=[
        {'family': 'Gecko', 'name': 'Gecko', 'category': '', 'object': '', 'path': '', 'blocked': False}])
    record['repairs'] = [{'what': '\x01' * 1024, 'result': 'skipped'}] * 1000  # six bytes of JSON each
    pathlib.Path('spool14', record['id'] + '.json').write_text(json.dumps(record) + '\n')
    with Server('s14') as s:
        s.enrol('a14')
        with open('a14/lock', 'w', encoding='utf-8') as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            p = agent_once('a14', 'spool14')
            assert p.returncode == 2 and 'another agent' in p.stderr, p.stderr
        p = agent_once('a14', 'spool14')
        assert p.returncode == 0 and 'larger than a report' in p.stdout, (p.stdout, p.stderr)
        assert {i.hex() + '.json' for i in executions('s14')} == names
        assert os.listdir('a14/refused') == [record['id'] + '.json']


FULL = """
mount -t tmpfs -o size=500k none small || exit 77
"$1" fleet serve --state small/s --listen 127.0.0.1:$2 >full.out & server=$!
while ! grep -q listening full.out; do sleep 0.1; done
"$1" fleet enroll --state a15 --server http://127.0.0.1:$2 --token $("$1" fleet token --state small/s)
"$1" fleet agent --state a15 --spool spool15 --once; echo "full $? $(ls spool15 | grep -c json)"
mount -o remount,size=50m small
"$1" fleet agent --state a15 --spool spool15 --once; echo "freed $? $(ls spool15 | grep -c json)"
kill $server; wait $server; echo "ended $?"
cp small/s/records.db* .
"""


def a_full_disk_refuses_for_now_and_loses_nothing():
    new_folder('spool15')
    new_folder('small')
    fill_spool('spool15', 1)
    record = json.loads(next(pathlib.Path('spool15').glob('*.json')).read_text())
    for i in range(6000):
        record['id'] = f'{i:032x}'
        pathlib.Path('spool15', record['id'] + '.json').write_text(json.dumps(record) + '\n')
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    unshare = ['unshare', '-m'] if os.getuid() == 0 else ['unshare', '-rm']
    p = subprocess.run([*unshare, 'sh', '-c', FULL, 'sh', PROGRAM, str(port)], capture_output=True, text=True,
                       timeout=120, check=False, env=ENV)
    if p.returncode == 77 or 'unshare' in p.stderr:
        raise Skip('no mount namespace here: ' + p.stderr.strip()[:80])
    full = re.search(r'full (\d+) (\d+)', p.stdout)
    assert full and full.group(1) == '2' and int(full.group(2)) > 0 and 'storage' in p.stderr, (p.stdout, p.stderr)
    assert 'freed 0 0' in p.stdout and 'ended 0' in p.stdout, (p.stdout, p.stderr)
    assert count('.') == 6001


# --- hostile requests, people ---

def hostile_requests_are_refused_with_a_reason_and_counted():
    with Server('s7') as s:
        s.enrol('a7')
        machine = json.loads(pathlib.Path('a7/agent.json').read_text())['machine']
        head = b'YMREPORT' + (1).to_bytes(4, 'little') + bytes(4) + bytes.fromhex(machine)
        cases = [
            ('malformed', s.ask('POST', '/v1/report', b'YMREPORT')),
            ('unknown_machine', s.ask('POST', '/v1/report', b'YMREPORT' + bytes(5000))),
            ('malformed', s.ask('POST', '/v1/report', head + bytes(200))),
            ('too_large', s.ask('POST', '/v1/report', b'', Content_Length=str(1 << 40))),
            ('no_length', s.ask('POST', '/v1/report', iter([b'x']), Transfer_Encoding='chunked')),
            ('method', s.ask('GET', '/v1/report')),
            ('not_found', s.ask('GET', '/v2/report')),
            ('not_found', s.ask('GET', '/v1/image/' + '../' * 21 + 'x', Yamori_Machine=machine)),
            ('not_found', s.ask('GET', '/v1/image/' + '0' * 64, Yamori_Machine=machine)),
            ('unknown_machine', s.ask('GET', '/v1/policy')),
            ('unknown_machine', s.ask('GET', '/v1/policy', Yamori_Machine='0' * 32)),
            ('malformed', s.ask('POST', '/v1/enroll', bytes(152))),
            ('forbidden', s.ask('GET', '/v1/fleet/status')),
            ('forbidden', s.ask('POST', '/v1/fleet/token', Authorization='Bearer ' + '0' * 64)),
        ]
        for word, (status, data) in cases:
            said = json.loads(data)
            assert said['refused'] == word and status >= 400, (word, status, data)
        for word in {w for w, _ in cases}:
            assert s.refused(word) == sum(w == word for w, _ in cases), word
        assert s.ask('GET', '/healthz') == (200, b'ok\n')


def a_token_is_used_once_and_in_time():
    with Server('s8') as s:
        token = s.enrol('a8')
        fleet('enroll', 'a8', '--server', f'http://{s.address}', '--token', token)  # the same machine may
        p = run('fleet', 'enroll', '--state', 'a8b', '--server', f'http://{s.address}', '--token', token)
        assert p.returncode == 2 and 'token_used' in p.stderr, p.stderr
        other = token[:9] + ('0' if token[9] != '0' else '1') + token[10:]
        p = run('fleet', 'enroll', '--state', 'a8b', '--server', f'http://{s.address}', '--token', other)
        assert p.returncode == 2 and 'bad_token' in p.stderr, p.stderr
        fresh = fleet('token', 's8').strip()
        wrong = fresh[:-1] + ('0' if fresh[-1] != '0' else '1')  # another operator's key: not our server
        p = run('fleet', 'enroll', '--state', 'a8c', '--server', f'http://{s.address}', '--token', wrong)
        assert p.returncode == 2 and 'not the right server' in p.stderr.replace('\n', ' '), p.stderr
        assert not os.path.exists('a8c/agent.json')
        assert s.refused('token_used') == 1 and s.refused('bad_token') == 1
        assert os.stat('a8/machine.key').st_mode & 0o777 == 0o600


def people_may_what_their_role_allows():
    with Server('s9') as s:
        secret = {r: fleet('person', 's9', 'add', r + '-1', r).strip() for r in ('reader', 'operator', 'admin')}

        def ask(role, method, path):
            status, data = s.ask(method, path, Authorization='Bearer ' + secret[role])
            return status, data.decode()
        assert json.loads(ask('reader', 'GET', '/v1/fleet/status')[1])['machines'] == 0
        assert ask('reader', 'POST', '/v1/fleet/token')[0] == 403
        status, data = ask('operator', 'POST', '/v1/fleet/token?ring=2&hours=1')
        assert status == 200 and json.loads(data)['token'].startswith('ymfleet1.')
        assert ask('operator', 'POST', '/v1/fleet/token?ring=99')[0] == 400
        assert ask('operator', 'POST', '/v1/fleet/policy?poll=7')[0] == 200
        assert ask('operator', 'POST', '/v1/fleet/rollout/stop')[0] == 400  # there is none
        assert ask('operator', 'GET', '/v1/fleet/audit')[0] == 403
        rows = [json.loads(x) for x in ask('admin', 'GET', '/v1/fleet/audit')[1].splitlines()]
        assert [(r['by'], r['action']) for r in rows[:2]] == [('operator-1', 'policy'), ('operator-1', 'token')], rows
        s.enrol('a9', 2)
        s.enrol('a9b', 3)
        listed = [json.loads(x) for x in ask('reader', 'GET', '/v1/fleet/machines')[1].splitlines()]
        assert sorted(m['ring'] for m in listed) == [2, 3] and listed == [
            json.loads(x) for x in fleet('machine', 's9', 'list').splitlines()]
        assert [json.loads(x) for x in ask('reader', 'GET', '/v1/fleet/machines?after=' + listed[0]['id'])[1]
                .splitlines()] == listed[1:]
        machine = json.loads(pathlib.Path('a9/agent.json').read_text())['machine']
        new_folder('empty9')
        assert agent_once('a9', 'empty9').returncode == 0
        assert ask('reader', 'POST', '/v1/fleet/machines/remove/' + machine)[0] == 403
        assert ask('operator', 'POST', '/v1/fleet/machines/remove/' + machine)[0] == 200
        assert ask('operator', 'POST', '/v1/fleet/machines/remove/' + machine)[0] == 400
        p = agent_once('a9', 'empty9')
        assert p.returncode == 2 and 'enrol again' in p.stderr, p.stderr
        assert agent_once('a9b', 'empty9').returncode == 0
        fleet('person', 's9', 'remove', 'operator-1')
        assert ask('operator', 'POST', '/v1/fleet/token')[0] == 403


# --- offline, TLS ---

def a_stick_carries_records_one_way_and_images_the_other():
    rules()
    new_folder('spool10')
    with Server('s10') as s:
        s.enrol('a10')
    names = fill_spool('spool10', 4)
    assert '4 records' in good('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--export', 'stick')
    data = pathlib.Path('stick').read_bytes()
    damaged = bytearray(data)
    damaged[150] ^= 1
    pathlib.Path('stick-bad').write_bytes(damaged)
    p = run('fleet', 'import', '--state', 's10', 'stick-bad')
    assert p.returncode == 2 and 'signature' in p.stderr and count('s10') == 0, p.stderr
    p = run('fleet', 'import', '--state', 's10', 'stick')
    assert p.returncode == 0 and '4 records new' in p.stdout, (p.stdout, p.stderr)
    p = run('fleet', 'import', '--state', 's10', 'stick')
    assert p.returncode == 0 and '0 records new' in p.stdout and count('s10') == 4
    assert {x.name for x in pathlib.Path('spool10').glob('*.json')} == names  # nobody acknowledged them
    fill_spool('spool10', 1)  # one more, which was not on the stick
    good('fleet', 'import', '--state', 's10', '--receipts', 'receipts', 'stick')
    forged = bytearray(pathlib.Path('receipts').read_bytes())
    forged[60] ^= 1
    pathlib.Path('forged').write_bytes(forged)
    p = run('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--receipts', 'forged')
    assert p.returncode == 2 and 'signature' in p.stderr, p.stderr
    assert len(list(pathlib.Path('spool10').glob('*.json'))) == 5
    out = good('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--receipts', 'receipts')
    assert '4 records were taken' in out, out
    left = {x.name for x in pathlib.Path('spool10').glob('*.json')}
    assert len(left) == 1 and not left & names
    fleet('rollout', 's10', '--image', 'good.ydb', '--epoch', '3')
    fleet('bundle', 's10', '--ring', '1', 'out')
    good('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--take', 'out')
    assert pathlib.Path('a10/image.ydb').read_bytes() == pathlib.Path('good.ydb').read_bytes()
    old = pathlib.Path('out/policy').read_bytes()
    fleet('policy', 's10', '--poll', '77')
    fleet('bundle', 's10', '--ring', '1', 'out')
    good('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--take', 'out')
    new = pathlib.Path('out/policy').read_bytes()
    pathlib.Path('out/policy').write_bytes(old)
    p = run('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--take', 'out')
    assert p.returncode == 2 and 'older' in p.stderr, p.stderr
    assert pathlib.Path('a10/policy').read_bytes() == new
    fleet('rollout', 's10', '--image', 'good.ydb', '--epoch', '4')
    fleet('bundle', 's10', '--ring', '1', 'out')
    image = bytearray(pathlib.Path('out/image.ydb').read_bytes())
    image[-1] ^= 1  # somebody changed the image on the stick
    pathlib.Path('out/image.ydb').write_bytes(image)
    out = good('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--take', 'out')
    assert 'epoch 4: refused' in out, out
    assert pathlib.Path('a10/image.ydb').read_bytes() == pathlib.Path('good.ydb').read_bytes()
    policy = bytearray(pathlib.Path('out/policy').read_bytes())
    policy[20] ^= 1
    pathlib.Path('out/policy').write_bytes(policy)
    p = run('fleet', 'agent', '--state', 'a10', '--spool', 'spool10', '--take', 'out')
    assert p.returncode == 2 and 'signature' in p.stderr, p.stderr


# --- where a sender is ---

class Proxy(threading.Thread):
    """Passes requests on and adds lines to their heads, as proxies do."""

    def __init__(self, port, lines):
        super().__init__(daemon=True)
        self.port, self.lines = port, lines
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(client,), daemon=True).start()

    def one(self, client):
        with client, client.makefile('rb') as lines:
            while line := lines.readline():
                head = [line]
                while (line := lines.readline()) not in (b'\r\n', b''):
                    head.append(line)
                length = sum(int(h.split(b':')[1]) for h in head if h.lower().startswith(b'content-length:'))
                body = lines.read(length)
                with socket.create_connection(('127.0.0.1', self.port)) as server:
                    head = [h for h in head if not h.lower().startswith(b'connection:')]
                    server.sendall(b''.join(head) + b''.join(x.encode() + b'\r\n' for x in self.lines) +
                                   b'Connection: close\r\n\r\n' + body)
                    answer = b''
                    while part := server.recv(65536):
                        answer += part
                client.sendall(answer)
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def places(state):
    with sqlite3.connect(f'file:{state}/records.db?mode=ro', uri=True) as db:
        return sorted(db.execute('SELECT country, located FROM execution').fetchall())


def geo(name, networks):
    sys.path.insert(0, os.path.join(SOURCE, 'tests/makers'))
    import make_mmdb
    make_mmdb.make(name, networks)
    return name


def records_without_a_country_get_that_of_the_senders_address():
    base = geo('home.mmdb', {'127.0.0.0/8': 'JP'})
    for name, options, want in (
            ('sg1', ('--geo', base), [('DE', 'setting'), ('JP', 'address')]),
            ('sg2', (), [('DE', 'setting'), ('ZZ', 'unknown')])):
        spool = new_folder('spool-' + name)
        rules()
        for country in ({}, {'YAMORI_COUNTRY': 'DE'}):
            good('scan', '-d', 'good.ydb', 'letter.txt', YAMORI_SPOOL=os.path.abspath(spool), **country)
        with Server(name, *options) as s:
            s.enrol('a-' + name)
            p = agent_once('a-' + name, spool)
            assert p.returncode == 0, p.stderr
            assert places(name) == want, places(name)
            assert s.metric('records_located_total') == (1 if options else 0)
        kept = b''.join(p.read_bytes() for p in pathlib.Path(name).iterdir() if p.is_file())
        assert b'127.0.0.1' not in kept, 'an address was kept'


def only_a_trusted_proxy_says_who_is_behind_it():
    base = geo('world.mmdb', {'127.0.0.0/8': 'JP', '203.0.113.0/24': 'BR', '198.51.100.0/24': 'FR'})
    spoof = 'X-Forwarded-For: 198.51.100.7'
    for i, (trusted, lines, want) in enumerate((
            (('--trusted-proxy', '127.0.0.0/8'), [spoof, 'X-Forwarded-For: 203.0.113.9'], 'BR'),
            (('--trusted-proxy', '127.0.0.1'), ['X-Forwarded-For: 198.51.100.7, 203.0.113.9, 127.0.0.1'], 'BR'),
            (('--trusted-proxy', '127.0.0.1'), ['X-Forwarded-For: somebody'], 'ZZ'),
            (('--trusted-proxy', '127.0.0.1'), [], 'ZZ'),
            (('--trusted-proxy', '192.0.2.1'), [spoof], 'JP'),
            ((), [spoof], 'JP'))):
        name = f'sp{i}'
        fill_spool(new_folder('spool-' + name), 1)
        with Server(name, '--geo', base, *trusted) as s, Proxy(s.port, lines) as proxy:
            token = fleet('token', name).strip()
            fleet('enroll', 'a-' + name, '--server', f'http://{proxy.address}', '--token', token)
            p = agent_once('a-' + name, 'spool-' + name)
            assert p.returncode == 0, p.stderr
            assert [c for c, _ in places(name)] == [want], (lines, places(name))
    for options, word in ((('--trusted-proxy', '127.0.0.1'), '--geo'), (('--geo', base, '--trusted-proxy', 'x'), 'x:'),
                          (('--geo', 'none.mmdb'), 'none.mmdb'), (('--geo', 'letter.txt'), 'letter.txt')):
        p = run('fleet', 'serve', '--state', 'sp-bad', '--listen', '127.0.0.1:0', *options)
        assert p.returncode == 2 and word in p.stderr, p.stderr


def tls_is_checked_and_plain_http_stays_at_home():
    options = certificate()
    new_folder('spool11')
    fill_spool('spool11', 1)
    with Server('s11', *options) as s:
        url = f'https://{s.address}'
        token = fleet('token', 's11').strip()
        p = run('fleet', 'enroll', '--state', 'a11', '--server', url, '--token', token)
        assert p.returncode == 2 and 'certificate' in p.stderr.lower(), p.stderr
        fleet('enroll', 'a11', '--server', url, '--token', token, '--ca', os.path.abspath('tls.pem'))
        p = agent_once('a11', 'spool11')
        assert p.returncode == 0, p.stderr
        assert count('s11') == 1
    p = run('fleet', 'serve', '--state', 's11', '--listen', '0.0.0.0:0')
    assert p.returncode == 2 and 'loopback' in p.stderr, p.stderr
    p = run('fleet', 'enroll', '--state', 'a11b', '--server', 'http://192.0.2.1:1', '--token', token)
    assert p.returncode == 2 and 'https' in p.stderr, p.stderr


def a_tls_session_is_resumed_by_the_same_server_only():
    """A machine asks again long after its connection was closed: not a whole handshake each time."""
    options = certificate()
    context = ssl.create_default_context(cafile='tls.pem')

    def ask(port, session):
        with socket.create_connection(('127.0.0.1', port), timeout=30) as raw, context.wrap_socket(
                raw, server_hostname='127.0.0.1', session=session) as s:
            s.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            answer = b''
            while part := s.recv(4096):
                answer += part
            assert answer.endswith(b'ok\n'), answer
            return s.session, s.session_reused
    with Server('s17', *options) as s:
        session, reused = ask(s.port, None)
        assert not reused
        for _ in range(3):
            session, reused = ask(s.port, session)
            assert reused, 'the server does not know its own session'
        assert s.metric('tls_resumed_total') == 3
        s.stop()
        s.start()
        session, reused = ask(s.port, session)
        assert not reused, 'the key of sessions outlived the server'
        assert ask(s.port, session)[1]


# --- many agents, rings ---

def progress(i):
    try:
        return json.loads(pathlib.Path(f'm{i}/progress.json').read_text())
    except FileNotFoundError:
        return {}


def wait_until(what, seconds, text):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, text() if callable(text) else text
        time.sleep(0.1)


def status(state):
    return json.loads(fleet('status', state))


def fifty_agents_get_policies_and_a_bad_image_stops_in_ring_1():
    rules()
    ring = [1 if i < 3 else 2 if i < 10 else 3 for i in range(AGENTS)]
    quick = ['--rings', '3', '--wait', '0', '--machines', '3', '--share', '1000']
    good_hash = hashlib.sha256(pathlib.Path('good.ydb').read_bytes()).hexdigest()
    agents = []

    def epochs(r):
        return [progress(i).get('epoch', 0) for i in range(AGENTS) if ring[i] in r]

    with Server('s12', *certificate()) as s:
        fleet('policy', 's12', '--poll', '2', '--report', '60')
        new_folder('empty')
        for i in range(AGENTS):
            s.enrol(f'm{i}', ring[i])
        try:
            for i in range(AGENTS):
                agents.append(subprocess.Popen([PROGRAM, 'fleet', 'agent', '--state', f'm{i}', '--spool', 'empty'],
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENV))
            wait_until(lambda: all('serial' in progress(i) for i in range(AGENTS)), 60, 'not all asked once')
            start = time.monotonic()
            fleet('policy', 's12', '--report', '61')
            serial = status('s12')['policy']['serial']
            wait_until(lambda: all(progress(i).get('serial', 0) >= serial for i in range(AGENTS)), 30,
                       'the policy did not reach all')
            print(f'# {AGENTS} agents, asking every 1 to 2 s: the policy reached all in {time.monotonic() - start:.1f} s')

            fleet('rollout', 's12', '--image', 'good.ydb', '--epoch', '5', *quick)
            wait_until(lambda: status('s12')['rollout']['state'] == 'done', 120, lambda: str(status('s12')))
            assert set(epochs({1, 2, 3})) == {5}

            fleet('rollout', 's12', '--image', 'bad.ydb', '--epoch', '6', *quick)
            wait_until(lambda: status('s12')['rollout']['state'] == 'stopped', 60, lambda: str(status('s12')))
            said = status('s12')
            assert said['rollout']['ring'] == 1 and 'could not use' in said['rollout']['reason'], said
            time.sleep(5)  # two more questions of everybody
            assert set(epochs({2, 3})) == {5}, 'a bad image left ring 1'
            for i in range(AGENTS):  # also in ring 1 the image before is in use
                assert hashlib.sha256(pathlib.Path(f'm{i}/image.ydb').read_bytes()).hexdigest() == good_hash
            assert any(progress(i)['epoch'] == 6 and progress(i)['image'] == 3 for i in range(3))

            pathlib.Path('noise.ydb').write_bytes(random.Random(SEED).randbytes(5000))
            fleet('rollout', 's12', '--image', 'noise.ydb', '--epoch', '7', *quick)
            wait_until(lambda: status('s12')['rollout']['state'] == 'stopped', 60, lambda: str(status('s12')))
            assert any(progress(i)['image'] == 2 for i in range(3)), 'noise is refused as no image'
            assert set(epochs({2, 3})) == {5}
        finally:
            for p in agents:
                p.send_signal(signal.SIGTERM)
            codes = [p.wait(timeout=60) for p in agents]
        assert codes == [0] * AGENTS, codes


# --- patience ---

class Slow:
    """Clients that send a byte every three seconds; they begin with the first test and are asked last."""

    def __init__(self):
        rules()
        self.server = Server('s13')
        self.server.enrol('a13')
        machine = json.loads(pathlib.Path('a13/agent.json').read_text())['machine']
        head = b'YMREPORT' + (1).to_bytes(4, 'little') + bytes(4) + bytes.fromhex(machine) + bytes(900)
        self.ended = {}
        for name, at_once, drip in (
                ('head', b'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ', b'a' * 1000),
                ('body', b'POST /v1/report HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n', head),
                ('silent', b'', b'')):
            threading.Thread(target=self.drip, args=(name, at_once, drip), daemon=True).start()

    def drip(self, name, at_once, drip):
        start = time.monotonic()
        with socket.create_connection(('127.0.0.1', self.server.port)) as s:
            s.settimeout(3)
            try:
                s.sendall(at_once)
                for i in range(60):
                    if i < len(drip):
                        s.sendall(drip[i:i + 1])
                    try:
                        if s.recv(1000) == b'':
                            break
                    except TimeoutError:
                        pass
            except OSError:
                pass
        self.ended[name] = time.monotonic() - start


def slow_clients_are_ended_and_others_are_served():
    wait_until(lambda: len(SLOW.ended) == 3, 120, lambda: str(SLOW.ended))
    print('#', {k: round(v) for k, v in SLOW.ended.items()})
    assert SLOW.ended['silent'] < 45 and SLOW.ended['head'] < 80 and SLOW.ended['body'] < 80, SLOW.ended
    assert SLOW.ended['head'] > 50, 'it was ended by something else'
    assert SLOW.server.refused('slow') >= 2
    assert SLOW.server.ask('GET', '/healthz') == (200, b'ok\n')
    assert SLOW.server.metric('arriving_bytes') == 0
    SLOW.server.stop()


SLOW = None
TESTS = [records_go_from_the_spool_to_the_store_and_are_counted_once, without_a_server_nothing_leaves_the_spool,
         the_answer_that_was_lost_does_not_count_twice,
         the_agent_scans_as_the_policy_says_and_tells_how_the_image_fares,
         a_killed_server_loses_nothing_acknowledged_and_counts_nothing_twice, a_killed_agent_loses_nothing_either,
         one_record_does_not_stop_the_others_and_two_agents_do_not_mix,
         a_full_disk_refuses_for_now_and_loses_nothing,
         sigterm_under_load_answers_what_is_on_its_way, hostile_requests_are_refused_with_a_reason_and_counted,
         a_token_is_used_once_and_in_time, people_may_what_their_role_allows,
         a_stick_carries_records_one_way_and_images_the_other,
         records_without_a_country_get_that_of_the_senders_address, only_a_trusted_proxy_says_who_is_behind_it,
         tls_is_checked_and_plain_http_stays_at_home, a_tls_session_is_resumed_by_the_same_server_only,
         fifty_agents_get_policies_and_a_bad_image_stops_in_ring_1, slow_clients_are_ended_and_others_are_served]


def main():
    bad = 0
    chosen = [t for t in TESTS if os.environ.get('YM_ONLY', '') in t.__name__]
    print(f'1..{len(chosen)}')
    with tempfile.TemporaryDirectory(prefix='yamori-fleet-') as work:
        os.chdir(work)
        global SLOW
        SLOW = Slow() if slow_clients_are_ended_and_others_are_served in chosen else None
        for number, test in enumerate(chosen, 1):
            title = test.__name__.replace('_', ' ')
            try:
                test()
                print(f'ok {number} - {title}', flush=True)
            except Skip as why:
                print(f'ok {number} - {title} # SKIP {why}', flush=True)
            except Exception:
                bad = 1
                for line in traceback.format_exc().splitlines():
                    print('# ' + line)
                print(f'not ok {number} - {title}', flush=True)
        for s in Server.running:  # of a test that failed
            if s.process.poll() is None:
                s.kill()
        os.chdir('/')
    return bad


if __name__ == '__main__':
    sys.exit(main())

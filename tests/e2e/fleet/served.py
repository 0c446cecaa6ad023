"""served.py - a real `yamori fleet serve`, its machines and what they send, for the tests of alerts and of the
console."""
import json
import os
import pathlib
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
import urllib.request

ENV = {k: v for k, v in os.environ.items() if not k.startswith('YAMORI_')}


class Skip(Exception):
    """This machine cannot show it."""


def run(program, *args, **options):
    return subprocess.run([program, *map(str, args)], stdin=options.pop('stdin', subprocess.DEVNULL),
                          capture_output=True, text=True, env=ENV, timeout=120, check=False, **options)


def certificate(folder):
    """A certificate for this machine, of its own making."""
    cert, key = f'{folder}/tls.pem', f'{folder}/tls.key'
    if not os.path.exists(cert):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext',
                        'subjectAltName=IP:127.0.0.1,DNS:localhost'], check=True, capture_output=True)
    return cert, key


class Served:
    """One server on a port that stays the same when it is started again."""

    def __init__(self, program, state, tls=None, options=(), env=None):
        self.program, self.state, self.tls, self.options, self.process = program, state, tls, options, None
        self.env = {**ENV, **(env or {})}
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.start()

    def start(self):
        tls = ['--tls-cert', self.tls[0], '--tls-key', self.tls[1]] if self.tls else []
        for _ in range(50):
            self.process = subprocess.Popen(
                [self.program, 'fleet', 'serve', '--state', self.state, '--listen', f'127.0.0.1:{self.port}', *tls,
                 *self.options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
            if self.process.stdout.readline().startswith('listening on'):
                return
            self.process.wait()
            time.sleep(0.1)
        raise AssertionError(self.process.stderr.read())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, (self.process.returncode, err)

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            if kind is None:
                self.stop()
            else:
                self.kill()

    @property
    def url(self):
        return f'http{"s" if self.tls else ""}://127.0.0.1:{self.port}'

    def fleet(self, verb, *args, ok=True, **options):
        p = run(self.program, 'fleet', verb, '--state', self.state, *args, **options)
        assert not ok or p.returncode == 0, (verb, args, p.stdout, p.stderr)
        return p.stdout.strip() if ok else p

    def lines(self, verb, *args):
        return [json.loads(x) for x in self.fleet(verb, *args).splitlines()]

    def get(self, path):
        context = ssl._create_unverified_context() if self.tls else None  # our own, of this test
        with urllib.request.urlopen(self.url + path, timeout=30, context=context) as r:
            return r.read().decode()

    def sql(self, text, *values):
        with sqlite3.connect(f'{self.state}/fleet.db', timeout=20) as db:
            return db.execute(text, values).fetchall()


class Machine:
    """An enrolled machine whose records are what the test says."""

    made = 0

    def __init__(self, server, folder, ring=1, label=''):
        self.server, self.folder, self.spool = server, folder, folder + '-spool'
        os.makedirs(self.spool, exist_ok=True)
        token = server.fleet('token', '--ring', ring, '--label', label)
        ca = ['--ca', os.path.abspath(server.tls[0])] if server.tls else []
        p = run(server.program, 'fleet', 'enroll', '--state', folder, '--server', server.url, '--token', token, *ca)
        assert p.returncode == 0, p.stderr
        self.id = json.loads(pathlib.Path(folder, 'agent.json').read_text())['machine']

    def record(self, detections=(), **changes):
        """A whole record into the spool; detections are (family, name, category) and more fields."""
        Machine.made += 1
        record = {
            'schema': 2, 'id': f'{Machine.made:032x}', 'machine': self.id[::-1],
            'time': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'tool': 'yamori 0.1.0', 'run': 'clean',
            'system': 'Windows XP', 'service_pack': 'SP3', 'bits': 32, 'server': None, 'country': 'JP',
            'located': 'setting', 'segment': 'enterprise', 'protection': 'unknown', 'epoch': 1, 'files': 100, 'gaps': 0,
            'duration_ms': 10, 'outcome': 'cleaned' if detections else 'none', 'simulated': False,
            'detections': [{'family': f, 'name': n, 'category': c, 'object': o, 'path': p, 'blocked': False}
                           for f, n, c, o, p in detections],
            'detections_left_out': 0, 'repairs': [], 'repairs_left_out': 0, 'exposures': [], 'exposures_left_out': 0,
            'observations': [], 'observations_left_out': 0}
        record.update(changes)
        pathlib.Path(self.spool, record['id'] + '.json').write_text(json.dumps(record) + '\n')

    def report(self, ok=True):
        p = run(self.server.program, 'fleet', 'agent', '--state', self.folder, '--spool', self.spool, '--once')
        assert not ok or (p.returncode == 0 and not os.path.exists(self.folder + '/refused')), (p.stdout, p.stderr)
        return p


def wait_until(what, seconds, text):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, text() if callable(text) else text
        time.sleep(0.05)

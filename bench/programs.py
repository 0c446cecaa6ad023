"""programs.py - the scanners that are compared: each can scan one path, say what it found, and what it
cost."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import measure


def version(program):
    said = subprocess.run([program, '--version'], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else ''


class Result:
    """wall, cpu: seconds.  found: paths.  unseen: files that were not looked at fully."""

    def __init__(self, wall, cpu, found, unseen, error=''):
        self.wall, self.cpu, self.found, self.unseen, self.error = wall, cpu, found, unseen, error


class Yamori:
    name = 'yamori'

    def __init__(self, program, image, extra=()):
        self.program, self.image, self.extra = program, image, list(extra)
        self.version = version(program)

    def command(self, path, jobs=None):
        return ([self.program, 'scan', '--no-record', '--json', '-q'] + self.extra + (['-j', str(jobs)] if jobs else [])
                + ['-d', self.image, '-r', path])

    def scan(self, path, watch=None, jobs=None):
        r = measure.run(self.command(path, jobs), watch)
        rows = [json.loads(line) for line in r['out'].splitlines() if line.startswith('{')]
        rows = [row for row in rows if 'path' in row]
        found = {row['path'] for row in rows if row['verdict'] == 'infected'}
        unseen = sum(row['verdict'] in ('incomplete', 'error') for row in rows)
        return Result(r['wall'], r['cpu'], found, unseen, '' if r['code'] in (0, 1, 3) else r['err'].strip()[-300:])

    def close(self):
        pass


def found_lines(text):
    return {line.rpartition(': ')[0] for line in text.splitlines() if line.endswith(' FOUND')}


class Clamscan:
    name = 'clamscan'

    def __init__(self, signatures):
        self.signatures = signatures
        self.version = version('clamscan')

    def command(self, path):
        return ['clamscan', '--no-summary', '-d', self.signatures, '-r', path]

    def scan(self, path, watch=None):
        r = measure.run(self.command(path), watch)
        errors = sum(line.endswith(' ERROR') for line in r['out'].splitlines())
        return Result(r['wall'], r['cpu'], found_lines(r['out']), errors, '' if r['code'] in (0, 1) else r['err'].strip()[-300:])

    def close(self):
        pass


class Clamd:
    """A daemon of our own, on a socket in the work folder; its answers are not cached."""
    name = 'clamd'

    def __init__(self, signatures, work):
        self.folder = pathlib.Path(work) / 'clamd'
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.version = version('clamd')
        self.socket = str(self.folder / 'socket')
        self.config = self.folder / 'clamd.conf'
        self.config.write_text(
            f'LocalSocket {self.socket}\nDatabaseDirectory {signatures}\nForeground yes\nDisableCache yes\nMaxThreads {os.cpu_count()}\n'
            f'LogFile {self.folder}/log\nConcurrentDatabaseReload no\nSelfCheck 86400\n')
        start = time.monotonic()
        self.child = subprocess.Popen(['clamd', '-c', str(self.config)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        while not self.answers():
            if self.child.poll() is not None:
                raise OSError(f'clamd ended at once: see {self.folder}/log')
            time.sleep(0.05)
        self.start_s = time.monotonic() - start
        self.start_cpu = measure.cpu_of(self.child.pid)

    def answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(self.socket)
                s.sendall(b'zPING\0')
                return s.recv(16) == b'PONG\0'
        except OSError:
            return False

    def command(self, path):
        return ['clamdscan', '-c', str(self.config), '--no-summary', '--multiscan', '--fdpass', path]

    def scan(self, path, watch=None):
        before = measure.cpu_of(self.child.pid)
        r = measure.run(self.command(path), watch)
        cpu = r['cpu'] + measure.cpu_of(self.child.pid) - before
        errors = sum(line.endswith(' ERROR') for line in r['out'].splitlines())
        return Result(r['wall'], cpu, found_lines(r['out']), errors, '' if r['code'] in (0, 1) else r['err'].strip()[-300:])

    def private(self):
        return measure.smaps(self.child.pid)

    def close(self):
        self.child.terminate()
        self.child.wait()


class Yara:
    name = 'yara'

    def __init__(self, rules):
        self.rules = rules
        self.version = 'yara ' + version('yara')

    def command(self, path):
        return ['yara', '-w', '-r', self.rules, path]

    def scan(self, path, watch=None):
        r = measure.run(self.command(path), watch)
        found = {line.partition(' ')[2] for line in r['out'].splitlines()}
        return Result(r['wall'], r['cpu'], found, 0, '' if r['code'] == 0 else r['err'].strip()[-300:])

    def close(self):
        pass

#!/usr/bin/env python3
"""Measures `yamori scan` beside Debian's clamscan (and yara) with the same signatures and the same
files in the same run, and checks that they say the same.

usage: scan.py [--yamori PROGRAM] [--db FILE_OR_FOLDER | --count N] [--tree DIR] [--sample MB]
               [--rounds N] [--yara RULES.yar] [--out RESULTS.json] [--work DIR]

  --db       ClamAV text databases (default: bench/gen-signatures.py makes --count of them)
  --count    how many to make (default 1000000)
  --tree     where the files come from (default /usr)
  --sample   copy this many MB of files picked evenly from the tree, the same for all programs
             (default 256; 0: the tree itself, whole, with every program)
  --rounds   runs of the one-file scan, of which the median is shown (default 20; peers 3)
  --yara     also compare with yara on these rules

What is measured
  first verdict    a new process scans one small file: exec to exit, page cache warm
  private memory   Private_Dirty of /proc/PID/smaps_rollup, the largest value of any one process
                   of the command, looked at every 10 ms
  MB/CPU-second    bytes of the files over user + system time of all processes, the time of a
                   one-file scan (loading the signatures) taken off
  same verdicts    the set of infected files is equal; files that one of them did not look at
                   fully are counted, not hidden
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent


def run(command, watch=False):
    """Runs it; returns wall seconds, CPU seconds (children too), peak Private_Dirty in KiB, output."""
    before = os.times()
    start = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, errors='surrogateescape')
    peak = Peak(child.pid) if watch else None
    text, errors = child.communicate()
    wall = time.monotonic() - start
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return {'wall': wall, 'cpu': cpu, 'dirty': peak.stop() if peak else 0, 'code': child.returncode,
            'out': text, 'err': errors}


class Peak:
    """The largest Private_Dirty of any one process in a tree of processes."""

    def __init__(self, root):
        self.root, self.most, self.over = root, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def pids(self):
        todo, seen = [self.root], []
        while todo:
            pid = todo.pop()
            seen.append(pid)
            for task in pathlib.Path(f'/proc/{pid}/task').glob('*/children'):
                todo += [int(p) for p in task.read_text().split()]
        return seen

    def look(self):
        while not self.over.is_set():
            try:
                for pid in self.pids():
                    for line in pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
                        if line.startswith('Private_Dirty:'):
                            self.most = max(self.most, int(line.split()[1]))
            except (OSError, ValueError):
                pass  # a process that ended between two looks
            self.over.wait(0.01)

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.most


def pick(tree, megabytes, into):
    """Copies files, picked with a fixed seed, until the sum is reached; 100 MB at most each."""
    files = []
    for folder, _, names in os.walk(tree):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and 0 < os.path.getsize(path) <= 100 << 20:
                files.append(path)
    files.sort()
    random.Random(7).shuffle(files)
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    total = 0
    for number, path in enumerate(files):
        if total >= megabytes << 20:
            break
        try:
            shutil.copyfile(path, os.path.join(into, f'{number:06d}-{os.path.basename(path)}'))
            total += os.path.getsize(path)
        except OSError:
            continue
    return into


def measure_tree(tree):
    count = size = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                count += 1
                size += os.path.getsize(path)
    return count, size


def yamori_verdicts(text):
    rows = [json.loads(line) for line in text.splitlines() if line.startswith('{')]
    rows = [r for r in rows if 'path' in r]
    return ({r['path']: sorted({d['name'] for d in r['detections']}) for r in rows if r['verdict'] == 'infected'},
            sum(r['verdict'] in ('incomplete', 'error') for r in rows), len(rows))


def clamscan_verdicts(text):
    found, unread, rows = {}, 0, 0
    for line in text.splitlines():
        path, sep, said = line.rpartition(': ')
        if not sep:
            continue
        rows += 1
        if said.endswith(' FOUND'):
            found.setdefault(path, []).append(said[:-6])
        elif said.endswith(' ERROR'):
            unread += 1
    return found, unread, rows


def yara_verdicts(text):
    found = {}
    for line in text.splitlines():
        rule, _, path = line.partition(' ')
        found.setdefault(path, []).append(rule)
    return found, 0, 0


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = pathlib.Path(args.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.results = {}
        self.small = self.work / 'small.bin'
        self.small.write_bytes(random.Random(3).randbytes(4096))

    def signatures(self):
        if self.args.db:
            return pathlib.Path(self.args.db)
        folder = self.work / f'synthetic-{self.args.count}'
        done = folder.with_suffix('.done')  # beside it: the folder holds nothing but signatures
        if not done.exists():
            subprocess.run([sys.executable, HERE / 'gen-signatures.py', folder, str(self.args.count)], check=True)
            done.write_text('')
        return folder

    def program(self, name, version, first, whole, parse, rounds, prepare=None):
        """first, whole: the commands for the small file and for the tree."""
        row = {'version': version}
        if prepare:
            row.update(prepare)
        ones = [run(first) for _ in range(rounds)]
        row['first_ms'] = statistics.median(o['wall'] for o in ones) * 1000
        load = statistics.median(o['cpu'] for o in ones)
        print(f'  {name}: first verdict {row["first_ms"]:.1f} ms (median of {rounds})', flush=True)
        # Sampling a process costs time of its own: memory and speed are two runs.
        row['dirty_mib'] = run(first, watch=True)['dirty'] / 1024
        scan = run(whole)
        watched = run(whole, watch=True)
        row['dirty_mib'] = max(row['dirty_mib'], watched['dirty'] / 1024)
        row['cpu'] = scan['cpu'] - load
        row['wall'] = scan['wall']
        row['mb_per_cpu_s'] = self.bytes / 1e6 / max(row['cpu'], 1e-6)
        row['code'] = scan['code']
        row['infected'], row['unseen'], row['reported'] = parse(scan['out'])
        print(f'  {name}: {row["mb_per_cpu_s"]:.1f} MB per CPU-second, {row["wall"]:.1f} s, '
              f'{row["dirty_mib"]:.1f} MiB private', flush=True)
        if scan['code'] not in (0, 1, 3):
            print(f'  {name}: exit code {scan["code"]}: {scan["err"].strip()[-400:]}')
        self.results[name] = row

    def build(self, inputs, image):
        made = run([self.args.yamori, 'db', 'build', '-o', image, *inputs], watch=True)
        if made['code'] != 0:
            sys.exit(f'db build failed: {made["err"]}')
        print(f'  image: {image.stat().st_size / 1e6:.1f} MB built in {made["wall"]:.1f} s, '
              f'{made["dirty"] / 1024:.0f} MiB private', flush=True)
        return {'build_s': made['wall'], 'build_mib': made['dirty'] / 1024, 'image_mb': image.stat().st_size / 1e6}

    def files(self):
        args = self.args
        self.tree = pick(args.tree, args.sample, str(self.work / 'sample')) if args.sample else args.tree
        self.count, self.bytes = measure_tree(self.tree)
        print(f'files: {self.count}, {self.bytes / 1e6:.1f} MB, from {args.tree}'
              + (' (a sample)' if args.sample else ''), flush=True)
        for folder, _, names in os.walk(self.tree):  # page cache warm for everybody
            for name in names:
                try:
                    pathlib.Path(folder, name).open('rb').read()
                except OSError:
                    pass

    def clamav(self):
        signatures = self.signatures()
        image = self.work / 'clamav.ydb'
        print(f'signatures: {signatures}', flush=True)
        self.program('yamori', version(self.args.yamori),
                     [self.args.yamori, 'scan', '--no-record', '-q', '-d', image, self.small],
                     [self.args.yamori, 'scan', '--no-record', '--json', '-q', '-d', image, '-r', self.tree],
                     yamori_verdicts, self.args.rounds, self.build([signatures], image))
        if shutil.which('clamscan'):
            self.program('clamscan', version('clamscan'),
                         ['clamscan', '--no-summary', '-d', signatures, self.small],
                         ['clamscan', '--no-summary', '-d', signatures, '-r', self.tree],
                         clamscan_verdicts, min(3, self.args.rounds))

    def yara(self):
        rules = pathlib.Path(self.args.yara)
        image = self.work / 'yara.ydb'
        print(f'rules: {rules}', flush=True)
        self.program('yamori, YARA', version(self.args.yamori),
                     [self.args.yamori, 'scan', '--no-record', '-q', '--no-unpack', '-d', image, self.small],
                     [self.args.yamori, 'scan', '--no-record', '--json', '-q', '--all-matches', '--no-unpack',
                      '-d', image, '-r', self.tree],
                     yamori_verdicts, self.args.rounds, self.build([rules], image))
        if shutil.which('yara'):
            self.program('yara', version('yara'), ['yara', '-w', rules, self.small],
                         ['yara', '-w', '-r', rules, self.tree], yara_verdicts, min(3, self.args.rounds))

    def compare(self, ours, peer):
        if ours not in self.results or peer not in self.results:
            return
        a, b = self.results[ours], self.results[peer]
        same = set(a['infected']) == set(b['infected'])
        a['same_verdicts'] = same
        print(f'\n{"":28}{ours:>14}{peer:>14}{"ratio":>10}')
        for title, key, better in [('first verdict, ms', 'first_ms', 'low'), ('private memory, MiB', 'dirty_mib', 'low'),
                                   ('MB per CPU-second', 'mb_per_cpu_s', 'high'), ('wall, s', 'wall', 'low')]:
            ratio = b[key] / a[key] if better == 'low' else a[key] / b[key]
            print(f'{title:28}{a[key]:14.1f}{b[key]:14.1f}{ratio:9.1f}x')
        print(f'{"infected files":28}{len(a["infected"]):14}{len(b["infected"]):14}{"same" if same else "DIFFER":>10}')
        print(f'{"not fully looked at":28}{a["unseen"]:14}{b["unseen"]:14}')
        for path in sorted(set(a['infected']) ^ set(b['infected']))[:20]:
            print(f'  {path}: {ours} {a["infected"].get(path, "-")}, {peer} {b["infected"].get(path, "-")}')


def version(program):
    said = subprocess.run([program, '--version'], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else ''


def main():
    top = HERE.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--yamori', default=str(top / 'build/src/cli/yamori'))
    parser.add_argument('--db')
    parser.add_argument('--count', type=int, default=1000000)
    parser.add_argument('--tree', default='/usr')
    parser.add_argument('--sample', type=int, default=256)
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument('--yara')
    parser.add_argument('--work', default=str(top / 'build-bench'))
    parser.add_argument('--out')
    args = parser.parse_args()
    bench = Bench(args)
    bench.files()
    bench.clamav()
    if args.yara:
        bench.yara()
    bench.compare('yamori', 'clamscan')
    bench.compare('yamori, YARA', 'yara')
    out = pathlib.Path(args.out or bench.work / 'results.json')
    out.write_text(json.dumps({'files': bench.count, 'bytes': bench.bytes, 'programs': bench.results}, indent=1))
    print(f'\nall figures: {out}')
    return 0 if all(r.get('same_verdicts', True) for r in bench.results.values()) else 1


if __name__ == '__main__':
    sys.exit(main())

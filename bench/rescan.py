#!/usr/bin/env python3
"""Measures a second scan of many unchanged small files with `yamori scan --cache`, and what new
hash signatures cost.

usage: rescan.py [--yamori PROGRAM] [--files N] [--hashes N] [--rounds N] [--work DIR] [--keep]

  --files    how many to make (default 1000000), 1,000 a folder, of 20 to 400 bytes of text
  --hashes   new signatures of the second image (default 10000), one of them of a planted file
  --rounds   runs of each warm scan, of which the median is shown (default 3)
  --work     where (default: a new folder beside the temporary ones; removed at the end)

Steps, each with the counters of the program (opened: files that were opened to be scanned):
  1. a body signature as image A; a scan that fills the cache (once more without one, to see what the
     digests cost)
  2. the same scan again, all directory entries warm: nothing may be opened
  3. image B of the new hash signatures over A: nothing may be opened, and the planted file must be
     reported
  4. the same as 3 under strace, on one folder: no openat of any file in it
The cache keeps no state of a file that is younger than a minute, so the script waits for that.
"""
import argparse
import hashlib
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SETTLE = 61  # seconds, YM_CACHE_SETTLE and one more


def arguments():
    p = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1][7:], add_help=True)
    p.add_argument('--yamori', default=HERE.parent / 'build/src/cli/yamori')
    p.add_argument('--files', type=int, default=1_000_000)
    p.add_argument('--hashes', type=int, default=10_000)
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--work')
    p.add_argument('--keep', action='store_true')
    return p.parse_args()


def text_of(i):
    return (f'file {i}\n' + 'the gecko on the wall %d ' % (i * 7919) * (1 + i % 16)).encode()


def make_files(root, n):
    for i in range(n):
        folder = root / f'{i // 1000:06d}'
        if i % 1000 == 0:
            folder.mkdir(parents=True)
        with open(f'{folder}/{i % 1000:03d}.txt', 'wb') as f:
            f.write(text_of(i))


def make_hashes(path, n, planted):
    """Random digests with the sizes that the files have: the cache must look every one up."""
    rng = random.Random(2011)
    with open(path, 'w') as f:
        for i in range(n - 1):
            f.write('%032x:%d:Bench.Hash-%d\n' % (rng.getrandbits(128), len(text_of(rng.randrange(100_000))), i))
        f.write('%s:%d:Bench.Planted\n' % (hashlib.md5(planted).hexdigest(), len(planted)))


class Scan:
    def __init__(self, args, command):
        start = time.monotonic()
        before = os.times()
        p = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, 'YAMORI_RECORD': 'no'})
        after = os.times()
        self.wall = time.monotonic() - start
        self.cpu = after.children_user - before.children_user + after.children_system - before.children_system
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr
        self.count = {k: int(v) for k, v in re.findall(r'^(files|from cache|opened|infected) +(\d+)', p.stderr, re.M)}

    def must(self, **want):
        for name, value in want.items():
            got = self.code if name == 'code' else self.count.get(name.replace('_', ' '))
            if got != value:
                sys.exit(f'{name} is {got}, not {value}:\n{self.out[:2000]}{self.err}')
        return self


def show(what, scans):
    wall = statistics.median(s.wall for s in scans)
    cpu = statistics.median(s.cpu for s in scans)
    c = scans[-1].count
    print(f"{what:52s} {wall:8.2f} s  {cpu:8.2f} CPU-s   opened {c.get('opened', c['files']):>8}   "
          f"infected {c['infected']}", flush=True)


def under_strace(scan, folder):
    """Paths that any process opens below the folder, folders left aside."""
    p = subprocess.run(['strace', '-f', '-qq', '-e', 'trace=open,openat,openat2,read,pread64,mmap', *map(str, scan), str(folder)],
                       stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    opened = [line for line in p.stderr.splitlines() if re.search(r'open(at2?)?\(.*\.txt"', line)]
    return p, opened


def measure(args, work):
    tree, cache = work / 'tree', work / 'verdicts.cache'
    start = time.monotonic()
    make_files(tree, args.files)
    print(f'{args.files} files made in {time.monotonic() - start:.0f} s; waiting until they have settled', flush=True)
    (work / 'a.ndb').write_text('Bench.Body:0:*:%s\n' % b'no such bytes anywhere here'.hex())
    make_hashes(work / 'b.hdb', args.hashes, text_of(args.files // 2))
    for name in ('a.ndb', 'b.hdb'):
        subprocess.run([args.yamori, 'db', 'build', '--official', '-o', work / (name[0] + '.ydb'), work / name],
                       check=True, stdout=subprocess.DEVNULL)
    time.sleep(SETTLE)
    plain = [args.yamori, 'scan', '-r', '-d', work / 'a.ydb']
    one = [*plain, f'--cache={cache}']
    two = [*one, '-d', work / 'b.ydb']
    show('first scan, no cache', [Scan(args, [*plain, tree]).must(code=0, files=args.files)])
    show('first scan, filling the cache', [Scan(args, [*one, tree]).must(code=0, opened=args.files)])
    print(f'cache: {cache.stat().st_size / 1e6:.0f} MB, {cache.stat().st_size / args.files:.0f} bytes a file')
    show('second scan, nothing changed', [Scan(args, [*one, tree]).must(code=0, opened=0) for _ in range(args.rounds)])
    new = [Scan(args, [*two, tree]).must(code=1, opened=0, infected=1) for _ in range(args.rounds)]
    show(f'{args.hashes} hash signatures added', new)
    planted = args.files // 2
    want = f'{tree}/{planted // 1000:06d}/{planted % 1000:03d}.txt: Bench.Planted FOUND\n'
    if new[-1].out != want:
        sys.exit(f'not the planted file: {new[-1].out}')
    if shutil.which('strace'):
        p, opened = under_strace(two, tree / f'{planted // 1000:06d}')
        if opened or 'Bench.Planted' not in p.stdout:
            sys.exit(f'strace saw: {opened[:5]}\n{p.stdout}')
        print('strace: no file of the folder of the planted one was opened, and it was found')
    else:
        print('strace: not installed; the counters must do')


def main():
    args = arguments()
    work = pathlib.Path(args.work or tempfile.mkdtemp(prefix='yamori-rescan-'))
    work.mkdir(exist_ok=True)
    try:
        measure(args, work)
    finally:
        if not args.keep:
            for name in ('tree', 'verdicts.cache', 'a.ndb', 'b.hdb', 'a.ydb', 'b.ydb'):
                path = work / name
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            if not args.work:
                work.rmdir()


main()

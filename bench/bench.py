#!/usr/bin/env python3
"""Measures `yamori scan` beside clamscan, clamd (and yara) and the memory bandwidth of one core: the same
signatures, the same files, in one run, runs in turn; and checks first that they say the same.

usage: bench.py [--full] [--sets 1,10,100] [--mix 2026|2025] [--db FOLDER] [--yara RULES.yar]
                [--yara-sets 1k,10k,noisy10k]
                [--corpora LIST] [--size MB] [--rounds N] [--fetch | --no-fetch] [--no-clamd]
                [--yamori PROGRAM] [--work DIR] [--out RESULTS.md]

  without --full   a few minutes: the set of 1 %, 24 MB a corpus, nothing is downloaded
  --full           sets of 1, 10 and 100 % (3.6 million signatures), 64 MB a corpus, packages of PE files
                   and documents are downloaded (about 180 MB, not installed); takes an hour or two
  --sets           synthetic sets to measure, in percent of the published size ("" for none)
  --mix            whose proportions the synthetic sets have
  --db             a folder of real databases, as one more set
  --yara           also compare with yara, without unpacking, on these rules
  --yara-sets      synthetic YARA rules instead, beside yara and YARA-X (yara_sets.py), one core; the page is
                   bench/RESULTS-yara.md
  --corpora        of: binaries, pe, documents, usr
  --size           megabytes a corpus; usr=0 in --corpora means the whole of /usr
  --rounds         paired runs; medians and ranges are shown

What is measured
  same verdicts    every program scans the corpus once; the sets of infected files must be equal.  A few
                   signatures of files of the corpora are planted for that.  A ratio without it is shown
                   in brackets and the exit status is 1
  MB/CPU-s         bytes of the files over user + system time of all processes, clamd's included; the
                   time of a scan of one small file (loading the signatures) is taken off
  ratio            of the same round: yamori's median of three runs to one run of the peer; the median
                   over the rounds, in brackets the lowest and highest
  first verdict    a new process scans one small file, exec to exit; cold: page cache dropped before
  private          Private_Clean + Private_Dirty of /proc/PID/smaps_rollup, the largest of any process;
                   dirty: Private_Dirty alone
  ten scanners     the sum of Pss of ten scanner processes at work, and of one
  image            bytes of an image of the digest signatures alone, over their number

Exit status: 0, 1 verdicts differ, 2 something could not be run."""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys

import corpora
import measure
import programs
import yara_sets

HERE = pathlib.Path(__file__).resolve().parent
FULL_SIZE = {'2026': 3642559, '2025': 8721559}


def say(text):
    print(text, flush=True)


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--full', action='store_true')
    p.add_argument('--sets')
    p.add_argument('--mix', choices=sorted(FULL_SIZE), default='2026')
    p.add_argument('--db')
    p.add_argument('--yara')
    p.add_argument('--yara-sets')
    p.add_argument('--corpora', default='binaries,pe,documents,usr')
    p.add_argument('--size', type=int)
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--fetch', action='store_true', default=None)
    p.add_argument('--no-fetch', action='store_false', dest='fetch')
    p.add_argument('--no-clamd', action='store_true')
    p.add_argument('--yamori', default=str(HERE.parent / 'build/src/cli/yamori'))
    p.add_argument('--work', default=str(HERE.parent / 'build-bench'))
    p.add_argument('--out')
    a = p.parse_args()
    a.sets = [s for s in (a.sets if a.sets is not None else '1,10,100' if a.full else '1').split(',') if s]
    if a.yara_sets and a.corpora == p.get_default('corpora'):
        a.corpora = 'pe,documents,binaries'
    a.size = a.size or (64 if a.full else 24)
    a.fetch = a.full if a.fetch is None else a.fetch
    a.work = pathlib.Path(a.work).resolve()
    a.out = pathlib.Path(a.out or (HERE / 'RESULTS-yara.md' if a.yara_sets else HERE / 'RESULTS.md' if a.full else a.work / 'RESULTS.md'))
    return a


# ---- What it runs on ----------------------------------------------------------------------------

def bandwidth(work):
    """Bytes per second that one core reads from memory; None without a compiler."""
    program = work / 'bandwidth'
    cc = shutil.which('cc') or shutil.which('gcc') or shutil.which('clang')
    if not cc or subprocess.run([cc, '-O3', '-march=native', '-o', program, HERE / 'bandwidth.c'], check=False).returncode:
        return None
    return float(subprocess.run([program], capture_output=True, text=True, check=True).stdout)


def machine():
    cpu = [line.split(':')[1].strip() for line in open('/proc/cpuinfo', encoding='utf8') if line.startswith('model name')]
    memory = int(open('/proc/meminfo', encoding='utf8').readline().split()[1]) // 1024
    system = [line.split('=')[1].strip().strip('"') for line in open('/etc/os-release', encoding='utf8') if line.startswith('PRETTY_NAME')]
    return {'processor': cpu[0] if cpu else platform.machine(), 'cores': os.cpu_count(), 'memory_mib': memory,
            'kernel': platform.release(), 'system': system[0] if system else ''}


def revision():
    said = subprocess.run(['git', '-C', HERE, 'describe', '--always', '--dirty', '--exclude', '*'], capture_output=True, text=True, check=False)
    return said.stdout.strip()


# ---- Signatures ---------------------------------------------------------------------------------

def plant(groups, folder):
    """Signatures of four files of each corpus: two digests, two patterns from their middle."""
    rnd = random.Random(5)
    patterns, digests = [], []
    for group in groups:
        paths = sorted(p for p in corpora.files_below([group['folder']]) if 4096 <= os.path.getsize(p) <= 4 << 20)
        for number, path in enumerate(rnd.sample(paths, min(4, len(paths)))):
            data = pathlib.Path(path).read_bytes()
            name = 'Planted.%s-%d' % (group['name'], number)
            # clamscan does not look digests of pages up (tests/conform/clamav, group hash-kind).
            if number % 2 and not path.endswith(('.html', '.htm')):
                digests.append('%s:%d:%s' % (hashlib.md5(data).hexdigest(), len(data), name))
                continue
            for _ in range(100):
                at = rnd.randrange(len(data) // 4, len(data) - 48)
                if len(set(data[at:at + 32])) >= 20:
                    patterns.append('%s:0:*:%s' % (name, data[at:at + 32].hex()))
                    break
    for name, rows in (('planted.ndb', patterns), ('planted.hdb', digests)):
        if rows:
            (folder / name).write_text('\n'.join(rows) + '\n')


def synthetic(args, percent, groups):
    count = int(FULL_SIZE[args.mix] * float(percent) / 100)
    folder = args.work / 'sets' / f'{args.mix}-{percent}'
    done = folder.parent / (folder.name + '.done')  # beside it: the folder holds nothing but signatures
    made_by = hashlib.sha256((HERE / 'gen-signatures.py').read_bytes() + (HERE / 'shapes.json.xz').read_bytes()).hexdigest()
    if not done.exists() or done.read_text() != made_by:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, HERE / 'gen-signatures.py', folder, str(count), '1', '--mix', args.mix], check=True)
        done.write_text(made_by)
    plant(groups, folder)
    return {'name': f'{percent} % synthetic of {args.mix}', 'folder': folder, 'signatures': count}


def real(args, groups):
    folder = args.work / 'sets' / 'real'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(pathlib.Path(args.db).resolve().iterdir()):
        if path.is_file():
            (folder / path.name).symlink_to(path)
    plant(groups, folder)
    return {'name': f'real ({args.db})', 'folder': folder, 'signatures': None}


def build(args, source, image):
    watch = measure.Watch()
    r = measure.run([args.yamori, 'db', 'build', '-o', image, *source], watch)
    if r['code'] != 0:
        sys.exit(f'bench: db build failed: {r["err"].strip()[-500:]}')
    return {'seconds': r['wall'], 'cpu': r['cpu'], 'private_mib': watch.private / 1024, 'bytes': os.path.getsize(image)}


def digest_image(args, folder):
    """Bytes a digest signature, of an image of nothing else."""
    sources = [p for p in sorted(folder.glob('synthetic.*')) if p.suffix in ('.mdb', '.hsb', '.hdb')]
    if not sources:
        return None
    image = args.work / 'digests.ydb'
    build(args, sources, image)
    rows = sum(sum(1 for _ in open(p, 'rb')) for p in sources)
    per = os.path.getsize(image) / rows
    image.unlink()
    return per


# ---- Measuring ----------------------------------------------------------------------------------

def start_up(args, program, small, image):
    """First verdicts, memory of one run, and what loading costs."""
    rounds = 20 if program.name in ('yamori', 'clamd') else 3
    warm, cpu = measure.median_of(rounds, lambda: vars(program.scan(small)))
    watch = measure.Watch(0.005)
    program.scan(small, watch)
    row = {'warm_ms': warm * 1000, 'load_cpu': cpu, 'dirty_mib': watch.dirty / 1024, 'private_mib': watch.private / 1024}
    if program.name == 'clamd':
        memory = program.private()
        row.update(start_s=program.start_s, load_cpu=cpu, dirty_mib=memory['Private_Dirty'] / 1024,
                   private_mib=(memory['Private_Dirty'] + memory['Private_Clean']) / 1024)
        return row
    colds = []
    for _ in range(3 if program.name == 'yamori' else 1):
        row['cold_how'] = measure.forget([p for p in (image, args.yamori) if p])
        colds.append(program.scan(small).wall * 1000)
    row['cold_ms'] = statistics.median(colds)
    return row


def scanners(program, folder):
    """Private memory of a scanner at work, sums of Pss of one and of ten."""
    row = {}
    for jobs in (1, 10):
        watch = measure.Watch(0.01)
        program.scan(folder, watch, jobs=jobs)
        row[jobs] = {'pss_mib': watch.pss / 1024, 'processes': watch.processes, 'private_mib': watch.private / 1024,
                     'dirty_mib': watch.dirty / 1024}
    return row


def throughput(args, row, group, everyone):
    """Verdicts first, then paired runs.  -> what is shown of this set and this corpus."""
    first = {p.name: p.scan(group['folder']) for p in everyone}
    out = {'corpus': group['name'], 'found': {n: len(r.found) for n, r in first.items()}, 'unseen': {n: r.unseen for n, r in first.items()},
           'errors': {n: r.error for n, r in first.items() if r.error}, 'speed': {}, 'wall': {}, 'ratio': {}, 'differ': {}}
    ours = first['yamori'].found
    for peer in everyone[1:]:
        difference = sorted(ours ^ first[peer.name].found)
        if difference:
            out['differ'][peer.name] = difference[:20]
    runs = {p.name: [] for p in everyone}
    for _ in range(args.rounds):
        for p in everyone:
            tries = [p.scan(group['folder']) for _ in range(3 if p.name == 'yamori' else 1)]
            # What loading cost is not the scanner's speed; clamd loaded long ago.
            load = row['start'][p.name]['load_cpu']
            runs[p.name].append((max(statistics.median(t.cpu for t in tries) - load, 0.001), statistics.median(t.wall for t in tries)))
    for name, values in runs.items():
        speeds = [group['bytes'] / 1e6 / cpu for cpu, _ in values]
        out['speed'][name] = [statistics.median(speeds), min(speeds), max(speeds)]
        out['wall'][name] = statistics.median(wall for _, wall in values)
        if name != 'yamori':
            ratios = [peer[0] / mine[0] for peer, mine in zip(values, runs['yamori'])]
            out['ratio'][name] = [statistics.median(ratios), min(ratios), max(ratios)]
    say(f'  {group["name"]}: ' + ', '.join(f'{n} {s[0]:.1f} MB/CPU-s' for n, s in out['speed'].items())
        + (f'; verdicts differ from {", ".join(out["differ"])}' if out['differ'] else '; same verdicts'))
    return out


def peers(args, folder):
    """The peers that are installed; clamd loads the signatures while it starts."""
    out = []
    if shutil.which('clamscan'):
        out.append(programs.Clamscan(folder))
    if shutil.which('clamd') and shutil.which('clamdscan') and not args.no_clamd:
        out.append(programs.Clamd(folder, args.work))
    return out


def measure_set(args, one, groups, small):
    say(f'set: {one["name"]}')
    image = args.work / 'bench.ydb'
    row = {'name': one['name'], 'signatures': one['signatures'], 'build': build(args, [one['folder']], image),
           'per_digest': digest_image(args, one['folder']), 'start': {}, 'corpora': []}
    say(f'  image: {row["build"]["bytes"] / 1e6:.1f} MB in {row["build"]["seconds"]:.1f} s')
    everyone = [programs.Yamori(args.yamori, image)] + peers(args, one['folder'])
    try:
        for p in everyone:
            row['start'][p.name] = start_up(args, p, small, image if p.name == 'yamori' else None)
        row['scanners'] = scanners(everyone[0], groups[-1]['folder'])
        for group in groups:
            measure.warm(group['folder'])
            row['corpora'].append(throughput(args, row, group, everyone))
        row['commands'] = {p.name: ' '.join(str(w) for w in p.command('CORPUS')) for p in everyone}
        row['versions'] = {p.name: p.version for p in everyone}
    finally:
        for p in everyone:
            p.close()
    return row


def measure_yara(args, groups, small):
    say(f'rules: {args.yara}')
    image = args.work / 'yara.ydb'
    row = {'name': f'YARA rules ({args.yara}), without unpacking', 'signatures': None, 'build': build(args, [args.yara], image),
           'per_digest': None, 'start': {}, 'corpora': []}
    everyone = [programs.Yamori(args.yamori, image, ['--no-unpack', '--all-matches']), programs.Yara(args.yara)]
    for p in everyone:
        row['start'][p.name] = start_up(args, p, small, image if p.name == 'yamori' else None)
    row['scanners'] = scanners(everyone[0], groups[-1]['folder'])
    row['corpora'] = [throughput(args, row, group, everyone) for group in groups]
    row['commands'] = {p.name: ' '.join(str(w) for w in p.command('CORPUS')) for p in everyone}
    row['versions'] = {p.name: p.version for p in everyone}
    return row


def measure_yara_sets(args, result, groups, small):
    sets = yara_sets.measure_sets(args, groups, small)
    yara_sets.page(args.out, about_run(result) + '\n' + corpora_table(result), sets)
    (args.work / 'results-yara.json').write_text(json.dumps(dict(result, sets=sets), indent=1, default=list))
    say(args.out.read_text())
    return 1 if yara_sets.differs(sets) else 0


# ---- The page -----------------------------------------------------------------------------------

def table(head, rows):
    return '\n'.join(['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head)] + ['| ' + ' | '.join(r) + ' |' for r in rows]) + '\n'


def number(value, digits=1):
    return '-' if value is None else f'{value:,.{digits}f}'


def speed_rows(row, peak):
    names = list(row['start'])
    for c in row['corpora']:
        cells = [c['corpus']]
        for n in names:
            cells.append(number(c['speed'][n][0]))
        for n in names[1:]:
            low = c['ratio'][n]
            text = f'{low[0]:.1f} x ({low[1]:.1f} to {low[2]:.1f})'
            cells.append(f'[{text}] verdicts differ' if n in c['differ'] else text)
        cells.append('-' if not peak else f'{c["speed"]["yamori"][0] * 1e8 / peak:.1f} %')
        cells.append(' / '.join(f'{c["wall"][n]:.2f}' for n in names))
        cells.append(' / '.join(str(c['found'][n]) for n in names))
        cells.append(' / '.join(str(c['unseen'][n]) for n in names))
        yield cells


def set_page(row, peak):
    names = list(row['start'])
    head = ['corpus'] + [f'{n}, MB/CPU-s' for n in names] + [f'ratio to {n}' for n in names[1:]] + ['of memory bandwidth', 'wall, s', 'infected', 'not fully seen']
    text = f'\n## {row["name"]}' + (f', {row["signatures"]:,} signatures' if row['signatures'] else '') + '\n\n'
    text += table(head, speed_rows(row, peak))
    for c in row['corpora']:
        for n, paths in c['differ'].items():
            text += f'\n{c["corpus"]}, {n} and yamori differ on: ' + ', '.join(os.path.basename(p) for p in paths) + '\n'
        for n, error in c['errors'].items():
            text += f'\n{c["corpus"]}, {n} ended with an error: `{error}`\n'
    rows = []
    for title, key in (('first verdict, warm, ms', 'warm_ms'), ('first verdict, cold, ms', 'cold_ms'), ('start of the daemon, s', 'start_s'),
                       ('private memory after one small file, MiB', 'private_mib'), ('of it dirty, MiB', 'dirty_mib'), ('CPU to load, s', 'load_cpu')):
        rows.append([title] + [number(row['start'][n].get(key), 3 if key == 'load_cpu' else 1) for n in names])
    text += '\n' + table([''] + names, rows)
    one, ten = row['scanners'][1], row['scanners'][10]
    build_row = row['build']
    text += (f'\nBuild of the image: {build_row["seconds"]:.1f} s, {build_row["private_mib"]:.0f} MiB private, {build_row["bytes"] / 1e6:.1f} MB'
             + (f'; {row["per_digest"]:.1f} bytes a digest signature with its name' if row['per_digest'] else '') + '. '
             f'Scanners at work: private memory of one {one["private_mib"]:.1f} MiB (dirty {one["dirty_mib"]:.1f}), Pss {one["pss_mib"]:.1f} MiB; '
             f'sum of Pss of {ten["processes"]} scanners {ten["pss_mib"]:.1f} MiB.\n')
    return text


def about_run(result):
    m = result['machine']
    return (f'{result["when"]}, `{" ".join(["bench.py"] + sys.argv[1:])}`, revision {result["revision"]}. {m["processor"]}, {m["cores"]} cores, '
            f'{m["memory_mib"]} MiB, {m["system"]}, Linux {m["kernel"]}. One core reads memory at {number((result["bandwidth"] or 0) / 1e9)} GB/s. '
            f'Load average before: {result["load"]}. How each figure is taken: `bench.py --help`.\n')


def corpora_table(result):
    return table(['corpus', 'what', 'files', 'MB', 'packages fetched for it'],
                 [[g['name'], g['about'], f'{g["files"]:,}', number(g['bytes'] / 1e6), ', '.join(g['packages']) or '-'] for g in result['corpora']])


def page(args, result):
    text = '# Results of the last run\n\n' + about_run(result) + '\n' + corpora_table(result)
    for row in result['sets']:
        text += set_page(row, result['bandwidth'])
    versions = {n: v for row in result['sets'] for n, v in row['versions'].items()}
    commands = {n: c for row in result['sets'] for n, c in row['commands'].items()}
    text += '\n## Programs\n\n' + table(['', 'version', 'command'], [[n, versions[n], f'`{commands[n]}`'] for n in versions])
    args.out.write_text(text.replace(f'{HERE.parent}/', ''))


def main():
    args = parse_arguments()
    if not os.access(args.yamori, os.X_OK):
        sys.exit(f'bench: {args.yamori} is not there: run ./dev build first')
    args.work.mkdir(parents=True, exist_ok=True)
    result = {'when': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC'), 'revision': revision(), 'machine': machine(),
              'load': ' '.join(open('/proc/loadavg', encoding='utf8').read().split()[:3]), 'bandwidth': bandwidth(args.work), 'corpora': [], 'sets': []}
    small = args.work / 'small' / 'small.bin'
    small.parent.mkdir(exist_ok=True)
    small.write_bytes(random.Random(3).randbytes(4096))
    for name in args.corpora.split(','):
        name, _, size = name.partition('=')
        if name not in corpora.CORPORA:
            sys.exit(f'bench: no corpus {name}: there are {", ".join(corpora.CORPORA)}')
        group = corpora.make(name, int(size) if size else args.size, args.work, args.fetch)
        if not group['files']:
            say(f'corpus {name}: no files of it on this machine; --fetch downloads packages that have them')
            continue
        say(f'corpus {name}: {group["files"]} files, {group["bytes"] / 1e6:.1f} MB')
        result['corpora'].append(group)
    groups = result['corpora']
    if not groups:
        sys.exit('bench: nothing to measure with')
    if args.yara_sets:
        return measure_yara_sets(args, result, groups, small)
    wanted = [lambda p=p: synthetic(args, p, groups) for p in args.sets] + ([lambda: real(args, groups)] if args.db else [])
    for make in wanted:
        result['sets'].append(measure_set(args, make(), groups, small))
    if args.yara:
        result['sets'].append(measure_yara(args, groups, small))
    page(args, result)
    (args.work / 'results.json').write_text(json.dumps(result, indent=1, default=str))
    say('\n' + args.out.read_text())
    say(f'{args.out}; all figures: {args.work / "results.json"}')
    return 1 if any(c['differ'] for row in result['sets'] for c in row['corpora']) else 0


if __name__ == '__main__':
    sys.exit(main())

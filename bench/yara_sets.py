"""yara_sets.py - synthetic sets of YARA rules (gen-rules.py) through yamori, yara and YARA-X on one core:
what compiling and starting cost, how fast they scan, and first of all whether they say the same.

    speed     bytes of the corpus over user time; of yamori and yara that of a whole run with a compiled
              image less that of a run over one small file, which is what loading costs; of YARA-X that of
              its calls of scan() alone (yara-x.js).  Medians of the rounds
    start-up  a new process with a compiled image scans one small file, exec to exit; of YARA-X
              deserialising and one scan
    compile   yamori db build, yarac, YARA-X's compile(): wall, and the largest private memory"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import measure
import programs

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = '@litko/yara-x-linux-x64-gnu'
PACKAGE_VERSION = '0.7.2'


def rules_of(work, name, groups):
    """name: 1k, 10k, noisy10k ... -> path of the rules, made when they are not there."""
    noisy = name.startswith('noisy')
    count = int(name.removeprefix('noisy').removesuffix('k')) * 1000
    folder = work / 'yara-sets'
    folder.mkdir(parents=True, exist_ok=True)
    rules = folder / f'{name}.yar'
    if not rules.exists() or rules.stat().st_mtime < (HERE / 'gen-rules.py').stat().st_mtime:
        plants = [a for g in groups for a in ('--plant', g['folder'])]
        subprocess.run([sys.executable, HERE / 'gen-rules.py', rules, str(count), '1'] + ['--noisy'] * noisy + plants, check=True)
    return rules


def node_module(work):
    """Folder of YARA-X's module, fetched when it is not there; None without node or network."""
    folder = work / 'yara-x'
    module = folder / 'node_modules' / PACKAGE
    if not shutil.which('node') or not shutil.which('npm'):
        return None
    if not module.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(['npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, f'{PACKAGE}@{PACKAGE_VERSION}'], check=False)
    return module if module.exists() else None


def compiled(command, image):
    watch = measure.Watch()
    r = measure.run(command, watch)
    if r['code'] != 0:
        return {'error': (r['err'].strip() or r['out'].strip())[-200:]}
    return {'wall': r['wall'], 'mib': watch.private / 1024, 'bytes': os.path.getsize(image)}


class Yamori:
    name = 'yamori'

    def __init__(self, args, rules):
        self.program, self.image = args.yamori, rules.with_suffix('.ydb')
        self.version = programs.version(args.yamori)
        self.build = compiled([args.yamori, 'db', 'build', '-o', self.image, rules], self.image)

    def command(self, path):
        return [self.program, 'scan', '--no-record', '--json', '-q', '--no-unpack', '--all-matches', '-j', '1', '-d', self.image, '-r', path]

    def found(self, text):
        rows = [json.loads(line) for line in text.splitlines() if line.startswith('{')]
        return {(d['name'], row['path']) for row in rows for d in row.get('detections', [])}


class Yara:
    name = 'yara'

    def __init__(self, _, rules):
        self.image = rules.with_suffix('.yarc')
        self.version = 'yara ' + programs.version('yara')
        self.build = compiled(['yarac', '-w', rules, self.image], self.image)

    def command(self, path):
        return ['yara', '-w', '-p', '1', '-C', '-r', self.image, path]

    def found(self, text):
        return {tuple(line.split(' ', 1)) for line in text.splitlines()}


def scan_of(program, group, small, rounds):
    """-> (found, user seconds of scanning, start-up in ms)"""
    load = [measure.run(program.command(small)) for _ in range(max(rounds, 5))]
    runs = [measure.run(program.command(group['folder'])) for _ in range(rounds)]
    user = statistics.median(r['user'] for r in runs) - statistics.median(r['user'] for r in load)
    return program.found(runs[0]['out']), max(user, 0.001), statistics.median(r['wall'] for r in load) * 1000


def yara_x(module, rules, groups, rounds):
    """-> by folder what scan_of() says of the others, or the error"""
    r = measure.run(['node', HERE / 'yara-x.js', module, rules, str(rounds)] + [g['folder'] for g in groups])
    if r['code'] != 0:
        return {g['folder']: {'error': r['err'].strip()[-200:]} for g in groups}
    out = json.loads(r['out'])
    about = {'start_ms': out['start']['wall'] * 1000 if 'start' in out else None,
             'build': {'wall': out['compile']['wall'], 'mib': out['rss_mib'], 'bytes': out.get('image_bytes', 0)}}
    return {folder: dict(about, found={tuple(f) for f in one['found']}, user=statistics.median(t['user'] for t in one['rounds']))
            for folder, one in out['folders'].items()}


def measure_corpus(everyone, x, group, small, rounds):
    row = {'corpus': group['name'], 'speed': {}, 'start_ms': {}, 'found': {}, 'differ': {}, 'failed': {}}
    results = {}
    measure.warm(group['folder'])
    for p in everyone:
        if 'error' in p.build:
            row['failed'][p.name] = p.build['error']
            continue
        found, user, start = scan_of(p, group, small, rounds)
        results[p.name] = {'found': found, 'user': user, 'start_ms': start, 'build': p.build}
    if x and 'error' in x:
        row['failed']['YARA-X'] = x['error']
    elif x:
        results['YARA-X'] = x
    for name, r in results.items():
        row['speed'][name] = group['bytes'] / 1e6 / r['user']
        row['start_ms'][name] = r['start_ms']
        row['found'][name] = len(r['found'])
        different = sorted(r['found'] ^ results['yamori']['found'])
        if different:
            row['differ'][name] = different[:10]
    row['build'] = {name: r['build'] for name, r in results.items()}
    print('   ', group['name'], ', '.join(f'{n} {s:.1f} MB/s' for n, s in row['speed'].items()), 'found', row['found'],
          'DIFFER' if row['differ'] else '', row['failed'] or '', flush=True)
    return row


def measure_sets(args, groups, small):
    module = node_module(args.work)
    out = []
    for name in args.yara_sets.split(','):
        print(f'YARA rules: {name}', flush=True)
        rules = rules_of(args.work, name, groups)
        everyone = [Yamori(args, rules)] + ([Yara(args, rules)] if shutil.which('yara') and shutil.which('yarac') else [])
        x = yara_x(module, rules, groups, args.rounds) if module else {}
        rows = [measure_corpus(everyone, x.get(g['folder']), g, small, args.rounds) for g in groups]
        out.append({'name': name, 'bytes': rules.stat().st_size, 'corpora': rows, 'versions': {p.name: p.version for p in everyone},
                    'commands': {p.name: ' '.join(map(str, p.command('CORPUS'))) for p in everyone}})
        if module:
            out[-1]['versions']['YARA-X'] = f'{PACKAGE} {PACKAGE_VERSION}'
            out[-1]['commands']['YARA-X'] = 'bench/yara-x.js'
    return out


# ---- The page -----------------------------------------------------------------------------------

NAMES = ['yamori', 'yara', 'YARA-X']


def table(head, rows):
    return '\n'.join(['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head)] + ['| ' + ' | '.join(r) + ' |' for r in rows]) + '\n'


def ratio(row, peer):
    if peer not in row['speed']:
        return '-'
    text = f'{row["speed"]["yamori"] / row["speed"][peer]:.1f} x'
    return f'[{text}] matches differ' if peer in row['differ'] else text


def set_text(one):
    rows = [[r['corpus']] + [f'{r["speed"][n]:,.1f}' if n in r['speed'] else '-' for n in NAMES] + [ratio(r, p) for p in NAMES[1:]]
            + [' / '.join(str(r['found'].get(n, '-')) for n in NAMES)] for r in one['corpora']]
    text = f'\n## {one["name"]} ({one["bytes"] / 1e6:.1f} MB of text)\n\n'
    text += table(['corpus'] + [f'{n}, MB/CPU-s' for n in NAMES] + ['ratio to yara', 'ratio to YARA-X', 'matches'], rows)
    first = one['corpora'][0]
    cells = []
    for n in NAMES:
        b = first['build'].get(n)
        if b:
            start = first['start_ms'][n]
            cells.append([n, f'{b["wall"]:.2f}', f'{b["mib"]:.0f}', f'{b["bytes"] / 1e6:.1f}', '-' if start is None else f'{start:.1f}'])
    text += '\n' + table(['', 'compile, s', 'memory, MiB', 'image, MB', 'start-up, ms'], cells)
    for r in one['corpora']:
        for n, rows in r['differ'].items():
            text += f'\n{r["corpus"]}: {n} and yamori differ on ' + ', '.join(f'{a} {os.path.basename(b)}' for a, b in rows) + '\n'
        for n, error in r['failed'].items():
            text += f'\n{r["corpus"]}: {n} could not be measured: `{error}`\n'
    return text


def page(out, head, sets):
    versions = {n: v for s in sets for n, v in s['versions'].items()}
    commands = {n: c for s in sets for n, c in s['commands'].items()}
    text = '# YARA: results of the last run\n\n' + head + '\n' + ''.join(set_text(s) for s in sets)
    text += '\n## Programs\n\n' + table(['', 'version', 'command'], [[n, versions[n], f'`{commands[n]}`'] for n in versions])
    out.write_text(text.replace(f'{HERE.parent}/', ''))


def differs(sets):
    return any(r['differ'] for s in sets for r in s['corpora'])

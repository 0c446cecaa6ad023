#!/usr/bin/env python3
"""The starter rules: each fires on its sample and not on its near miss, alone and through an
image; and Debian's yara, where it is installed, says the same of the YARA files.

usage: rules.py TOP YAMORI"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from samples import SAMPLES  # noqa: E402


class Tap:
    def __init__(self):
        self.number = self.bad = 0

    def say(self, good, title, notes=()):
        self.number += 1
        self.bad |= not good
        print(('ok' if good else 'not ok') + f' {self.number} - {title}')
        for note in [] if good else notes:
            print('# ' + note)

    def skip(self, title, why):
        self.number += 1
        print(f'ok {self.number} - {title} # SKIP {why}')


def rule_names(folder):
    names = set()
    for path in folder.glob('*.yar'):
        names |= set(re.findall(r'^(?:global )?rule (\w+)', path.read_text(), re.M))
    for path in folder.glob('*.ndb'):
        names |= {line.split(':')[0] + '.UNOFFICIAL' for line in path.read_text().splitlines()
                  if line and not line.startswith('#')}
    return names


def write_samples(work):
    for name, (hit, miss) in SAMPLES.items():
        (work / f'{name}.hit').write_bytes(hit)
        (work / f'{name}.miss').write_bytes(miss)


def scan(yamori, base, work):
    """{file name: set of detection names}, {file name: verdict}"""
    run = subprocess.run([yamori, 'scan', '-d', str(base), '--json', '--all-matches', '-r', str(work)],
                         capture_output=True, text=True, check=False)
    found, verdicts = {}, {}
    for line in run.stdout.splitlines():
        if line.startswith('{'):
            row = json.loads(line)
            if 'path' in row:
                name = pathlib.Path(row['path']).name
                found[name] = {d['name'] for d in row.get('detections', [])}
                verdicts[name] = row['verdict']
    return found, verdicts, run


def check_scan(tap, how, yamori, base, work):
    found, verdicts, run = scan(yamori, base, work)
    notes = [f'exit code {run.returncode}', *run.stderr.splitlines()[:10]]
    tap.say(run.returncode == 1, f'{how}: the scan ends with exit code 1', notes)
    tap.say('error' not in verdicts.values(), f'{how}: no sample is an error', notes)
    for name in SAMPLES:
        tap.say(name in found.get(name + '.hit', ()), f'{how}: {name} fires',
                notes + [f'found {sorted(found.get(name + ".hit", ["nothing was said of it"]))}'])
        tap.say((name + '.miss') in found and name not in found[name + '.miss'],
                f'{how}: {name} does not fire on its near miss', notes)


def check_with_yara(tap, folder, work):
    title = "Debian's yara finds the same"
    if shutil.which('yara') is None:
        tap.skip(title, 'yara is not installed')
        return
    found = {}
    for path in sorted(folder.glob('*.yar')):
        run = subprocess.run(['yara', '-w', str(path), str(work)], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            tap.say(False, title, run.stderr.splitlines())
            return
        for line in run.stdout.splitlines():
            rule, file = line.split(' ', 1)
            found.setdefault(pathlib.Path(file).name, set()).add(rule)
    wrong = [f'{name}: {sorted(found.get(name + ".hit", []))}, near miss {sorted(found.get(name + ".miss", []))}'
             for name in SAMPLES if not name.endswith('.UNOFFICIAL') and
             (name not in found.get(name + '.hit', ()) or name in found.get(name + '.miss', ()))]
    tap.say(not wrong, title, wrong)


def main():
    folder = pathlib.Path(sys.argv[1], 'rules')
    yamori = sys.argv[2]
    tap = Tap()
    with tempfile.TemporaryDirectory() as temp:
        work = pathlib.Path(temp, 'samples')
        work.mkdir()
        write_samples(work)
        names = rule_names(folder)
        tap.say(names == set(SAMPLES), 'every rule has a sample and a near miss',
                [f'without: {sorted(names - set(SAMPLES))}', f'for no rule: {sorted(set(SAMPLES) - names)}'])
        check_with_yara(tap, folder, work)
        image = pathlib.Path(temp, 'rules.ydb')
        build = subprocess.run([yamori, 'db', 'build', '-o', str(image), str(folder)],
                               capture_output=True, text=True, check=False)
        tap.say(build.returncode == 0, 'an image is built from the folder',
                (build.stdout + build.stderr).splitlines()[:10])
        check_scan(tap, 'image', yamori, image, work)
        check_scan(tap, 'texts', yamori, folder, work)
    print(f'1..{tap.number}')
    return int(tap.bad)


if __name__ == '__main__':
    sys.exit(main())

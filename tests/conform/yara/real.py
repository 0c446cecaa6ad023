#!/usr/bin/env python3
"""How much of real rule sets PROGRAM takes, and whether it finds the same with them as yara.

    real.py PROGRAM RULES... [--yara yara] [--yara-x FOLDER] [--files 300] [--planted 1000] [--seed 1] [-D NAME=VALUE]...
            [--also PATH]... [--keep DIR] [--compile-only]

RULES are folders or files of YARA rules, of any origin; none are in the tree.  Every file is given to
yara and to PROGRAM as a whole; of a file that one of them refuses each rule is given alone, together
with the imports of its file and the rules that it names.  Printed are the share of the rules that
yara compiles and PROGRAM does, what PROGRAM refuses and why, and what only PROGRAM takes; with
--yara-x (see record.py) also how many YARA-X takes.

Then everything that both compile looks for matches in files: some of /usr, and others made from the rules'
own strings, so that rules fire and nearly fire (plant.py).  --also adds files and folders.
Each difference is printed as rule file, rule and sample.

Exit status: 0 no rule is refused and no match differs, 1 otherwise, 2 nothing to compare."""
import argparse
import base64
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import compare
import plant

HERE = os.path.dirname(os.path.abspath(__file__))
IMPORT = re.compile(r'(?m)^\s*import\s+"[^"]*"')
NAME = re.compile(r"[A-Za-z_]\w*")
EXTERNALS = []


class File:
    """A file of rules: its text, and its rules as they can stand alone."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="latin1") as f:
            self.text = f.read()
        self.imports = "\n".join(sorted({x.strip() for x in IMPORT.findall(self.text)}))
        starts = list(compare.RULE.finditer(self.text))
        self.rules = [(m.group(1), self.text[m.start():after.start() if after else len(self.text)])
                      for m, after in zip(starts, starts[1:] + [None])]

    def alone(self, i):
        """Rule i with all that it needs."""
        need, todo = {i}, [i]
        number = {name: k for k, (name, _) in enumerate(self.rules)}
        while todo:
            text = self.rules[todo.pop()][1]
            for word in set(NAME.findall(text[text.rfind("condition"):])):
                k = number.get(word)
                if k is not None and k not in need:
                    need.add(k)
                    todo.append(k)
        return self.imports + "\n" + "\n".join(self.rules[k][1] for k in sorted(need))


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, YAMORI_RECORD="no"), check=False)


def refused_by_yara(a, *paths):
    """None, or why."""
    p = run([a.yara, "-w", *[w for x in EXTERNALS for w in ("-d", x)],
             *["n%d:%s" % (i, path) for i, path in enumerate(paths)], os.devnull])
    said = p.stderr.decode("latin1").strip().splitlines()
    return None if p.returncode == 0 else (said or ["exit status %d" % p.returncode])[0]


def refused_by_us(a, *paths):
    empty = os.path.join(a.work, "empty")
    p = run([a.program, "scan", "--no-record", "--no-unpack", *[w for x in EXTERNALS for w in ("-D", x)],
             *[w for path in paths for w in ("-d", path)], empty])
    said = p.stderr.decode("utf8", "replace").strip().splitlines()
    return None if p.returncode in (0, 1, 3) else (said or ["exit status %d" % p.returncode])[-1]


def refused_files(a, ask, paths):
    """Those that are refused, sought by halves."""
    if not paths or ask(a, *paths) is None:
        return set()
    half = len(paths) // 2
    return set(paths) if len(paths) == 1 else refused_files(a, ask, paths[:half]) | refused_files(a, ask, paths[half:])


def plain(reason):
    """The reason without what is particular to the place."""
    reason = re.sub(r"^.*?:\d+:\d+: ", "", reason)
    return re.sub(r'"[^"]*"', '"..."', reason)[:100]


class Share:
    def __init__(self):
        self.rules = self.theirs = self.both = 0
        self.refused = collections.defaultdict(list)
        self.only_ours = []
        self.accepted = []  # texts


def count_alone(a, f, share):
    """Rule by rule."""
    good = []
    for i, (name, _) in enumerate(f.rules):
        path = os.path.join(a.work, "one.yar")
        with open(path, "w", encoding="latin1", newline="") as out:
            out.write(f.alone(i))
        theirs, ours = refused_by_yara(a, path), refused_by_us(a, path)
        share.theirs += theirs is None
        share.both += theirs is None and ours is None
        if theirs is None and ours is not None:
            share.refused[plain(ours)].append("%s %s" % (f.path, name))
        elif theirs is not None and ours is None:
            share.only_ours.append("%s %s: %s" % (f.path, name, theirs))
        elif ours is None:
            good.append(i)
    if good:
        text = together(f, good)
        path = os.path.join(a.work, "one.yar")
        with open(path, "w", encoding="latin1", newline="") as out:
            out.write(text)
        if refused_by_yara(a, path) is None and refused_by_us(a, path) is None:
            share.accepted.append((f, text))
        else:
            print("left out of the comparison: %s" % f.path)


def together(f, good):
    need = set()
    for i in good:
        need |= {name for name, text in f.rules if text in f.alone(i)}
    return f.imports + "\n" + "\n".join(text for name, text in f.rules if name in need)


def shares(a, files):
    share, paths = Share(), [f.path for f in files]
    refused = refused_files(a, refused_by_yara, paths) | refused_files(a, refused_by_us, paths)
    for f in files:
        share.rules += len(f.rules)
        if f.path not in refused:
            share.theirs += len(f.rules)
            share.both += len(f.rules)
            share.accepted.append((f, f.text))
        else:
            count_alone(a, f, share)
    return share


def tell_shares(a, share, files):
    print("%d rules in %d files: yara compiles %d, of these PROGRAM %d (%.2f%%), only PROGRAM %d" % (
        share.rules, len(files), share.theirs, share.both, 100 * share.both / max(1, share.theirs), len(share.only_ours)))
    for reason, where in sorted(share.refused.items(), key=lambda x: -len(x[1])):
        print("  refused %4d  %s\n                e.g. %s" % (len(where), reason, where[0]))
    for line in share.only_ours[:20]:
        print("  only PROGRAM  %s" % line)
    if a.yara_x:
        print("YARA-X compiles %d files of %d" % (taken_by_yara_x(a, files), len(files)))


def taken_by_yara_x(a, files):
    asked = "".join(json.dumps({"files": [["default", f.text]], "data": base64.b64encode(b"").decode(),
                                "define": dict(x.split("=", 1) for x in EXTERNALS)}) + "\n" for f in files)
    p = subprocess.run(["node", os.path.join(HERE, "yara_x.js"), a.yara_x], input=asked.encode(),
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return sum("error" not in json.loads(x) for x in p.stdout.splitlines())


# ---- Matches ----------------------------------------------------------------------------------------

def samples(a, share):
    """A folder of links to system files, copies of what --also names, and planted files."""
    rnd = random.Random(a.seed)
    folder = os.path.join(a.work, "files")
    os.makedirs(folder)
    every = [text for f, _ in share.accepted for _, text in f.rules]
    for i, data in enumerate(plant.samples(every, a.planted, rnd)):
        with open(os.path.join(folder, "planted%04d" % i), "wb") as out:
            out.write(data)
    for i, path in enumerate(compare.system_files(a.files, rnd)):
        shutil.copy(path, os.path.join(folder, "system%04d" % i))
    for i, path in enumerate(p for top in a.also for p in below(top)):
        shutil.copy(path, os.path.join(folder, "also%05d" % i))
    return folder


def below(top):
    if os.path.isfile(top):
        return [top]
    return sorted(os.path.join(d, x) for d, _, names in os.walk(top) for x in names
                  if os.path.isfile(os.path.join(d, x)) and not os.path.islink(os.path.join(d, x)))


def theirs_in(a, names, rules, folder):
    """{sample: {(rule file, rule)}}"""
    said = collections.defaultdict(set)
    p = run([a.yara, "-w", "-e", "-r", *[w for x in EXTERNALS for w in ("-d", x)],
             *["%s:%s" % (n[:-4], os.path.join(rules, n)) for n in names], folder])
    for line in p.stdout.decode("latin1").splitlines():
        m = re.match(r"(\w+):(\w+) (.*)$", line)
        if m:
            said[os.path.basename(m.group(3))].add((m.group(1), m.group(2)))
    if p.stderr:
        print("yara: %s" % p.stderr[:400].decode("latin1"))
    return said


def ours_in(a, rules, folder):
    said, gaps = collections.defaultdict(set), collections.Counter()
    p = run([a.program, "scan", "--no-record", "--json", "--all-matches", "--no-unpack",
             *[w for x in EXTERNALS for w in ("-D", x)], "-d", rules, "-r", folder])
    for line in p.stdout.splitlines():
        row = json.loads(line)
        said[os.path.basename(row["path"])] |= {
            (os.path.basename(d["source"].rsplit(":", 1)[0])[:-4], d["name"]) for d in row["detections"]}
        gaps.update(str(g.get("kind", g) if isinstance(g, dict) else g) for g in row["gaps"])
    if p.returncode == 2:
        print("PROGRAM: %s" % p.stderr[-400:].decode("utf8", "replace"))
    return said, gaps


def compare_matches(a, share):
    """-> (pairs that yara reports, missing, extra)"""
    rules = os.path.join(a.work, "rules")
    os.makedirs(rules)
    names = {}
    for i, (f, text) in enumerate(share.accepted):
        names["r%04d.yar" % i] = f.path
        with open(os.path.join(rules, "r%04d.yar" % i), "w", encoding="latin1", newline="") as out:
            out.write(text)
    folder = samples(a, share)
    t0 = time.monotonic()
    want = theirs_in(a, names, rules, folder)
    t1 = time.monotonic()
    got, gaps = ours_in(a, rules, folder)
    t2 = time.monotonic()
    missing = [(s, r) for s in want for r in want[s] - got[s]]
    extra = [(s, r) for s in got for r in got[s] - want[s]]
    for word, rows in (("missing", missing), ("extra", extra)):
        for sample, (space, rule) in sorted(rows)[:40]:
            print("  %s  %s  %s  %s" % (word, names[space + ".yar"], rule, sample))
    n = sum(len(v) for v in want.values())
    print("%d rule files, %d samples: yara reports %d matches in %.1f s; PROGRAM in %.1f s, missing %d, extra %d, gaps %s"
          % (len(names), len(os.listdir(folder)), n, t1 - t0, t2 - t1, len(missing), len(extra), dict(gaps)))
    return n, len(missing), len(extra)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program")
    ap.add_argument("sources", nargs="+", metavar="RULES")
    ap.add_argument("--yara", default="yara")
    ap.add_argument("--yara-x")
    ap.add_argument("--files", type=int, default=300)
    ap.add_argument("--planted", type=int, default=1000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-D", "--define", action="append", default=[])
    ap.add_argument("--also", action="append", default=[])
    ap.add_argument("--keep")
    ap.add_argument("--compile-only", action="store_true")
    a = ap.parse_args()
    EXTERNALS.extend(a.define)
    a.work = a.keep or tempfile.mkdtemp(prefix="real-")
    os.makedirs(a.work, exist_ok=True)
    with open(os.path.join(a.work, "empty"), "wb"):
        pass
    files = [File(p) for top in a.sources for p in below(top) if re.search(r"\.yara?$", p)]
    share = shares(a, files)
    tell_shares(a, share, files)
    n, missing, extra = (1, 0, 0) if a.compile_only else compare_matches(a, share)
    if not a.keep:
        shutil.rmtree(a.work)
    if share.theirs == 0 or n == 0:
        return 2
    return int(bool(share.refused or missing or extra))


if __name__ == "__main__":
    sys.exit(main())

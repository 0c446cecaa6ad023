#!/usr/bin/env python3
"""Compares PROGRAM with what clamscan answered (expected.json), case by case, and prints TAP.

    run.py PROGRAM [--jobs 2] [--group TEXT] [--id CASE --keep DIR]

PROGRAM is called as PROGRAM scan --json --all-matches -d RULES FILE.  An answer is "error" (exit
status 2) or the names found.  An `incomplete` verdict may stand where clamscan found nothing, never
where it found something.  known.py lists the differences that are meant, each with its reason; one
that no longer differs fails, too, so that the list stays true.

Exit status: 0 all as expected, 1 not."""
import argparse
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

import cases
from known import KNOWN

HERE = os.path.dirname(os.path.abspath(__file__))


def write_case(c, d):
    rules = os.path.join(d, "rules")
    os.makedirs(rules, exist_ok=True)
    for name, text in c["rules"].items():
        with open(os.path.join(rules, name), "wb") as f:
            f.write(text)
    path = os.path.join(d, "sample")
    with open(path, "wb") as f:
        f.write(c["data"])
    return rules, path


def strip(name):
    return name[:-len(".UNOFFICIAL")] if name.endswith(".UNOFFICIAL") else name


def ask(program, c, d):
    """-> "error", a list of names, or a text that begins with "!": something else went wrong."""
    rules, path = write_case(c, d)
    command = program + ["scan", "--json", "--all-matches", "-d", rules, path]
    try:
        p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return "! timeout"
    if p.returncode == 2:
        return "error"
    if p.returncode not in (0, 1, 3):
        return "! exit status %d: %s" % (p.returncode, p.stderr[-200:].decode("utf8", "replace"))
    lines = [json.loads(x) for x in p.stdout.decode("utf8").splitlines() if x.strip()]
    if len(lines) != 1:
        return "! %d JSON lines" % len(lines)
    names = sorted({strip(x["name"]) for x in lines[0]["detections"]})
    if p.returncode != (1 if names else 3 if lines[0]["verdict"] == "incomplete" else 0):
        return "! exit status %d, verdict %s, names %s" % (p.returncode, lines[0]["verdict"], names)
    return names


def run(program, c, keep=None):
    if keep:
        return ask(program, c, keep)
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        return ask(program, c, d)


def difference(want, got):
    """None, or (missing, extra), or a text."""
    if isinstance(want, list) and isinstance(got, list):
        unknown = {x[:-1] for x in want if x.endswith("?")}
        want = {x for x in want if not x.endswith("?")}
        missing, extra = sorted(want - set(got)), sorted(set(got) - want - unknown)
        return (missing, extra) if missing or extra else None
    return None if want == got else "want %s, got %s" % (want, got)


def judge(c, expected, got):
    """-> (ok, note)"""
    if c["id"] not in expected:
        return False, "not recorded: run record.py"
    digest, want = expected[c["id"]]
    if digest != cases.digest(c):
        return False, "recorded for other bytes: run record.py"
    differs = difference(want, got)
    known = KNOWN.get(c["id"])
    if known is None and differs is None:
        return True, ""
    if known is None:
        return False, differs if isinstance(differs, str) else "missing %s, extra %s" % differs
    if differs is None:
        return False, "no longer different, strike it from known.py"
    same = got == "error" if known[0] == "error" else differs == known[:2]
    return same, "known: " + known[-1] if same else "another difference than known: %s" % (differs,)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--group", default="")
    ap.add_argument("--id")
    ap.add_argument("--keep")
    a = ap.parse_args()
    program = shlex.split(a.program)
    if os.path.exists(program[0]):
        program[0] = os.path.abspath(program[0])
    with open(os.path.join(HERE, "expected.json"), encoding="utf8") as f:
        expected = json.load(f)["cases"]
    chosen = [c for c in cases.CASES if c["group"].startswith(a.group) and a.id in (None, c["id"])]
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
        answers = list(ex.map(lambda c: run(program, c, a.keep), chosen))
    print("1..%d" % len(chosen))
    bad = 0
    for i, (c, got) in enumerate(zip(chosen, answers)):
        ok, note = judge(c, expected, got)
        bad += not ok
        print("%sok %d - %s%s" % ("" if ok else "not ", i + 1, c["id"], " # " + note if ok and note else ""))
        if not ok:
            print("# " + note)
    print("# passed %d of %d" % (len(chosen) - bad, len(chosen)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

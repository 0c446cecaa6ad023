#!/usr/bin/env python3
"""Compares PROGRAM with what clamscan answered (expected.json), case by case, and prints TAP.

    run.py PROGRAM [--jobs 2] [--group TEXT] [--failures FILE] [--id CASE --keep DIR]

PROGRAM is called as PROGRAM scan --json --all-matches -d RULES FILE...; with options that belong to
the building of an image, as PROGRAM db build before.  An answer is "error" (exit status 2) or the
names found.  An `incomplete` verdict may stand where clamscan found nothing, never where it found
something.  known.py lists the differences that are meant, each with its reason; one that no longer
differs fails, too, so that the list stays true.  It also names formats that are waited for: their
cases count as TODO, not as passed.

Exit status: 0 all as expected, 1 not."""
import argparse
import collections
import concurrent.futures
import json
import os
import shlex
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(HERE))

import cases
import kit
from known import KNOWN, WAITING
from program import call


def write(members, d):
    """The files of a run -> (folder of rules, paths to scan)."""
    rules = os.path.join(d, "rules")
    os.makedirs(rules, exist_ok=True)
    kit.write_rules(members[0]["rules"], rules)
    paths = [os.path.join(d, "sample%d" % i) for i in range(len(members))]
    for path, c in zip(paths, members):
        with open(path, "wb") as f:
            f.write(c["data"])
    return rules, paths


def ask(program, members, d, show=False):
    """-> for each member "error", a list of names, or a text that begins with "!"."""
    rules, paths = write(members, d)
    building = kit.command_line(members[0], 1)
    if building:
        image = os.path.join(d, "rules.ydb")
        p = call(program + ["db", "build"] + building + ["-o", image, rules])
        if isinstance(p, str):
            return [p] * len(members)
        if p[0] == 2:
            return ["error"] * len(members)
        rules = image
    command = program + ["scan", "--json"] + kit.command_line(members[0], 2)
    command += [] if "first" in members[0]["options"] else ["--all-matches"]
    command += ["-d", rules] + paths
    p = call(command)
    if show:
        print("# " + " ".join(shlex.quote(x) for x in command))
        if not isinstance(p, str):
            print("# exit status %d\n%s%s" % (p[0], p[1], p[2]))
    if isinstance(p, str):
        return [p] * len(members)
    if p[0] == 2:
        return ["error"] * len(members)
    return answers(members, paths, p[0], p[1])


def answers(members, paths, status, text):
    lines = [json.loads(x) for x in text.splitlines() if x.strip()]
    said = {x["path"]: x for x in lines}
    if len(lines) != len(paths) or set(said) != set(paths):
        return ["! %d JSON lines for %d files" % (len(lines), len(paths))] * len(members)
    names = [sorted({kit.plain_name(c, x["name"]) for x in said[path]["detections"]})
             for path, c in zip(paths, members)]
    verdicts = [said[path]["verdict"] for path in paths]
    want = 1 if any(names) else 3 if "incomplete" in verdicts else 0
    if status != want:
        return ["! exit status %d, verdicts %s" % (status, sorted(set(verdicts)))] * len(members)
    return [n if bool(n) == (v == "infected") else "! verdict %s of %s" % (v, n)
            for n, v in zip(names, verdicts)]


def run(program, members, keep=None):
    if keep:
        return ask(program, members, keep, True)
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        return ask(program, members, d)


def difference(want, got):
    """None, or (missing, extra), or a text."""
    if isinstance(want, list) and isinstance(got, list):
        unknown = {x[:-1] for x in want if x.endswith("?")}
        want = {x for x in want if not x.endswith("?")}
        missing, extra = sorted(want - set(got)), sorted(set(got) - want - unknown)
        return (missing, extra) if missing or extra else None
    if want == "crash" and got[:1] != "!":
        return None
    return None if want == got else "want %s, got %s" % (want, got)


def waits_for(c):
    """What the case needs and the program does not have yet; None: nothing."""
    for name in c["rules"]:
        ext = name.rsplit(".", 1)[-1].lower()
        if ext in WAITING:
            return ext
    return next((w for w in WAITING if c["group"] == w or c["group"].startswith(w + "-")), None)


def judge(c, expected, got):
    """-> (ok, note)"""
    if c["id"] not in expected:
        return False, "not recorded: run record.py"
    digest, want = expected[c["id"]]
    if digest != kit.digest(c):
        return False, "recorded for other bytes: run record.py"
    differs = difference(want, got)
    known = KNOWN.get(c["id"])
    if known is None and differs is None:
        return True, ""
    if known is None:
        return False, differs if isinstance(differs, str) else "missing %s, extra %s" % differs
    if differs is None:
        return False, "no longer different, strike it from known.py"
    if known[0] == "loads":
        same = want == "error" and isinstance(got, list)
    else:
        same = got == "error" if known[0] == "error" else differs == known[:2]
    return same, "known: " + known[-1] if same else "another difference than known: %s" % (differs,)


def tell(number, c, expected, got, counts, failures):
    """One line of TAP."""
    ok, note = judge(c, expected, got)
    waiting = None if ok else waits_for(c)
    counts["ok" if ok else "waiting" if waiting else "bad"] += 1
    counts["waiting for " + waiting if waiting else ""] += 1
    if waiting:
        note = "TODO waiting for %s: %s" % (waiting, note)
    line = "%sok %d - %s" % ("" if ok else "not ", number, c["id"])
    print(line + (" # " + note if note and (ok or waiting) else ""))
    if not ok and not waiting:
        print("# " + note)
    if not ok and failures:
        failures.write("%s\t%s\t%s\n" % (c["id"], waiting or "-", note))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--group", default="")
    ap.add_argument("--failures", type=argparse.FileType("w", encoding="utf8"))
    ap.add_argument("--id")
    ap.add_argument("--keep")
    a = ap.parse_args()
    program = shlex.split(a.program)
    if os.path.exists(program[0]):
        program[0] = os.path.abspath(program[0])
    with open(os.path.join(HERE, "expected.json"), encoding="utf8") as f:
        expected = json.load(f)["cases"]
    chosen = [c for c in cases.CASES if c["group"].startswith(a.group) and a.id in (None, c["id"])]
    got = [None] * len(chosen)
    groups = kit.runs(chosen)
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
        for members, said in zip(groups, ex.map(
                lambda g: run(program, [chosen[i] for i in g], a.keep), groups)):
            for i, answer in zip(members, said):
                got[i] = answer
    print("1..%d" % len(chosen))
    counts = collections.Counter()
    for i, (c, answer) in enumerate(zip(chosen, got)):
        tell(i + 1, c, expected, answer, counts, a.failures)
    for key in sorted(k for k in counts if k.startswith("waiting for")):
        print("# %s: %d" % (key, counts[key]))
    print("# passed %d of %d, waiting %d, failed %d" % (
        counts["ok"], len(chosen), counts["waiting"], counts["bad"]))
    return 1 if counts["bad"] else 0


if __name__ == "__main__":
    sys.exit(main())

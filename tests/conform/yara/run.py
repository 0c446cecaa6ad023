#!/usr/bin/env python3
"""Compares PROGRAM with what YARA answered (expected.json), case by case, and prints TAP.

    run.py PROGRAM [--jobs 2] [--group TEXT] [--failures FILE] [--id CASE [--keep DIR]] [--list]

PROGRAM is called as PROGRAM scan --json --no-unpack --all-matches [-D NAME=VALUE]... -d RULES FILE...
Rules that should compile are asked for in one call, up to 50 at a time, over the inputs of all of them;
when PROGRAM refuses the file, its halves are asked, down to the rule that it refuses.  Rules that
should not compile are asked one by one.  What a string matches is put into the condition of its rule:
the number of matches, and the offset and the length of each.

An `incomplete` verdict may stand where nothing should be found, never where something should.
known.py lists the differences that are meant, each with its reason; one that no longer differs
fails, too, so that the list stays true.

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
from known import KNOWN
from program import call

BATCH = 50


def scan(program, files, load, datas, c, d, show=False):
    """Rules and inputs, with the options of case c -> "error: ...", "! ...", or for each input the
    names found and whether something was not looked at."""
    rules = os.path.join(d, "rules")
    for name, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(rules, name)), exist_ok=True)
        with open(os.path.join(rules, name), "w", encoding="latin1", newline="") as f:
            f.write(text)
    paths = [os.path.join(d, "sample%d" % i) for i in range(len(datas))]
    for path, data in zip(paths, datas):
        with open(path, "wb") as f:
            f.write(data)
    command = program + ["scan", "--json", "--no-unpack", "--all-matches"]
    command += ["--verbose"] if c["kind"] == "warns" else []
    command += [word for x in c["define"] for word in ("-D", x)]
    command += [word for name in load for word in ("-d", os.path.join(rules, name))] + paths
    p = call(command)
    if show:
        print("# " + " ".join(shlex.quote(x) for x in command))
        print("# " + (p if isinstance(p, str) else "exit status %d\n%s%s" % p))
    if isinstance(p, str):
        return p
    if p[0] == 2:
        return "error: " + (p[2].strip().splitlines() or ["nothing is said"])[-1].replace(d, "")
    if c["kind"] == "warns":
        return [({"c0"} if "warning: " in p[2] else set(), False)]
    return answers(p[0], p[1], paths)


def answers(status, text, paths):
    rows = {x["path"]: x for x in map(json.loads, text.splitlines())}
    if set(rows) != set(paths):
        return "! %d JSON lines for %d files" % (len(rows), len(paths))
    found = [({x["name"] for x in rows[p]["detections"]}, bool(rows[p]["gaps"])) for p in paths]
    want = ["infected" if names else "incomplete" if gaps else "clean" for names, gaps in found]
    verdicts = [rows[p]["verdict"] for p in paths]
    if verdicts != want or status != (1 if "infected" in want else 3 if "incomplete" in want else 0):
        return "! exit status %d, verdicts %s" % (status, sorted(set(verdicts)))
    return found


def ask(program, members, expected):
    """Answers to cases that are asked for in one call: {id: answer}."""
    c = members[0]
    datas = list({m["data"]: None for m in members})
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        if c["kind"] == "set":
            files, load = kit.files_of(c)
        else:
            want = [expected[m["id"]][1] for m in members]
            rows = [("c%d" % i, m, w if isinstance(w, list) else None)
                    for i, (m, w) in enumerate(zip(members, want))]
            files, load = {"rules.yar": kit.text_of(rows)}, ["rules.yar"]
        got = scan(program, files, load, datas, c, d)
    if isinstance(got, str) and len(members) > 1:
        half = len(members) // 2
        return {**ask(program, members[:half], expected), **ask(program, members[half:], expected)}
    if isinstance(got, str):
        return {c["id"]: got}
    if c["kind"] == "set":
        return {c["id"]: (sorted(got[0][0]), got[0][1])}
    of = dict(zip(datas, got))
    return {m["id"]: ("c%d" % i in of[m["data"]][0], of[m["data"]][1]) for i, m in enumerate(members)}


def batches(chosen, expected):
    """Lists of cases that are asked together."""
    together, alone = {}, []
    for c in chosen:
        if c["id"] not in expected:
            continue
        if c["kind"] in ("set", "warns") or expected[c["id"]][1] == "error" or c["id"] in KNOWN:
            alone.append([c])
        else:
            together.setdefault(c["define"], []).append(c)
    for members in together.values():
        alone += [members[i:i + BATCH] for i in range(0, len(members), BATCH)]
    return alone


def judge_answer(c, want, got):
    """-> (as wanted, what was got in words)."""
    if isinstance(got, str):
        return got.startswith("error") and want == "error", got
    value, gaps = got
    note = " (incomplete)" if gaps else ""
    if want == "error":
        return False, "compiles" + note
    if c["kind"] == "set":
        return value == want or (gaps and not want and not value), "%s%s" % (value, note)
    if c["kind"] in ("strings", "value"):
        return value, ("other matches" if c["kind"] == "strings" else "another value") + note
    return value == want or (gaps and not want), "%s%s" % (value, note)


def judge(c, expected, got):
    """-> (ok, note)"""
    if c["id"] not in expected:
        return False, "not recorded: run record.py"
    digest, want, source = expected[c["id"]]
    if digest != kit.digest(c):
        return False, "recorded for other bytes: run record.py"
    same, said = judge_answer(c, want, got)
    known = KNOWN.get(c["id"])
    if known is None:
        return same, "" if same else "want %s (%s), got %s: %s" % (json.dumps(want), source, said, kit.shown(c))
    if same:
        return False, "no longer different, strike it from known.py"
    ours, _ = judge_answer(c, known[0], got)
    if known[0] in ("other matches", "another value"):
        ours = said.startswith(known[0])
    return ours, "known: " + known[1] if ours else "another difference than known: %s" % said


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--group", default="")
    ap.add_argument("--failures", type=argparse.FileType("w", encoding="utf8"))
    ap.add_argument("--id")
    ap.add_argument("--keep")
    ap.add_argument("--list", action="store_true")
    a = ap.parse_args()
    program = shlex.split(a.program)
    if os.path.exists(program[0]):
        program[0] = os.path.abspath(program[0])
    with open(os.path.join(HERE, "expected.json"), encoding="utf8") as f:
        expected = json.load(f)["cases"]
    chosen = [c for c in cases.CASES if c["group"].startswith(a.group) and a.id in (None, c["id"])]
    if a.list:
        for c in chosen:
            print(c["id"], json.dumps(expected.get(c["id"], [0, None, ""])[1:]), kit.shown(c), sep="\t")
        return 0
    if a.keep:
        for c in chosen:
            scan(program, *kit.files_of(c), [c["data"]], c, a.keep, True)
    got = {}
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
        for said in ex.map(lambda b: ask(program, b, expected), batches(chosen, expected)):
            got.update(said)
    return tell(chosen, expected, got, a.failures)


def tell(chosen, expected, got, failures):
    """TAP.  A sum for each group at the end."""
    print("1..%d" % len(chosen))
    counts, groups = collections.Counter(), collections.OrderedDict()
    for i, c in enumerate(chosen):
        ok, note = judge(c, expected, got.get(c["id"]))
        counts["ok" if ok else "bad"] += 1
        counts["known"] += note.startswith("known: ")
        counts["incomplete"] += isinstance(got.get(c["id"]), tuple) and got[c["id"]][1]
        row = groups.setdefault(c["group"], [0, 0])
        row[0] += ok
        row[1] += 1
        print("%sok %d - %s%s" % ("" if ok else "not ", i + 1, c["id"], " # " + note if ok and note else ""))
        if not ok:
            print("# " + note)
            if failures:
                failures.write("%s\t%s\n" % (c["id"], note))
    for group, (good, every) in groups.items():
        if good < every:
            print("# %s: %d of %d" % (group, good, every))
    print("# passed %d of %d, known differences %d, incomplete %d, failed %d" % (
        counts["ok"], len(chosen), counts["known"], counts["incomplete"], counts["bad"]))
    return 1 if counts["bad"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Asks Debian's clamscan about every case and writes expected.json.

    record.py [--jobs 2] [--clamscan /usr/bin/clamscan] [--new]

An answer is "error" (clamscan would not load the rules), "crash" (nobody knows what it would have
said) or the sorted list of names it found.
--new asks only for cases that are not recorded yet, or were for other bytes.

Of a case whose rules are rows of one .ndb, .db or .ldb file, each row is asked for alone and the
answers are joined: in one set clamscan lets two patterns of equal bytes share what it finds out
about one of them, whatever their [x-y], (B), (L) and (W) say.  A row that makes clamscan crash is
listed as "NAME?"."""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import cases
import kit

HERE = os.path.dirname(os.path.abspath(__file__))


def rows_of(c):
    """The case's rules, cut into sets to ask for one by one."""
    if not c["rows_alone"]:
        return [c["rules"]]
    (name, text), = c["rules"].items()
    return [{name: row + b"\n"} for row in text.split(b"\n") if row]


def ask(clamscan, members):
    """The answers to cases of the same rules and options."""
    names = [set() for _ in members]
    for rules in rows_of(members[0]):
        answer = ask_set(clamscan, rules, members)
        if answer == "crash" and len(members) > 1:
            return [ask(clamscan, [c])[0] for c in members]
        if answer == "error":
            return ["error"] * len(members)
        if answer == "crash" and not members[0]["rows_alone"]:
            return [answer]
        if answer == "crash":
            (row,) = rules.values()
            answer = [{re.split(b"[:=;]", row)[0].decode() + "?"}]
        for have, more in zip(names, answer):
            have |= more
    return [sorted(x) for x in names]


def ask_set(clamscan, rule_files, members):
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        rules = os.path.join(d, "rules")
        os.mkdir(rules)
        kit.write_rules(rule_files, rules)
        paths = [os.path.join(d, "sample%d" % i) for i in range(len(members))]
        for path, c in zip(paths, members):
            with open(path, "wb") as f:
                f.write(c["data"])
        command = [clamscan, "--no-summary", "-d", rules]
        # The cache would take a file for clean that is clean as a member of another; but without
        # it clamscan looks at no file a second time, which HandlerType asks for.
        command += ["--disable-cache"] if len(members) > 1 else []
        command += [] if "first" in members[0]["options"] else ["--allmatch"]
        p = subprocess.run(command + kit.command_line(members[0], 0) + paths, check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode == 2:
        return "error"
    if p.returncode not in (0, 1):
        return "crash"
    found = {path: set() for path in paths}
    for line in p.stdout.decode("utf8", "replace").splitlines():
        path, sep, said = line.partition(": ")
        if sep and path in found and said.endswith(" FOUND"):
            found[path].add(kit.plain_name(members[0], said[:-len(" FOUND")]))
    return [found[path] for path in paths]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--clamscan", default="clamscan")
    ap.add_argument("--new", action="store_true")
    a = ap.parse_args()
    version = subprocess.run([a.clamscan, "--version"], stdout=subprocess.PIPE,
                             check=True).stdout.decode().strip()
    path = os.path.join(HERE, "expected.json")
    have = {}
    if a.new:
        with open(path, encoding="utf8") as f:
            have = json.load(f)["cases"]
    answers = {c["id"]: have[c["id"]][1] for c in cases.CASES
               if c["id"] in have and have[c["id"]][0] == kit.digest(c)}
    todo = [c for c in cases.CASES if c["id"] not in answers]
    sets = []
    for run in kit.runs(todo):
        members = [todo[i] for i in run]
        sets += [members] if members[0]["rows_alone"] else [[c] for c in members]
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
        for members, said in zip(sets, ex.map(lambda m: ask(a.clamscan, m), sets)):
            answers.update((c["id"], x) for c, x in zip(members, said))
    rows = ['%s: %s' % (json.dumps(c["id"]), json.dumps([kit.digest(c), answers[c["id"]]]))
            for c in cases.CASES]
    with open(path, "w", encoding="utf8") as f:
        f.write('{"recorded_with": %s,\n"cases": {\n' % json.dumps(version) + ",\n".join(rows) + "\n}}\n")
    said = list(answers.values())
    print("%d cases (%d asked now), %d errors, %d crashes, %d with a detection" % (
        len(said), len(todo), said.count("error"), said.count("crash"),
        sum(isinstance(x, list) and bool(x) for x in said)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Asks Debian's clamscan about every case and writes expected.json.

    record.py [--jobs 2] [--clamscan /usr/bin/clamscan]

An answer is "error" (clamscan would not load the rules) or the sorted list of names it found.

Of a case whose rules are rows of one .ndb or .db file, each row is asked for alone and the answers
are joined: in one set clamscan lets two patterns of equal bytes share what it finds out about one
of them, whatever their [x-y], (B), (L) and (W) say.  A row that makes clamscan crash is listed as
"NAME?": nobody knows what it would have said."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import cases

HERE = os.path.dirname(os.path.abspath(__file__))


def rows_of(c):
    """The case's rules, cut into sets to ask for one by one."""
    if not c["rows_alone"]:
        return [c["rules"]]
    (name, text), = c["rules"].items()
    return [{name: row + b"\n"} for row in text.split(b"\n") if row]


def ask(clamscan, c):
    names = set()
    for rules in rows_of(c):
        answer = ask_set(clamscan, rules, c["data"])
        if answer == "error":
            return answer
        if answer == "crash":
            assert c["rows_alone"], c["id"]
            (row,) = rules.values()
            answer = {row.replace(b"=", b":").split(b":")[0].decode() + "?"}
        names |= answer
    return sorted(names)


def ask_set(clamscan, rule_files, data):
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        rules = os.path.join(d, "rules")
        os.mkdir(rules)
        for name, text in rule_files.items():
            with open(os.path.join(rules, name), "wb") as f:
                f.write(text)
        path = os.path.join(d, "sample")
        with open(path, "wb") as f:
            f.write(data)
        p = subprocess.run([clamscan, "--no-summary", "--allmatch", "-d", rules, path],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if p.returncode == 2:
        return "error"
    if p.returncode not in (0, 1):
        return "crash"
    names = set()
    for line in p.stdout.decode("utf8", "replace").splitlines():
        if line.startswith(path + ": ") and line.endswith(" FOUND"):
            name = line[len(path) + 2:-len(" FOUND")]
            names.add(name[:-len(".UNOFFICIAL")] if name.endswith(".UNOFFICIAL") else name)
    return names


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--clamscan", default="clamscan")
    a = ap.parse_args()
    version = subprocess.run([a.clamscan, "--version"], stdout=subprocess.PIPE,
                             check=True).stdout.decode().strip()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
        answers = list(ex.map(lambda c: ask(a.clamscan, c), cases.CASES))
    out = ['{"recorded_with": %s,\n"cases": {' % json.dumps(version)]
    rows = ['%s: %s' % (json.dumps(c["id"]), json.dumps([cases.digest(c), x]))
            for c, x in zip(cases.CASES, answers)]
    with open(os.path.join(HERE, "expected.json"), "w", encoding="utf8") as f:
        f.write(out[0] + "\n" + ",\n".join(rows) + "\n}}\n")
    print("%d cases, %d errors, %d with a detection" % (
        len(answers), answers.count("error"), sum(1 for x in answers if x != "error" and x)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Asks Debian's clamscan about every case and writes expected.json.

    record.py [--jobs 2] [--clamscan /usr/bin/clamscan]

An answer is "error" (clamscan would not load the rules) or the sorted list of names it found."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import cases

HERE = os.path.dirname(os.path.abspath(__file__))


def ask(clamscan, c):
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        rules = os.path.join(d, "rules")
        os.mkdir(rules)
        for name, text in c["rules"].items():
            with open(os.path.join(rules, name), "wb") as f:
                f.write(text)
        path = os.path.join(d, "sample")
        with open(path, "wb") as f:
            f.write(c["data"])
        p = subprocess.run([clamscan, "--no-summary", "--allmatch", "-d", rules, path],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if p.returncode == 2:
        return "error"
    names = set()
    for line in p.stdout.decode("utf8", "replace").splitlines():
        if line.startswith(path + ": ") and line.endswith(" FOUND"):
            name = line[len(path) + 2:-len(" FOUND")]
            names.add(name[:-len(".UNOFFICIAL")] if name.endswith(".UNOFFICIAL") else name)
    return sorted(names)


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

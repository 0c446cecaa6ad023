#!/usr/bin/env python3
"""Compares PROGRAM with Debian's yara on real rules and files.

    compare.py PROGRAM RULES... [--rules 200] [--files 300] [--seed 1] [--keep DIR]

RULES are folders or files of YARA rules, of any origin.  Rules that both compile on their own are
drawn by chance.  A third of the files are system files; the rest are made from the rules' own
strings (hex gaps filled, some strings left out, repeated, widened or in capitals), so that rules
fire and nearly fire.  Prints how many pairs of rule and file yara reports, and how many of them are
missing here or extra.

Exit status: 0 none missing and none extra, 1 some, 2 nothing to compare."""
import argparse
import collections
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

RULE = re.compile(r"(?m)^(?:(?:private|global)\s+)*rule\s+(\w+)")
STRING = re.compile(r'\$\w*\s*=\s*(?:"((?:\\.|[^"\\])*)"([^\n]*)|\{([^}]*)\})')
ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\"}


def rules_in(paths):
    files = []
    for p in paths:
        files += [p] if os.path.isfile(p) else glob.glob(os.path.join(p, "**", "*.yar*"), recursive=True)
    for f in sorted(files):
        with open(f, errors="replace") as text:
            s = text.read()
        starts = list(RULE.finditer(s))
        for m, after in zip(starts, starts[1:] + [None]):
            yield m.group(1), s[m.start():after.start() if after else len(s)]


def compiles(program, text, d):
    path = os.path.join(d, "one.yar")
    with open(path, "w") as f:
        f.write(text)
    ours = subprocess.run([program, "db", "build", "-o", os.path.join(d, "one.ydb"), path],
                          capture_output=True, check=False)
    if ours.returncode != 0:
        return False
    return subprocess.run(["yara", "-w", path, "/dev/null"], capture_output=True,
                          check=False).returncode == 0


def text_bytes(t):
    out, i = bytearray(), 0
    while i < len(t):
        if t[i] != "\\":
            out += t[i].encode()
            i += 1
        elif t[i + 1] == "x":
            out.append(int(t[i + 2:i + 4], 16))
            i += 4
        else:
            out += ESCAPES.get(t[i + 1], t[i + 1].encode())
            i += 2
    return bytes(out)


def hex_bytes(h, rnd):
    h = re.sub(r"//.*|/\*.*?\*/", "", h, flags=re.S)
    h = re.sub(r"\s+", "", h)
    while "(" in h:
        h = re.sub(r"\(([^()|]*)[^()]*\)", r"\1", h)
    out, i = bytearray(), 0
    while i < len(h):
        if h[i] == "[":
            end = h.index("]", i)
            low, _, high = h[i + 1:end].partition("-")
            low = int(low or 0)
            high = low if "-" not in h[i:end] else int(high or low + 5)
            out += rnd.randbytes(rnd.choice([low, high]))
            i = end + 1
        else:
            digits = [rnd.choice("0123456789abcdef") if c == "?" else c for c in h[i:i + 2]]
            out.append(int("".join(digits), 16))
            i += 2
    return bytes(out)


def planted(rule, rnd):
    body = bytearray(rnd.randbytes(50))
    if rnd.random() < 0.8:
        body = bytearray(b"MZ" + rnd.randbytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + rnd.randbytes(200))
    for m in STRING.finditer(rule[max(0, rule.find("strings:")):]):
        if rnd.random() < 0.07:
            continue
        try:
            if m.group(1) is None:
                body += hex_bytes(m.group(3), rnd) + rnd.randbytes(rnd.randrange(9))
                continue
            t = text_bytes(m.group(1))
        except ValueError:
            continue
        if "wide" in m.group(2) and ("ascii" not in m.group(2) or rnd.random() < 0.5):
            t = b"".join(bytes([c, 0]) for c in t)
        if "nocase" in m.group(2) and rnd.random() < 0.5:
            t = t.upper()
        body += rnd.choice([b"", b"a", b" "])
        body += (t + rnd.choice([b"", b"\0", b" ", b"x"])) * rnd.choice([1, 1, 1, 2, 5])
    return bytes(body)


def system_files(n, rnd):
    found = [p for d in ("/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/share/doc")
             for p in glob.glob(os.path.join(d, "**"), recursive=True)
             if os.path.isfile(p) and not os.path.islink(p) and os.path.getsize(p) < 3 << 20]
    return rnd.sample(sorted(found), min(n, len(found)))


def answers(program, rules, files):
    peer = subprocess.run(["yara", "-w", "-r", rules, files], capture_output=True, text=True, check=True)
    want, got = collections.defaultdict(set), collections.defaultdict(set)
    for line in peer.stdout.splitlines():
        name, path = line.split(" ", 1)
        want[os.path.basename(path)].add(name)
    ours = subprocess.run([program, "scan", "--no-record", "--json", "--all-matches", "--no-unpack", "-d",
                           rules, "-r", files], capture_output=True, check=False)
    gaps = 0
    for line in ours.stdout.splitlines():
        row = json.loads(line)
        got[os.path.basename(row["path"])] |= {d["name"] for d in row["detections"]}
        gaps += len(row["gaps"])
    return want, got, gaps


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program")
    ap.add_argument("sources", nargs="+", metavar="RULES")
    ap.add_argument("--rules", type=int, default=200)
    ap.add_argument("--files", type=int, default=300)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--keep")
    a = ap.parse_args()
    rnd = random.Random(a.seed)
    work = a.keep or tempfile.mkdtemp(prefix="compare-")
    files = os.path.join(work, "files")
    os.makedirs(files, exist_ok=True)
    chosen, every = {}, list(rules_in(a.sources))
    rnd.shuffle(every)
    for name, text in every:
        if len(chosen) < a.rules and name not in chosen and compiles(a.program, text, work):
            chosen[name] = text
    for i, text in enumerate(list(chosen.values())[:a.files * 2 // 3]):
        with open(os.path.join(files, "made%04d" % i), "wb") as f:
            f.write(planted(text, rnd))
    for i, path in enumerate(system_files(a.files - len(os.listdir(files)), rnd)):
        shutil.copy(path, os.path.join(files, "system%04d" % i))
    rules = os.path.join(work, "all.yar")
    with open(rules, "w") as f:
        f.write("\n".join(chosen.values()))
    want, got, gaps = answers(a.program, rules, files)
    missing = extra = 0
    for name in sorted(set(want) | set(got)):
        missing += len(want[name] - got[name])
        extra += len(got[name] - want[name])
        if want[name] != got[name]:
            print(name, "missing", sorted(want[name] - got[name]), "extra", sorted(got[name] - want[name]))
    n_want = sum(len(v) for v in want.values())
    print("%d rules, %d files: yara reports %d matches; missing %d, extra %d, gaps %d"
          % (len(chosen), len(got), n_want, missing, extra, gaps))
    if not a.keep:
        shutil.rmtree(work)
    return 2 if n_want == 0 else int(missing + extra > 0)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Asks YARA about every case and writes expected.json.

    record.py [--yara yara] [--yara45 PROGRAM] [--yara-x FOLDER] [--jobs 2] [--new] [--show ID]

--yara     Debian's yara 4.2.3
--yara45   a yara of 4.5, where one was built (https://github.com/VirusTotal/yara)
--yara-x   where `npm install @litko/yara-x-linux-x64-gnu@0.7.2` (YARA-X 1.20) was called
--new      asks only for cases that are not recorded yet, or were for other bytes

The reference is YARA 4.5.  Of the programs given, its answer counts; without it that of 4.2.3 when
the case needs nothing newer, else that of YARA-X.  A case can bring the answer of the documentation
with it, where no program gives it.  Each row is [digest, answer, source]: the source names every
program that gave this answer.  A case that none of the given programs can answer keeps its row."""
import argparse
import base64
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
MATCH = re.compile(rb"^0x([0-9a-f]+):(\d+):\$", re.M)
MAX_SHOWN = 512
RULE = re.compile(rb"^([A-Za-z_]\w*) \S+$", re.M)


def run_yara(program, c, options):
    with tempfile.TemporaryDirectory(prefix="case-") as d:
        files, load = kit.files_of(c)
        for name, text in files.items():
            path = os.path.join(d, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="latin1", newline="") as f:
                f.write(text)
        with open(os.path.join(d, "sample"), "wb") as f:
            f.write(c["data"])
        command = [program, *options] + ([] if c["kind"] == "warns" else ["-w"]) + [w for x in c["define"] for w in ("-d", x)]
        command += [name if len(load) == 1 else "%s:%s" % (name.split(".")[0], name) for name in load]
        try:
            return subprocess.run(command + ["sample"], cwd=d, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  check=False, timeout=20)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, -1, b"", b"")


def ask_yara(program, c):
    if c["kind"] == "value":
        return ask_value(program, c)
    p = run_yara(program, c, ["-s", "-L"])
    if p.returncode not in (0, 1):
        print("%s: exit status %d at %s" % (program, p.returncode, c["id"]))
        return None
    if p.returncode != 0 or b"error" in p.stderr:
        return "error"
    if c["kind"] == "warns":
        return b"warning" in p.stderr
    matches = [[int(o, 16), int(n)] for o, n in MATCH.findall(p.stdout)]
    if c["kind"] == "strings" and any(n >= MAX_SHOWN for _, n in matches):
        matches = whole_lengths(program, c)
    return in_kind(c, sorted({x.decode() for x in RULE.findall(p.stdout)}), matches)


def ask_value(program, c):
    """The module console shows a value; which type it has, a condition tells."""
    p = run_yara(program, dict(c, kind="rule", imports=c["imports"] + ("console",),
                               body='{ condition: console.log("=", %s) }' % c["expression"]), [])
    if p.returncode != 0 or b"error" in p.stderr:
        return "error"
    shown = re.search(rb"^=(.*)$", p.stdout, re.M | re.S)
    text = shown.group(1).rsplit(b"c sample", 1)[0].rstrip(b"\n").decode("latin1") if shown else None
    maybe = [None]
    if text is not None:
        plain = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1), 16)), text)
        maybe = [int(text)] if re.fullmatch(r"-?\d+", text) else [float(text)] if re.fullmatch(r"-?\d+\.\d+", text) else []
        maybe += [plain, text]
    for value in maybe:
        if confirmed(run_yara(program, dict(c, kind="rule", body=kit.body_of(c, [value])), [])):
            return [value]
    print("%s: %s shows %r, which no condition confirms" % (c["id"], program, text))
    return None


def confirmed(p):
    return p.returncode == 0 and b"error" not in p.stderr and RULE.findall(p.stdout) == [b"c"]


def whole_lengths(program, c):
    """yara prints 512 bytes of a match at most; conditions know its whole length."""
    c = dict(c, kind="rule", imports=("console",), body="{ strings: $a = %s condition: for all i in (1..#a) : "
             '(console.log("@", @a[i]) and console.log("!", !a[i])) }' % c["definition"])
    said = run_yara(program, c, []).stdout
    return [[int(o), int(n)] for o, n in re.findall(rb"^@(\d+)\n!(\d+)$", said, re.M)]


def in_kind(c, names, matches):
    if c["kind"] == "confirm":
        return c["was"] if "c" in names else None
    return {"rule": "c" in names, "strings": matches, "set": names}[c["kind"]]


def typed(value):
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    if re.fullmatch(r"-?\d+\.\d+", value):
        return float(value)
    return value == "true" if value in ("true", "false") else value


def question(c):
    files, load = kit.files_of(c)
    return json.dumps({
        "files": [["default" if len(load) == 1 else n, files[n]] for n in load],
        "data": base64.b64encode(c["data"]).decode(),
        "define": {x.split("=", 1)[0]: typed(x.split("=", 1)[1]) for x in c["define"]}}) + "\n"


def ask_yara_x(folder, asked):
    """{id: answer}, by one process, and another behind each question that ends one."""
    answers = {}
    while asked:
        p = subprocess.run(["node", os.path.join(HERE, "yara_x.js"), folder], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, input="".join(question(c) for c in asked).encode(), check=False)
        said = [json.loads(x) for x in p.stdout.splitlines()]
        answers.update({c["id"]: "error" if "error" in s else in_kind(c, s["names"], s["matches"])
                        for c, s in zip(asked, said)})
        if len(said) < len(asked):
            print("YARA-X ends at %s" % asked[len(said)]["id"])
        asked = asked[len(said) + 1:]
    return answers


def version(program):
    return subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def peers(a):
    """(name, which needs it can answer, function: cases -> {id: answer})."""
    out = []

    def many(program):
        def ask(asked):
            with concurrent.futures.ThreadPoolExecutor(a.jobs) as ex:
                return dict(zip([c["id"] for c in asked], ex.map(lambda c: ask_yara(program, c), asked)))
        return ask
    if a.yara45:
        program = os.path.abspath(a.yara45)
        out.append(("yara " + version(program), ("4.2", "4.5"), many(program)))
    if a.yara:
        out.append(("yara " + version(a.yara), ("4.2",), many(a.yara)))
    if a.yara_x:
        out.append(("YARA-X", ("4.2", "4.5", "x"), lambda asked: ask_yara_x(a.yara_x, asked)))
    return out


def confirming(c, said):
    """YARA-X is asked whether a value is what yara says that it is."""
    if c["kind"] != "value":
        return c
    answer = said[0][1] if said else None
    return dict(c, kind="confirm", was=answer, body=kit.body_of(c, None if answer == "error" else answer))


def choose(c, said):
    """said: [(peer, answer)] of those that may answer -> (answer, source) or None."""
    if c["said"]:
        return c["said"][0], "documentation: " + c["said"][1]
    if not said:
        return None
    answer = said[0][1]
    return answer, ", ".join(peer for peer, x in said if x == answer)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--yara", default="yara")
    ap.add_argument("--yara45")
    ap.add_argument("--yara-x")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--new", action="store_true")
    ap.add_argument("--show")
    a = ap.parse_args()
    path = os.path.join(HERE, "expected.json")
    have = {}
    if os.path.exists(path):
        with open(path, encoding="utf8") as f:
            have = json.load(f)["cases"]
    fresh = {c["id"]: c["id"] in have and have[c["id"]][0] == kit.digest(c) for c in cases.CASES}
    todo = [c for c in cases.CASES if (not a.show or c["id"].startswith(a.show)) and not (a.new and fresh[c["id"]])]
    said = {c["id"]: [] for c in todo}
    for name, needs, ask in peers(a):
        asked = [c for c in todo if c["needs"] in needs]
        if name == "YARA-X":
            # What is worth a warning is another list there.
            asked = [c for c in asked if c["kind"] != "warns"]
            asked = [confirming(c, said[c["id"]]) for c in asked]
        for ident, x in ask(asked).items():
            if x is not None:
                said[ident].append((name, x))
    if a.show:
        for c in todo:
            print(c["id"], kit.shown(c), said[c["id"]], sep="\n    ")
        return 0
    rows = {}
    for c in cases.CASES:
        chosen = choose(c, said.get(c["id"], []))
        if chosen:
            rows[c["id"]] = [kit.digest(c), *chosen]
        elif fresh[c["id"]]:
            rows[c["id"]] = have[c["id"]]
        else:
            print("nobody could answer %s" % c["id"])
    report(todo, said)
    with open(path, "w", encoding="utf8") as f:
        f.write('{"cases": {\n' + ",\n".join("%s: %s" % (json.dumps(k), json.dumps(v))
                                             for k, v in rows.items()) + "\n}}\n")
    errors = sum(r[1] == "error" for r in rows.values())
    print("%d cases (%d asked now), %d do not compile" % (len(rows), len(todo), errors))
    return 0


def report(todo, said):
    """The cases about which the two versions of yara do not agree."""
    for c in todo:
        old = [x for x in said[c["id"]] if x[0].startswith("yara")]
        if len(old) == 2 and old[0][1] != old[1][1]:
            print("%s: %s\n    %s" % (c["id"], kit.shown(c)[:150], said[c["id"]]))


if __name__ == "__main__":
    sys.exit(main())

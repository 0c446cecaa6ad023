"""e2e_audit.py - yamori audit on volumes made by make-doors.

What the program prints is compared with what hive-tool, another program, reads in the hives; the
volume is the same to the byte afterwards."""
import hashlib
import json
import os
import re
import subprocess
import sys

from e2e import SOURCE, main, run, write

MAKE_DOORS = os.path.abspath(sys.argv[3])
HIVE_TOOL = os.path.abspath(sys.argv[4])
DOORS = ["ms08-067", "autorun-removable", "autorun-network", "autorun-fixed", "autorun-cd", "services", "lockout",
         "weak-passwords", "password-policy", "shares", "admin-shares", "anonymous", "kill-bits", "office-file-block", "office-macros",
         "office-protected-view"]
STATES = ["closed", "not-applicable", "unknown", "partly", "open"]


def make(system, state, path="v"):
    subprocess.run([MAKE_DOORS, system, state, path], check=True)


def dll(version, path):
    subprocess.run([MAKE_DOORS, "dll", version, path], check=True)


def audit(*args, status=None, root="v"):
    p = run("audit", "--root", root, *args)
    if status is not None:
        assert p.returncode == status, (p.returncode, p.stdout.decode(), p.stderr.decode())
    return p


def as_json(*args, **kw):
    return json.loads(audit("--json", *args, **kw).stdout.decode("utf-8"))


def states(*args, **kw):
    return {d["id"]: d["state"] for d in as_json(*args, **kw)["doors"]}


def snapshot(root="v"):
    seen = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                seen[path] = (hashlib.sha256(f.read()).hexdigest(), os.lstat(path).st_mtime_ns)
    return seen


def hive(path):
    """{(key, value name) in lower case: (type, data)}"""
    out = subprocess.run([HIVE_TOOL, "dump", path], check=True, stdout=subprocess.PIPE).stdout.decode()
    rows = [line.split("\t") for line in out.split("\n")]
    return {(r[0].lower(), r[1].lower()): (int(r[2]), r[3]) for r in rows if len(r) == 4}


def the_status_tells_the_worst_door():
    make("xp3", "open", "o")
    make("xp3", "half", "h")
    make("xp3", "closed", "c")
    audit(status=1, root="o")
    audit(status=1, root="h")
    audit(status=0, root="c")
    audit("--door", "autorun-cd", status=1, root="h")   # partly open
    audit("--door", "lockout", "--door", "services", status=0, root="c")
    os.unlink("c/WINDOWS/system32/config/SAM")
    audit(status=3, root="c")
    audit("--door", "services", status=0, root="c")
    dll("5.1.2600.5512", "c/WINDOWS/system32/netapi32.dll")
    audit(status=1, root="c")                           # open outweighs unknown


def errors_are_told():
    write("empty/readme", "x")
    p = audit(status=2, root="empty")
    assert b"no Windows lies on this volume" in p.stderr and p.stdout == b"", p
    assert b"cannot open the root" in audit(status=2, root="nowhere").stderr
    make("xp3", "closed")
    assert b"no door is named backdoor" in audit("--door", "backdoor", status=2).stderr
    assert b"--lang is en or ja" in audit("--lang", "de", status=2).stderr
    p = run("audit")
    assert p.returncode == 2 and b"--root is missing" in p.stderr
    p = run("audit", "--help")
    assert p.returncode == 0 and all(d.encode() in p.stdout for d in DOORS), p.stdout


def one_line_a_door_in_two_languages():
    make("win10", "half")
    words = {"en": ["closed", "not applicable", "unknown", "partly open", "OPEN"],
             "ja": ["閉じています", "対象外です", "分かりません", "一部開いています", "開いています"]}
    doors = as_json(status=1)["doors"]
    assert [d["id"] for d in doors] == DOORS
    for lang in ("en", "ja"):
        text = audit("--lang", lang, status=1).stdout.decode("utf-8").splitlines()
        for d in doors:
            word = words[lang][STATES.index(d["state"])]
            line = [x for x in text if re.match(re.escape(word) + r"\s+" + d["id"] + r"\s", x)]
            assert len(line) == 1 and line[0].endswith(d["title"][lang]), (lang, d["id"], text)
        assert len(text) == 2 + len(DOORS) + 3, text
        assert "--details" in text[-1]
        details = audit("--lang", lang, "--details", status=1).stdout.decode("utf-8")
        for d in doors:
            assert d["explanation"][lang] in details and d["advisory"] in details, d
            for e in d["evidence"]:
                assert e["where"] in details, e
            for c in d["changes"]:
                assert c["key"] in details, c
    assert "\n" not in audit("--json").stdout.decode().rstrip("\n")


def the_file_decides_and_not_the_mark():
    make("xp3", "half")  # the registry says installed
    [d] = as_json("--door", "ms08-067", status=1)["doors"]
    assert d["state"] == "open" and d["changes"] == []
    assert d["evidence"][0] == {"mark": "bad", "where": "WINDOWS/system32/netapi32.dll", "found": "5.1.2600.5512",
                                "wanted": "5.1.2600.5694"}, d
    assert d["evidence"][1]["note"]["en"] == "the registry says installed, the file is old"
    dll("5.1.2600.5694", "v/WINDOWS/system32/netapi32.dll")
    assert states("--door", "ms08-067", status=0) == {"ms08-067": "closed"}


def old_data_are_what_is_in_the_hives_and_new_data_close_the_doors():
    for system in ("xp3", "win7", "win10"):
        make(system, "open", system)
        before = snapshot(system)
        seen = as_json(status=1, root=system)
        assert snapshot(system) == before, "an audit changed the volume"
        hives = {}
        n = 0
        for d in seen["doors"]:
            for c in d["changes"]:
                assert c["op"] == "set-value" and c["new"]["type"].startswith("REG_"), c
                h = hives.setdefault(c["file"], hive(os.path.join(system, c["file"])))
                old = h.get((c["key"].lower(), c["value"].lower()))
                assert (old is None) == (c["old"] is None), (c, old)
                assert old is None or old[1] == c["old"]["data"], (c, old)
                if c["new"]["type"] == "REG_DWORD":
                    number = int.from_bytes(bytes.fromhex(c["new"]["data"]), "little")
                    subprocess.run([HIVE_TOOL, "set", os.path.join(system, c["file"]), c["key"], c["value"],
                                    str(number)], check=True)
                n += 1
        assert n > 25, n
        after = states(root=system)
        for door in ("services", "admin-shares", "kill-bits", "office-file-block", "office-macros"):
            assert after[door] == "closed", (system, door, after)


def hostile_names_do_not_reach_the_terminal():
    make("xp3", "half")
    os.rename("v/Documents and Settings/mari", "v/Documents and Settings/m\x1b[2J\nOPEN")
    for args in ([], ["--details"], ["--lang", "ja", "--details"], ["--json"]):
        out = audit(*args, status=1).stdout
        assert b"\x1b" not in out, args
        assert b"\nOPEN\\" not in out and b"\nOPEN/" not in out, args
    assert b"m\\x1b[2J\\x0aOPEN" in audit("--details").stdout


def a_cut_hive_is_said_and_never_closed():
    make("xp3", "closed")
    for name in ("SOFTWARE", "SYSTEM", "SAM"):
        path = "v/WINDOWS/system32/config/" + name
        with open(path, "rb") as f:
            whole = f.read()
        for n in (0, 100, 4096, 5000, len(whole) - 4096):
            write(path, whole[:n])
            p = audit(status=3)
            assert path[2:].encode() in p.stdout, (name, n, p.stdout)
            assert b"unknown " in p.stdout
        write(path, whole)
    audit(status=0)


def the_manual_names_every_door():
    with open(os.path.join(SOURCE, "docs/man/yamori-audit.1")) as f:
        page = f.read()
    for d in DOORS:
        assert d in page, d


def immunise(*args, status=None):
    p = run("clean", "--immunise", "--root", "v", "--state", "state", *args)
    if status is not None:
        assert p.returncode == status, (p.returncode, p.stdout.decode(), p.stderr.decode())
    return p


def immunising_closes_what_a_setting_can_close_and_undo_gives_it_back():
    for system in ("2000", "xp2", "xp3", "2003", "vista", "win7", "win10"):
        make(system, "open")
        before = snapshot()
        was = as_json()["doors"]
        plan = json.loads(immunise("--plan", "--json", status=1).stdout)
        assert snapshot() == before and plan["families"] == [] and not plan["found"]
        wanted = {(c["file"], c["key"].lower(), c["value"].lower()) for d in was for c in d["changes"]
                  if d["state"] in ("open", "partly")}
        planned = [(s["file"], s["key"].lower(), s["value"].lower()) for s in plan["steps"]]
        assert sorted(planned) == sorted(wanted), (system, set(planned) ^ wanted)
        assert immunise("-q").returncode in (0, 3)
        now = states()
        for d in was:
            if d["changes"] and d["id"] not in ("anonymous",):  # null sessions have no change offered
                assert now[d["id"]] == "closed", (system, d["id"], now[d["id"]])
        assert json.loads(immunise("--plan", "--json").stdout)["steps"] == []
        (name,) = [x for x in os.listdir("state/journal") if x != "lock"]
        p = run("clean", "--undo", name, "--state", "state")
        assert p.returncode == 0, p.stderr
        assert snapshot() == before, system
        subprocess.run(["rm", "-r", "v", "state"], check=True)


def one_door_alone_is_closed():
    make("xp3", "open")
    before = states()
    immunise("--door", "kill-bits", "-q", status=0)
    now = states()
    assert now["kill-bits"] == "closed" and all(now[d] == before[d] for d in DOORS if d != "kill-bits")
    for args, words in ((["--door", "cellar"], b"no door is named cellar"), (["--full"], b"--immunise wants"),
                        (["--family", "Conficker"], b"--immunise wants")):
        p = immunise(*args, status=2)
        assert words in p.stderr, p.stderr
    p = run("clean", "--door", "kill-bits", "--root", "v")
    assert p.returncode == 2 and b"belongs to --immunise" in p.stderr


def a_hive_that_was_not_closed_is_made_whole_first():
    make("xp3", "open")
    path = "v/WINDOWS/system32/config/SOFTWARE"
    subprocess.run(["cp", path, "after"], check=True)
    subprocess.run([HIVE_TOOL, "set", "after", "Microsoft\\Windows NT\\CurrentVersion", "Marker", "1"], check=True)
    subprocess.run([HIVE_TOOL, "dirty", path, "after", "new"], check=True)
    before = snapshot()
    assert states()["kill-bits"] == "open"
    p = immunise("--door", "kill-bits", status=0)
    assert b"was not closed properly" in p.stdout, p.stdout
    assert states()["kill-bits"] == "closed"
    (name,) = [x for x in os.listdir("state/journal") if x != "lock"]
    assert run("clean", "--undo", name, "--state", "state").returncode == 0
    assert snapshot() == before


main(the_status_tells_the_worst_door, errors_are_told, one_line_a_door_in_two_languages,
     the_file_decides_and_not_the_mark, old_data_are_what_is_in_the_hives_and_new_data_close_the_doors,
     hostile_names_do_not_reach_the_terminal, a_cut_hive_is_said_and_never_closed, the_manual_names_every_door,
     immunising_closes_what_a_setting_can_close_and_undo_gives_it_back, one_door_alone_is_closed,
     a_hive_that_was_not_closed_is_made_whole_first)

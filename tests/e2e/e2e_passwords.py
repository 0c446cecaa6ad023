"""e2e_passwords.py - yamori audit --door weak-passwords on volumes made by make-doors.

That the hives hold what they should is told by two other programs, where they are installed:
impacket's secretsdump and samdump2 (Debian: python3-impacket, samdump2)."""
import json
import os
import shutil
import subprocess
import sys

from e2e import Skip, main, run

MAKE_DOORS = os.path.abspath(sys.argv[3])
HIVE_TOOL = os.path.abspath(sys.argv[4])
SECRETSDUMP = "/usr/share/doc/python3-impacket/examples/secretsdump.py"
# The passwords that make-doors gives to its accounts, and here to others, with their MD4.
GOOD, LISTED, OFF = "Zk7!rain-and-snow", "qweasdzxc", "zxcvbn"
HASHES = {GOOD: "c72a5fbd184b332ba78807a4a4a74cb8", LISTED: "6d5b4cf706533a01e69cd6f5a57b5a13",
          OFF: "a836ef24f0a529688be2af1479a95411", "": "31d6cfe0d16ae931b73c59d7e0c089c0"}
KEYS = ["0f1e2d3c4b5a69788796a5b4c3d2e1f0", "21436587a9cbed0f13579bdf02468ace"]  # boot key, key of the accounts
SYSTEMS = ["2000", "xp2", "xp3", "2003", "xp64", "vista", "win7", "win10"]
FORM = {s: "new" if s == "win10" else "old" for s in SYSTEMS}


def make(system, state, path="v"):
    subprocess.run(["rm", "-rf", path], check=True)
    subprocess.run([MAKE_DOORS, system, state, path], check=True)


def config(name, root="v"):
    for folder in ("WINDOWS/system32/config", "Windows/System32/config"):
        path = os.path.join(root, folder, name)
        if os.path.exists(path):
            return path
    raise AssertionError(name)


def account(system, rid, name, password, path=None):
    subprocess.run([MAKE_DOORS, "account", FORM[system], str(rid), name, password, path or config("SAM")], check=True)


def audit(*args, status=None, env=None):
    p = run("audit", "--root", "v", "--door", "weak-passwords", *args, env=env)
    assert status is None or p.returncode == status, (p.returncode, p.stdout.decode(), p.stderr.decode())
    return p


def door(**kw):
    [d] = json.loads(audit("--json", **kw).stdout.decode("utf-8"))["doors"]
    return d


def marks(d):
    """{account: mark}"""
    return {e["where"].split(", ", 1)[1]: e["mark"] for e in d["evidence"] if ", " in e["where"]}


def each_kind_of_account_is_told_for_each_system():
    for system in SYSTEMS:
        make(system, "open")
        d = door(status=1)
        assert d["state"] == "open" and marks(d) == {"mari": "bad", "Guest": "info"}, d
        make(system, "half")
        d = door(status=1)
        limited = system != "2000"  # there an empty password works through the network, too
        assert d["state"] == ("partly" if limited else "open"), d
        assert marks(d) == {"mari": "half" if limited else "bad", "Guest": "info"}, d
        make(system, "closed")
        d = door(status=0)
        assert d["state"] == "closed" and marks(d) == {"Administrator": "info", "Guest": "info"}, d
        assert d["changes"] == []


def names_make_passwords():
    make("win10", "closed")
    for rid, name, password in ((1010, "Taro", "TaroTaro"), (1011, "Jiro", "oriJ"), (1012, "山田", "山田"),
                                (1013, "Saburo", "Saburo1")):
        account("win10", rid, name, password)
    d = door(status=1)
    bad = [a for a, mark in marks(d).items() if mark == "bad"]
    assert sorted(bad) == ["Jiro", "Taro", "山田"], d
    text = audit("--details", "--lang", "ja", status=1).stdout.decode("utf-8")
    assert "HKLM\\SAM, 山田 = yes" in text, text


def secrets():
    """What must never be seen: passwords, hashes and keys, as text and as bytes."""
    out = []
    for text in (GOOD, LISTED, OFF):
        out += [text.encode(), text.encode("utf-16-le")]
    for digits in list(HASHES.values()) + KEYS:
        out += [digits.encode(), digits.upper().encode(), bytes.fromhex(digits)]
    return out


def check(what, data):
    for s in secrets():
        assert s not in data, (what, s, data[:2000])


def no_password_hash_or_key_is_in_any_output():
    for system in ("xp3", "win10"):
        for state in ("open", "half", "closed"):
            make(system, state)
            for args in ([], ["--details"], ["--json"], ["--lang", "ja"], ["--lang", "ja", "--details"]):
                p = audit(*args)
                check(args, p.stdout + p.stderr)
                p = run("audit", "--root", "v", *args)
                check(args, p.stdout + p.stderr)
            for args in (["--plan"], ["--plan", "--json"], []):
                p = run("clean", "--immunise", "--root", "v", "--state", "state", *args)
                assert p.returncode in (0, 1, 3), p.stderr
                check(args, p.stdout + p.stderr)
            assert state == "closed" or len(os.listdir("state/journal")) == 2  # one, and the lock
            for folder, _, names in os.walk("state"):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as f:
                        check(name, f.read())
            subprocess.run(["rm", "-rf", "state"], check=True)


def damaged_hives_tell_nothing_either():
    for system in ("xp3", "win10"):
        make(system, "open")
        for name in ("SAM", "SYSTEM"):
            path = config(name)
            with open(path, "rb") as f:
                whole = f.read()
            for at in range(4096, len(whole), 1021):
                with open(path, "wb") as f:
                    f.write(whole[:at] + b"\xa5" * 40 + whole[at + 40:])
                p = audit("--details")
                check((name, at), p.stdout + p.stderr)
                assert p.returncode in (1, 3), (name, at, p.stdout)  # never closed
            with open(path, "wb") as f:
                f.write(whole)


def hostile_names_do_not_reach_the_terminal():
    make("xp3", "closed")
    account("xp3", 1010, "m\x1b[2J\nOPEN  x", LISTED)
    account("xp3", 1011, "a" * 250, LISTED)
    for args in (["--details"], ["--json"], ["--lang", "ja", "--details"]):
        out = audit(*args, status=1).stdout
        assert b"\x1b" not in out and b"\nOPEN  x" not in out, out
    assert b"m\\x1b[2J\\x0aOPEN  x = yes" in audit("--details").stdout


def hives_that_were_not_closed_are_read_with_their_logs():
    for system in ("xp3", "win10"):
        make(system, "closed")
        path = config("SAM")
        subprocess.run(["cp", path, "after"], check=True)
        account(system, 1003, "mari", LISTED, "after")  # the change is in the logs only
        subprocess.run([HIVE_TOOL, "dirty", path, "after", "new"], check=True)
        d = door(status=1)
        assert marks(d)["mari"] == "bad", d
        make(system, "open")
        path = config("SYSTEM")
        subprocess.run(["cp", path, "after"], check=True)
        subprocess.run([HIVE_TOOL, "set", "after", "ControlSet001\\Services\\Marker", "Start", "4"], check=True)
        subprocess.run([HIVE_TOOL, "dirty", path, "after", "old"], check=True)
        assert door(status=1)["state"] == "open"


def what_is_missing_is_unknown_with_its_reason():
    for name in ("SAM", "SYSTEM"):
        make("win7", "open")
        os.unlink(config(name))
        d = door(status=3)
        assert d["state"] == "unknown" and d["evidence"][0]["where"].endswith(name), d
    make("win7", "open")
    p = audit("--details", status=3, env={"OPENSSL_MODULES": "/nonexistent"})
    assert b"not available" in p.stdout, p.stdout
    p = audit("--details", "--lang", "ja", status=3, env={"OPENSSL_MODULES": "/nonexistent"})
    assert "調べられません".encode() in p.stdout, p.stdout


def other_programs_see_these_hashes():
    found = 0
    for system in ("xp3", "win10"):
        make(system, "open")
        account(system, 1010, "taro", OFF)
        want = {"Administrator": GOOD, "Guest": "", "mari": LISTED, "taro": OFF}
        peers = [["/usr/bin/python3", SECRETSDUMP, "-sam", config("SAM"), "-system", config("SYSTEM"), "LOCAL"]]
        if FORM[system] == "old":  # samdump2 knows no other
            peers.append(["samdump2", config("SYSTEM"), config("SAM")])
        for peer in peers:
            if not os.path.exists(peer[1] if peer[0].endswith("python3") else shutil.which(peer[0]) or ""):
                continue
            p = subprocess.run(peer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            lines = p.stdout.decode("utf-8", "replace").splitlines()
            got = {line.split(":")[0].split(" ")[-1]: line.split(":")[3] for line in lines if line.count(":") >= 6}
            assert got == {name: HASHES[password] for name, password in want.items()}, (peer, lines)
            found += 1
    if found == 0:
        raise Skip("neither secretsdump nor samdump2 is installed")


main(each_kind_of_account_is_told_for_each_system, names_make_passwords, no_password_hash_or_key_is_in_any_output,
     damaged_hives_tell_nothing_either, hostile_names_do_not_reach_the_terminal,
     hives_that_were_not_closed_are_read_with_their_logs, what_is_missing_is_unknown_with_its_reason,
     other_programs_see_these_hashes)

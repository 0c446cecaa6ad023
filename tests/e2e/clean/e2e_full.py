"""e2e_full.py - yamori clean --full: the engine looks at the content of every file of a volume.

    e2e_full.py PROGRAM SOURCE MAKE-VOLUME"""
import hashlib
import json
import os
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import MARK, SIGNATURE, run, snapshot, write  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
FAMILIES = os.path.join(e2e.SOURCE, "families")
# One signature that a family claims, one that says what it is, one that no family knows.
WORM = b"GECKO-WORM"
THIEF = b"GECKO-THIEF"
SIGNATURES = (SIGNATURE + "Win.Worm.Conficker-7:0:*:%s\n" % WORM.hex()
              + "Win.Spyware.Gecko-3:0:*:%s\n" % THIEF.hex())


def clean(*args, root="v", status=0, env=None, database="db.ndb"):
    where = ["--root", root] if root else []
    options = ["-d", database] if database and "--full" in args else []
    p = run("clean", *where, "--state", "state", "--families", FAMILIES, *options, *args, env=env)
    assert p.returncode == status, "exit %d, wanted %d:\n%s" % (
        p.returncode, status, (p.stdout + p.stderr).decode())
    return p


def plan(*args, status=1, **kw):
    return json.loads(clean("--full", "--plan", "--json", *args, status=status, **kw).stdout)


def found(p):
    return sorted(f["name"] for f in p["families"] if f["found"])


def journal():
    return sorted(x for x in os.listdir("state/journal") if x != "lock")[-1]


def make(kind="drive-clean"):
    write("db.ndb", SIGNATURES)
    if kind == "drive-clean":
        for i in range(20):
            write("v/pictures/%d.jpg" % i, b"picture" * i)
    else:
        kind, _, state = kind.partition("-")
        subprocess.run([MAKE_VOLUME, kind, *(["--clean"] if state else []), "v"], check=True)


def files_are_taken_and_given_back():
    make()
    write("v/a/b/one.exe", b"x" * 9000 + MARK)
    write("v/Odd name \u3042\u3044.bin", MARK)
    with zipfile.ZipFile("v/pictures.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("holiday/photo.scr", b"y" * 5000 + MARK)
    before = snapshot()
    p = plan()
    assert found(p) == ["Test.Gecko"], found(p)
    assert p["scanned"] and p["files"] == 23, str(p)[:3000]
    assert sorted(s["file"] for s in p["steps"]) == ["Odd name \u3042\u3044.bin", "a/b/one.exe", "pictures.zip"], found(p)
    assert any("holiday/photo.scr" in f["what"] and "zip" in f["what"] for f in p["findings"]), str(p)[:3000]
    assert plan() == p
    assert snapshot() == before
    text = clean("--full").stdout.decode()
    assert "nothing is left" in text, text
    assert sorted(set(before) - set(snapshot())) == ["Odd name \u3042\u3044.bin", "a/b/one.exe", "pictures.zip"]
    plan(status=0)
    clean("--undo", journal(), root=None)
    assert snapshot() == before


def a_family_that_claims_the_name_is_found_with_all_its_traces():
    make("windows")
    alone = json.loads(clean("--plan", "--json", status=1).stdout)
    write("v/Copy of it.dll", WORM)
    p = plan()
    assert found(p) == ["Conficker"], found(p)
    new = [f for f in p["findings"] if f["artefact"] == "signature"]
    assert [f["where"] for f in new] == ["Copy of it.dll"] and new[0]["family"] == "Conficker", new
    assert {f["where"] for f in alone["findings"]} <= {f["where"] for f in p["findings"]}
    clean("--full")
    assert not os.path.exists("v/Copy of it.dll")


def a_signature_is_enough_to_repair_weak_signs_of_its_family():
    make("windows-clean")
    assert found(json.loads(clean("--plan", "--json", status=0).stdout)) == []
    write("v/WINDOWS/Temp/x.dll", WORM)
    p = plan()
    assert found(p) == ["Conficker"], found(p)


def what_only_a_signature_knows_is_a_family_of_its_own():
    make()
    write("v/1.exe", THIEF)
    write("v/2.exe", MARK)
    p = plan()
    assert found(p) == ["Gecko", "Test.Gecko"], found(p)
    os.makedirs("spool")
    clean("--full", env={"YAMORI_RECORD": "yes", "YAMORI_SPOOL": os.path.abspath("spool"), "HOME": os.getcwd()})
    rows = [json.load(open(os.path.join(r, f))) for r, _, fs in os.walk("spool") for f in fs if f.endswith(".json")]
    assert len(rows) == 1 and rows[0]["outcome"] == "cleaned", rows
    assert {d["family"] for d in rows[0]["detections"]} == {"Gecko", "Test.Gecko"}, rows
    assert {d["category"] for d in rows[0]["detections"]} == {"spyware", ""}, rows


def only_the_family_that_is_asked_for():
    make("windows")
    write("v/1.exe", THIEF)
    write("v/2.dll", WORM)
    p = plan("--family", "Conficker")
    assert [f["where"] for f in p["findings"] if f["artefact"] == "signature"] == ["2.dll"], found(p)
    p = plan("--family", "Taterf", status=0)
    assert found(p) == [], found(p)


def what_the_system_needs_is_reported():
    make("windows-clean")
    write("v/WINDOWS/system32/Services.exe", MARK)
    p = plan()
    assert p["steps"] == [] and p["unrepaired"] == 1, str(p)[:3000]
    assert "the system needs this file" in p["findings"][0]["what"], found(p)
    before = snapshot()
    text = clean("--full", status=3).stdout.decode()
    assert "reported only" in text, text
    assert snapshot() == before
    write("v/WINDOWS/Services.exe", MARK)  # the same name in another folder is none of that
    assert [s["file"] for s in plan()["steps"]] == ["WINDOWS/Services.exe"]


def what_a_linux_system_needs_is_reported():
    make("linux-clean")
    write("v/usr/lib/x86_64-linux-gnu/libc.so.6", MARK)
    write("v/bin/bash", MARK)
    write("v/usr/local/bin/bash", MARK)
    p = plan()
    assert sorted(s["file"] for s in p["steps"]) == ["usr/local/bin/bash"], found(p)
    assert p["unrepaired"] == 2, str(p)[:3000]


def a_file_that_is_its_packages_is_a_doubt_about_the_signature():
    make("linux-clean")
    for name in ("as-packaged", "changed", "of-nobody"):
        write("v/usr/bin/" + name, MARK + name.encode())
    write("v/var/lib/dpkg/info/tools.md5sums", "%s  usr/bin/as-packaged\n%s  usr/bin/changed\n" % (
        hashlib.md5(MARK + b"as-packaged").hexdigest(), "0" * 32))
    write("v/var/lib/dpkg/info/tools.list", "/usr/bin/as-packaged\n/usr/bin/changed\n")
    write("v/var/lib/dpkg/status", "Package: tools\nStatus: install ok installed\n")
    p = plan()
    assert sorted(s["file"] for s in p["steps"]) == ["usr/bin/changed", "usr/bin/of-nobody"], p["steps"]
    assert [f["where"] for f in p["findings"] if "the signature may be wrong" in f["what"]] == ["usr/bin/as-packaged"]
    assert p["unrepaired"] == 1


def mailboxes_and_data_bases_stay():
    make()
    write("v/Mail/Inbox", b"From mari@example.jp Sat Nov 28 10:00:00 2026\nSubject: x\n\n" + MARK + b"\n")
    write("v/mail.sqlite", b"SQLite format 3\0" + b"\0" * 84 + MARK + b"\0" * 4000)
    write("v/outlook.pst", b"!BDN" + b"\0" * 600 + MARK)
    p = plan()
    assert p["steps"] == [] and p["unrepaired"] == 3, str(p)[:3000]
    assert all("holds other things" in f["what"] for f in p["findings"]), str(p)[:3000]
    clean("--full", status=3)


def what_was_not_looked_at_is_told():
    make()
    write("v/bad.zip", b"PK\x03\x04" + b"\xff" * 60)
    write("v/one.exe", MARK)
    p = plan()
    assert any(g["where"] == "bad.zip" for g in p["gaps"]), str(p)[:3000]
    clean("--full", status=3)
    assert not os.path.exists("v/one.exe")


def a_scanner_that_dies_costs_one_file():
    make()
    write("v/one.exe", MARK)
    p = plan("-j", "1", env={"YAMORI_TEST_SCANNER": "crash@3"})
    assert found(p) == ["Test.Gecko"] and len(p["gaps"]) == 1, p


def windows_own_memory_and_our_own_files_are_left_out():
    make("windows-clean")
    for name in ("pagefile.sys", "hiberfil.sys", "swapfile.sys"):
        write("v/" + name, MARK)
    plan(status=0)
    write("v/folder/pagefile.sys", MARK)
    assert len(plan()["steps"]) == 1
    os.unlink("v/folder/pagefile.sys")
    write("v/sigs/db.ndb", SIGNATURES.encode() + b"# " + MARK)  # the signatures match themselves
    plan(status=0, database="v/sigs/db.ndb")
    plan(status=0, database="v/sigs")
    assert len(plan()["steps"]) == 1


def without_signatures_it_says_so():
    make()
    p = run("clean", "--root", "v", "--state", "state", "--families", FAMILIES, "--full", "--detect-only")
    if p.returncode != 0 or b"no signatures are installed" not in p.stderr:
        raise AssertionError((p.returncode, p.stderr))
    p = clean("-d", "db.ndb", status=2)
    assert b"belong to --full" in p.stderr
    p = clean("--full", "-j", "none", status=2)
    p = clean("--full", "--plan", database="nowhere.ydb", status=2)
    assert b"nowhere.ydb" in p.stderr


def many_detections_make_one_plan():
    make()
    for i in range(3000):
        write("v/%d/%d.bin" % (i % 50, i), MARK)
    before = snapshot()
    clean("--full", "-q")
    assert not [x for x in snapshot() if x.endswith(".bin")]
    clean("--undo", journal(), root=None)
    assert snapshot() == before


e2e.main(files_are_taken_and_given_back,
         a_family_that_claims_the_name_is_found_with_all_its_traces,
         a_signature_is_enough_to_repair_weak_signs_of_its_family,
         what_only_a_signature_knows_is_a_family_of_its_own,
         only_the_family_that_is_asked_for,
         what_the_system_needs_is_reported,
         what_a_linux_system_needs_is_reported,
         a_file_that_is_its_packages_is_a_doubt_about_the_signature,
         mailboxes_and_data_bases_stay,
         what_was_not_looked_at_is_told,
         a_scanner_that_dies_costs_one_file,
         windows_own_memory_and_our_own_files_are_left_out,
         without_signatures_it_says_so,
         many_detections_make_one_plan)

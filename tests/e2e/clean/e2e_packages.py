"""e2e_packages.py - files of packages that are not the packages': told, and put back from where the family keeps
the original.

    e2e_packages.py PROGRAM SOURCE"""
import base64
import hashlib
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import run, snapshot, write  # noqa: E402

FAMILIES = os.path.join(e2e.SOURCE, "families")
TRUE_PS = "stands for the true ps\n"
FALSE_PS = "stands for a false ps\n"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def dpkg(package, files, listed=()):
    """Files {path: text} of a package, for which the database has the digests."""
    write("v/var/lib/dpkg/info/%s.md5sums" % package, "".join("%s  %s\n" % (md5(t), p) for p, t in files.items()))
    write("v/var/lib/dpkg/info/%s.list" % package, "/.\n" + "".join("/%s\n" % p for p in [*files, *listed]))


def tree(merged=False):
    for name in ("v", "state"):
        shutil.rmtree(name, ignore_errors=True)
    write("v/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    os.makedirs("v/usr/bin")
    if merged:
        os.symlink("usr/bin", "v/bin")
    write("v/bin/ps", TRUE_PS)


def billgates(original=TRUE_PS):
    """Puts its ps over the true one, which goes to dpkgd."""
    write("v/bin/ps", FALSE_PS)
    write("v/usr/bin/bsd-port/getty", "harmless marker\n")
    if original is not None:
        write("v/usr/bin/dpkgd/ps", original)
        os.chmod("v/usr/bin/dpkgd/ps", 0o755)
        os.utime("v/usr/bin/dpkgd/ps", ns=(10**18, 10**18 + 5))


def clean(*args, env=None, root="v"):
    where = ["--root", root] if root else []
    return run("clean", *where, "--state", "state", "--families", FAMILIES, *args, env=env)


def text(p):
    return p.stdout.decode() + p.stderr.decode()


def ok(p, status=0):
    assert p.returncode == status, "exit %d, wanted %d:\n%s" % (p.returncode, status, text(p))
    return p


def plan(status=0, *args):
    return json.loads(ok(clean("--plan", "--json", *args), status).stdout)


def journals():
    return [x for x in os.listdir("state/journal") if x != "lock"] if os.path.isdir("state/journal") else []


def read(path):
    with open(path) as f:
        return f.read()


def the_kept_original_is_put_back():
    for merged in (False, True):
        tree(merged)
        dpkg("procps:amd64", {"bin/ps": TRUE_PS})
        assert plan()["packages"] == "dpkg" and plan()["findings"] == []
        billgates()
        before = snapshot()
        p = plan(1)
        same = [s for s in p["steps"] if s["op"] == "replace-file"]
        where = "usr/bin/ps" if merged else "bin/ps"
        assert [(s["file"], s["from"]) for s in same] == [(where, "usr/bin/dpkgd/ps")], p["steps"]
        assert "package procps," in same[0]["new"], same
        ok(clean())
        assert read("v/bin/ps") == TRUE_PS
        s = os.stat("v/bin/ps")
        assert s.st_mode & 0o7777 == 0o755 and s.st_mtime_ns == 10**18 + 5
        assert read("v/usr/bin/dpkgd/ps") == TRUE_PS
        items = json.loads(run("quarantine", "list", "--json", "--state", "state").stdout)["items"]
        assert hashlib.sha256(FALSE_PS.encode()).hexdigest() in [i["sha256"] for i in items if i["path"] == where]
        (name,) = journals()
        ok(clean("--undo", name, root=None))
        after = snapshot()
        assert before == after, [k for k in before if before[k] != after.get(k)]


def a_copy_that_is_not_the_packages_is_not_put_back():
    for original in ("another false one\n", None):
        tree()
        dpkg("procps", {"bin/ps": TRUE_PS})
        billgates(original)
        p = plan(1)
        assert not [s for s in p["steps"] if s["file"] == "bin/ps"]
        (f,) = [f for f in p["findings"] if f["where"] == "bin/ps" and f["family"] == "Linux/BillGates"]
        assert "apt-get install --reinstall procps" in f["what"] and md5(FALSE_PS) in f["what"] and md5(TRUE_PS) in f["what"]
        ok(clean(), 3)  # not all of it could be repaired
        assert read("v/bin/ps") == FALSE_PS and not os.path.exists("v/usr/bin/bsd-port")


def a_kill_at_any_moment_is_finished_or_taken_back():
    def fresh():
        tree()
        dpkg("procps", {"bin/ps": TRUE_PS})
        billgates()
        return snapshot()
    fresh()
    ok(clean())
    want = {k: v[4] for k, v in snapshot().items()}
    moments = 0
    for n in range(1, 200):
        before = fresh()
        if clean(env={"YAMORI_TEST_KILL_AT": str(n)}).returncode != -9:
            break
        moments += 1
        for name in journals():
            ok(clean("--resume", name, root=None))
        now = {k: v[4] for k, v in snapshot().items()}
        assert now in (want, {k: v[4] for k, v in before.items()}), "resume after kill %d" % n
        before = fresh()
        clean(env={"YAMORI_TEST_KILL_AT": str(n)})
        for name in journals():
            ok(clean("--undo", name, root=None))
        assert {k: (v[0], v[4]) for k, v in snapshot().items()} == {k: (v[0], v[4]) for k, v in before.items()}, "undo after kill %d" % n
    assert moments > 20, moments
    for n in range(1, 200):
        before = fresh()
        ok(clean())
        (name,) = journals()
        if clean("--undo", name, root=None, env={"YAMORI_TEST_KILL_AT": str(n)}).returncode != -9:
            break
        p = clean("--undo", name, root=None)
        assert p.returncode == 0 or "already undone" in text(p), text(p)
        assert {k: (v[0], v[4]) for k, v in snapshot().items()} == {k: (v[0], v[4]) for k, v in before.items()}, "undo killed at %d" % n
    assert n > 10, n


def what_changed_meanwhile_is_left():
    tree()
    dpkg("procps", {"bin/ps": TRUE_PS})
    billgates()
    ok(clean())
    (name,) = journals()
    write("v/bin/ps", "a newer ps of the package\n")
    p = ok(clean("--undo", name, root=None), 3)
    assert b"bin/ps" in p.stdout and read("v/bin/ps") == "a newer ps of the package\n"


def diversions_moved_files_and_unknown_ones_are_no_trace():
    tree()
    security = "lib/x86_64-linux-gnu/security/"
    dpkg("procps", {"bin/ps": TRUE_PS, "usr/bin/top": "top of procps\n"})
    dpkg("former", {"bin/ps": "as it was before it moved to procps\n"})
    dpkg("htop", {"usr/bin/top": "top of htop\n"})
    dpkg("libpam-modules:amd64", {security + "pam_unix.so": "module\n"}, [security + "pam_listed.so"])
    write("v/var/lib/dpkg/diversions", "/usr/bin/top\n/usr/bin/top.procps\nhtop\n")
    write("v/usr/bin/top", "top of htop\n")
    write("v/usr/bin/top.procps", "top of procps\n")
    write("v/" + security + "pam_unix.so", "module\n")
    write("v/" + security + "pam_listed.so", "has no digest\n")
    assert plan()["findings"] == []
    write("v/" + security + "pam_own.so", "the administrator's\n")
    p = plan()
    assert [(f["where"], f["weight"], f["rule"]) for f in p["findings"]] == [(security + "pam_own.so", "weak", "unlisted")]
    write("v/var/lib/dpkg/diversions", "")
    write("v/" + security + "pam_unix.so", "another module\n")
    found = {f["where"] for f in plan(1)["findings"]}
    assert security + "pam_unix.so" in found
    assert "usr/bin/top" not in found  # any package's digest will do


def the_database_of_alpine_is_read():
    tree()
    digest = base64.b64encode(hashlib.sha1(TRUE_PS.encode()).digest()).decode()
    write("v/lib/apk/db/installed", "P:procps\nF:bin\nR:ps\na:0:0:755\nZ:Q1%s\n\n" % digest)
    p = plan()
    assert p["packages"] == "apk" and p["findings"] == [] and p["gaps"] == []
    billgates()
    p = plan(1)
    assert [s["from"] for s in p["steps"] if s["op"] == "replace-file"] == ["usr/bin/dpkgd/ps"]
    assert [f for f in p["findings"] if "apk fix procps" in f["what"]]
    ok(clean())
    assert read("v/bin/ps") == TRUE_PS


def what_is_not_compared_is_said_and_is_no_gap():
    for path, word, line in (("var/lib/rpm/rpmdb.sqlite", "rpm", b"the database of rpm is not read here"),
                             ("etc/prelink.cache", "prelinked", b"prelink has changed them all"),
                             (None, "none", b"no package database is there")):
        tree()
        if path is not None:
            write("v/" + path, "x")
        billgates(None)
        shutil.rmtree("v/usr/bin/bsd-port")
        p = plan()
        assert p["packages"] == word and p["gaps"] == [] and p["findings"] == []
        assert line in ok(clean("--plan")).stdout


def without_a_database_the_kept_original_betrays_the_false_one():
    tree()
    write("v/var/lib/rpm/rpmdb.sqlite", "x")
    billgates()
    write("v/usr/bin/netstat", "the same\n")
    write("v/usr/bin/dpkgd/netstat", "the same\n")
    p = plan(1)
    (f,) = [f for f in p["findings"] if f["artefact"] == "tools"]
    assert f["where"] == "bin/ps" and "moved to usr/bin/dpkgd/ps" in f["what"] and not f["repair"], f
    ok(clean(), 3)
    assert read("v/bin/ps") == FALSE_PS and not os.path.exists("v/usr/bin/bsd-port")


def a_damaged_database_is_a_gap():
    tree()
    dpkg("procps", {"bin/ps": TRUE_PS})
    write("v/var/lib/dpkg/info/bad.md5sums", "no digest  bin/ps\n")
    (g,) = plan(3)["gaps"]
    assert g["where"] == "var/lib/dpkg/info/bad.md5sums"


def a_packages_program_is_not_removed_as_a_copy():
    """Cron runs a copy of the shell; --full removes copies of what it runs, and not the shell."""
    tree()
    dpkg("dash", {"bin/dash": "stands for the shell\n"})
    write("v/bin/dash", "stands for the shell\n")
    write("v/opt/copy", "stands for the shell\n")
    write("v/tmp/.x/sh", "stands for the shell\n")
    write("v/etc/crontab", "* * * * * root /tmp/.x/sh\n")
    ok(clean("--full"))
    assert os.path.exists("v/bin/dash") and not os.path.exists("v/opt/copy") and not os.path.exists("v/tmp/.x/sh")


e2e.main(the_kept_original_is_put_back,
         a_copy_that_is_not_the_packages_is_not_put_back,
         a_kill_at_any_moment_is_finished_or_taken_back,
         what_changed_meanwhile_is_left,
         diversions_moved_files_and_unknown_ones_are_no_trace,
         the_database_of_alpine_is_read,
         what_is_not_compared_is_said_and_is_no_gap,
         without_a_database_the_kept_original_betrays_the_false_one,
         a_damaged_database_is_a_gap,
         a_packages_program_is_not_removed_as_a_copy)

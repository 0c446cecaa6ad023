"""e2e_locks.py - yamori clean on files and folders that chattr +i and +a lock, as root kits do.

    e2e_locks.py PROGRAM SOURCE

Works where the temporary folder's file system knows these flags (ext4, xfs, btrfs); elsewhere on an ext4 of
its own in a loop device."""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import PROGRAM, Skip, run, snapshot, write  # noqa: E402

FAMILIES = os.path.join(e2e.SOURCE, "families")
GET, SET = 0x80086601, 0x40086602  # FS_IOC_GETFLAGS, FS_IOC_SETFLAGS
IMMUTABLE, APPEND, NODUMP = 0x10, 0x20, 0x40
KEPT = 0xf8
# What is locked on the sample, and how.
LOCKED = {"etc/crontab": IMMUTABLE, "etc/cron.hourly": IMMUTABLE, "etc/cron.hourly/gcc.sh": IMMUTABLE | NODUMP,
          "lib/libudev.so": APPEND, "root/.ssh/authorized_keys": IMMUTABLE | APPEND, "root/.configrc": IMMUTABLE,
          "root/.configrc/a/upd": IMMUTABLE, "root/.configrc/empty": APPEND, "tmp": APPEND, "etc/systemd/system": IMMUTABLE,
          "etc/systemd/system/multi-user.target.wants": IMMUTABLE, "usr/bin/ps": IMMUTABLE, "usr/bin/dpkgd/ps": APPEND}


def flags(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return struct.unpack("I", fcntl.ioctl(fd, GET, b"\0" * 8)[:4])[0] & KEPT
    finally:
        os.close(fd)


def set_flags(path, value):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        now = struct.unpack("I", fcntl.ioctl(fd, GET, b"\0" * 8)[:4])[0]
        fcntl.ioctl(fd, SET, struct.pack("II", (now & ~KEPT) | value, 0))
    finally:
        os.close(fd)


def paths(root="v"):
    yield root
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            if not os.path.islink(os.path.join(folder, name)):
                yield os.path.join(folder, name)


def unlock(root):
    for path in paths(root) if os.path.exists(root) else ():
        with contextlib.suppress(OSError):
            set_flags(path, 0)


def knows_flags():
    write("probe", "x")
    try:
        set_flags("probe", IMMUTABLE)
        set_flags("probe", 0)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def lockable():
    """A folder whose file system knows the flags, as the present one."""
    home = os.getcwd()
    mounted = False
    if not knows_flags():
        if os.geteuid() != 0:
            raise Skip("needs root, or rather CAP_LINUX_IMMUTABLE")
        with open("image", "wb") as f:
            f.truncate(32 << 20)
        os.mkdir("mounted")
        if shutil.which("mkfs.ext4") is None or subprocess.run(["mkfs.ext4", "-q", "image"], check=False).returncode != 0 or \
                subprocess.run(["mount", "-o", "loop", "image", "mounted"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise Skip("this file system has no flags, and no ext4 can be mounted")
        mounted = True
        os.chdir("mounted")
    try:
        if mounted and not knows_flags():
            raise Skip("needs CAP_LINUX_IMMUTABLE")
        yield
    finally:
        for name in os.listdir("."):
            if os.path.isdir(name):
                unlock(name)
        os.chdir(home)
        if mounted:
            subprocess.run(["umount", "mounted"], check=False)


def make(root="v"):
    """XorDDoS, Outlaw, Kinsing and BillGates, locked as the real ones do it; contents are harmless."""
    shutil.rmtree(root, ignore_errors=True)
    for path, text in {
            "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
            "etc/crontab": "17 * * * * root run-parts /etc/cron.hourly\n*/3 * * * * root /etc/cron.hourly/gcc.sh\n",
            "etc/cron.hourly/gcc.sh": "harmless marker\ncp /lib/libudev.so /lib/libudev.so.6\n",
            "etc/cron.hourly/ours": "#!/bin/sh\n",
            "lib/libudev.so": "harmless marker\n",
            "root/.ssh/authorized_keys": "ssh-ed25519 AAAAOurs me@here\nssh-rsa AAAAStandsForAKey mdrfckr\n",
            "root/.configrc/a/upd": "harmless marker\n",
            "tmp/.X25-unix/.rsync/c/aptitude": "harmless marker\n",
            "usr/bin/ps": "stands for a false ps\n",
            "usr/bin/dpkgd/ps": "stands for the true ps\n",
            "usr/bin/bsd-port/getty": "harmless marker\n",
            "var/lib/dpkg/info/procps.md5sums": "%s  usr/bin/ps\n" % hashlib.md5(b"stands for the true ps\n").hexdigest(),
            "etc/systemd/system/bot.service": "[Service]\nExecStart=/etc/data/kinsing\n"}.items():
        write(root + "/" + path, text)
    os.mkdir(root + "/root/.configrc/empty")
    os.mkdir(root + "/etc/systemd/system/multi-user.target.wants")
    os.symlink("../bot.service", root + "/etc/systemd/system/multi-user.target.wants/bot.service")
    lock(root)


def lock(root="v"):
    for path in sorted(LOCKED, key=lambda p: -p.count("/")):
        set_flags(root + "/" + path, LOCKED[path])


def clean(*args, env=None, root="v"):
    where = ["--root", root] if root else []
    return run("clean", *where, "--state", "state", "--families", FAMILIES, *args, env=env)


def text(p):
    return p.stdout.decode() + p.stderr.decode()


def ok(p, status=0):
    assert p.returncode == status, "exit %d, wanted %d:\n%s" % (p.returncode, status, text(p))
    return p


def journal():
    return sorted(x for x in os.listdir("state/journal") if x != "lock")[-1]


def whole():
    """Everything, with the flags."""
    return snapshot(), {p: flags(p) for p in paths()}


def same(a, b, what):
    for x, y in zip(a, b):
        for k in sorted(set(x) | set(y)):
            assert x.get(k) == y.get(k), "%s: %s was %r, is %r" % (what, k, x.get(k), y.get(k))


def fresh():
    for name in ("v", "state"):
        unlock(name)
        shutil.rmtree(name, ignore_errors=True)
    unlock("master")
    subprocess.run(["cp", "-a", "master", "v"], check=True)
    lock()


def the_plan_says_what_is_unlocked():
    with lockable():
        make()
        before = whole()
        p = json.loads(ok(clean("--plan", "--json"), 1).stdout)
        same(before, whole(), "a plan")
        steps = {s["file"]: s for s in p["steps"]}
        assert steps["etc/crontab"]["lock"] == "immutable" and "folder_lock" not in steps["etc/crontab"]
        assert steps["lib/libudev.so"]["lock"] == "append-only"
        assert steps["root/.ssh/authorized_keys"]["lock"] == "immutable and append-only"
        assert steps["etc/cron.hourly/gcc.sh"]["folder_lock"] == "immutable"
        assert steps["tmp/.X25-unix"]["folder_lock"] == "append-only" and "lock" not in steps["tmp/.X25-unix"]
        assert steps["root/.configrc/empty"]["lock"] == "append-only"
        assert steps["etc/systemd/system/multi-user.target.wants/bot.service"]["folder_lock"] == "immutable"
        said = {f["where"]: f["what"] for f in p["findings"]}
        assert said["root/.configrc"].endswith("(it is immutable)")
        assert said["etc/crontab:2"].endswith("(it is immutable)")
        assert not said["etc/systemd/system/bot.service"].endswith(")")
        lines = clean("--plan").stdout.decode()
        assert "      lock  immutable (chattr): is taken off\n" in lines
        assert "      lock  its folder is append-only (chattr): is taken off\n" in lines


def what_is_locked_goes_and_comes_back_locked():
    with lockable():
        make()
        before = whole()
        ok(clean())
        assert clean("--detect-only").returncode == 0
        with open("v/root/.ssh/authorized_keys") as f:
            assert f.read() == "ssh-ed25519 AAAAOurs me@here\n"
        assert not os.path.exists("v/root/.configrc") and not os.path.exists("v/lib/libudev.so")
        assert os.path.exists("v/etc/cron.hourly/ours")
        with open("v/usr/bin/ps") as f:
            assert f.read() == "stands for the true ps\n"
        assert flags("v/usr/bin/ps") == 0 and flags("v/usr/bin/dpkgd/ps") == APPEND
        ok(clean("--undo", journal(), root=None))
        same(before, whole(), "undo")


def a_kill_at_any_moment_is_finished_or_taken_back():
    with lockable():
        make("master")
        fresh()
        before = whole()
        ok(clean())
        want = {k: v[4] for k, v in snapshot().items()}
        moments = 0
        every = int(os.environ.get("YM_LOCK_KILLS", "3"))
        for n in range(1, 600, every):
            fresh()
            if clean(env={"YAMORI_TEST_KILL_AT": str(n)}).returncode != -9:
                break
            moments += 1
            for name in (x for x in os.listdir("state/journal") if x != "lock"):
                ok(clean("--resume", name, root=None))
            now = {k: v[4] for k, v in snapshot().items()}
            if now != {k: v[4] for k, v in before[0].items()}:
                assert now == want, "resume after kill %d" % n
            fresh()
            assert clean(env={"YAMORI_TEST_KILL_AT": str(n)}).returncode == -9
            for name in (x for x in os.listdir("state/journal") if x != "lock"):
                ok(clean("--undo", name, root=None))
            same(before, whole(), "undo after kill %d" % n)
        assert moments * every > 60, moments
        for n in range(1, 600, every):
            fresh()
            ok(clean())
            name = journal()
            if clean("--undo", name, root=None, env={"YAMORI_TEST_KILL_AT": str(n)}).returncode != -9:
                break
            p = clean("--undo", name, root=None)
            assert p.returncode == 0 or "already undone" in text(p), text(p)
            same(before, whole(), "undo killed at %d" % n)
        assert n > 40, n
        print("# killed at %d moments of a clean, %d of an undo" % (moments, n // every))


def without_the_capability_nothing_is_changed():
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        raise Skip("needs root and setpriv")
    with lockable():
        make()
        before = whole()
        p = subprocess.run(["setpriv", "--bounding-set", "-linux_immutable", "--inh-caps", "-linux_immutable", PROGRAM, "clean",
                            "--root", "v", "--state", "state", "--families", FAMILIES, "--no-record"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if b"setpriv" in p.stderr:
            raise Skip("setpriv may not")
        assert p.returncode == 2 and b"lacks CAP_LINUX_IMMUTABLE" in p.stderr, text(p)
        assert b"nothing was changed" in p.stdout + p.stderr, text(p)
        same(before, whole(), "a clean that may not")
        assert [x for x in os.listdir("state/journal") if x != "lock"] == []


def the_quarantine_keeps_the_locks():
    with lockable():
        make()
        ok(clean())
        items = json.loads(run("quarantine", "list", "--json", "--state", "state").stdout)["items"]
        (item,) = [x for x in items if x["path"] == "etc/cron.hourly/gcc.sh"]
        assert item["flags"] == "immutable", item
        ok(run("quarantine", "restore", item["id"], "--state", "state"))
        assert flags("v/etc/cron.hourly/gcc.sh") == IMMUTABLE | NODUMP
        (item,) = [x for x in items if x["path"] == "etc/systemd/system/bot.service"]
        assert item["flags"] == ""
        ok(run("quarantine", "restore", item["id"], "--state", "state"))
        assert flags("v/etc/systemd/system/bot.service") == 0


def somebodys_own_lock_is_not_taken_off():
    """A file that is locked between the clean and its resume: the journal does not know of it."""
    with lockable():
        make("master")
        fresh()
        n = 1
        while True:  # killed before the first change
            fresh()
            assert clean(env={"YAMORI_TEST_KILL_AT": str(n)}).returncode == -9
            names = [x for x in os.listdir("state/journal") if x != "lock"]
            if names and os.path.exists("state/journal/%s/state" % names[0]):
                break
            n += 1
        set_flags("v/etc/systemd/system/bot.service", IMMUTABLE)
        p = clean("--resume", journal(), root=None)
        assert p.returncode == 2 and b"bot.service" in p.stderr, text(p)
        assert flags("v/etc/systemd/system/bot.service") == IMMUTABLE
        set_flags("v/etc/systemd/system/bot.service", 0)
        ok(clean("--resume", journal(), root=None))
        assert clean("--detect-only").returncode == 0


e2e.main(the_plan_says_what_is_unlocked,
         what_is_locked_goes_and_comes_back_locked,
         a_kill_at_any_moment_is_finished_or_taken_back,
         without_the_capability_nothing_is_changed,
         the_quarantine_keeps_the_locks,
         somebodys_own_lock_is_not_taken_off)

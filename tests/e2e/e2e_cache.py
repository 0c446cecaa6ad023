"""e2e_cache.py - scan --cache from the command line: what is scanned again, and what is not."""
import hashlib
import os
import re
import subprocess
import time

from e2e import MARK, PROGRAM, SIGNATURE, Skip, main, results, run, write

TWO = b"GECKO-TWO"
SECOND = "Test.Two:0:*:%s\n" % TWO.hex()


def testing_build():
    """Plain builds keep nothing younger than a minute."""
    write("probe.ndb", SIGNATURE)
    write("probe/x", "x")
    scan("probe", db=["probe.ndb"], cache="probe.cache")
    _, known, _ = scan("probe", db=["probe.ndb"], cache="probe.cache")
    os.unlink("probe.cache")
    if known == 0:
        raise Skip("not a testing build, or a file system without a ctime of its own")


def scan(*paths, db=("a.ndb",), cache="v.cache", args=()):
    """(process, files from the cache, files opened)"""
    named = [x for d in db for x in ("-d", d)]
    p = run("scan", "-r", f"--cache={cache}", *named, *args, *paths, env={"YAMORI_TEST_SETTLE": "0"})
    known = re.search(rb"^from cache +(\d+)$", p.stderr, re.M)
    opened = re.search(rb"^opened +(\d+)$", p.stderr, re.M)
    assert known and opened, p
    return p, int(known[1]), int(opened[1])


def tree(n=6):
    testing_build()
    write("a.ndb", SIGNATURE)
    write("b.ndb", SECOND)
    for i in range(n):
        write(f"d/{i}", f"file number {i}\n")
    time.sleep(0.05)  # a tick of the clock: the files are older than the scan


def scanned(n, known, opened):
    p, k, o = n
    assert (k, o) == (known, opened), (k, o, p)
    return p


def unchanged_files_are_not_opened():
    tree()
    assert scanned(scan("d"), 0, 6).returncode == 0
    assert scanned(scan("d"), 6, 0).returncode == 0
    assert scanned(scan("d/3", "d"), 7, 0).returncode == 0
    assert os.stat("v.cache").st_mode & 0o777 == 0o600
    p = run("cache", "info", "v.cache")
    assert p.returncode == 0 and re.search(rb"^entries +6$", p.stdout, re.M), p
    log = "strace.txt"
    try:
        p = subprocess.run(["strace", "-f", "-o", log, "-e", "trace=open,openat,openat2", PROGRAM, "scan", "-r",
                            "--cache=v.cache", "-d", "a.ndb", "d"], stderr=subprocess.PIPE,
                           env={**os.environ, "YAMORI_RECORD": "no"})
    except FileNotFoundError:
        return
    if os.path.exists(log) and p.returncode == 0:
        names = re.findall(r'"(\d)"', open(log).read())
        assert names == [], names


def what_was_found_or_not_all_looked_at_is_scanned_again():
    tree(2)
    write("d/bad", MARK)
    write("d/half.pdf", b"%PDF-1.4\n")  # a document that is not unpacked
    first = scanned(scan("d"), 0, 4)
    second = scanned(scan("d"), 2, 2)
    assert (first.returncode, sorted(first.stdout.splitlines())) == (1, sorted(second.stdout.splitlines())), second


def a_touched_changed_or_replaced_file_is_scanned_again():
    tree()
    scan("d")
    os.utime("d/0", (1, 1))
    with open("d/1", "ab") as f:
        f.write(b"more")
    old = os.stat("d/2")  # the same size and mtime, another file
    write("new", MARK.ljust(old.st_size, b"."))
    os.utime("new", ns=(old.st_atime_ns, old.st_mtime_ns))
    os.rename("new", "d/2")
    old = os.stat("d/3")  # the same file, size and mtime
    with open("d/3", "r+b") as f:
        f.write(MARK)
        f.truncate(old.st_size)
    os.utime("d/3", ns=(old.st_atime_ns, old.st_mtime_ns))
    now = os.stat("d/3")
    assert (now.st_ino, now.st_size, now.st_mtime_ns) == (old.st_ino, old.st_size, old.st_mtime_ns)
    time.sleep(0.05)
    p = scanned(scan("d"), 2, 4)
    assert sorted(p.stdout.splitlines()) == [b"d/2: Test.Gecko.UNOFFICIAL FOUND", b"d/3: Test.Gecko.UNOFFICIAL FOUND"], p


def hard_links_and_renamed_files_are_known():
    tree()
    os.link("d/0", "d/link")
    time.sleep(0.05)
    scanned(scan("d"), 0, 7)
    scanned(scan("d"), 7, 0)
    os.mkdir("e")
    for i in range(6):
        os.rename(f"d/{i}", f"e/{i}")  # a rename may set the ctime
    p, known, opened = scan("e")
    assert known + opened == 6 and p.returncode == 0, p


def a_file_just_written_is_not_kept():
    """Without the test's switch a state must be a minute old."""
    tree()
    named = ["scan", "-r", "-v", "--cache=w.cache", "-d", "a.ndb", "d"]
    run(*named)
    p = run(*named)
    assert re.search(rb"^opened +6$", p.stderr, re.M), p
    assert not os.path.exists("w.cache")


def a_new_image_asks_only_what_is_new_and_a_removed_one_nothing():
    tree()
    write("d/two", TWO)
    time.sleep(0.05)
    for name in "ab":
        assert run("db", "build", "-o", f"{name}.ydb", f"{name}.ndb").returncode == 0
    scanned(scan("d", db=["a.ydb"]), 0, 7)
    p = scanned(scan("d", db=["a.ydb", "b.ydb"], args=["-v"]), 0, 7)
    assert p.returncode == 1 and b"7 scanned with new images only" in p.stderr, p
    scanned(scan("d", db=["b.ydb", "a.ydb"]), 6, 1)
    scanned(scan("d", db=["b.ydb"]), 6, 1)
    scanned(scan("d", db=["a.ydb"]), 7, 0)
    time.sleep(1.1)  # built again, at another time: the same image
    assert run("db", "build", "-o", "a.ydb", "a.ndb").returncode == 0
    scanned(scan("d", db=["a.ydb"]), 7, 0)
    write("a.ndb", SIGNATURE + SECOND)
    assert run("db", "build", "-o", "a.ydb", "a.ndb").returncode == 0
    scanned(scan("d", db=["a.ydb"]), 0, 7)


def new_hashes_read_no_file():
    tree(20)
    data = open("d/7", "rb").read()
    os.mkdir("e")
    subprocess.run(["tar", "-cf", "e/x.tar", "-C", "d", "3", "7"], check=True)
    time.sleep(0.05)
    scanned(scan("d", "e"), 0, 21)
    lines = [f"{i:032x}:{len(data)}:Other-{i}\n" for i in range(1000)]
    write("b.hdb", "".join(lines) + f"{hashlib.md5(data).hexdigest()}:{len(data)}:New.Md5\n")
    write("b.hsb", f"{hashlib.sha256(data).hexdigest()}:{len(data)}:New.Sha256\n")
    assert run("db", "build", "-o", "b.ydb", "b.hdb", "b.hsb").returncode == 0
    p = scanned(scan("d", "e", db=["a.ndb", "b.ydb"]), 20, 1)  # the archive, to say where it lies
    assert sorted(p.stdout.splitlines()) == [b"d/7: New.Md5.UNOFFICIAL FOUND", b"e/x.tar!7: New.Md5.UNOFFICIAL FOUND"], p
    plain = run("scan", "--json", "-r", "-d", "a.ndb", "-d", "b.ydb", "--all-matches", "d")
    cached = run("scan", "--json", "-r", "-d", "a.ndb", "-d", "b.ydb", "--all-matches", "--cache=v.cache", "d")
    a, b = results(plain), results(cached)
    assert all(x.pop("cached") for x in b.values())
    for x in (*a.values(), *b.values()):
        del x["objects"], x["bytes"]
    assert a == b, (a["d/7"], b["d/7"])


def an_allow_list_is_not_remembered_as_clean():
    tree()
    data = write("d/bad", MARK) and MARK
    write("c.fp", f"{hashlib.md5(data).hexdigest()}:{len(data)}:Fine\n")
    time.sleep(0.05)
    assert scanned(scan("d", db=["a.ndb", "c.fp"]), 0, 7).returncode == 0
    scanned(scan("d", db=["a.ndb", "c.fp"]), 6, 1)
    assert scan("d", db=["a.ndb"])[0].returncode == 1


def changed_limits_scan_again():
    tree()
    scan("d")
    scanned(scan("d", args=["--limit", "max_depth=3"]), 0, 6)
    scanned(scan("d", args=["--no-unpack"]), 0, 6)
    scanned(scan("d", args=["--limit", "max_depth=3"]), 6, 0)
    scanned(scan("d"), 6, 0)
    scanned(scan("d", args=["--all-matches"]), 6, 0)


def a_damaged_cache_is_left_aside_with_a_warning():
    tree()
    scan("d")
    good = open("v.cache", "rb").read()
    write("d/bad", MARK)
    for bad in (b"", b"nothing of ours", good[:-1], b"\0" * len(good), good[:100] + b"\xff" + good[101:]):
        write("v.cache", bad)
        os.chmod("v.cache", 0o600)
        p = scanned(scan("d"), 0, 7)
        assert p.returncode == 1 and b"left aside" in p.stderr, p
        scanned(scan("d"), 6, 1)  # it was replaced
    os.chmod("v.cache", 0o666)
    p = scanned(scan("d"), 0, 7)
    assert b"others may write it" in p.stderr, p


def two_scans_at_once_both_leave_what_they_learned():
    testing_build()
    write("a.ndb", SIGNATURE)
    for i in range(400):
        write(f"{'xy'[i % 2]}/{i}", f"file number {i}\n")
    time.sleep(0.05)
    for _ in range(3):
        both = [subprocess.Popen([PROGRAM, "scan", "-r", "--cache=v.cache", "-d", "a.ndb", x], stderr=subprocess.PIPE,
                                 env={**os.environ, "YAMORI_RECORD": "no", "YAMORI_TEST_SETTLE": "0"}) for x in "xy"]
        assert [(p.communicate(timeout=60), p.returncode)[1] for p in both] == [0, 0]
        scanned(scan("x", "y"), 400, 0)
        os.unlink("v.cache")
    assert [x for x in os.listdir(".") if x.startswith(".yamori")] == []


def a_place_that_cannot_be_written_is_a_warning():
    tree(60)
    p, known, opened = scan("d", cache="none/v.cache")
    assert (p.returncode, known, opened) == (0, 0, 60) and b"is not written" in p.stderr, p
    if os.path.exists("/dev/full") and os.geteuid() == 0:
        try:
            os.mkdir("full")
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "none", "full"], check=True,
                           stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            return
        try:
            p, known, opened = scan("d", cache="full/v.cache", args=["--cache-size", "1M"])
            assert p.returncode == 0 and b"make room" in p.stderr and os.listdir("full") == [], p
        finally:
            subprocess.run(["umount", "full"], check=True)


def the_usual_place_is_private_and_can_be_cleared():
    tree()
    if os.geteuid() == 0:
        raise Skip("root's is /var/cache/yamori")
    env = {"XDG_CACHE_HOME": os.path.abspath("home"), "YAMORI_TEST_SETTLE": "0"}
    assert run("scan", "-r", "--cache", "-d", "a.ndb", "d", env=env).returncode == 0
    assert os.stat("home/yamori").st_mode & 0o777 == 0o700
    assert run("cache", "info", env=env).returncode == 0
    assert run("cache", "clear", env=env).returncode == 0
    assert os.listdir("home/yamori") == []


def cache_says_what_it_wants():
    write("a.ndb", SIGNATURE)
    assert run("cache").returncode == 2
    assert run("cache", "burn").returncode == 2
    p = run("cache", "info", "none.cache")
    assert p.returncode == 2 and b"there is no cache" in p.stderr, p
    assert run("cache", "clear", "none.cache").returncode == 0
    assert run("scan", "--cache-size", "much", "-d", "a.ndb", "a.ndb").returncode == 2
    p = run("scan", "--cache=x.cache", "--no-cache", "-d", "a.ndb", "a.ndb")
    assert p.returncode == 0 and b"from cache" not in p.stderr, p


main(unchanged_files_are_not_opened,
     what_was_found_or_not_all_looked_at_is_scanned_again,
     a_touched_changed_or_replaced_file_is_scanned_again,
     hard_links_and_renamed_files_are_known,
     a_file_just_written_is_not_kept,
     a_new_image_asks_only_what_is_new_and_a_removed_one_nothing,
     new_hashes_read_no_file,
     an_allow_list_is_not_remembered_as_clean,
     changed_limits_scan_again,
     a_damaged_cache_is_left_aside_with_a_warning,
     two_scans_at_once_both_leave_what_they_learned,
     a_place_that_cannot_be_written_is_a_warning,
     the_usual_place_is_private_and_can_be_cleared,
     cache_says_what_it_wants)

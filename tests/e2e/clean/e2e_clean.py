"""e2e_clean.py - yamori clean on sample volumes made by make-volume.

The volume is compared as a whole: names, types, modes, owners, times, attributes, content, and
every key and value of every hive as another program (hive-tool) prints them."""
import json
import os
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import Skip, run, snapshot  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
HIVE_TOOL = os.path.abspath(sys.argv[4])
FAMILIES = os.path.join(e2e.SOURCE, "families")
SYSTEM = "v/WINDOWS/system32/config/SYSTEM"
SOFTWARE = "v/WINDOWS/system32/config/software"


def make(kind, *options, path="v"):
    subprocess.run([MAKE_VOLUME, kind, *options, path], check=True)


def clean(*args, env=None, root="v", **kw):
    where = ["--root", root] if root else []
    return run("clean", *where, "--state", "state", "--families", FAMILIES, *args, env=env, **kw)


def text(p):
    return p.stdout.decode() + p.stderr.decode()


def ok(p, status=0):
    assert p.returncode == status, "exit %d, wanted %d:\n%s" % (p.returncode, status, text(p))
    return p


def contents(root="v"):
    return {k: (v[0], v[1], v[2], v[4], v[5]) for k, v in snapshot(root).items()}


def hive(path):
    """Lines of a hive: (key,) or (key, value, type, data)."""
    out = subprocess.run([HIVE_TOOL, "dump", path], check=True, stdout=subprocess.PIPE).stdout.decode()
    return [tuple(line.split("\t")) for line in out.split("\n")]


def set_number(path, key, name, number):
    subprocess.run([HIVE_TOOL, "set", path, key, name, str(number)], check=True)


def journal():
    return sorted(x for x in os.listdir("state/journal") if x != "lock")[-1]


def same(a, b, what):
    for k in sorted(set(a) | set(b)):
        assert a.get(k) == b.get(k), "%s: %s was %r, is %r" % (what, k, a.get(k), b.get(k))


def the_plan_is_the_same_twice_and_changes_nothing():
    for kind in ("windows", "linux", "drive"):
        shutil.rmtree("v", ignore_errors=True)
        make(kind)
        before = snapshot()
        for options in ([], ["--full"], ["--json"]):
            first = ok(clean("--plan", *options), 1)
            second = ok(clean("--plan", *options), 1)
            assert first.stdout == second.stdout
            assert len(first.stdout) > 100
        ok(clean("--detect-only"), 1)
        same(before, snapshot(), "plan of " + kind)
        assert not os.path.exists("state")


def clean_then_undo_leaves_every_byte_as_it_was():
    for kind, options in (("windows", []), ("windows", ["--full"]), ("linux", ["--full"]), ("drive", [])):
        shutil.rmtree("v", ignore_errors=True)
        make(kind)
        if kind == "linux":
            os.chmod("v/etc/crontab", 0o640)
            if os.geteuid() == 0:
                os.chown("v/var/spool/cron/crontabs/mari", 1234, 102)
            try:
                os.setxattr("v/home/mari/.ssh/authorized_keys", "user.note", b"kept")
            except OSError:
                pass
        before = snapshot()
        hives = {p: hive(p) for p in (SYSTEM, SOFTWARE)} if kind == "windows" else {}
        ok(clean(*options))
        assert contents() != before
        ok(clean("--undo", journal(), root=None))
        same(before, snapshot(), "undo of " + kind)
        for p in hives:
            assert hives[p] == hive(p)
        again = ok(clean("--undo", journal(), root=None), 2)
        assert "already undone" in text(again)


def plan_of(*options):
    return json.loads(clean("--plan", "--json", *options).stdout)


def expected_hive(lines, steps):
    """What a hive must be after the steps, worked out from the plan's words."""
    out = []
    for line in lines:
        drop = False
        for s in steps:
            key = s["key"]
            if s["op"] == "delete-key" and (line[0] == key or line[0].startswith(key + "\\")):
                drop = True
            if len(line) == 4 and line[0] == key and s.get("value") == line[1]:
                if s["op"] == "delete-value":
                    drop = True
                elif s["new"].startswith("REG_DWORD "):
                    number = int(s["new"].split()[1])
                    line = (line[0], line[1], "4", number.to_bytes(4, "little").hex())
                elif s["new"].startswith("REG_MULTI_SZ "):
                    names = s["new"][len("REG_MULTI_SZ "):].split(", ")
                    data = "".join(n + "\0" for n in names) + "\0"
                    line = (line[0], line[1], "7", data.encode("utf-16-le").hex())
        if not drop:
            out.append(line)
    return out


def clean_changes_what_the_plan_printed_and_nothing_else():
    make("windows")
    plan = plan_of("--full")
    before, hives = contents(), {}
    users = "v/Documents and Settings/mari/NTUSER.DAT"
    for path in (SYSTEM, SOFTWARE, users):
        hives[path] = hive(path)
    ok(clean("--full"))
    after = contents()
    removed = {s["file"] for s in plan["steps"] if s["op"].startswith("remove-")}
    changed = {s["file"] for s in plan["steps"] if "key" in s}
    assert set(before) - set(after) == removed
    assert set(after) - set(before) == set()
    assert {k for k in after if after[k] != before[k]} == changed
    assert changed == {p[2:] for p in hives}
    for path, old in hives.items():
        steps = [s for s in plan["steps"] if s["file"] == path[2:]]
        assert expected_hive(old, steps) == hive(path), path
    assert "Documents and Settings/mari/Desktop/old/zzz.tmp" in removed  # the copy, by its bytes
    assert "WINDOWS/Tasks/At3.job" in after and "WINDOWS/system32/kernel32.dll" in after


def lines_of_linux_files_stay_as_they_are():
    make("linux")
    plan = plan_of()
    before = contents()
    old = {}
    for s in plan["steps"]:
        if s["op"] == "remove-line":
            with open("v/" + s["file"], "rb") as f:
                old[s["file"]] = f.read()
    ok(clean())
    after = contents()
    removed = {s["file"] for s in plan["steps"] if s["op"] in ("remove-file", "remove-link", "remove-folder")}
    assert set(before) - set(after) == removed and set(after) <= set(before)
    assert {k for k in after if after[k] != before[k]} == set(old)
    for path, data in old.items():
        gone = {s["line"] for s in plan["steps"] if s["file"] == path}
        want = b"".join(x for i, x in enumerate(data.splitlines(keepends=True), 1) if i not in gone)
        with open("v/" + path, "rb") as f:
            assert f.read() == want, path
    assert len(old) == 4 and removed


def nothing_is_found_on_clean_volumes():
    for kind in ("windows", "linux", "drive"):
        shutil.rmtree("v", ignore_errors=True)
        make(kind, "--clean")
        before = snapshot()
        for options in ([], ["--full"], ["--detect-only"]):
            out = json.loads(ok(clean("--json", *options)).stdout)
            assert not out["found"] and out["findings"] == [] and out["gaps"] == []
        same(before, snapshot(), kind)


def signs_that_are_too_weak_are_shown_and_left():
    make("windows", "--clean")
    for service in ("wuauserv", "BITS"):
        set_number(SYSTEM, "ControlSet001\\Services\\" + service, "Start", 4)
    set_number(SYSTEM, "ControlSet001\\Services\\Tcpip\\Parameters", "TcpNumConnections", 16777214)
    before = snapshot()
    out = ok(clean())
    assert b"signs too weak to count" in out.stdout and b"Steps: 0" in out.stdout
    same(before, snapshot(), "weak signs")


def a_safe_mode_that_is_gone_everywhere_is_not_called_clean():
    make("windows-d")
    out = ok(clean(), 3)
    assert out.stdout.count(b"the key is missing, and no other control set has it") >= 4
    assert b"4 findings above without a step" in out.stdout
    out = json.loads(ok(clean("--plan", "--json")).stdout)
    assert not out["found"]
    assert [f["artefact"] for f in out["findings"] if f["family"] == "Conficker"] == ["safe-mode"] * 4


def copy(to):
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "-a", "master", to], check=True)
    shutil.rmtree("state", ignore_errors=True)


def killed_at(n, *args, **kw):
    return clean(*args, env={"YAMORI_TEST_KILL_AT": str(n)}, **kw).returncode == -9


def a_kill_at_any_moment_is_finished_or_taken_back():
    kills_of("windows", 40, 15)


def a_kill_on_a_linux_volume_is_finished_or_taken_back():
    """Which has links and lines to remove, too."""
    kills_of("linux", 40, 15)


def kills_of(kind, least, least_of_undo):
    make(kind, path="master")
    copy("v")
    before = snapshot()
    ok(clean())
    want = contents()
    digests = {p: i["sha256"] for p, i in items().items()}
    assert len(digests) > 0 and all(digests[p] == before[p][4] for p in digests)
    moments = 0
    for n in range(1, 400):
        copy("v")
        if not killed_at(n):
            break
        moments += 1
        names = [x for x in os.listdir("state/journal") if x != "lock"] if os.path.exists("state/journal") else []
        for name in names:
            ok(clean("--resume", name, root=None))
        now = contents()
        if now != {k: (v[0], v[1], v[2], v[4], v[5]) for k, v in before.items()}:
            same({k: v[:1] for k, v in want.items()}, {k: v[:1] for k, v in now.items()}, "resume after kill %d" % n)
            assert not clean("--detect-only").stdout.count(b"FOUND")
            assert {p: i["sha256"] for p, i in items().items()} == digests, "items after kill %d" % n
        elif os.path.exists("state/quarantine"):
            assert items() == {}, "items of a journal that never began, kill %d" % n
        copy("v")
        assert killed_at(n)
        for name in (x for x in os.listdir("state/journal") if x != "lock"):
            ok(clean("--undo", name, root=None))
        same(before, snapshot(), "undo after kill %d" % n)
        if os.path.exists("state/quarantine"):
            assert set(items()) in (set(), set(digests)), "items after kill %d and undo" % n
    assert moments > least, moments
    for n in range(1, 400):
        copy("v")
        ok(clean())
        name = journal()
        if not killed_at(n, "--undo", name, root=None):
            break
        p = clean("--undo", name, root=None)
        assert p.returncode == 0 or "already undone" in text(p)
        same(before, snapshot(), "undo killed at %d" % n)
    assert n > least_of_undo, n
    print("# killed at %d moments of a clean, %d of an undo" % (moments, n - 1))


def a_full_disk_changes_nothing():
    make("windows")
    os.mkdir("state")
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", "state"],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("needs root and mount")
    before = snapshot()
    try:
        p = ok(clean(), 2)
        assert "No space left" in text(p) and "nothing was changed" in text(p), text(p)
        assert [x for x in os.listdir("state/journal") if x != "lock"] == []
        if os.path.exists("state/quarantine"):
            assert items() == {} and not [x for x in os.listdir("state/quarantine") if x.startswith(".")]
    finally:
        subprocess.run(["umount", "state"], check=True)
    same(before, snapshot(), "full disk")


def a_full_volume_is_finished_later():
    os.mkdir("v")
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", "v"],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("needs root and mount")
    try:
        make("windows")
        before = snapshot()
        with open("v/photos/filler", "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        p = ok(clean(), 2)
        assert "No space left" in text(p) and "--resume" in text(p)
        os.unlink("v/photos/filler")
        ok(clean("--resume", journal(), root=None))
        assert not json.loads(clean("--plan", "--json").stdout)["found"]
        ok(clean("--undo", journal(), root=None))
        now = snapshot()
        for k in ("photos",):
            before.pop(k), now.pop(k)  # the filler changed this folder's time
        same(before, now, "full volume")
    finally:
        subprocess.run(["umount", "v"], check=True)


def a_hive_cut_in_half_is_said_and_the_rest_is_planned():
    make("windows")
    size = os.path.getsize(SYSTEM)
    os.truncate(SYSTEM, size // 2)
    before = snapshot()
    p = ok(clean("--plan"), 1)
    assert b"WINDOWS/system32/config/SYSTEM: the file is shorter than its header says" in p.stdout
    assert b"At1.job" in p.stdout and b"RECYCLER" in p.stdout
    same(before, snapshot(), "plan with a broken hive")
    p = ok(clean(), 3)
    assert os.path.getsize(SYSTEM) == size // 2
    assert snapshot()[SYSTEM[2:]] == before[SYSTEM[2:]]
    ok(clean("--undo", journal(), root=None))
    same(before, snapshot(), "undo with a broken hive")


def a_hive_that_was_not_closed_is_refused():
    make("windows", "--clean")
    with open(SYSTEM, "r+b") as f:
        head = bytearray(f.read(512))
        head[508] ^= head[4] ^ (head[4] + 1)
        head[4] += 1
        f.seek(0)
        f.write(head)
    p = ok(clean(), 3)
    assert b"WINDOWS/system32/config/SYSTEM: the hive was not closed properly" in p.stdout
    assert b"no transaction log is beside it" in p.stdout


def dirty_again(path, after, how):
    """The hive at path as when the power went while it became the one in after."""
    subprocess.run([HIVE_TOOL, "dirty", path, after, how], check=True)


def the_logs_of_a_hive_that_was_not_closed_are_applied_first():
    for how, logs in (("new", b"system.Log1, SYSTEM.LOG2"), ("old", b"system.Log1"), ("header", b"system.Log1")):
        for folder in ("v", "c", "state"):
            shutil.rmtree(folder, ignore_errors=True)
        make("windows")
        make("windows", "--clean", path="c")
        want, healthy = plan_of(), SYSTEM.replace("v/", "c/")
        infected = hive(SYSTEM)
        dirty_again(healthy, SYSTEM, how)
        shutil.copyfile(healthy, SYSTEM)
        assert b"config/SYSTEM: the h" in clean("--plan").stdout
        shutil.copyfile(healthy + ".LOG1", os.path.join(os.path.dirname(SYSTEM), "system.Log1"))
        shutil.copyfile(healthy + ".LOG2", SYSTEM + ".LOG2")
        before = snapshot()
        p = ok(clean("--plan"), 1)
        assert b"config/SYSTEM was not closed properly; applied first: " + logs + b"\n" in p.stdout, p.stdout
        plan = plan_of()
        recovered = plan.pop("recovered")
        assert recovered == [{"hive": SYSTEM[2:], "logs": logs.decode()}] and want.pop("recovered") == []
        assert plan == want
        ok(clean())
        steps = [x for x in plan["steps"] if x["file"] == SYSTEM[2:]]
        assert steps and expected_hive(infected, steps) == hive(SYSTEM)
        after = snapshot()
        for name in ("system.Log1", "SYSTEM.LOG2"):
            name = os.path.dirname(SYSTEM[2:]) + "/" + name
            assert after[name] == before[name]
        with open(SYSTEM, "rb") as f:
            head = f.read(512)
        assert head[4:8] == head[8:12] and int.from_bytes(head[4:8], "little") > 301 - (how != "new")
        out = json.loads(ok(clean("--detect-only", "--json")).stdout)
        assert out["recovered"] == [] and not out["found"] and out["gaps"] == []
        ok(clean("--undo", journal(), root=None))
        same(before, snapshot(), "undo of a hive with logs, " + how)


def undo_reads_the_logs_of_a_hive_that_was_not_closed():
    make("windows")
    old = hive(SYSTEM)
    ok(clean())
    shutil.copyfile(SYSTEM, "after")
    set_number("after", "ControlSet001\\Services\\Tcpip\\Parameters", "TheirValue", 7)
    dirty_again(SYSTEM, "after", "new")
    p = ok(clean("--undo", journal(), root=None))
    assert b"value by value" in p.stdout
    now = hive(SYSTEM)
    now.remove(("ControlSet001\\Services\\Tcpip\\Parameters", "TheirValue", "4", "07000000"))
    assert sorted(now) == sorted(old)


def undo_keeps_what_others_changed_since():
    make("windows")
    old = {p: hive(p) for p in (SYSTEM, SOFTWARE)}
    ok(clean())
    set_number(SYSTEM, "ControlSet001\\Services\\Tcpip\\Parameters", "TheirValue", 7)
    set_number(SYSTEM, "ControlSet003\\Services\\BITS", "Start", 2)  # ours was 3
    with open("v/autorun.inf", "w") as f:
        f.write("[autorun]\nicon=mine.ico\n")
    p = ok(clean("--undo", journal(), root=None), 3)
    assert b"value by value" in p.stdout and b"autorun.inf: something else lies there now" in p.stdout
    now = hive(SYSTEM)
    theirs = ("ControlSet001\\Services\\Tcpip\\Parameters", "TheirValue", "4", "07000000")
    assert theirs in now
    now.remove(theirs)
    bits = ("ControlSet003\\Services\\BITS", "Start", "4", "02000000")
    assert bits in now
    now[now.index(bits)] = bits[:3] + ("04000000",)
    assert sorted(now) == sorted(old[SYSTEM])
    assert hive(SOFTWARE) == old[SOFTWARE]
    with open("v/autorun.inf") as f:
        assert "mine.ico" in f.read()


def links_on_a_hostile_volume_lead_nowhere():
    make("windows", "--clean")
    os.mkdir("outside")
    shutil.move("v/WINDOWS/Tasks", "outside/Tasks")
    os.symlink(os.path.abspath("outside/Tasks"), "v/WINDOWS/Tasks")
    make("drive", path="outside/drive")
    os.symlink(os.path.abspath("outside/drive/autorun.inf"), "v/autorun.inf")
    shutil.rmtree("v/RECYCLER")
    os.symlink(os.path.abspath("outside/drive/RECYCLER"), "v/RECYCLER")
    before = snapshot("outside")
    p = ok(clean(), 3)
    for name in (b"WINDOWS/Tasks", b"autorun.inf", b"RECYCLER"):
        assert b"  " + name + b": " in p.stdout, name
    same(before, snapshot("outside"), "outside")


def items():
    """What the quarantine lists: {path: item}; every item can be opened."""
    out = json.loads(ok(run("quarantine", "list", "--json", "--state", "state")).stdout)
    assert out["damaged"] == 0
    return {x["path"]: x for x in out["items"]}


def a_removed_file_cannot_run_from_the_quarantine():
    make("drive")
    plan = plan_of()
    removed = {s["file"] for s in plan["steps"] if s["op"] == "remove-file"}
    before = snapshot()
    ok(clean())
    assert set(items()) == removed and len(removed) == 2
    for path, item in items().items():
        assert item["sha256"] == before[path][4] and item["journal"] == journal()
        assert item["name"].startswith("Conficker/") and item["volume"] == os.path.abspath("v")
        ok(run("quarantine", "show", item["id"], "--state", "state"))
    for folder, _, files in os.walk("state"):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                data = f.read()
            assert b"harmless marker" not in data and (b"RECYCLER" not in data or name in ("journal.json", "clean.log")), name
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def an_old_journal_with_masked_files_is_undone():
    """Format 1, of before the quarantine, kept removed files in the journal."""
    make("drive")
    before = snapshot()
    ok(clean())
    folder = "state/journal/" + journal()
    with open(folder + "/journal.json") as f:
        j = json.load(f)
    assert j["format"] == 3
    j["format"] = 1
    j["folders"] = [f[:2] for f in j["folders"]]
    for t in j["targets"]:
        item = t.pop("item")
        del t["flags"]
        if t["action"] == 2:
            ok(run("quarantine", "restore", item, "--to", "plain", "--state", "state"))
            with open("plain", "rb") as f:
                data = f.read()
            os.unlink("plain")
            with open(folder + "/masked-%04d" % t["number"], "wb") as f:
                f.write(b"YAMORI-MASKED-1\n" + bytes(x ^ 0xa5 for x in data))
    with open(folder + "/journal.json", "w") as f:
        json.dump(j, f)
    shutil.rmtree("state/quarantine")
    ok(clean("--undo", journal(), root=None))
    same(before, snapshot(), "undo of format 1")


def without_its_item_a_file_is_neither_removed_nor_restored():
    make("drive", path="master")
    copy("v")
    before = snapshot()
    ok(clean())
    gone = sorted(items().items())
    path, item = gone[0]
    ok(run("quarantine", "delete", item["id"], "--yes", "--state", "state"))
    p = ok(clean("--undo", journal(), root=None), 3)
    assert "is not in the quarantine any more" in text(p)
    now = snapshot()
    assert path not in now and gone[1][0] in now
    # killed before the first removal, its item deleted, then resumed
    copy("v")
    n = 1
    while killed_at(n) and not [x for x in os.listdir("state/journal") if os.path.exists("state/journal/%s/state" % x)]:
        copy("v")
        n += 1
    ok(run("quarantine", "delete", items()[path]["id"], "--yes", "--state", "state"))
    p = ok(clean("--resume", journal(), root=None), 3)
    assert "is not in the quarantine" in text(p), text(p)
    assert path in snapshot() and snapshot()[path] == before[path]


def names_that_are_no_utf8_are_removed_and_come_back():
    make("drive")
    (folder,) = [x for x in os.listdir(b"v/RECYCLER") if x.startswith(b"S-5-3-42")]
    os.rename(b"v/RECYCLER/" + folder + b"/jwgkvsq.vmx", b"v/RECYCLER/" + folder + b"/caf\xe9 \\udc\xff.vmx")
    before = snapshot()
    ok(clean())
    with open("state/journal/" + journal() + "/journal.json", encoding="utf-8") as f:
        plan = json.load(f)["plan"]
    assert [s for s in plan["steps"] if s["file"].endswith("/caf\\xe9 \\udc\\xff.vmx")], plan["steps"]
    assert not os.path.exists(b"v/RECYCLER/" + folder)
    ok(clean("--undo", journal(), root=None))
    same(before, snapshot(), "undo of names that are no UTF-8")


def mistakes_are_errors_with_a_reason():
    make("drive", "--clean")
    for args, words in ((["--undo", "20200101T000000Z-00000000"], "state"),
                        (["--undo", "../x"], "not the id of a journal"),
                        (["--family", "Nonesuch"], "no family is named"),
                        (["--frobnicate"], "frobnicate"),
                        (["--plan", "--undo", "x"], "exclude each other"),
                        (["extra"], "unexpected argument")):
        p = ok(clean(*args), 2)
        assert words in text(p), text(p)
    p = ok(clean(root="nowhere"), 2)
    assert "nowhere" in text(p)
    p = ok(run("clean", "--root", "v", "--families", "v"), 2)
    assert "no family file" in text(p)
    assert b"usage: yamori clean" in ok(clean("--help")).stdout


def every_clean_leaves_an_execution_record():
    make("windows")
    ok(clean(env={"YAMORI_RECORD": "yes", "YAMORI_SPOOL": os.path.abspath("spool"), "YAMORI_COUNTRY": "JP"}))
    (name,) = [x for x in os.listdir("spool") if x.endswith(".json")]
    with open("spool/" + name) as f:
        r = json.load(f)
    assert r["run"] == "clean" and r["outcome"] == "cleaned" and r["system"] == "Microsoft Windows XP"
    assert r["service_pack"] == "SP3" and {d["family"] for d in r["detections"]} == {"Conficker"}
    assert {d["category"] for d in r["detections"]} == {"worm"}
    assert len(r["repairs"]) == 25
    assert {x["result"] for x in r["repairs"]} == {"done"}


e2e.main(the_plan_is_the_same_twice_and_changes_nothing,
         clean_then_undo_leaves_every_byte_as_it_was,
         clean_changes_what_the_plan_printed_and_nothing_else,
         lines_of_linux_files_stay_as_they_are,
         nothing_is_found_on_clean_volumes,
         signs_that_are_too_weak_are_shown_and_left,
         a_safe_mode_that_is_gone_everywhere_is_not_called_clean,
         a_full_disk_changes_nothing,
         a_full_volume_is_finished_later,
         a_hive_cut_in_half_is_said_and_the_rest_is_planned,
         a_hive_that_was_not_closed_is_refused,
         the_logs_of_a_hive_that_was_not_closed_are_applied_first,
         undo_reads_the_logs_of_a_hive_that_was_not_closed,
         undo_keeps_what_others_changed_since,
         links_on_a_hostile_volume_lead_nowhere,
         a_removed_file_cannot_run_from_the_quarantine,
         an_old_journal_with_masked_files_is_undone,
         without_its_item_a_file_is_neither_removed_nor_restored,
         names_that_are_no_utf8_are_removed_and_come_back,
         mistakes_are_errors_with_a_reason,
         every_clean_leaves_an_execution_record,
         a_kill_at_any_moment_is_finished_or_taken_back,
         a_kill_on_a_linux_volume_is_finished_or_taken_back)

"""e2e_families.py - every family file against a volume with the traces that it describes.

A sample volume (make-volume) gets the settings of a plain machine, then the traces of one family
(make-family).  The clean must give the plain machine back, value by value and file by file, and
the undo the infected one, byte by byte."""
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import run  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
HIVE_TOOL = os.path.abspath(sys.argv[4])
MAKE_FAMILY = os.path.abspath(sys.argv[5])
FAMILIES = os.path.join(e2e.SOURCE, "families")
CLASSES = "Documents and Settings/mari/Local Settings/Application Data/Microsoft/Windows/UsrClass.dat"
HIVES = ["WINDOWS/system32/config/SYSTEM", "WINDOWS/system32/config/software", "Documents and Settings/mari/NTUSER.DAT",
         "Documents and Settings/guest/NTUSER.DAT", CLASSES]
# Families that another's traces mean as well, with the reason.
ALSO = {
    "Rimecud": {"Autorun"},  # its programs lie in the recycle bin
    "Dorkbot": {"Autorun"},
    "RogueSecuritySoftware": {"Windows/SettingsDamage"},  # it damages them all
    "Linux/Outlaw": {"Linux/Persistence"},  # cron runs something hidden in /tmp
    "Linux/Persistence": {"Linux/Outlaw"},  # the comment of its key
    "Linux/Skidmap#pam": {"Linux/PamBackdoor"},  # a module of PAM that is not the package's
}
# What is still there after the clean, because only its package, installed again, repairs it.
STAYS = {
    "Linux/Ebury": {"Linux/Ebury"},
    "Linux/ReplacedTools": {"Linux/ReplacedTools"},
    "Linux/PamBackdoor#modules": {"Linux/PamBackdoor"},
    "Linux/PamBackdoor#stuck": {"Linux/PamBackdoor"},
    "Linux/PreloadRootkit#loader": {"Linux/PreloadRootkit"},
    "Linux/Skidmap#pam": {"Linux/PamBackdoor"},
}
# Artefacts that need a volume of their own: make-volume makes it (see e2e_clean.py).
ELSEWHERE = {"Conficker"}
# What is shown and left: no repair, or none on its own.
LEFT = {"userinit-more", "proxy-here", "moved-tools", "pages", "anybody-may", "update-site", "password-to-program", "module-elsewhere", "known-comment",
        "runs-from-temporary-plain", "unknown-library", "download-and-run-plain", "any-library", "hidden-keys", "services-are-root",
        "everybody-is-root"}


def load():
    families = {}
    for path in sorted(glob.glob(os.path.join(FAMILIES, "*.json"))):
        with open(path) as f:
            family = json.load(f)
        families[family["name"]] = family
    return families


FAMILY = load()


def sets():
    out = subprocess.run([MAKE_FAMILY, "--list"], check=True, stdout=subprocess.PIPE).stdout.decode()
    return out.split("\n")[:-1]


def traces(name, path="v"):
    subprocess.run([MAKE_FAMILY, name, path], check=True)


def make(system, merged=False):
    shutil.rmtree("v", ignore_errors=True)
    shutil.rmtree("state", ignore_errors=True)
    subprocess.run([MAKE_VOLUME, system, "--clean", "v"], check=True)
    if merged:  # bin, lib ... are links into usr, as on every Linux of today
        for link, target in (("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("var/run", "../run")):
            os.makedirs(os.path.normpath("v/" + os.path.dirname(link) + "/" + target), exist_ok=True)
            os.makedirs("v/" + os.path.dirname(link), exist_ok=True)
            os.symlink(target, "v/" + link)
    traces(system + "-normal")


def clean(*args, root="v"):
    where = ["--root", root] if root else []
    return run("clean", *where, "--state", "state", "--families", FAMILIES, *args)


def text(p):
    return p.stdout.decode() + p.stderr.decode()


def ok(p, *status):
    assert p.returncode in (status or (0,)), "exit %d:\n%s" % (p.returncode, text(p))
    return p


def plan(*args):
    return json.loads(ok(clean("--plan", "--json", *args), 0, 1, 3).stdout)


def found(p):
    return {f["name"] for f in p["families"] if f["found"]}


def snapshot():
    seen = {}
    for folder, folders, files in os.walk("v"):
        for name in folders + files:
            path = os.path.join(folder, name)
            s = os.lstat(path)
            content = None
            if stat.S_ISLNK(s.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(s.st_mode):
                with open(path, "rb") as f:
                    content = hashlib.sha256(f.read()).hexdigest()
            seen[os.path.relpath(path, "v")] = (s.st_mode, s.st_uid, s.st_gid, s.st_mtime_ns, content)
    return seen


def values():
    """Every value of every hive; keys without values do not count."""
    seen = {}
    for path in HIVES:
        if os.path.exists("v/" + path):
            out = subprocess.run([HIVE_TOOL, "dump", "v/" + path], check=True, stdout=subprocess.PIPE).stdout.decode()
            for line in out.split("\n"):
                part = line.split("\t")
                if len(part) == 4:
                    seen[(path, part[0].lower(), part[1].lower())] = (part[2], part[3])
    return seen


def keys():
    """Every key of every hive, with values or without."""
    seen = set()
    for path in HIVES:
        if os.path.exists("v/" + path):
            out = subprocess.run([HIVE_TOOL, "dump", "v/" + path], check=True, stdout=subprocess.PIPE).stdout.decode()
            seen |= {(path, line.lower()) for line in out.split("\n") if "\t" not in line}
    return seen


def permissions():
    """Of every key, as reglookup reads them; None where it is not installed."""
    seen = {}
    for path in HIVES if shutil.which("reglookup") else []:
        if os.path.exists("v/" + path):
            out = subprocess.run(["reglookup", "-H", "-s", "-t", "KEY", "v/" + path], check=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
            assert out.stderr == b"", (path, out.stderr)
            for line in out.stdout.decode().split("\n")[:-1]:
                part = line.split(",")
                seen[(path, part[0].lower())] = tuple(part[4:8])
    return seen


def files(snap):
    return {k: (v[0], v[1], v[2], v[4]) for k, v in snap.items() if v[4] is not None and k not in HIVES}


def same(a, b, what):
    for k in sorted(set(a) | set(b), key=str):
        assert a.get(k) == b.get(k), "%s: %s was %r, is %r" % (what, k, a.get(k), b.get(k))


def left_places(p):
    """Files and values whose findings are shown only."""
    files_left, values_left = set(), set()
    for f in p["findings"]:
        if not f["repair"]:
            if " : " in f["where"]:
                values_left.add(f["where"].split("\\", 2)[-1].lower())
            else:
                files_left.add(f["where"].rsplit(":", 1)[0] if f["where"].rsplit(":", 1)[-1].isdigit() else f["where"])
    return files_left, values_left


def is_left(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def without(snap, places):
    return {k: v for k, v in snap.items() if not is_left(k, places)}


def values_without(vals, places):
    return {k: v for k, v in vals.items() if "%s : %s" % (k[1], k[2]) not in places}


def one(name, system, merged=False):
    family = name.split("#")[0]
    make(system, merged)
    plain, plain_values, plain_permissions = snapshot(), values(), permissions()
    traces(name)
    infected = snapshot()
    p = plan("--full")
    want = {family} | ALSO.get(name, set())
    assert found(p) == want, "%s: found %r" % (name, found(p))
    for f in p["findings"]:
        assert f["family"] != family or f["repair"] or f["artefact"] in LEFT or f["rule"] in LEFT or name in STAYS, (name, f)
    done = ok(clean("--full"), *([3] if name in STAYS else [0, 3]))
    after = snapshot()
    again = plan("--full")
    assert found(again) == STAYS.get(name, set()), "%s: still %r\n%s" % (name, found(again), text(done))
    assert not again["steps"]
    files_left, values_left = left_places(again)
    same(without(files(plain), files_left), without(files(after), files_left), name)
    same(values_without(plain_values, values_left), values_without(values(), values_left), name + " (registry)")
    now = permissions()
    same({k: v for k, v in plain_permissions.items() if k in now}, {k: v for k, v in now.items() if k in plain_permissions},
         name + " (permissions)")
    for journal in (x for x in os.listdir("state/journal") if x != "lock") if os.path.exists("state/journal") else ():
        ok(clean("--undo", journal, root=None))
    same(infected, snapshot(), "undo of " + name)
    return {(f["artefact"], f["rule"]) for f in p["findings"] if f["family"] == family}


def each_familys_traces_are_found_repaired_and_taken_back():
    seen = {}
    for name in sets():
        family = name.split("#")[0]
        if family in FAMILY:
            seen.setdefault(family, set()).update(one(name, FAMILY[family]["system"]))
    assert set(FAMILY) - set(seen) == ELSEWHERE, set(FAMILY) ^ set(seen)
    for family, fired in seen.items():
        for a in FAMILY[family]["artefacts"]:
            if a["kind"] == "service-start":
                wanted = {a["starts"][0]["service"]}
            elif a["kind"] == "package-file":  # each file is a rule
                wanted = set() if any(x == a["id"] for x, _ in fired) else {a["id"]}
            else:
                wanted = {r["id"] for r in a["rules"]} if "rules" in a else {a["id"]}
            missing = {r for r in wanted if (a["id"], r) not in fired}
            assert not missing, "%s: nothing fires %s/%s" % (family, a["id"], missing)
    for name in sets():
        if name in FAMILY and FAMILY[name]["system"] == "linux":
            one(name, "linux", merged=True)
    print("# %d families, %d artefacts" % (len(seen), sum(len(FAMILY[f]["artefacts"]) for f in seen)))


def plain_and_administered_machines_have_no_family():
    for system, merged in (("windows", False), ("linux", False), ("linux", True)):
        make(system, merged)
        p = plan("--full")
        assert p["findings"] == [] and p["gaps"] == [], p["findings"]
        traces(system + "-administered")
        before = snapshot()
        p = plan("--full")
        assert found(p) == set(), found(p)
        assert p["findings"], "nothing looks like a trace: the test tests nothing"
        assert all(f["weight"] != "strong" for f in p["findings"]), [f for f in p["findings"] if f["weight"] == "strong"]
        ok(clean("--full"))
        same(before, snapshot(), system + " administered")


def all_families_at_once_do_not_stand_in_each_others_way():
    for system in ("windows", "linux"):
        make(system)
        names = [n for n in sets() if n in FAMILY and FAMILY[n]["system"] == system]
        for name in names:
            traces(name)
        infected = snapshot()
        p = plan("--full")
        assert len(found(p)) >= len(names) - 2, set(names) - found(p)  # values that two of them set
        ok(clean("--full"), 0, 3)
        again = plan("--full")
        assert found(again) <= set(STAYS), found(again)
        (journal,) = [x for x in os.listdir("state/journal") if x != "lock"]
        ok(clean("--undo", journal, root=None))
        same(infected, snapshot(), "undo of everything on " + system)


def a_sign_whose_place_another_family_changes_says_so():
    make("windows")
    traces("Zbot")
    lines = clean("--plan").stdout.decode().split("\n")
    shown = [line for line in lines if "Sality/firewall" in line]
    assert len(shown) == 2 and all(line.endswith("[a sign; changed with another finding]") for line in shown), shown
    shutil.rmtree("v")
    make("windows")
    traces("windows-administered")
    lines = clean("--plan").stdout.decode().split("\n")
    shown = [line for line in lines if "Sality/firewall" in line]
    assert len(shown) == 2 and all(line.endswith("[left as it is]") for line in shown), shown


def safe_mode_comes_back_from_the_other_control_set():
    """And the undo by value takes it away again when somebody changed the hive meanwhile."""
    make("windows")
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    traces("windows-normal")
    traces("Sality")
    before = values()
    gone = (HIVES[0], "controlset003\\control\\safeboot\\minimal\\base", "")
    empty = (HIVES[0], "controlset003\\control\\safeboot\\minimal\\empty\\inner")
    assert gone not in before and empty not in keys()
    keys_before = keys()
    p = plan()
    assert "Conficker" in found(p) and "Sality" in found(p)
    ok(clean())
    assert values()[gone] == values()[(HIVES[0], "controlset001\\control\\safeboot\\minimal\\base", "")]
    assert empty in keys()
    subprocess.run([HIVE_TOOL, "set", "v/" + HIVES[0], "ControlSet001\\Services\\Theirs", "Value", "7"], check=True)
    (journal,) = [x for x in os.listdir("state/journal") if x != "lock"]
    out = ok(clean("--undo", journal, root=None), 0, 3)
    assert b"value by value" in out.stdout
    now = values()
    assert now.pop((HIVES[0], "controlset001\\services\\theirs", "value")) == ("4", "07000000")
    same(before, now, "undo by value")
    now = keys() - {(HIVES[0], "controlset001\\services\\theirs")}
    assert now == keys_before, now ^ keys_before


def hive_tool(*args):
    subprocess.run([HIVE_TOOL, *args], check=True)


def journal():
    (name,) = [x for x in os.listdir("state/journal") if x != "lock"]
    return name


def the_undo_by_value_says_that_permissions_stay():
    make("windows")
    traces("Windows/SettingsDamage")
    before, closed = values(), permissions()
    ok(clean(), 0, 3)
    opened = permissions()
    hive_tool("set", "v/" + HIVES[0], "ControlSet001\\Services\\Theirs", "Value", "7")
    out = ok(clean("--undo", journal(), root=None), 3).stdout.decode()
    assert "value by value" in out, out
    assert "the permissions of ControlSet001\\Services\\wuauserv were left as they are now" in out, out
    now = values()
    assert now.pop((HIVES[0], "controlset001\\services\\theirs", "value")) == ("4", "07000000")
    same(before, now, "undo by value")
    key = (HIVES[0], "/controlset001/services/wuauserv")
    if closed:
        assert permissions()[key] == opened[key] != closed[key]


def permissions_are_reset_whenever_the_clean_is_killed():
    make("windows")
    traces("Windows/SettingsDamage")
    subprocess.run(["cp", "-a", "v", "master"], check=True)
    before = snapshot()
    ok(clean(), 0, 3)
    want = values(), permissions()
    kills = 0
    for n in range(1, 120, 6):
        for how in ("--resume", "--undo"):
            shutil.rmtree("v")
            shutil.rmtree("state")
            subprocess.run(["cp", "-a", "master", "v"], check=True)
            killed = run("clean", "--root", "v", "--state", "state", "--families", FAMILIES,
                         env={"YAMORI_TEST_KILL_AT": str(n)}).returncode == -9
            kills += killed
            for name in [x for x in os.listdir("state/journal") if x != "lock"] if killed else []:
                ok(clean(how, name, root=None), 0, 3)
            if killed and (how == "--undo" or snapshot() == before):
                same(before, snapshot(), "undo after kill %d" % n)
            else:
                assert (values(), permissions()) == want, "kill %d" % n
    shutil.rmtree("master")
    assert kills > 4 and not killed, (kills, killed)


def a_damaged_ring_of_permissions_is_left():
    make("windows")
    traces("Windows/SettingsDamage")
    path = "v/" + HIVES[0]
    with open(path, "rb") as f:
        data = bytearray(f.read())
    at = data.rindex(b"sk\0\0")
    data[at + 8:at + 12] = (8).to_bytes(4, "little")  # the one before it
    with open(path, "wb") as f:
        f.write(data)
    infected, closed = snapshot(), permissions()
    p = plan()
    assert {g["where"].split("\\")[-1] for g in p["gaps"] if "not repaired: the ring of permissions" in g["why"]} == \
        {"wuauserv", "BITS", "wscsvc"}, p["gaps"]
    assert {s["file"] for s in p["steps"] if s["op"] == "reset-rights"} == {HIVES[1]}
    ok(clean(), 3)
    if closed:
        same({k: v for k, v in closed.items() if k[0] == HIVES[0]}, {k: v for k, v in permissions().items() if k[0] == HIVES[0]},
             "permissions that are damaged")
    assert values()[(HIVES[0], "controlset001\\services\\wuauserv", "start")] == ("4", "02000000"), "the rest is repaired"
    ok(clean("--undo", journal(), root=None))
    same(infected, snapshot(), "undo with damaged permissions")


def a_locked_service_says_so():
    make("windows")
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    (service,) = {f["where"] for f in plan("--family", "Conficker")["findings"] if "unknown service" in f["what"] and "001" in f["where"]}
    hive_tool("permissions", "v/" + HIVES[0], service.split("\\", 2)[2], "system-only")
    p = plan("--family", "Conficker")
    (what,) = {f["what"] for f in p["findings"] if f["where"] == service and f["artefact"] == "service"}
    assert what.endswith("; Administrators may not read this key"), what
    assert [f["repair"] for f in p["findings"] if f["artefact"] == "service-permissions"] == [True]
    assert "reset-rights" not in {s["op"] for s in p["steps"]}, "the key goes as a whole"
    ok(clean("--family", "Conficker"))
    assert not [k for k in keys() if k[1].startswith(service.split("\\", 2)[2].lower())]


def what_is_missing_comes_back_where_windows_has_it():
    value = (HIVES[1], "microsoft\\windows\\currentversion\\run", "windows defender")
    for sets, shown, made in (((), False, False), (("windows-vista",), True, False), (("windows-vista", "worm"), True, True)):
        make("windows")
        if "worm" in sets:
            subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
        for name in sets:
            if name != "worm":
                traces(name)
        p = plan("--family", "Conficker")
        assert ("defender-run" in {f["artefact"] for f in p["findings"]}) == shown, sets
        ok(clean("--family", "Conficker"))
        want = ("2", "%ProgramFiles%\\Windows Defender\\MSASCui.exe -hide\0".encode("utf-16-le").hex())
        assert values().get(value) == (want if made else None), sets
        os.path.exists("v/Program Files/Windows Defender/MSASCui.exe") and os.unlink("v/Program Files/Windows Defender/MSASCui.exe")
        assert "defender-run" not in {f["artefact"] for f in plan("--family", "Conficker")["findings"]}, "a Windows without Defender"


def a_service_gets_the_start_type_of_its_windows():
    key = (HIVES[0], "controlset001\\services\\wuauserv", "start")
    for version, want in ((None, 2), ("windows-vista", 2), ("windows-eight", 3)):
        make("windows")
        subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
        if version:
            traces(version)
        assert values()[key] == ("4", "04000000")
        ok(clean("--family", "Conficker"))
        assert values()[key] == ("4", "%02x000000" % want), version


def services_switched_off_are_no_worm_however_many():
    """All that Conficker switches off, and hidden files, and its number of connections: an administrator's machine."""
    make("windows")
    traces("windows-administered")
    p = plan("--family", "Conficker")
    seen = {f["artefact"] for f in p["findings"]}
    assert {"disabled-services", "service-permissions", "svchost-permissions", "hidden-files", "tcp-connections"} <= seen, seen
    assert len({f["rule"] for f in p["findings"] if f["artefact"] == "disabled-services"}) >= 3
    assert found(p) == set() and p["steps"] == []
    assert b"Conficker (worm, severe): signs too weak to count" in clean("--plan", "--family", "Conficker").stdout


def a_key_that_went_comes_back_by_value():
    make("windows")
    traces("RogueSecuritySoftware")
    before, keys_before = values(), keys()
    ok(clean(), 0, 3)
    assert not [k for k in keys() if k[0] == CLASSES and k[1].startswith((".exe", "secfile"))]
    hive_tool("set", "v/" + CLASSES, "Theirs", "Value", "7")
    out = ok(clean("--undo", journal(), root=None), 0, 3)
    assert b"value by value" in out.stdout
    now = values()
    assert now.pop((CLASSES, "theirs", "value")) == ("4", "07000000")
    same(before, now, "undo by value")
    assert keys() - {(CLASSES, "theirs")} == keys_before


def a_link_that_leads_elsewhere_is_not_followed():
    make("linux")
    os.makedirs("v/srv", exist_ok=True)
    os.rename("v/lib", "v/srv/lib")
    os.symlink("srv/lib", "v/lib")
    traces("Linux/Perfctl")
    p = plan()
    assert "lib" in {g["where"] for g in p["gaps"]}
    ok(clean(), 3)
    assert os.path.exists("v/srv/lib/libgcwrap.so")


def red_hats_folders_of_init_are_looked_at_where_they_are():
    make("linux")
    traces("Linux/BillGates")
    traces("Linux/Mirai")
    os.makedirs("v/etc/rc.d")
    for name in ("init.d", "rc.local", "rc3.d"):
        os.rename("v/etc/" + name, "v/etc/rc.d/" + name)
        os.symlink("rc.d/" + name, "v/etc/" + name)
    infected = snapshot()
    p = plan()
    assert p["gaps"] == [], p["gaps"]
    where = {f["where"] for f in p["findings"]}
    assert {"etc/rc.d/init.d/DbSecuritySpt", "etc/rc.d/init.d/selinux", "etc/rc.d/rc3.d/S99selinux"} <= where, where
    assert any(w.startswith("etc/rc.d/rc.local:") for w in where) and not any(w.startswith("etc/init.d/") for w in where), where
    ok(clean())
    assert not os.path.exists("v/etc/rc.d/init.d/DbSecuritySpt") and os.path.islink("v/etc/init.d")
    (journal,) = [x for x in os.listdir("state/journal") if x != "lock"]
    ok(clean("--undo", journal, root=None))
    same(infected, snapshot(), "undo on Red Hat's folders")


def doors_are_named_where_a_family_is_found():
    make("windows")
    traces("Blaster")
    assert b"Blaster (worm, severe): FOUND" in clean("--plan").stdout
    assert b"    came through: MS03-026, MS03-039\n" in clean("--plan").stdout
    rows = {f["name"]: f for f in plan()["families"]}
    assert rows["Blaster"]["doors"] == ["MS03-026", "MS03-039"]
    assert "doors" not in rows["Sasser"]
    assert clean("--plan").stdout.count(b"came through") == 1


def every_file_says_where_its_knowledge_comes_from():
    assert len(FAMILY) >= 20
    without_doors = {n for n, f in FAMILY.items() if "doors" not in f}
    assert without_doors == {"Windows/SettingsDamage", "Linux/Persistence", "Linux/PreloadRootkit", "Linux/Skidmap"}, without_doors
    with open(os.path.join(e2e.SOURCE, "docs/formats/family.md")) as f:
        (row,) = [line for line in f if line.startswith("| `doors` |")]
    used = {d for family in FAMILY.values() for d in family.get("doors", [])}
    ids = {d for d in used if re.match(r"MS[0-9]{2}-[0-9]{3}$|CVE-[0-9]{4}-[0-9]{4,}$", d)}
    assert used - ids == {w for w in re.findall(r"`([a-z-]+)`", row) if w != "doors"}, used - ids
    for name, family in FAMILY.items():
        assert family["sources"] and family["detections"] and family["summary"].endswith("."), name
        assert len(set(family.get("doors", []))) == len(family.get("doors", [])), name
        for a in family["artefacts"]:
            assert len(a["source"]) > 3, (name, a["id"])
        marked = any("[M]" in a["source"] for a in family["artefacts"])
        assert not marked or any("[M]" in s for s in family["sources"]), name + " has [M] without a word on it"


def every_file_is_installed():
    with open(os.path.join(e2e.SOURCE, "src/clean/meson.build")) as f:
        listed = f.read()
    for path in glob.glob(os.path.join(FAMILIES, "*.json")):
        assert "families/" + os.path.basename(path) + "'" in listed or "'" + os.path.basename(path)[:-5] + "'" in listed, path


e2e.main(each_familys_traces_are_found_repaired_and_taken_back,
         plain_and_administered_machines_have_no_family,
         all_families_at_once_do_not_stand_in_each_others_way,
         a_sign_whose_place_another_family_changes_says_so,
         safe_mode_comes_back_from_the_other_control_set,
         the_undo_by_value_says_that_permissions_stay,
         permissions_are_reset_whenever_the_clean_is_killed,
         a_damaged_ring_of_permissions_is_left,
         a_locked_service_says_so,
         what_is_missing_comes_back_where_windows_has_it,
         a_service_gets_the_start_type_of_its_windows,
         services_switched_off_are_no_worm_however_many,
         a_key_that_went_comes_back_by_value,
         a_link_that_leads_elsewhere_is_not_followed,
         red_hats_folders_of_init_are_looked_at_where_they_are,
         doors_are_named_where_a_family_is_found,
         every_file_says_where_its_knowledge_comes_from,
         every_file_is_installed)

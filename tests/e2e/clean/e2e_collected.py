"""e2e_collected.py - yamori audit and clean on what was collected from a live machine.

(a) The hives of generated volumes, exported by hivexregedit, must get the answer that the volumes get.
(b) What --plan --reg writes, merged by hivexregedit into the hives, must close and clean them; what
    .undo.reg gives back must be the old values.
(c) A Samba server plays the live machine: its C$ and ADMIN$ are a generated volume, its registry is
    filled with that volume's.  yamori-collect fetches it all.  Samba's registry answers a few keys from
    its own state (it is Windows 6.1), has no SAM and cannot save hives: for --save a `net` in front
    of the real one does that part.
"""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from e2e import SOURCE, Skip, main, run, snapshot, write  # noqa: E402

MAKE_DOORS = os.path.abspath(sys.argv[3])
MAKE_VOLUME = os.path.abspath(sys.argv[4])
HIVE_TOOL = os.path.abspath(sys.argv[5])
FAMILIES = os.path.join(SOURCE, "families")
COLLECT = os.path.join(SOURCE, "data/collect/yamori-collect")
SYSTEMS = ["2000", "xp2", "xp3", "2003", "xp64", "vista", "win7", "win10"]
HIVES = {"system": "HKEY_LOCAL_MACHINE\\SYSTEM", "software": "HKEY_LOCAL_MACHINE\\SOFTWARE",
         "sam": "HKEY_LOCAL_MACHINE\\SAM"}
CONFIG = "Windows/System32/config"


def find(root, name):
    """The one file of this name, whatever its case; None."""
    for folder, _, files in os.walk(root):
        for f in files:
            if f.lower() == name:
                return os.path.join(folder, f)
    return None


def users(root):
    """{name: hive}"""
    seen = {}
    for folder, _, files in os.walk(root):
        for f in files:
            if f.lower() == "ntuser.dat":
                seen[os.path.basename(folder)] = os.path.join(folder, f)
    return dict(sorted(seen.items()))


def number(name):
    return "S-1-5-21-1-2-3-%d" % (1000 + sum(name.encode()) % 1000)


def export(hive, place):
    """The text of a hive, by hivexregedit."""
    if shutil.which("hivexregedit") is None:
        raise Skip("hivexregedit is not installed")
    return subprocess.run(["hivexregedit", "--export", "--prefix", place, hive, "\\"], check=True,
                          stdout=subprocess.PIPE).stdout


def as_regedit(text):
    """The same as regedit writes it: UTF-16 with its mark, and CR LF."""
    return b"\xff\xfe" + text.decode("utf-8").replace("\n", "\r\n").encode("utf-16-le")


def collect(volume, to, form=lambda text: text):
    """A folder as a person would make it: exports of every hive, and the DLLs."""
    for name, place in HIVES.items():
        hive = find(volume, name)
        if hive:
            write("%s/%s/%s.reg" % (to, CONFIG, name.upper()), form(export(hive, place)))
            for dll in glob.glob(os.path.join(os.path.dirname(os.path.dirname(hive)), "*.dll")):
                shutil.copy(dll, os.path.join(to, "Windows/System32"))
    for folder, _, files in os.walk(volume):
        if os.path.basename(folder).lower() == "syswow64" and files:
            shutil.copytree(folder, to + "/Windows/SysWOW64")
    for name, hive in users(volume).items():
        write("%s/Users/%s/NTUSER.DAT.reg" % (to, name), form(export(hive, "HKEY_USERS\\" + number(name))))


def audit(root, *more):
    p = run("audit", "--json", "--root", root, *more)
    assert p.returncode in (0, 1, 3), p.stderr.decode()
    return json.loads(p.stdout.decode("utf-8"))


def states(answer):
    return {d["id"]: d["state"] for d in answer["doors"]}


def as_exported(answer):
    """What exports can answer of it: they hold no key to the accounts' passwords."""
    return dict(states(answer), **{"weak-passwords": "unknown"})


def changes(answer):
    return {d["id"]: sorted((c["hive"], c["key"].lower(), c["value"].lower(), json.dumps(c["new"]))
                            for c in d["changes"]) for d in answer["doors"]}


def clean(root, *more, status=None):
    p = run("clean", "--root", root, "--families", FAMILIES, "--state", "state", "--lang", "en", *more)
    assert status is None or p.returncode == status, (p.returncode, p.stdout.decode(), p.stderr.decode())
    return p


def plan(root, *more):
    return json.loads(clean(root, "--plan", "--json", *more).stdout.decode("utf-8"))


def registry_findings(answer):
    return sorted((f["family"], f["artefact"], f["rule"], f["where"].lower(), f["what"])
                  for f in answer["findings"] if f["where"].startswith("HK"))


# --- (a) ---------------------------------------------------------------------------------------------

def exports_open_the_same_doors_as_the_volume():
    for i, system in enumerate(SYSTEMS):
        for j, state in enumerate(["open", "half", "closed"]):
            subprocess.run([MAKE_DOORS, system, state, "v"], check=True)
            collect("v", "c", as_regedit if (i + j) % 2 else lambda text: text)
            volume, collected = audit("v"), audit("c")
            assert collected["collected"] and not volume["collected"]
            assert as_exported(volume) == states(collected), (system, state, states(volume), states(collected))
            assert "hold the key that opens the accounts" in str(collected["doors"])
            assert changes(volume) == changes(collected), (system, state)
            if system == "xp64" and state == "closed":  # half of the files is not all of them
                shutil.rmtree("c/Windows/SysWOW64")
                assert states(audit("c"))["ms08-067"] == "unknown" and states(volume)["ms08-067"] == "closed"
            shutil.rmtree("v")
            shutil.rmtree("c")


def families_leave_the_same_traces_in_exports():
    for kind in ["windows", "windows-d"]:
        for clean_one in [[], ["--clean"]]:
            subprocess.run([MAKE_VOLUME, kind, *clean_one, "v"], check=True)
            if not find("v", "system"):
                shutil.rmtree("v")
                continue
            collect("v", "c")
            volume, collected = plan("v", "--family", "Conficker"), plan("c", "--family", "Conficker")
            assert registry_findings(volume) == registry_findings(collected), (kind, clean_one)
            assert clean_one or registry_findings(collected)
            assert any("files that were not collected" in g["why"] for g in collected["gaps"]), collected["gaps"]
            shutil.rmtree("v")
            shutil.rmtree("c")


def nothing_collected_is_ever_called_clean():
    subprocess.run([MAKE_VOLUME, "windows", "--clean", "v"], check=True)
    collect("v", "c")
    p = clean("c", "--detect-only", status=3)
    assert b"files that were not collected were not looked at" in p.stdout, p.stdout
    assert clean("c", status=3).returncode == 3
    assert b"is an export of HKEY_LOCAL_MACHINE\\SYSTEM" in p.stdout, p.stdout


def a_part_answers_for_itself_alone():
    subprocess.run([MAKE_DOORS, "xp3", "closed", "v"], check=True)
    collect("v", "c")
    text = open(CONFIG_OF("c", "SYSTEM"), encoding="utf-8").read()
    parts = re.split(r"(?m)^(?=\[)", text)
    keep = [p for p in parts[1:] if "\\Services" in p.split("\n")[0]]
    write(CONFIG_OF("c", "SYSTEM"), parts[0] + "".join(keep))
    whole, part = as_exported(audit("v")), audit("c")
    assert whole["anonymous"] == "closed" and states(part)["anonymous"] == "unknown", states(part)
    assert whole["services"] == states(part)["services"] == "closed"
    assert any("was not exported" in str(e) for d in part["doors"] for e in d["evidence"])
    assert any("not every control set" in g["why"] for g in part["gaps"]), part["gaps"]
    # The rest beside it, in a file of its own.
    write(CONFIG_OF("c", "SYSTEM-rest"), parts[0] + "".join(p for p in parts[1:] if p not in keep))
    assert states(audit("c")) == whole
    # A key that nobody may read hides in no way.
    with open(CONFIG_OF("c", "SYSTEM-rest"), "a", encoding="utf-8") as f:
        f.write(";yamori-denied [Lsa]\n")
    denied = audit("c")
    assert states(denied)["anonymous"] == "unknown"
    assert any("missing in this export: Lsa" in g["why"] for g in denied["gaps"]), denied["gaps"]


def CONFIG_OF(root, name):
    return "%s/%s/%s.reg" % (root, CONFIG, name)


def a_live_machine_has_a_current_control_set():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    collect("v", "c")
    text = open(CONFIG_OF("c", "SYSTEM"), encoding="utf-8").read()
    parts = re.split(r"(?m)^(?=\[)", text)
    live = [p.replace("\\ControlSet001", "\\CurrentControlSet") for p in parts[1:] if "\\ControlSet001" in p]
    write(CONFIG_OF("c", "SYSTEM"), parts[0] + "".join(live))
    answer = audit("c")
    assert states(answer) == as_exported(audit("v")), states(answer)
    assert any("not every control set" in g["why"] for g in answer["gaps"]), answer["gaps"]
    clean("c", "--immunise", "--plan", "--reg", "fix.reg", status=1)
    written = open("fix.reg", encoding="utf-16").read()
    assert "\\CurrentControlSet\\" in written and "\\ControlSet" not in written, written


def a_cut_export_is_not_used():
    subprocess.run([MAKE_DOORS, "xp3", "closed", "v"], check=True)
    collect("v", "c", as_regedit)
    data = open(CONFIG_OF("c", "SOFTWARE"), "rb").read()
    for cut in [data[:len(data) // 2 | 1], data[:len(data) // 2 & ~1], data[:40], b"", data + b"x"]:
        write(CONFIG_OF("c", "SOFTWARE"), cut)
        answer = audit("c")
        assert "SOFTWARE.reg" in str(answer["gaps"]), answer["gaps"]
        assert states(answer)["autorun-cd"] == "unknown" and states(answer)["kill-bits"] == "unknown", states(answer)


def users_that_were_not_collected_are_missed():
    subprocess.run([MAKE_DOORS, "xp3", "closed", "v"], check=True)
    collect("v", "c")
    name = next(iter(users("v")))
    key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
    with open(CONFIG_OF("c", "SOFTWARE"), "a", encoding="utf-8") as f:
        f.write("%s]\n\n%s\\%s]\n\"ProfileImagePath\"=\"C:\\\\Users\\\\%s\"\n\n" % (key, key, number(name), name))
    assert not any("this user" in g["why"] for g in audit("c")["gaps"])
    with open(CONFIG_OF("c", "SOFTWARE"), "a", encoding="utf-8") as f:
        f.write("%s\\S-1-5-21-9-9-9-1001]\n\n" % key)
    answer = audit("c")
    assert {"where": "HKU\\S-1-5-21-9-9-9-1001", "why": "the settings of this user were not collected"} in answer["gaps"]
    assert states(answer)["office-macros"] != "closed", states(answer)


def rules_for_passwords_come_from_who_was_told():
    subprocess.run([MAKE_DOORS, "xp3", "closed", "v"], check=True)
    collect("v", "c")
    os.unlink(CONFIG_OF("c", "SAM"))
    answer = states(audit("c"))
    assert answer["lockout"] == answer["password-policy"] == "unknown"
    write("c/collected/net-accounts.txt", "Lockout threshold:    5\r\nMinimum password length:   12\r\n")
    answer = audit("c")
    # Whether characters must be mixed is not told.
    assert states(answer)["lockout"] == "closed" and states(answer)["password-policy"] == "unknown", states(answer)
    assert "collected/net-accounts.txt, lockout threshold" in str(answer["doors"])
    write("c/collected/net-accounts.txt", "Lockout threshold:    Never\r\nMinimum password length:   0\r\n")
    answer = states(audit("c"))
    assert answer["lockout"] == answer["password-policy"] == "open"
    write("c/collected/rpcclient-dominfo.txt", "Minimum password length:\t\t\t8\npassword_properties: 0x00000001\n"
          "Lockout after bad attempts:                  10\n")
    answer = states(audit("c"))
    assert answer["lockout"] == answer["password-policy"] == "closed"
    write("c/collected/rpcclient-dominfo.txt", "Lockout after bad attempts:                  1")
    os.unlink("c/collected/net-accounts.txt")
    answer = states(audit("c"))
    assert answer["lockout"] == answer["password-policy"] == "unknown"


def a_collection_is_not_repaired():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    collect("v", "c")
    before = snapshot("c")
    p = clean("c", "--immunise", status=2)
    assert b"not the machine's disk" in p.stderr and b"--plan --reg FILE" in p.stderr, p.stderr
    # Saved hives count as collected by the note that the collecting programs leave.
    write("v/collected/yamori-collect.txt", "yamori-collect 1\n")
    hives = snapshot("v")
    p = clean("v", "--immunise", status=2)
    assert b"not the machine's disk" in p.stderr
    assert snapshot("c") == before and snapshot("v") == hives


# --- (b) ---------------------------------------------------------------------------------------------

def sections(text):
    """[(key, [lines])] of a .reg file; continued lines are joined."""
    text = text.replace("\r\n", "\n").replace("\\\n  ", "")
    out = []
    for line in text.split("\n")[1:]:
        if line.startswith("["):
            out.append((line[1:-1], []))
        elif line and not line.startswith(";"):
            out[-1][1].append(line)
    return out


def merge(reg_file, hive, place, current):
    """What of the file belongs to one hive, by hivexregedit, which wants every parent made first."""
    ours = []
    for key, lines in sections(open(reg_file, encoding="utf-16").read()):
        gone = key.startswith("-")
        key = key.lstrip("-").replace("\\CurrentControlSet", "\\ControlSet%03d" % current)
        if not key.lower().startswith(place.lower() + "\\"):
            continue
        below = key[len(place):]
        if not gone:
            for m in re.finditer(r"\\", below[1:]):
                ours.append("[%s]\n" % below[:m.start() + 1])
        ours.append("[%s%s]\n%s\n" % ("-" if gone else "", below, "\n".join(lines)))
    text = "Windows Registry Editor Version 5.00\n\n" + "\n".join(ours) + "\n"
    write("part.reg", text)
    if ours:
        subprocess.run(["hivexregedit", "--merge", "--encoding", "UTF-16LE", hive, "part.reg"], check=True)
    return len(ours)


def dump(hive):
    """{(key, value name): (type, data)}; keys without values do not count."""
    out = subprocess.run([HIVE_TOOL, "dump", hive], check=True, stdout=subprocess.PIPE).stdout
    rows = [line.split("\t") for line in out.decode("utf-8", "surrogateescape").split("\n")]
    return {(r[0].lower(), r[1].lower()): (r[2], r[3]) for r in rows if len(r) == 4}


def all_hives(volume):
    """[(hive, its place)]"""
    hives = [(find(volume, name), place) for name, place in HIVES.items() if find(volume, name)]
    return hives + [(hive, "HKEY_USERS\\" + number(name)) for name, hive in users(volume).items()]


def current_set(volume):
    return int.from_bytes(bytes.fromhex(dump(find(volume, "system"))["select", "current"][1]), "little")


def merge_all(reg_file, volume):
    current = current_set(volume)
    return sum(merge(reg_file, hive, place, current) for hive, place in all_hives(volume))


def the_written_file_closes_the_doors():
    for system in SYSTEMS:
        for state in ["open", "half"]:
            subprocess.run([MAKE_DOORS, system, state, "v"], check=True)
            collect("v", "c")
            old = {hive: dump(hive) for hive, _ in all_hives("v")}
            clean("c", "--immunise", "--plan", "--reg", "fix.reg")
            assert merge_all("fix.reg", "v") > 0
            again = plan("v", "--immunise")
            assert again["steps"] == [], (system, state, again["steps"])
            assert {hive: dump(hive) for hive, _ in all_hives("v")} != old
            merge_all("fix.undo.reg", "v")
            assert {hive: dump(hive) for hive, _ in all_hives("v")} == old, (system, state)
            for path in ["fix.reg", "fix.undo.reg", "part.reg"]:
                os.unlink(path)
            shutil.rmtree("v")
            shutil.rmtree("c")


def the_written_file_cleans_the_registry():
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    collect("v", "c")
    old = {hive: dump(hive) for hive, _ in all_hives("v")}
    p = clean("c", "--family", "Conficker", "--plan", "--reg", "fix.reg", status=1)
    assert b"to be imported on the machine itself; fix.undo.reg takes them back" in p.stdout, p.stdout
    assert any("[-HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\" in line
               for line in open("fix.reg", encoding="utf-16")), open("fix.reg", encoding="utf-16").read()
    assert merge_all("fix.reg", "v") > 0
    left = [f for f in plan("v", "--family", "Conficker")["findings"] if f["where"].startswith("HK")]
    steps = [s for s in plan("v", "--family", "Conficker")["steps"] if "key" in s]
    assert steps == [], (steps, left)
    merge_all("fix.undo.reg", "v")
    assert {hive: dump(hive) for hive, _ in all_hives("v")} == old


def what_an_import_cannot_do_stands_as_comments():
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    clean("v", "--family", "Conficker", "--plan", "--reg", "fix.reg", status=1)
    text = open("fix.reg", encoding="utf-16").read()
    by_hand = [s for s in plan("v", "--family", "Conficker")["steps"] if "key" not in s]
    assert by_hand
    for step in by_hand:
        assert any(line.startswith("; S") and step["file"] in line for line in text.split("\n")), step
    assert text.startswith("Windows Registry Editor Version 5.00\r\n") or text.startswith("Windows Registry Editor Version 5.00\n")


def no_file_is_overwritten():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    for taken in ["fix.reg", "fix.undo.reg"]:
        write(taken, "mine")
        p = clean("v", "--immunise", "--plan", "--reg", "fix.reg", status=2)
        assert b"is there already and is not overwritten" in p.stderr, p.stderr
        assert sorted(glob.glob("fix*")) == [taken] and open(taken).read() == "mine"
        os.unlink(taken)
    os.symlink("elsewhere", "fix.reg")
    clean("v", "--immunise", "--plan", "--reg", "fix.reg", status=2)
    assert not os.path.exists("elsewhere")
    assert b"--reg belongs to --plan" in clean("v", "--reg", "other.reg", status=2).stderr
    assert not os.path.exists("other.reg")


def a_name_cannot_become_a_line():
    """A value of Run whose name has a line end: left to be done by hand."""
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    collect("v", "c")
    key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run]"
    name = "x\r\n\r\n[-HKEY_LOCAL_MACHINE\\SYSTEM]\r\n;"
    with open(CONFIG_OF("c", "SOFTWARE"), "a", encoding="utf-8", newline="") as f:
        f.write("%s\n\"%s\"=\"rundll32.exe \\\"c:\\\\windows\\\\system32\\\\qwvbx.dll\\\",abcdef\"\n\n"
                % (key, name.replace("\\", "\\\\")))
    clean("c", "--family", "Conficker", "--plan", "--reg", "fix.reg", status=1)
    for path in ["fix.reg", "fix.undo.reg"]:
        assert not any(line.startswith("[-HKEY_LOCAL_MACHINE\\SYSTEM]") for line in open(path, encoding="utf-16"))
    assert "\\x0d\\x0a" in open("fix.reg", encoding="utf-16").read()


# --- the branches that are fetched ------------------------------------------------------------------

def printed_keys():
    return subprocess.run([COLLECT, "--keys"], check=True, stdout=subprocess.PIPE).stdout.decode().split("\n")[:-1]


def every_key_that_is_read_is_fetched():
    fetched = printed_keys()

    def is_fetched(key):
        key = key.lower().rstrip("\\")
        return any((key + "\\").startswith(f.lower() + "\\") for f in fetched)

    def texts(x):
        if isinstance(x, str):
            yield x
        elif isinstance(x, (dict, list)):
            for y in x.values() if isinstance(x, dict) else x:
                yield from texts(y)

    read = set()
    for path in glob.glob(os.path.join(FAMILIES, "*.json")):
        with open(path, encoding="utf-8") as f:
            read |= {t for t in texts(json.load(f)) if re.match(r"HK(LM|U)\\", t)}
    assert len(read) > 20, read
    for path in glob.glob(os.path.join(SOURCE, "src/clean/*.c")):
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', open(path, encoding="utf-8").read()):
            text = text.replace("\\\\", "\\")
            if re.match(r"(Microsoft|Policies|Wow6432Node)\\", text):
                read.add("HKLM\\SOFTWARE\\" + text)
            elif re.match(r"Software\\", text):
                read.add("HKU\\*\\" + text)
            elif re.match(r"(Control|Services)(\\|$)", text):
                read.add("HKLM\\SYSTEM\\CurrentControlSet\\" + text)
    assert len(read) > 40
    missing = sorted(k for k in read if not is_fetched(k.split("\\%s")[0]))
    assert missing == [], missing
    dlls = {d.lower() for path in glob.glob(os.path.join(SOURCE, "src/clean/doors*.c"))
            for d in re.findall(r'"([a-z0-9]+\.dll)"', open(path, encoding="utf-8").read())}
    assert dlls - {os.path.basename(f).lower() for f in fetched} <= {"shell32.dll"} - dlls, dlls


def the_program_for_windows_holds_together():
    """No Windows is here to run it: every jump has its place, and what it makes is what is looked for."""
    data = open(os.path.join(SOURCE, "data/collect/yamori-collect.cmd"), "rb").read()
    text = data.decode("ascii")
    assert data.count(b"\n") == data.count(b"\r\n") and text.endswith("\r\n")
    text = text.replace("\r\n", "\n")
    places = re.findall(r"(?m)^:(\w+)$", text)
    jumps = set(re.findall(r"(?:goto|call :)\s*:?(\w+)", text))
    assert sorted(places) == sorted(jumps), (places, jumps)
    for name in ["config\\SYSTEM", "config\\SOFTWARE", "config\\SAM", "config\\DEFAULT", "NTUSER.DAT",
                 "ServiceProfiles\\LocalService", "collected\\yamori-collect.txt", "collected\\net-accounts.txt"]:
        assert name in text, name
    assert not re.search(r"(?m)^\s*(del|rd|rmdir|reg (add|delete|import|restore))\b", text), "it changes something"


# --- (c) ---------------------------------------------------------------------------------------------

class Machine:
    """A Samba server with a volume of its own, at 127.0.0.1."""

    def __init__(self, volume):
        for tool in ["smbd", "smbclient", "net", "rpcclient", "pdbedit"]:
            if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin") is None:
                raise Skip("%s is not installed" % tool)
        if os.geteuid() != 0:
            raise Skip("smbd wants root")
        self.home = os.getcwd() + "/s"
        for folder in ["private", "lock", "state", "cache", "pid", "ncalrpc", "log"]:
            os.makedirs(os.path.join(self.home, folder))
        self.volume = os.path.abspath(volume)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = str(s.getsockname()[1])
        windows = [f for f in os.listdir(volume) if f.lower() in ("windows", "winnt")][0]
        self.conf = write(self.home + "/smb.conf", """[global]
workgroup = TEST
netbios name = LIVE
server role = standalone server
private dir = {0}/private
lock directory = {0}/lock
state directory = {0}/state
cache directory = {0}/cache
pid directory = {0}/pid
ncalrpc dir = {0}/ncalrpc
log file = {0}/log/log
passdb backend = tdbsam:{0}/private/passdb.tdb
smb ports = {1}
interfaces = 127.0.0.1
bind interfaces only = yes
load printers = no
disable spoolss = yes
admin users = root
[C$]
path = {2}
[ADMIN$]
path = {2}/{3}
read only = no
""".format(self.home, self.port, self.volume, windows))
        self.auth = write(self.home + "/auth", "username = root\npassword = not a secret\n")
        self.process = None

    def tool(self, *args, **kw):
        return subprocess.run([args[0], "-s", self.conf, *args[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, **kw)

    def start(self):
        p = self.tool("pdbedit", "-a", "-t", "root", input=b"not a secret\nnot a secret\n")
        assert p.returncode == 0, p.stdout
        self.process = subprocess.Popen(["smbd", "-s", self.conf, "-F", "--no-process-group", "--debug-stdout"],
                                        stdout=open(self.home + "/smbd.out", "wb"), stderr=subprocess.STDOUT,
                                        start_new_session=True)
        for _ in range(100):
            p = self.tool("smbclient", "-A", self.auth, "-p", self.port, "//127.0.0.1/C$", "-c", "ls")
            if p.returncode == 0:
                return
            time.sleep(0.1)
        raise Skip("smbd does not start here: " + open(self.home + "/smbd.out", errors="replace").read()[-300:])

    def helpers(self):
        """smbd starts others that leave its session; their command lines name our smb.conf."""
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                with open(folder + "/cmdline", "rb") as f:
                    if self.conf.encode() in f.read():
                        yield int(os.path.basename(folder))
            except OSError:
                pass

    def stop(self):
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        for _ in range(100):
            left = list(self.helpers())
            for pid in left:
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass
            if not left:
                return
            time.sleep(0.05)

    def put_registry(self):
        """The volume's machine hives into Samba's own registry; the current set under its live name."""
        current = "ControlSet%03d" % current_set(self.volume)
        for name in ["system", "software"]:
            text = export(find(self.volume, name), HIVES[name]).decode("utf-8")
            text = text.replace("\\%s\\]" % name.upper(), "\\%s]" % name.upper())
            if name == "system":
                text += "".join(p.replace("\\" + current, "\\CurrentControlSet")
                                for p in re.split(r"(?m)^(?=\[)", text)[1:] if "\\" + current in p.split("\n")[0])
            write("import.reg", as_regedit(text.encode()))
            p = self.tool("net", "registry", "import", os.path.abspath("import.reg"))
            assert p.returncode == 0, p.stdout

    def collect(self, to, *more, env=None, status=None):
        p = subprocess.run([COLLECT, "-o", to, "-A", self.auth, "-p", self.port, "-s", self.conf, *more, "127.0.0.1"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, env=env)
        assert status is None or p.returncode == status, (p.returncode, p.stderr.decode())
        return p


def a_live_machine_answers_like_its_disk():
    subprocess.run([MAKE_DOORS, "win7", "open", "v"], check=True)
    m = Machine("v")
    try:
        write("v/Windows/Tasks/at1.job", "no task")
        write("v/autorun.inf", "[autorun]\n")
        m.start()
        m.put_registry()
        before = snapshot("v")
        m.collect("c", status=0)
        assert snapshot("v") == before
    finally:
        m.stop()
    note = open("c/collected/yamori-collect.txt").read()
    assert "not fetched" not in note and "fetched HKLM\\SYSTEM\\ControlSet001\\Services" in note, note
    assert open("c/Windows/Tasks/at1.job").read() == "no task" and os.path.exists("c/autorun.inf")
    volume, live = states(audit("v")), audit("c")
    print("# live:", states(live))
    assert live["system"].startswith("Windows 6.1"), live["system"]
    for door in ["ms08-067", "autorun-removable", "autorun-network", "autorun-fixed", "services", "shares",
                 "admin-shares", "anonymous", "kill-bits"]:
        assert states(live)[door] == volume[door], (door, volume[door], states(live)[door])
    # By SAMR: Samba locks nobody out, and wants five characters.
    assert states(live)["lockout"] == "open" and states(live)["password-policy"] == "partly", states(live)
    # Nobody was logged on and there are no profiles in Samba's registry: users are not known.
    assert states(live)["office-macros"] != "closed"


def what_cannot_be_fetched_is_said():
    subprocess.run([MAKE_DOORS, "win7", "closed", "v"], check=True)
    m = Machine("v")
    try:
        m.start()
        p = m.collect("c", env=dict(os.environ, PATH="/usr/bin:/bin"), status=0)
        write("front/net", "#!/bin/sh\ncase $* in *Services*) echo 'dcerpc_winreg_OpenKey failed: Evil Key "
              "WERR_ACCESS_DENIED' >&2 ;; *Internet*) echo 'registry_openkey failed: NT_STATUS_ACCESS_DENIED' >&2; "
              "exit 255 ;; esac\nexec /usr/bin/net \"$@\"\n")
        os.chmod("front/net", 0o755)
        p = m.collect("d", env=dict(os.environ, PATH=os.path.abspath("front") + ":/usr/bin:/bin"), status=3)
        assert b"Evil Key: this key could not be read" in p.stderr, p.stderr
        assert b"not fetched HKLM\\SOFTWARE\\Microsoft\\Internet Explorer: registry_openkey failed: NT_STATUS_ACCESS" \
            in p.stderr, p.stderr
        answer = audit("d")
        assert any("missing in this export: Evil Key" in g["why"] for g in answer["gaps"]), answer["gaps"]
        assert states(answer)["kill-bits"] == "unknown", states(answer)
        # Without a file the password is asked for, once.
        p = subprocess.run([COLLECT, "-o", "f", "-U", "TEST/root", "-p", m.port, "-s", m.conf, "127.0.0.1"],
                           input=b"not a secret\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert p.returncode == 0 and p.stderr.count(b"Password for TEST/root on 127.0.0.1: ") == 1, p
        assert b"secret" not in p.stderr + p.stdout + open("f/collected/yamori-collect.txt", "rb").read()
        # A wrong password fetches nothing and leaves nothing.
        write("wrong", "username = root\npassword = wrong\n")
        p = subprocess.run([COLLECT, "-o", "e", "-A", "wrong", "-p", m.port, "-s", m.conf, "127.0.0.1"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert p.returncode == 2 and b"NT_STATUS_LOGON_FAILURE" in p.stderr and not os.path.exists("e"), p
        # Nor does it write into what is there.
        p = m.collect("c", status=2)
        assert b"must not be there yet" in p.stderr
    finally:
        m.stop()


def whole_hives_are_fetched_and_removed_again():
    subprocess.run([MAKE_DOORS, "win7", "half", "v"], check=True)
    os.makedirs("v/Windows/Temp")
    m = Machine("v")
    config = os.path.dirname(os.path.abspath(find("v", "system")))
    write("front/net", """#!/bin/sh
# Does what a Windows does for `net rpc registry save HKLM\\HIVE C:\\Windows\\Temp\\NAME`.
case $* in
*'registry save'*) cp "%s/$(ls '%s' | grep -ix "${4##*\\\\}")" "%s/Windows/Temp/${5##*\\\\}" && exit 0; exit 1 ;;
esac
exec /usr/bin/net "$@"
""" % (config, config, os.path.abspath("v")))
    os.chmod("front/net", 0o755)
    try:
        m.start()
        before = snapshot("v")
        m.collect("c", "--save", env=dict(os.environ, PATH=os.path.abspath("front") + ":/usr/bin:/bin"), status=0)
        assert os.listdir("v/Windows/Temp") == []
        assert set(before) == set(snapshot("v"))
    finally:
        m.stop()
    for name in HIVES:
        assert dump("c/%s/%s" % (CONFIG, name.upper())) == dump(find("v", name)), name
    volume, live = states(audit("v")), audit("c")
    assert live["collected"]
    for door in volume:
        if door not in ("autorun-cd",) and not door.startswith("office"):  # the users', and none was logged on
            assert states(live)[door] == volume[door], (door, volume[door], states(live)[door])


if __name__ == "__main__":
    main(exports_open_the_same_doors_as_the_volume, families_leave_the_same_traces_in_exports,
         nothing_collected_is_ever_called_clean, a_part_answers_for_itself_alone,
         a_live_machine_has_a_current_control_set, a_cut_export_is_not_used, users_that_were_not_collected_are_missed,
         rules_for_passwords_come_from_who_was_told, a_collection_is_not_repaired, the_written_file_closes_the_doors, the_written_file_cleans_the_registry,
         what_an_import_cannot_do_stands_as_comments, no_file_is_overwritten, a_name_cannot_become_a_line,
         every_key_that_is_read_is_fetched, the_program_for_windows_holds_together, a_live_machine_answers_like_its_disk, what_cannot_be_fetched_is_said,
         whole_hives_are_fetched_and_removed_again)

"""e2e_volumes.py - yamori clean on generated volumes whose answers are known (make-volumes).

Each volume is looked at (nothing may change), cleaned, looked at again and restored to the byte.
What its label says is the judge: families, every single finding, gaps, exit codes.  Two other
programs read the hives before and after: reglookup, which has a reader of its own, and hivexregedit,
which shows the bytes.  The difference must be what the plan said.

YM_VOLUMES=200   how many (default: every case of the table once)
YM_SEED=7        another set of names, paths and Windows versions (default 1)
YM_ONLY=48       this one alone
"""
import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import Skip, run, snapshot  # noqa: E402

MAKE_VOLUMES = os.path.abspath(sys.argv[3])
FAMILIES = os.path.join(e2e.SOURCE, "families")
CASES = int(subprocess.run([MAKE_VOLUMES, "cases"], check=True, stdout=subprocess.PIPE).stdout)
COUNT = int(os.environ.get("YM_VOLUMES", CASES))
ONLY = os.environ.get("YM_ONLY")
NUMBERS = [int(ONLY)] if ONLY else list(range(1, COUNT + 1))
SEED = os.environ.get("YM_SEED", "1")
EXACT = 3 if COUNT <= CASES else 1  # of every so many volumes with something to clean the bytes, too
BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]  # root, but modes count


# --- other programs' view of a hive -----------------------------------------------------------------

def shorter(old, left):
    """A list loses names and not a byte more, whatever else it is made of."""
    for name in old.decode("utf-16-le", "ignore").rstrip("\0").split("\0"):
        if name not in left.split(", "):
            old = old.replace((name + "\0").encode("utf-16-le"), b"", 1)
    return old


def rows_of_reglookup(path):
    """{(key, value or None): (type, text)}; times of keys are left out."""
    out = subprocess.run(["reglookup", "-H", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    rows = {}
    for line in out.stdout.decode("utf-8", "surrogateescape").splitlines():
        place, kind, data, _ = line.split(",", 3)
        parts = [unquote(x, errors="surrogateescape").lower() for x in place.strip("/").split("/")]
        if kind == "KEY":
            rows["\\".join(parts), None] = ("KEY", "")
        else:
            rows["\\".join(parts[:-1]), parts[-1]] = (kind, unquote(data, errors="surrogateescape"))
    return rows


def as_reglookup(text, old):
    kind, _, data = text.partition(" ")
    if kind == "REG_DWORD":
        return ("DWORD", "0x%08x" % int(data))
    if "\0" in old[1]:  # it shows the bytes of a list that is not well made
        return (old[0], shorter(old[1].encode("utf-8", "surrogateescape"), data).decode("utf-8", "surrogateescape"))
    return ("MULTI_SZ", "|".join(data.split(", ")) + old[1][len(old[1].rstrip("|")):])


def rows_of_hivexregedit(path):
    """The same with the bytes in hexadecimal; None: it cannot read this hive."""
    out = subprocess.run(["hivexregedit", "--export", path, "\\"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if out.returncode != 0:
        return None
    rows, key = {}, ""
    for line in out.stdout.decode("utf-8", "surrogateescape").splitlines():
        if line.startswith("["):
            key = line[1:-1].strip("\\").lower()
            rows[key, None] = ("KEY", "")
            continue
        m = re.match(r'(?:"((?:[^"\\]|\\.)*)"|(@))=(\S+?):(.*)$', line)
        if m:
            name = re.sub(r"\\(.)", r"\1", m.group(1) or "").lower()
            data = m.group(4)
            if m.group(3) == "dword":
                rows[key, name] = ("hex(4)", int(data, 16).to_bytes(4, "little").hex())
            else:
                rows[key, name] = (m.group(3), data.replace(",", ""))
    return rows


def as_hivexregedit(text, old):
    kind, _, data = text.partition(" ")
    if kind == "REG_DWORD":
        return ("hex(4)", int(data).to_bytes(4, "little").hex())
    return (old[0], shorter(bytes.fromhex(old[1]), data).hex())


def carried_out(rows, steps, form):
    """What the rows must be after the steps of the plan."""
    rows = dict(rows)
    for s in steps:
        key = s["key"].lower()
        if s["op"] == "reset-rights":
            continue  # e2e_families.py compares permissions
        if s["op"] == "make-key":
            rows.setdefault((key, None), ("KEY", ""))
        elif s["op"] == "delete-key":
            rows = {r: v for r, v in rows.items() if r[0] != key and not r[0].startswith(key + "\\")}
        elif s["op"] == "delete-value":
            del rows[key, s["value"].lower()]
        else:
            assert (key, s["value"].lower()) in rows, "the plan changes a value that is not there: %r" % s
            rows[key, s["value"].lower()] = form(s["new"], rows[key, s["value"].lower()])
    return rows


def difference(a, b):
    return ["%s: %r, wanted %r" % (k, b.get(k), a.get(k)) for k in a.keys() | b.keys() if a.get(k) != b.get(k)][:5]


READERS = ((rows_of_reglookup, as_reglookup), (rows_of_hivexregedit, as_hivexregedit))


def is_hive(path):
    try:
        with open(path, "rb") as f:
            return f.read(4) == b"regf"
    except OSError:
        return False


# --- one volume -------------------------------------------------------------------------------------

class Volume:
    def __init__(self, number):
        self.number = number
        self.folder = "volume-%d" % number
        self.root = os.path.join(self.folder, "v")
        self.wrong = []        # what was not as it must be
        self.false_alarm = False
        self.missed = False
        self.steps = 0
        self.hives = [0, 0]    # compared by each reader

    def expect(self, what, is_so):
        if not is_so:
            self.wrong.append(what)

    def clean(self, *args, family=True):
        command = ["--state", os.path.join(self.folder, "state"), "--families", FAMILIES, "--json", *args]
        if family:
            command += ["--family", "Conficker"]
        if self.label["full"]:
            command += ["--full"]
        return self.call(["--root", self.root, *command])

    def call(self, args):
        if not self.label["closed"] or os.geteuid() != 0:
            return run("clean", *args)
        e = {k: v for k, v in os.environ.items() if not k.startswith("YAMORI_")}
        e["YAMORI_RECORD"] = "no"
        return subprocess.run([*BOUND, e2e.PROGRAM, "clean", *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=e, timeout=60)

    def answer(self, process, status, what):
        self.expect("%s: exit %d, wanted %d: %s" % (what, process.returncode, status, process.stderr.decode()),
                    process.returncode == status)
        return json.loads(process.stdout) if process.stdout else {"findings": [], "gaps": [], "steps": [], "families": []}

    def judge(self, out):
        """The answer against the label."""
        found = [f["name"] for f in out["families"] if f["found"]]
        self.expect("found %r, wanted %r" % (found, self.label["families"]), found == self.label["families"])
        self.false_alarm = bool(set(found) - set(self.label["families"]))
        self.missed = bool(set(self.label["families"]) - set(found))
        self.expect("system %r, wanted %r" % (out["system"], self.label["shown"]), out["system"] == self.label["shown"])
        saw = {(f["artefact"], f["where"]) for f in out["findings"]}
        want = {(f["artefact"], f["where"]) for f in self.label["present"]}
        self.expect("not found: %r" % sorted(want - saw), want <= saw)
        self.expect("found too much: %r" % sorted(saw - want), saw <= want)
        gaps = {g["where"].lower() for g in out["gaps"]}
        want = {g["where"].lower() for g in self.label["gaps"]}
        self.expect("gaps missing: %r" % sorted(want - gaps), want <= gaps)
        self.expect("gaps that are none: %r" % [g for g in out["gaps"] if g["where"].lower() not in want], gaps <= want)

    def all_families(self):
        out = self.answer(self.clean("--plan", family=False), 3 if self.label["gaps"] else 0, "all families")
        found = [f["name"] for f in out["families"] if f["found"]]
        self.expect("false alarm: %r" % found, not found)
        self.false_alarm = self.false_alarm or bool(found)

    def read_hives(self, before):
        files = [p for p in before if is_hive(os.path.join(self.root, p))]
        return [{p: rows(os.path.join(self.root, p)) for p in files} for rows, _ in READERS[:self.readers]]

    def compare_hives(self, old, plan):
        for i, (rows, form) in enumerate(READERS[:self.readers]):
            for path, was in old[i].items():
                steps = [s for s in plan["steps"] if s["file"] == path and "key" in s]
                now = rows(os.path.join(self.root, path))
                if was is None or now is None:
                    self.expect("%s cannot be read any more" % path, was == now)
                    continue
                wrong = difference(carried_out(was, steps, form), now)
                self.expect("%s is not what the plan said (%s): %s" % (path, rows.__name__, wrong), not wrong)
                self.hives[i] += 1

    def compare_files(self, before, plan):
        after = snapshot(self.root)
        removed = {s["file"] for s in plan["steps"] if s["op"].startswith("remove-")}
        changed = {s["file"] for s in plan["steps"] if "key" in s}
        self.expect("removed %r, planned %r" % (sorted(set(before) - set(after)), sorted(removed)),
                    set(before) - set(after) == removed and set(after) <= set(before))
        content = [{k: v and v[4] for k, v in x.items()} for x in (before, after)]
        touched = {k for k in after if content[1][k] != content[0][k]}
        self.expect("changed %r, planned %r" % (sorted(touched), sorted(changed)), touched == changed)

    def clean_and_undo(self, before):
        hives = self.read_hives(before)
        plan = self.answer(self.clean(), self.label["exit_clean"], "clean")
        self.steps = len(plan["steps"])
        if not self.label["families"]:
            self.expect("something was changed", snapshot(self.root) == before and self.steps == 0)
            return
        self.compare_files(before, plan)
        self.compare_hives(hives, plan)
        again = self.answer(self.clean("--detect-only"), self.label["exit_again"], "second look")
        self.expect("not as clean as it can be", [f["name"] for f in again["families"] if f["found"]] == self.label["left"])
        back = self.call(["--state", os.path.join(self.folder, "state"), "--undo", plan.get("journal", "?")])
        self.expect("undo: exit %d: %s" % (back.returncode, back.stderr.decode()), back.returncode == 0)
        now = snapshot(self.root)
        self.expect("undo left: %s" % difference(before, now), before == now)

    def check(self, readers):
        self.readers = readers
        os.mkdir(self.folder)
        subprocess.run([MAKE_VOLUMES, SEED, str(self.number), self.root], check=True)
        with open(self.root + ".json", encoding="utf-8") as f:
            self.label = json.load(f)
        if self.label["closed"] and not can_close():
            return self
        before = snapshot(self.root)
        self.judge(self.answer(self.clean("--detect-only"), self.label["exit"], "detect"))
        self.expect("looking changed something", snapshot(self.root) == before)
        if not self.label["families"]:
            self.all_families()
        self.clean_and_undo(before)
        if not self.wrong:
            subprocess.run(["chmod", "-R", "u+rwX", self.folder], stderr=subprocess.DEVNULL)
            shutil.rmtree(self.folder, ignore_errors=True)
        return self


def can_close():
    """Can this process look with rights that modes bind?"""
    return os.geteuid() != 0 or subprocess.run([*BOUND, "true"], stderr=subprocess.DEVNULL).returncode == 0


def one(number):
    volume = Volume(number)
    try:
        readers = 0 if shutil.which("reglookup") is None else 1
        exact = shutil.which("hivexregedit") is not None and number % EXACT == 0
        return volume.check(2 if exact and readers else readers)
    except Exception:
        volume.wrong.append(traceback.format_exc())
        return volume


DONE = []


def every_generated_volume_gets_the_right_answer():
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        DONE.extend(pool.map(one, NUMBERS))
    looked = [v for v in DONE if not (v.label["closed"] and not can_close())]
    for v in looked:
        if v.wrong:
            print("# volume %d of seed %s, case %r, %s, %s:" % (v.number, SEED, v.label["case"], v.label["state"],
                                                                  v.label["system"]))
            for text in v.wrong:
                print("#   " + text.replace("\n", "\n#   ").encode("utf-8", "backslashreplace").decode())
    bad = [v for v in looked if v.wrong]
    quiet = [v for v in looked if not v.label["families"]]
    loud = [v for v in looked if v.label["families"]]
    print("# %d volumes: %d right answers, %d false alarms among %d without a family, %d missed among %d with one" %
          (len(looked), len(looked) - len(bad), sum(v.false_alarm for v in quiet), len(quiet),
           sum(v.missed for v in loud), len(loud)))
    assert len(DONE) == len(NUMBERS) and len(looked) >= len(NUMBERS) * 9 // 10
    assert not bad, "%d volumes with wrong answers" % len(bad)


def other_readers_see_what_the_plan_said():
    if not shutil.which("reglookup") or not shutil.which("hivexregedit"):
        raise Skip("needs reglookup and hivexregedit")
    by = [sum(v.hives[i] for v in DONE) for i in range(2)]
    print("# %d steps; hives read by reglookup: %d, by hivexregedit: %d" % (sum(v.steps for v in DONE), *by))
    assert not any(v.wrong for v in DONE)
    assert ONLY or (by[0] >= COUNT and by[1] >= COUNT // 2 and sum(v.steps for v in DONE) > COUNT)


def contents(root):
    """Names, modes and contents; times are those of the making."""
    return {k: (v[0], v[4]) for k, v in snapshot(root).items()}


def the_same_number_is_the_same_volume():
    for name in ("a", "b"):
        subprocess.run([MAKE_VOLUMES, SEED, "9", name], check=True)
    assert contents("a") == contents("b")
    subprocess.run([MAKE_VOLUMES, SEED + "1", "9", "c"], check=True)
    assert contents("a") != contents("c")


e2e.main(every_generated_volume_gets_the_right_answer,
         other_readers_see_what_the_plan_said,
         the_same_number_is_the_same_volume)

"""e2e_cuts.py - the plug is pulled before every call that changes a file system, of a clean and of an undo.

    e2e_cuts.py PROGRAM SOURCE MAKE-VOLUME POWER-CUT MAKE-VOLUMES

power-cut (tests/makers/power_cut.c) ends all processes at once, and of files that were written and not synced
since it cuts off the second half.  After that the volume is as before, or as planned, or `clean --resume`
finishes it, and in any case `clean --undo` puts it back.  What `--detect-only` says of it shows that every
hive can be read.

YM_CUTS: how many of the points are cut, evenly spread, for each volume; "all" for every one.
YM_CUT_VOLUMES: so many volumes of make-volumes that have something to clean, too (default 2); YM_SEED: of these."""
import json
import os
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import run  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
POWER_CUT = os.path.abspath(sys.argv[4])
MAKE_VOLUMES = os.path.abspath(sys.argv[5])
FAMILIES = os.path.join(e2e.SOURCE, "families")
HOW_MANY = os.environ.get("YM_CUTS", "12")
VOLUMES = int(os.environ.get("YM_CUT_VOLUMES", "2"))
SEED = os.environ.get("YM_SEED", "1")
ENVIRONMENT = dict({k: v for k, v in os.environ.items() if not k.startswith("YAMORI_")}, YAMORI_RECORD="no")


class Case:
    """What a volume asks for: options, and the exit codes of a clean and of the looks before and after it."""
    options = []
    clean, before, after = 0, 1, 0


def command(*args):
    journal = "--undo" in args or "--resume" in args
    return ["clean", "--root", "v", "--state", "state", "--families", FAMILIES, *([] if journal else Case.options), *args]


def cut(n, *args, keep=False):
    """Pulled at the nth point -> (exit status, text); 0: never."""
    p = subprocess.run([POWER_CUT, str(n), *(["--keep"] if keep else []), e2e.PROGRAM, *command(*args)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, check=False)
    return p.returncode, p.stdout.decode(errors="replace")


def points_of(text):
    return int(text.rsplit("power-cut: ", 1)[1].split()[0])


def spread(points):
    if HOW_MANY == "all" or int(HOW_MANY) >= points:
        return range(1, points + 1)
    return sorted({1 + i * (points - 1) // (int(HOW_MANY) - 1) for i in range(int(HOW_MANY))})


def contents():
    """{path: mode, owner and bytes} of the volume."""
    seen = {}
    for folder, folders, files in os.walk("v"):
        for name in folders + files:
            path = os.path.join(folder, name)
            s = os.lstat(path)
            data = None
            if stat.S_ISLNK(s.st_mode):
                data = os.readlink(path)
            elif stat.S_ISREG(s.st_mode):
                with open(path, "rb") as f:
                    data = f.read()
            seen[os.path.relpath(path, "v")] = (s.st_mode, s.st_uid, s.st_gid, data)
    return seen


def fresh():
    for folder in ("v", "state"):
        shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", "master", "v"], check=True)


def journals():
    return sorted(x for x in os.listdir("state/journal") if x != "lock") if os.path.isdir("state/journal") else []


def differences(a, b):
    return sorted(k for k in set(a) | set(b) if a.get(k) != b.get(k))


def finish(what):
    """Resumes whatever there is to resume; a journal that was not complete says so, and changed nothing."""
    for name in journals():
        p = run(*command("--resume", name))
        text = (p.stdout + p.stderr).decode(errors="replace")
        assert p.returncode == 0 or "nothing was changed" in text or "not complete" in text, (what, text)


def after_a_cut(before, want, what):
    finish(what)
    now = contents()
    if differences(now, before):
        assert not differences(now, want), (what, differences(now, want))
    p = run(*command("--detect-only", "-q", "--no-record"))
    assert p.returncode == (Case.before if now == before else Case.after), (what, p.returncode, p.stdout + p.stderr)


def cut_cleans(points, before, want, keep):
    for n in spread(points):
        fresh()
        status, text = cut(n, "-q", "--no-record", keep=keep)
        assert status == 137, (n, status, text)
        after_a_cut(before, want, "cut at %d of %d%s" % (n, points, ", bytes kept" if keep else ""))
    return len(spread(points))


def cut_undos(before, keep):
    """Of the volume that "cleaned" holds, with its state."""
    def again():
        for folder in ("v", "state"):
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run(["cp", "-a", os.path.join("cleaned", folder), folder], check=True)

    again()
    name = journals()[-1]
    points = points_of(cut(0, "--undo", name)[1])
    for n in spread(points):
        again()
        status, text = cut(n, "--undo", name, keep=keep)
        assert status == 137, (n, status, text)
        p = run(*command("--undo", name))
        text = (p.stdout + p.stderr).decode(errors="replace")
        assert p.returncode == 0 or "already undone" in text, (n, text)
        assert not differences(contents(), before), (n, differences(contents(), before))
    return len(spread(points))


def cut_everywhere(what):
    """Of the volume in master; the number of cuts."""
    fresh()
    before = contents()
    status, text = cut(0, "-q", "--no-record")
    assert status == Case.clean, (what, status, text)
    want = contents()
    assert differences(before, want), what
    points = points_of(text)
    shutil.rmtree("cleaned", ignore_errors=True)
    subprocess.run(["mkdir", "cleaned"], check=True)
    subprocess.run(["cp", "-a", "v", "state", "cleaned"], check=True)
    cuts = 0
    for keep in (False, True):
        cuts += cut_cleans(points, before, want, keep) + cut_undos(before, keep)
    print("# %s: %d points in a clean, %d cuts" % (what, points, cuts))
    sys.stdout.flush()
    return cuts


def every_cut_leaves_what_can_be_finished(kind):
    subprocess.run([MAKE_VOLUME, kind, "master"], check=True)
    cut_everywhere(kind)


def a_windows_volume():
    every_cut_leaves_what_can_be_finished("windows")


def a_removable_drive():
    every_cut_leaves_what_can_be_finished("drive")


def a_linux_tree():
    every_cut_leaves_what_can_be_finished("linux")


def generated_volumes():
    """Yields a line about each volume, which lies in master."""
    number = left = 0
    while left < VOLUMES:
        number += 1
        shutil.rmtree("master", ignore_errors=True)
        subprocess.run([MAKE_VOLUMES, SEED, str(number), "master"], check=True)
        with open("master.json", encoding="utf-8") as f:
            label = json.load(f)
        if label["closed"] or not label["families"]:
            continue
        left += 1
        Case.options = ["--family", "Conficker", *(["--full"] if label["full"] else [])]
        Case.clean, Case.before, Case.after = label["exit_clean"], label["exit"], label["exit_again"]
        yield "volume %d of seed %s, %s, %s" % (number, SEED, label["state"], label["system"])


def volumes_of_all_kinds():
    cuts = sum(cut_everywhere(what) for what in generated_volumes())
    print("# %d cuts of %d generated volumes" % (cuts, VOLUMES))


e2e.main(a_windows_volume, a_removable_drive, a_linux_tree, volumes_of_all_kinds)

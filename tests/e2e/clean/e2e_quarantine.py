"""e2e_quarantine.py - yamori quarantine, on what yamori clean took from sample volumes."""
import errno
import hashlib
import json
import os
import pty
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import PROGRAM, Skip, run  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
FAMILIES = os.path.join(e2e.SOURCE, "families")


def text(p):
    return p.stdout.decode() + p.stderr.decode()


def ok(p, status=0):
    assert p.returncode == status, "exit %d, wanted %d:\n%s" % (p.returncode, status, text(p))
    return p


def q(*args, env=None):
    return run("quarantine", *args, "--state", "state", env=env)


def cleaned(prepare=None):
    """A drive, cleaned; {path: everything about it} of before."""
    shutil.rmtree("v", ignore_errors=True)
    shutil.rmtree("state", ignore_errors=True)
    subprocess.run([MAKE_VOLUME, "drive", "v"], check=True)
    if prepare is not None:
        prepare()
    before = snapshot("v")
    ok(run("clean", "--root", "v", "--state", "state", "--families", FAMILIES))
    return before


def about(path):
    s = os.lstat(path)
    with open(path, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return (stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, digest,
            [(a, os.getxattr(path, a)) for a in attributes_of(path)])


def attributes_of(path):
    try:
        return sorted(os.listxattr(path))
    except OSError as why:  # a file system without any
        if why.errno != errno.ENOTSUP:
            raise
        return []


def snapshot(root):
    return {os.path.relpath(os.path.join(folder, name), root): about(os.path.join(folder, name))
            for folder, _, files in os.walk(root) for name in files}


def items():
    return json.loads(ok(q("list", "--json")).stdout)["items"]


def item_of(end):
    (item,) = [x for x in items() if x["path"].endswith(end)]
    return item


def an_empty_quarantine_lists_nothing():
    p = ok(q("list"))
    assert p.stdout == b"" and p.stderr == b""
    assert json.loads(ok(q("list", "--json")).stdout) == {"items": [], "damaged": 0}
    assert not os.path.exists("state")
    for verb in (["show", "x"], ["restore", "x"], ["delete", "x", "--yes"]):
        assert "no such item" in text(ok(q(*verb), 2))
    assert not os.path.exists("state")


def items_are_listed_and_shown():
    before = cleaned()
    out = ok(q("list")).stdout.decode().splitlines()
    assert out[0].split() == ["ID", "WHEN", "SIZE", "PATH", "NAME"] and len(out) == 3
    for item in items():
        (row,) = [x for x in out if x.startswith(item["id"])]
        assert item["path"] in row and item["name"] in row and str(item["size"]) in row
        shown = ok(q("show", item["id"])).stdout.decode()
        assert item["sha256"] in shown and item["path"] in shown and item["rule"] in shown
        assert json.loads(ok(q("show", item["id"], "--json")).stdout) == item
        assert item["sha256"] == before[item["path"]][4]
        assert int(item["mode"], 8) == before[item["path"]][0]


def restore_puts_back_everything():
    def decorate():
        os.chmod("v/autorun.inf", 0o4751)
        if os.geteuid() == 0:
            os.chown("v/autorun.inf", 1234, 567)
            os.chmod("v/autorun.inf", 0o4751)
        try:
            os.setxattr("v/autorun.inf", "user.note", b"kept\0")
        except OSError:
            pass
        os.utime("v/autorun.inf", ns=(1234567890123456789, 987654321987654321))
    before = cleaned(decorate)
    item = item_of("autorun.inf")
    p = ok(q("restore", item["id"]))
    assert "restored as autorun.inf" in text(p)
    assert about("v/autorun.inf") == before["autorun.inf"]
    assert item in items()  # until it is deleted


def restore_overwrites_nothing():
    cleaned()
    item = item_of("autorun.inf")
    e2e.write("v/autorun.inf", "mine")
    assert "not overwritten" in text(ok(q("restore", item["id"]), 2))
    os.unlink("v/autorun.inf")
    os.symlink("nowhere", "v/autorun.inf")
    ok(q("restore", item["id"]), 2)
    assert os.readlink("v/autorun.inf") == "nowhere" and sorted(os.listdir("v")) == sorted(
        x for x in os.listdir("v") if not x.startswith(".yamori"))
    e2e.write("other", "mine")
    ok(q("restore", item["id"], "--to", "other"), 2)
    with open("other") as f:
        assert f.read() == "mine"


def restore_goes_to_another_place_or_volume():
    before = cleaned()
    item = item_of("autorun.inf")
    ok(q("restore", item["id"], "--to", "copy"))
    assert about("copy") == before["autorun.inf"]
    os.mkdir("elsewhere")
    out = json.loads(ok(q("restore", item["id"], "--to", "elsewhere/copy", "--json")).stdout)
    assert out == {"action": "restored", "id": item["id"], "path": "elsewhere/copy"}
    assert about("elsewhere/copy") == before["autorun.inf"]
    os.rename("v", "w")
    assert "cannot open the root" in text(ok(q("restore", item["id"]), 2))
    ok(q("restore", item["id"], "--root", "w"))
    assert about("w/autorun.inf") == before["autorun.inf"]
    for x in items():
        if "/" in x["path"]:  # its folder went with the clean
            assert "folder is not there" in text(ok(q("restore", x["id"], "--root", "w"), 2))


def restore_follows_no_link_of_the_volume():
    cleaned()
    (item,) = [x for x in items() if "/" in x["path"]]
    folder = "v/" + os.path.dirname(item["path"])
    assert not os.path.exists(folder)
    os.mkdir("outside")
    os.symlink(os.path.abspath("outside"), folder)
    assert "not followed" in text(ok(q("restore", item["id"]), 2))
    assert os.listdir("outside") == []


def delete_asks():
    cleaned()
    a, b = items()
    assert "--yes" in text(ok(q("delete", a["id"]), 2))
    assert len(items()) == 2
    for answer, left in ((b"n\n", 2), (b"y\n", 1)):
        ours, theirs = pty.openpty()
        p = subprocess.Popen([PROGRAM, "quarantine", "delete", a["id"], "--state", "state"], stdin=theirs,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.write(ours, answer)
        out, err = p.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert b"for ever?" in err and p.returncode == (0 if left == 1 else 2), (out, err)
        assert len(items()) == left
    ok(q("delete", b["id"], "--yes"))
    assert items() == [] and "no such item" in text(ok(q("delete", b["id"], "--yes"), 2))


def damage_is_told_and_restores_nothing():
    before = cleaned()
    a, b = items()
    path = "state/quarantine/%s.sealed" % a["id"]
    with open(path, "r+b") as f:
        f.seek(-1, 2)
        last = f.read(1)[0]
        f.seek(-1, 2)
        f.write(bytes([last ^ 1]))
    ok(q("list"))  # the content is not opened by a list
    assert "seal of its content is broken" in text(ok(q("show", a["id"]), 2))
    ok(q("restore", a["id"], "--to", "copy"), 2)
    assert not os.path.exists("copy") and not [x for x in os.listdir(".") if x.startswith(".yamori")]
    with open(path, "r+b") as f:
        f.seek(50)
        f.write(b"XXXX")
    p = ok(q("list"), 2)
    assert "seal is broken" in text(p) and b["id"] in text(p) and a["path"] not in p.stdout.decode()
    p = ok(q("list", "--json"), 2)
    assert json.loads(p.stdout)["damaged"] == 1
    ok(q("restore", b["id"], "--to", "copy"))
    assert about("copy") == before[b["path"]]
    ok(q("delete", a["id"], "--yes"))


def the_key_is_not_shared():
    cleaned()
    os.chmod("state/quarantine/key", 0o644)
    p = ok(q("list"), 2)
    assert "others may read it" in text(p)
    os.unlink("state/quarantine/key")
    shutil.rmtree("v")
    subprocess.run([MAKE_VOLUME, "drive", "v"], check=True)
    before = snapshot("v")
    p = ok(run("clean", "--root", "v", "--state", "state", "--families", FAMILIES), 2)
    assert "the key is gone" in text(p) and "nothing was changed" in text(p)
    assert snapshot("v") == before


def hostile_names_do_not_play_with_the_terminal():
    cleaned()
    (item,) = [x for x in items() if "/" in x["path"]]
    folder = "v/" + os.path.dirname(item["path"])
    hostile = folder + "/x\x1b[2J\n\xff.vmx"
    os.makedirs(folder)
    # A file in a folder that is removed as a whole.
    shutil.rmtree("v")
    subprocess.run([MAKE_VOLUME, "drive", "v"], check=True)
    e2e.write(hostile, "harmless")
    ok(run("clean", "--root", "v", "--state", "state", "--families", FAMILIES))
    (item,) = [x for x in items() if "[2J" in x["path"]]
    for out in (ok(q("list")).stdout, ok(q("show", item["id"])).stdout, ok(q("restore", item["id"], "--to", "y\x1b[2J")).stdout):
        assert b"\x1b" not in out and b"\\x1b[2J" in out, out


def a_kill_at_any_moment_of_a_restore_does_no_harm():
    before = cleaned()
    item = item_of("autorun.inf")
    for n in range(1, 50):
        p = q("restore", item["id"], env={"YAMORI_TEST_KILL_AT": str(n)})
        if p.returncode != -9:
            break
        if os.path.exists("v/autorun.inf"):
            assert about("v/autorun.inf") == before["autorun.inf"]
        else:
            ok(q("restore", item["id"]))
        assert about("v/autorun.inf") == before["autorun.inf"]
        assert not [x for x in os.listdir("v") if x.startswith(".yamori")], n
        assert item in items()
        os.unlink("v/autorun.inf")
    assert n > 3, n
    for n in range(1, 50):
        p = q("delete", item["id"], "--yes", env={"YAMORI_TEST_KILL_AT": str(n)})
        if p.returncode != -9:
            break
        assert len(items()) in (1, 2)
    assert n >= 2


def a_volume_of_ntfs_3g_gets_everything_back():
    """A file system in a process: no RENAME_NOREPLACE, owners of the mount, names of open files
    kept; and streams, attributes and the time of birth as extended attributes."""
    if os.geteuid() != 0 or shutil.which("mkfs.ntfs") is None or shutil.which("ntfs-3g") is None:
        raise Skip("needs root and ntfs-3g")
    os.mkdir("v")
    with open("image", "wb") as f:
        f.truncate(32 << 20)
    subprocess.run(["mkfs.ntfs", "-F", "-q", "image"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    if subprocess.run(["ntfs-3g", "-o", "uid=1000,gid=1000,umask=022,streams_interface=xattr", "image", "v"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("cannot mount")
    try:
        subprocess.run([MAKE_VOLUME, "drive", "v/made"], check=True)
        for name in os.listdir("v/made"):
            os.rename("v/made/" + name, "v/" + name)
        os.rmdir("v/made")
        os.setxattr("v/autorun.inf", "user.stream", b"of another name")
        os.setxattr("v/autorun.inf", "system.ntfs_attrib_be", b"\0\0\0\x23")  # read-only, hidden, archive

        def everything():
            return {p: (x, [os.getxattr("v/" + p, "system.ntfs_" + a) for a in ("acl", "attrib_be", "crtime_be")])
                    for p, x in snapshot("v").items()}
        before = everything()
        for n in range(1, 100):
            shutil.rmtree("state", ignore_errors=True)
            p = run("clean", "--root", "v", "--state", "state", "--families", FAMILIES,
                    env={"YAMORI_TEST_KILL_AT": str(n)})
            ids = os.listdir("state/journal") if os.path.exists("state/journal") else []
            for name in (x for x in ids if x != "lock"):
                ok(run("clean", "--undo", name, "--state", "state"))
            assert everything() == before, n
            if p.returncode != -9:
                break
        assert p.returncode == 0 and n > 20, (n, text(p))
    finally:
        subprocess.run(["umount", "v"], check=True)


def a_file_system_without_case_gets_its_own_names_back():
    """exFAT: any spelling opens a file, no owners, modes, links or attributes, times of ten milliseconds."""
    needed = ("mkfs.exfat", "mount.exfat-fuse", "losetup")
    if os.geteuid() != 0 or any(shutil.which(x) is None for x in needed):
        raise Skip("needs root and " + ", ".join(needed))
    os.mkdir("v")
    with open("image", "wb") as f:
        f.truncate(64 << 20)
    subprocess.run(["mkfs.exfat", "image"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    p = subprocess.run(["losetup", "--find", "--show", "image"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode != 0:
        raise Skip("no loop device here: " + text(p).strip())
    device = p.stdout.decode().strip()
    try:
        if subprocess.run(["mount.exfat-fuse", device, "v"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0:
            raise Skip("cannot mount")
        try:
            subprocess.run([MAKE_VOLUME, "windows", "made"], check=True)
            for name in os.listdir("made"):
                subprocess.run(["cp", "-r", "made/" + name, "v/" + name], check=True)
            before = snapshot("v")
            assert "WINDOWS/system32/config/software" in before  # not as Yamori would write it
            p = ok(run("clean", "--root", "v", "--state", "state", "--families", FAMILIES))
            after = snapshot("v")
            assert "WINDOWS/system32/config/software" in after and set(after) < set(before), sorted(after)
            name = [x for x in os.listdir("state/journal") if x != "lock"][0]
            ok(run("clean", "--undo", name, "--state", "state"))
            now = snapshot("v")
            assert now == before, sorted(set(now) ^ set(before))
        finally:
            subprocess.run(["umount", "v"], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=False)


def usage_errors_have_a_reason():
    for args, words in (([], "want list"), (["x"], "want list"), (["show"], "one ID"), (["list", "x"], "no more"),
                        (["restore", "a", "--to", "x", "--root", "y"], "exclude each other"),
                        (["list", "--frobnicate"], "frobnicate")):
        assert words in text(ok(q(*args), 2)), args
    assert b"usage: yamori quarantine" in ok(run("quarantine", "--help")).stdout
    cleaned()
    for bad in ("../key", "key", "a/b", ""):
        ok(q("show", bad), 2)
        ok(q("delete", bad, "--yes"), 2)
    assert len(items()) == 2


e2e.main(an_empty_quarantine_lists_nothing,
         items_are_listed_and_shown,
         restore_puts_back_everything,
         restore_overwrites_nothing,
         restore_goes_to_another_place_or_volume,
         restore_follows_no_link_of_the_volume,
         delete_asks,
         damage_is_told_and_restores_nothing,
         the_key_is_not_shared,
         hostile_names_do_not_play_with_the_terminal,
         a_kill_at_any_moment_of_a_restore_does_no_harm,
         a_volume_of_ntfs_3g_gets_everything_back,
         a_file_system_without_case_gets_its_own_names_back,
         usage_errors_have_a_reason)

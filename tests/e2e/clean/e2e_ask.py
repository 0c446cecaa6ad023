"""e2e_ask.py - yamori clean as somebody at a terminal meets it: few questions, plain words, both languages.

    e2e_ask.py PROGRAM SOURCE MAKE-VOLUME"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import e2e  # noqa: E402
from e2e import MARK, SIGNATURE, Skip, run, snapshot, write  # noqa: E402

MAKE_VOLUME = os.path.abspath(sys.argv[3])
FAMILIES = os.path.join(e2e.SOURCE, "families")
PROMPT = re.compile(rb" > $")
# Words that somebody who never heard of them cannot answer by.
JARGON = re.compile(r"registry|hive|REG_|HKLM|ControlSet|netsvcs|journal|artefact|findings|quarantine|"
                    r"レジストリ|ハイブ|ジャーナル", re.I)


def mounts(*rows):
    lines = ["%d 1 8:%d / %s rw - %s /dev/sd%c1 rw" % (20 + i, i, os.path.abspath(path).replace(" ", "\\040"), kind, 97 + i)
             for i, (path, kind) in enumerate(rows)]
    write("mountinfo", "\n".join(lines) + "\n")
    write("partitions", "major minor  #blocks  name\n\n   8        1     1000 none1\n")


def talk(answers, *args, lang="en_US.UTF-8", env=None, limit=90):
    """Runs on a terminal and gives an answer at each question -> (exit status, text, number of questions)."""
    e = {k: v for k, v in os.environ.items() if not k.startswith("YAMORI_")}
    e.update(YAMORI_RECORD="no", YAMORI_FAMILIES=FAMILIES, LC_ALL=lang, TERM="dumb",
             YAMORI_TEST_MOUNTS=os.path.abspath("mountinfo"), YAMORI_TEST_PARTITIONS=os.path.abspath("partitions"))
    e.update(env or {})
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(e2e.PROGRAM, [e2e.PROGRAM, "clean", *args], e)
    text, asked, last = b"", 0, 0
    answers = list(answers)
    end = time.time() + limit
    while time.time() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            got = os.read(fd, 65536)
        except OSError:  # the other end is closed
            break
        if not got:
            break
        text += got
        if PROMPT.search(text) and len(text) > last:
            last = len(text)
            asked += 1
            if not answers:
                os.write(fd, b"\x04")
            else:
                os.write(fd, answers.pop(0).encode() + b"\n")
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return status, text.decode("utf-8").replace("\r\n", "\n"), asked


def an_infected_disk_in_at_most_five_decisions(lang="en_US.UTF-8", yes="yes"):
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    os.makedirs("stick", exist_ok=True)
    mounts(("v", "ntfs3"), ("stick", "vfat"))
    before = snapshot()
    # Enter takes the Windows disk and the quick look; then what would change, yes; then the doors, yes.
    status, text, asked = talk(["", "", "more", yes, yes], "--ask", "--state", "state", lang=lang)
    assert asked <= 5, text
    assert status == 0, (status, text)
    ids = re.findall(r"--undo (\S+) --state .state.", text)
    assert len(ids) == 2, text
    p = run("clean", "--root", "v", "--families", FAMILIES, "--detect-only", "--state", "state")
    assert p.returncode == 0, p.stdout
    for name in reversed(ids):
        p = run("clean", "--undo", name, "--state", "state")
        assert p.returncode == 0, p.stderr
    assert snapshot() == before
    # Everything but what "more" showed is without words of the trade.
    plain = text[:text.index("Volume ")] + text[text.rindex(" > "):]
    assert not JARGON.search(plain), JARGON.search(plain)
    return text


def the_same_in_japanese():
    text = an_infected_disk_in_at_most_five_decisions("ja_JP.UTF-8", "はい")
    lines = [x for x in (text[:text.index("Volume ")] + text[text.rindex(" > "):]).splitlines()
             if re.search(r"[A-Za-z]{3}", x) and not re.search(r"[\u3040-\u30ff]", x)]
    # What has no Japanese is a command, a name, or what was typed.
    lines = [x for x in lines if not re.match(r"^\s*yamori clean --undo|^\s*- [A-Za-z/]+|^(more|yes)$", x)]
    assert not lines, lines


def an_answer_that_is_not_yes_changes_nothing():
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    mounts(("v", "ntfs3"))
    before = snapshot()
    for answers in (["", "", "", ""], ["2", "1", "no", "no"], ["", "", "perhaps", "n", "n"], ["q"], ["", "", "q", "q"],
                    [], [""], ["", ""]):
        status, text, _ = talk(answers, "--ask", "--state", "state")
        assert snapshot() == before, (answers, text)
        assert not os.path.exists("state"), (answers, text)
        assert status in (0, 1), (answers, status, text)
    assert "Nothing was changed." in talk(["", "", "no", "no"], "--ask", "--state", "state")[1]


def wrong_numbers_are_asked_again():
    subprocess.run([MAKE_VOLUME, "windows", "--clean", "v"], check=True)
    mounts(("v", "ntfs3"))
    status, text, asked = talk(["7", "x", "0", "-1", "2", "3", "1", "no"], "--ask", "--state", "state")
    assert text.count("Please answer with one of these.") == 5, text
    assert "Nothing of what Yamori knows was found" in text and status == 0, text


def what_is_given_is_not_asked():
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    mounts()
    status, text, asked = talk(["yes", "no"], "--ask", "--root", "v", "--quick", "--state", "state")
    assert asked == 2 and status == 0, (asked, text)
    write("db.ndb", SIGNATURE)
    write("v/one.bin", MARK)
    status, text, asked = talk(["2", "no", "no"], "--ask", "--root", "v", "-d", "db.ndb", "--state", "other")
    assert status == 1 and "thorough: every file, too" in text and "Test.Gecko" in text, (status, text)


def places_are_told_by_what_is_on_them():
    subprocess.run([MAKE_VOLUME, "windows", "--clean", "disk one"], check=True)
    subprocess.run([MAKE_VOLUME, "linux", "--clean", "tree"], check=True)
    for name in ("stick", "plain"):
        os.makedirs(name)
    mounts(("stick", "vfat"), ("tree", "ext4"), ("plain", "ext4"), ("disk one", "ntfs3"))
    text = talk(["q"], "--ask", "--state", "state")[1]
    rows = re.findall(r"^  (\d)  (.*)$", text, re.M)
    assert [re.sub(r".*/|, [\d.]+ GB", "", r[1]) for r in rows] == [
        "this computer (the running Linux)", "disk one: a Windows disk", "tree: a Linux disk",
        "stick: a drive, for example a USB stick"], rows
    assert "[2]" in text  # Enter takes the Windows disk


def a_disk_that_is_not_mounted_is_named():
    if os.geteuid() != 0:
        raise Skip("reading a disk needs root")
    write("image", b"\xeb\x52\x90NTFS    " + b"\0" * 1000000)
    p = subprocess.run(["losetup", "--find", "--show", "image"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode != 0:
        raise Skip("no loop device here: " + p.stderr.decode().strip())
    device = p.stdout.decode().strip()
    try:
        mounts()
        write("partitions", "major minor  #blocks  name\n\n   7        0     1000 %s\n" % os.path.basename(device))
        text = talk(["q"], "--ask", "--state", "state")[1]
        assert "mount %s /mnt" % device in text, text
    finally:
        subprocess.run(["losetup", "--detach", device], check=False)


def nobody_is_asked_without_a_terminal():
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    p = run("clean", "--root", "v", "--families", FAMILIES, "--state", "state")
    assert p.returncode == 0 and b" > " not in p.stdout, p.stdout
    p = run("clean", "--ask", "--json")
    assert p.returncode == 2 and b"--ask excludes" in p.stderr
    # Asked for without a terminal: the end of input changes nothing.
    subprocess.run([MAKE_VOLUME, "windows", "w"], check=True)
    before = snapshot("w")
    p = run("clean", "--ask", "--root", "w", "--families", FAMILIES, "--state", "state2")
    assert p.returncode == 1 and snapshot("w") == before, p.stdout


def what_stands_in_the_way_is_said_first():
    if os.geteuid() != 0:
        raise Skip("needs root, to be somebody else")
    subprocess.run([MAKE_VOLUME, "windows", "v"], check=True)
    os.makedirs("state")
    os.chmod("state", 0o755)
    os.chmod(".", 0o755)
    for lang, words, why in (("en_US.UTF-8", "start again as the administrator", "It did not work."),
                             ("ja_JP.UTF-8", "管理者としてもう一度始めてください", "うまくいきませんでした")):
        e = dict(os.environ, LC_ALL=lang, YAMORI_RECORD="no", YAMORI_FAMILIES=os.path.abspath("families"))
        subprocess.run(["cp", "-r", FAMILIES, "."], check=True)
        subprocess.run(["cp", e2e.PROGRAM, "program"], check=True)
        p = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "./program", "clean", "--ask",
                            "--root", "v", "--quick", "--state", "state"], input=b"yes\nno\n", env=e,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = p.stdout.decode()
        assert words in text[:text.index("> ")], text
        assert p.returncode == 2 and why in text, (p.returncode, text, p.stderr)
    if subprocess.run(["mount", "--bind", "v", "v"], stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("no mount here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", "v"], check=True)
        mounts()
        text = talk(["no", "no"], "--ask", "--root", "v", "--quick", "--state", "state")[1]
        assert "can only be read" in text and "mount -o remount,rw 'v'" in text, text
    finally:
        subprocess.run(["umount", "v"], check=True)


def bare_at_a_terminal_it_asks():
    mounts(("stick", "vfat"))
    os.makedirs("stick", exist_ok=True)
    status, text, asked = talk(["q"])
    assert asked == 1 and status == 0 and "What shall be looked at?" in text, text


e2e.main(an_infected_disk_in_at_most_five_decisions,
         the_same_in_japanese,
         an_answer_that_is_not_yes_changes_nothing,
         wrong_numbers_are_asked_again,
         what_is_given_is_not_asked,
         places_are_told_by_what_is_on_them,
         a_disk_that_is_not_mounted_is_named,
         nobody_is_asked_without_a_terminal,
         what_stands_in_the_way_is_said_first,
         bare_at_a_terminal_it_asks)

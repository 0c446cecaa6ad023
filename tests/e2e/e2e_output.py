"""e2e_output.py - results that do not arrive, and the terminal."""
import os
import pty
import subprocess

from e2e import MARK, PROGRAM, SIGNATURE, Skip, main, run, write


def a_full_output_is_an_error():
    write("s.ndb", SIGNATURE)
    write("bad", MARK)
    for args in (("scan", "-d", "s.ndb", "bad"), ("scan", "--json", "-d", "s.ndb", "bad"), ("--help",),
                 ("--version",), ("scan", "--help"), ("explain", "-d", "s.ndb", "bad")):
        with open("/dev/full", "wb") as full:
            p = run(*args, stdout=full)
        assert p.returncode == 2 and b"No space left" in p.stderr, (args, p)


def a_closed_pipe_is_an_error_and_not_a_death():
    write("s.ndb", SIGNATURE)
    for i in range(2000):
        write("d/%04d" % i, MARK)
    r, w = os.pipe()
    os.close(r)
    p = run("scan", "--json", "-d", "s.ndb", "d", stdout=w)
    os.close(w)
    assert p.returncode == 2 and b"Broken pipe" in p.stderr, p


def progress_is_drawn_on_a_terminal_only():
    write("s.ndb", SIGNATURE)
    for i in range(50):
        write("d/%03d" % i, "nothing")
    assert b"\r" not in run("scan", "-d", "s.ndb", "d").stderr
    try:
        master, slave = pty.openpty()
    except OSError as why:
        raise Skip("no pseudo-terminal here: %s" % why)
    p = subprocess.Popen([PROGRAM, "scan", "--no-record", "-d", "s.ndb", "d"], stdout=subprocess.DEVNULL,
                         stderr=slave)
    os.close(slave)
    seen = b""
    try:
        while True:
            more = os.read(master, 65536)
            if not more:
                break
            seen += more
    except OSError:
        pass
    assert p.wait() == 0
    assert b"files" in seen and b"\033[K" in seen, seen


def help_and_version_are_0():
    for args in (("--help",), ("--version",), ("scan", "--help"), ("explain", "--help"), ("db", "--help"),
                 ("db", "build", "--help"), ("db", "info", "--help"), ("db", "check", "--help"), ("db", "diff", "--help"),
                 ("db", "test", "--help"), ("cache", "--help"), ("clean", "--help"), ("record", "--help"), ("report", "--help")):
        p = run(*args)
        assert p.returncode == 0 and p.stdout and not p.stderr, (args, p)


main(a_full_output_is_an_error,
     a_closed_pipe_is_an_error_and_not_a_death,
     progress_is_drawn_on_a_terminal_only,
     help_and_version_are_0)

"""e2e_scanner.py - scanner processes that crash or hang, seen from the command line."""
import os
import subprocess
import sys
import time

from e2e import MARK, SIGNATURE, main, results, run, write


def ten_files():
    write("s.ndb", SIGNATURE)
    for i in range(1, 11):
        write("d/%02d" % i, MARK if i % 2 == 0 else "nothing")


def misbehave(how, *args):
    ten_files()
    p = run("scan", "--json", "-d", "s.ndb", *args, "d", env={"YAMORI_TEST_SCANNER": how})
    r = results(p)
    assert len(r) == 10, p
    odd = {k: v for k, v in r.items() if v["verdict"] == "incomplete"}
    assert list(odd) == ["d/03"], odd
    assert sorted(v["verdict"] for v in r.values()).count("infected") == 5
    assert p.returncode == 1
    return odd["d/03"]["gaps"]


def a_crash_on_the_3rd_of_10_files_gives_9_verdicts_and_one_gap():
    for jobs in ("1", "2"):
        gaps = misbehave("crash@3", "--jobs", jobs)
        assert len(gaps) == 1 and "crashed" in str(gaps[0]), gaps
        print("# jobs %s: %s" % (jobs, gaps[0]))


def a_hang_on_the_3rd_of_10_files_gives_9_verdicts_and_one_gap():
    start = time.monotonic()
    gaps = misbehave("hang@3", "--limit", "max_time=1")
    assert len(gaps) == 1 and "hung" in str(gaps[0]), gaps
    assert time.monotonic() - start < 60


def a_crash_with_nothing_found_is_exit_3():
    write("s.ndb", SIGNATURE)
    write("x", "nothing")
    p = run("scan", "-d", "s.ndb", "x", env={"YAMORI_TEST_SCANNER": "crash@1"})
    assert p.returncode == 3 and b"INCOMPLETE" in p.stdout, p


def a_file_that_shrinks_is_never_called_clean():
    """A large file is mapped; a shrunk one ends in SIGBUS, which is that file's gap."""
    write("s.ndb", SIGNATURE)
    with open("big", "wb") as f:
        f.truncate(64 << 20)
    shrinking = subprocess.Popen([sys.executable, "-c", """
import os
while True:
    os.truncate("big", 4096)
    os.truncate("big", 64 << 20)
"""])
    seen = set()
    try:
        for _ in range(20):
            p = run("scan", "--json", "-d", "s.ndb", "big")
            v = results(p)["big"]["verdict"]
            seen.add(v)
            assert (v, p.returncode) in (("clean", 0), ("incomplete", 3)), p
    finally:
        shrinking.kill()
        shrinking.wait()
    assert "incomplete" in seen, seen


main(a_crash_on_the_3rd_of_10_files_gives_9_verdicts_and_one_gap,
     a_hang_on_the_3rd_of_10_files_gives_9_verdicts_and_one_gap,
     a_crash_with_nothing_found_is_exit_3,
     a_file_that_shrinks_is_never_called_clean)

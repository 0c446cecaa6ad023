"""e2e_scan.py - `yamori scan`: exit statuses, paths, names, folders, archives."""
import io
import os
import zipfile

from e2e import MARK, SIGNATURE, SOURCE, main, results, run, write


def nothing_found_is_0_found_is_1_and_one_line_says_it():
    write("s.ndb", SIGNATURE)
    write("clean", "nothing")
    write("bad", b"x" + MARK)
    p = run("scan", "-d", "s.ndb", "clean")
    assert (p.returncode, p.stdout) == (0, b""), p
    p = run("scan", "-d", "s.ndb", "clean", "bad")
    assert (p.returncode, p.stdout) == (1, b"bad: Test.Gecko.UNOFFICIAL FOUND\n"), p


def a_missing_path_is_2_and_the_others_are_scanned():
    write("s.ndb", SIGNATURE)
    write("clean", "nothing")
    p = run("scan", "--json", "-d", "s.ndb", "nope", "clean")
    r = results(p)
    assert p.returncode == 2 and r["nope"]["verdict"] == "error" and r["clean"]["verdict"] == "clean"
    assert "No such file" in r["nope"]["error"]


def found_is_said_even_when_something_else_failed():
    write("s.ndb", SIGNATURE)
    write("bad", MARK)
    assert run("scan", "-d", "s.ndb", "nope", "bad").returncode == 1


def what_could_not_be_looked_at_is_3_and_never_clean():
    write("s.ndb", SIGNATURE)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        for i in range(9):
            f.writestr("m%d" % i, "nothing")
    write("a.zip", z.getvalue())
    p = run("scan", "--json", "-d", "s.ndb", "--limit", "max_items=3", "a.zip")
    r = results(p)["a.zip"]
    assert p.returncode == 3 and r["verdict"] == "incomplete", (p, r)
    assert any(g["gap"] == "items" for g in r["gaps"]) if "gap" in r["gaps"][0] else r["gaps"]


def a_folder_gives_its_own_files_and_with_r_all_of_them():
    write("s.ndb", SIGNATURE)
    write("d/a", MARK)
    write("d/sub/b", MARK)
    os.symlink("../s.ndb", "d/link")
    os.mkfifo("d/fifo")
    p = run("scan", "--json", "-d", "s.ndb", "d")
    assert sorted(results(p)) == ["d/a"], p
    p = run("scan", "--json", "-r", "-d", "s.ndb", "d")
    assert sorted(results(p)) == ["d/a", "d/sub/b"], p


def a_summary_tells_what_was_left_alone():
    write("s.ndb", SIGNATURE)
    write("d/a", "x")
    os.symlink("a", "d/link")
    os.mkdir("d/sub")
    p = run("scan", "-d", "s.ndb", "d")
    assert b"1 symbolic link" in p.stderr and b"1 folder (-r enters it)" in p.stderr, p
    assert run("scan", "-q", "-d", "s.ndb", "d").stderr == b""


def a_pipe_that_is_named_is_an_error_and_does_not_block():
    write("s.ndb", SIGNATURE)
    os.mkfifo("fifo")
    p = run("scan", "-d", "s.ndb", "fifo", timeout=10)
    assert p.returncode == 2 and b"a pipe" in p.stdout, p


def every_name_is_valid_json_and_comes_back():
    write("s.ndb", SIGNATURE)
    names = [b"a b", b"q\"uote\\", b"tab\there", b"new\nline", b"bad\xff\xfe", "守宮".encode(), b"-dash",
             b"esc\x1b[31m"]
    for n in names:
        write(b"odd/" + n, MARK)
    p = run("scan", "--json", "-d", "s.ndb", "odd")
    r = results(p)
    assert {os.fsencode(x) for x in r} == {b"odd/" + n for n in names}, r
    p = run("scan", "-d", "s.ndb", "odd")
    assert b"\x1b" not in p.stdout and b"\\x1b" in p.stdout, p.stdout


def a_member_of_an_archive_is_named():
    write("s.ndb", SIGNATURE)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as f:
        f.writestr("dir/member", b"." * 1000 + MARK + MARK)
    write("a.zip", z.getvalue())
    d = results(run("scan", "--json", "-d", "s.ndb", "a.zip"))["a.zip"]["detections"]
    assert d[0]["object"] == "dir/member", d
    assert b"a.zip!dir/member: " in run("scan", "-d", "s.ndb", "a.zip").stdout


def no_unpack_looks_at_the_outer_bytes_only():
    write("s.ndb", SIGNATURE)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as f:
        f.writestr("m", MARK + b"a" * 1000 + MARK)
    write("a.zip", z.getvalue())
    assert run("scan", "-d", "s.ndb", "a.zip").returncode == 1
    r = results(run("scan", "--json", "--no-unpack", "-d", "s.ndb", "a.zip"))["a.zip"]
    assert r["detections"] == [], r


def usage_errors_are_2_and_say_what_is_known():
    for args in ([], ["frobnicate"], ["scan"], ["scan", "--what", "x"], ["scan", "-d"],
                 ["scan", "--limit", "nothing=1", "x"], ["scan", "--limit", "max_depth=x", "x"],
                 ["scan", "--jobs", "0", "x"]):
        p = run(*args)
        assert p.returncode == 2 and p.stderr and not p.stdout, (args, p)


def commands_of_later_versions_are_refused():
    for name in ("guard", "update", "observe"):
        p = run(name)
        assert p.returncode == 2 and b"not available in this version" in p.stderr, (name, p)


def without_signatures_it_is_an_error():
    write("x", "x")
    p = run("scan", "x")
    if os.path.exists("/var/lib/yamori/yamori.ydb"):
        return
    assert p.returncode == 2 and b"-d" in p.stderr, p


def the_environment_names_signatures():
    write("s.ndb", SIGNATURE)
    write("bad", MARK)
    assert run("scan", "bad", env={"YAMORI_DB": "s.ndb"}).returncode == 1
    assert run("scan", "bad", env={"YAMORI_DB": "nope.ydb"}).returncode == 2


def many_jobs_give_what_one_gives():
    write("s.ndb", SIGNATURE)
    for i in range(60):
        write("d/%02d" % i, MARK if i % 7 == 0 else "nothing")
    one = results(run("scan", "--json", "-j", "1", "-d", "s.ndb", "d"))
    four = results(run("scan", "--json", "-j", "4", "-d", "s.ndb", "d"))
    assert one == four and len(one) == 60


def explain_shows_bytes_rule_and_layer():
    write("s.ndb", SIGNATURE)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("dir/member", b"0123" + MARK)
    write("a.zip", z.getvalue())
    p = run("explain", "-d", "s.ndb", "a.zip")
    out = p.stdout.decode()
    assert p.returncode == 1, p
    assert "Test.Gecko.UNOFFICIAL" in out and "dir/member" in out and "s.ndb:1" in out, out
    assert "[47][45][43]" in out and "offset 4 " in out, out


def a_record_is_left_unless_told_otherwise():
    write("s.ndb", SIGNATURE)
    write("bad", MARK)
    env = {"YAMORI_RECORD": "yes", "YAMORI_SPOOL": os.path.abspath("spool"), "YAMORI_COUNTRY": "JP"}
    assert run("scan", "-d", "s.ndb", "bad", env=env).returncode == 1
    records = [x for x in os.listdir("spool") if x.endswith(".json")]
    assert len(records) == 1, records
    text = open(os.path.join("spool", records[0])).read()
    assert "Test.Gecko" in text and '"JP"' in text, text
    assert run("scan", "--no-record", "-d", "s.ndb", "bad", env=env).returncode == 1
    assert [x for x in os.listdir("spool") if x.endswith(".json")] == records


def a_record_that_cannot_be_written_is_a_warning():
    write("s.ndb", SIGNATURE)
    write("bad", MARK)
    write("file", "")
    env = {"YAMORI_RECORD": "yes", "YAMORI_SPOOL": os.path.abspath("file/spool")}
    p = run("scan", "-d", "s.ndb", "bad", env=env)
    assert p.returncode == 1 and b"warning: no execution record" in p.stderr, p


main(nothing_found_is_0_found_is_1_and_one_line_says_it,
     a_missing_path_is_2_and_the_others_are_scanned,
     found_is_said_even_when_something_else_failed,
     what_could_not_be_looked_at_is_3_and_never_clean,
     a_folder_gives_its_own_files_and_with_r_all_of_them,
     a_summary_tells_what_was_left_alone,
     a_pipe_that_is_named_is_an_error_and_does_not_block,
     every_name_is_valid_json_and_comes_back,
     a_member_of_an_archive_is_named,
     no_unpack_looks_at_the_outer_bytes_only,
     usage_errors_are_2_and_say_what_is_known,
     commands_of_later_versions_are_refused,
     without_signatures_it_is_an_error,
     the_environment_names_signatures,
     many_jobs_give_what_one_gives,
     explain_shows_bytes_rule_and_layer,
     a_record_is_left_unless_told_otherwise,
     a_record_that_cannot_be_written_is_a_warning)

"""e2e_database.py - `yamori db` and -d: what is built, what is refused, what is left behind."""
import json
import os
import shutil
import subprocess

from e2e import MARK, SIGNATURE, Skip, main, results, run, write

RULE = 'rule gecko { strings: $a = "GECKO-ONE" condition: $a }\n'


def an_image_answers_as_its_sources_do():
    write("in/s.ndb", SIGNATURE)
    write("in/r.yar", RULE)
    write("bad", MARK)
    p = run("db", "build", "-o", "o.ydb", "in")
    assert p.returncode == 0, p
    a = results(run("scan", "--json", "--all-matches", "-d", "in", "bad"))["bad"]
    b = results(run("scan", "--json", "--all-matches", "-d", "o.ydb", "bad"))["bad"]
    assert a == b and len(a["detections"]) == 2, (a, b)


def the_same_sources_give_the_same_image():
    write("in/s.ndb", SIGNATURE)
    write("in/r.yar", RULE)
    env = {"SOURCE_DATE_EPOCH": "1234567890"}
    assert run("db", "build", "-o", "1.ydb", "in", env=env).returncode == 0
    assert run("db", "build", "-o", "2.ydb", "in", env=env).returncode == 0
    assert open("1.ydb", "rb").read() == open("2.ydb", "rb").read()


def info_counts_and_is_json_when_asked():
    write("s.ndb", SIGNATURE)
    write("r.yar", RULE)
    assert run("db", "build", "-o", "o.ydb", "s.ndb", "r.yar").returncode == 0
    assert b"clamav rules  1" in run("db", "info", "o.ydb").stdout
    j = json.loads(run("db", "info", "--json", "o.ydb").stdout)
    assert (j["clamav_rules"], j["yara_rules"]) == (1, 1), j
    assert run("db", "check", "o.ydb").returncode == 0


def a_bad_rule_is_refused_by_file_and_line_and_nothing_is_left():
    write("in/bad.yar", "rule ok { condition: true }\n\nrule broken {\n condition: $nope\n}\n")
    write("in/bad.ndb", "broken line without fields\n")
    os.mkdir("out")
    for name, place in (("bad.yar", b"bad.yar:4:"), ("bad.ndb", b"bad.ndb:1:")):
        p = run("db", "build", "-o", "out/o.ydb", "in/" + name)
        assert p.returncode == 2 and place in p.stderr, p
        assert os.listdir("out") == [], os.listdir("out")


def a_failed_build_leaves_the_old_image():
    write("s.ndb", SIGNATURE)
    write("bad.ndb", "broken\n")
    assert run("db", "build", "-o", "o.ydb", "s.ndb").returncode == 0
    old = open("o.ydb", "rb").read()
    assert run("db", "build", "-o", "o.ydb", "bad.ndb").returncode == 2
    assert open("o.ydb", "rb").read() == old


def skip_bad_leaves_out_and_counts():
    write("s.ndb", SIGNATURE + "broken\n")
    p = run("db", "build", "--skip-bad", "-o", "o.ydb", "s.ndb")
    assert p.returncode == 0 and b"left out" in p.stdout, p
    write("bad", MARK)
    assert run("scan", "-d", "o.ydb", "bad").returncode == 1


def a_damaged_image_is_refused():
    write("s.ndb", SIGNATURE)
    assert run("db", "build", "-o", "o.ydb", "s.ndb").returncode == 0
    good = open("o.ydb", "rb").read()
    write("x", "x")
    for n in (0, 1, 8, 64, len(good) // 2, len(good) - 1):
        write("cut.ydb", good[:n])
        for args in (("scan", "-d", "cut.ydb", "x"), ("db", "info", "cut.ydb"), ("db", "check", "cut.ydb")):
            p = run(*args)
            assert p.returncode == 2 and b"cut.ydb" in p.stderr, (n, args, p)


def a_flipped_byte_is_refused_or_means_nothing():
    """Padding and the time of building carry no meaning; all else is under the checksum."""
    write("s.ndb", SIGNATURE)
    assert run("db", "build", "-o", "o.ydb", "s.ndb").returncode == 0
    good = open("o.ydb", "rb").read()
    write("bad", MARK)
    answer = run("scan", "--json", "-d", "o.ydb", "bad").stdout
    passed = 0
    for at in range(0, len(good), max(1, len(good) // 97)):
        write("flip.ydb", good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1:])
        p = run("db", "check", "flip.ydb")
        assert p.returncode in (0, 2), (at, p)
        if p.returncode == 0:
            passed += 1
            assert run("scan", "--json", "-d", "flip.ydb", "bad").stdout == answer, at
    assert passed < 10, passed


def includes_stay_in_the_folder_of_the_rule():
    write("in/main.yar", 'include "sub/one.yar"\n')
    write("in/sub/one.yar", 'include "two.yar"\n')
    write("in/sub/two.yar", RULE)
    write("secret.yar", RULE)
    write("bad", MARK)
    assert run("scan", "-d", "in/main.yar", "bad").returncode == 1
    for path in ("../secret.yar", os.path.abspath("secret.yar"), "/etc/passwd", "gone.yar"):
        write("in/evil.yar", '\ninclude "%s"\n' % path)
        p = run("scan", "-d", "in/evil.yar", "bad")
        assert p.returncode == 2, (path, p)
    os.symlink("../secret.yar", "in/way-out.yar")
    write("in/evil.yar", 'include "way-out.yar"\n')
    assert run("scan", "-d", "in/evil.yar", "bad").returncode == 2


def a_chain_of_includes_without_end_is_refused():
    write("in/a.yar", 'include "b.yar"\n')
    write("in/b.yar", 'include "a.yar"\n')
    write("x", "x")
    assert run("scan", "-d", "in/a.yar", "x").returncode == 2


def two_files_may_use_the_same_rule_name():
    write("one/r.yar", RULE)
    write("two/r.yar", RULE)
    write("bad", MARK)
    p = run("scan", "-d", "one/r.yar", "-d", "two/r.yar", "bad")
    assert p.returncode == 1, p


def an_unknown_file_is_an_error_when_named_and_left_in_a_folder():
    write("in/s.ndb", SIGNATURE)
    write("in/notes.txt", "not signatures")
    write("bad", MARK)
    assert run("scan", "-d", "in", "bad").returncode == 1
    assert run("scan", "-d", "in/notes.txt", "bad").returncode == 2
    os.mkdir("empty")
    assert run("scan", "-d", "empty", "bad").returncode == 2


def a_full_disk_is_a_clear_error_and_leaves_nothing():
    os.mkdir("small")
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", "small"], capture_output=True).returncode:
        raise Skip("mounting a small tmpfs needs root")
    try:
        lines = "".join("T.%d:0:*:%s\n" % (i, os.urandom(24).hex()) for i in range(3000))
        write("big.ndb", lines)
        write("s.ndb", SIGNATURE)
        assert run("db", "build", "-o", "small/o.ydb", "s.ndb").returncode == 0
        old = open("small/o.ydb", "rb").read()
        p = run("db", "build", "-o", "small/o.ydb", "big.ndb")
        assert p.returncode == 2 and b"No space left" in p.stderr, p
        assert os.listdir("small") == ["o.ydb"] and open("small/o.ydb", "rb").read() == old
        p = run("db", "build", "-o", "small/new.ydb", "big.ndb")
        assert p.returncode == 2 and os.listdir("small") == ["o.ydb"], p
    finally:
        subprocess.run(["umount", "small"], check=True)


def an_output_that_cannot_be_made_is_a_clear_error():
    write("s.ndb", SIGNATURE)
    p = run("db", "build", "-o", "no/such/folder/o.ydb", "s.ndb")
    assert p.returncode == 2 and b"no/such/folder" in p.stderr, p
    os.symlink("elsewhere", "link.ydb")
    p = run("db", "build", "-o", "link.ydb", "s.ndb")
    assert p.returncode == 2 and os.path.islink("link.ydb") and not os.path.exists("elsewhere"), p
    for args in (("db",), ("db", "build"), ("db", "build", "s.ndb"), ("db", "diff"), ("db", "info"),
                 ("db", "build", "-o", "x.ydb", "o.ydb")):
        assert run(*args).returncode == 2, args
    shutil.rmtree("out", ignore_errors=True)


def diff_names_what_was_added_removed_and_changed():
    write("old/a.ndb", "Same:0:*:41414141\nMoved:0:*:42424242\nGone:0:*:43434343\n")
    write("old/h.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Hash\n")
    write("new/a.ndb", "New:0:*:44444444\nSame:0:*:41414141\nMoved:0:0:42424242\n")
    write("new/h.hdb", "44d88612fea8a8f36de82e1278abb02f:69:Hash\n")
    p = run("db", "diff", "old", "new")
    assert p.returncode == 0, p
    assert sorted(p.stdout.decode().split("\n")[:-2]) == [
        "+ pattern            New", "- pattern            Gone", "~ file hash          Hash",
        "~ pattern            Moved"], p.stdout
    assert p.stdout.endswith(b"1 added, 1 removed, 2 changed, 1 unchanged\n"), p.stdout
    assert run("db", "build", "-o", "old.ydb", "old").returncode == 0
    j = json.loads(run("db", "diff", "--json", "old.ydb", "new").stdout)
    assert j["added"] == [{"kind": "pattern", "name": "New"}] and j["unchanged"] == 1, j
    j = json.loads(run("db", "diff", "--json", "old.ydb", "old").stdout)
    assert j == {"added": [], "removed": [], "changed": [], "unchanged": 4}, j
    for args in (("old",), ("old", "new", "x"), ("old", "gone"), ("--what", "old", "new")):
        assert run("db", "diff", *args).returncode == 2, args


def test_says_what_was_found_and_why_not():
    write("f", b"xxAAAA..BBBB..AAAA 12345\x01")
    p = run("db", "test", "L;Engine:81-255,Target:0;(0>1)&1&2&3;41414141;42424242;0/AAAA.[0-9]+/;0(>>5#de5#=12345)", "f")
    out = p.stdout.decode()
    assert p.returncode == 1, p
    for line in ("L: matches", "subsignature 0: pattern, 2 matches, at 2 14", "subsignature 1: pattern, 1 match, at 8",
                 "subsignature 2: PCRE, 1 match, the last at 14", "subsignature 3: byte compare, 1 match; read near 14",
                 "expression: true, count 5 of 4"):
        assert "f:   " + line in out or "f: " + line in out, (line, out)
    p = run("db", "test", "L;Engine:81-255,FileSize:1-5,Target:0;0&1;41414141;5a5a5a5a", "f")
    assert p.returncode != 1 and b"FileSize does not hold: 25 is not 1 to 5" in p.stdout, p
    assert b"subsignature 1: pattern, 0 matches" in p.stdout and b"expression: false" in p.stdout, p
    p = run("db", "test", "N:1:EP+0:41414141", "f")
    assert p.returncode != 1 and b"N: does not match: it is for target 1" in p.stdout, p
    assert b"N(anywhere): matches" in p.stdout, p
    p = run("db", "test", "44d88612fea8a8f36de82e1278abb02f:68:H", "f")
    assert b"25 bytes, MD5 " in p.stdout and b"SHA-256 " in p.stdout, p
    p = run("db", "test", 'rule r { strings: $a = "AAAA" $b = "ZZZZ" condition: $a and $b }', "f")
    assert b"pattern $a: found, at 2" in p.stdout and b"pattern $b: not found" in p.stdout, p
    write("s.ndb", "N:0:2:41414141\n")
    assert run("db", "test", "s.ndb", "f").returncode == 1
    assert run("db", "test", "--type", "ndb", "N:0:0:41414141", "f").returncode != 1
    for args in (("nonsense", "f"), ("N:0:*:zz", "f"), ("s.ndb",), ("s.ndb", "gone")):
        assert run("db", "test", *args).returncode == 2, args


def equal_signatures_in_another_order_are_unchanged():
    rules = ['rule r%d { strings: $a = "TEXT-%d" condition: #a > %d and filesize < 1MB }\n' % (i, i, i) for i in range(20)]
    logical = ["L%d;Engine:81-255,Target:0;0&1>%d;6161616161%02x;6262626262%02x\n" % (i, i, i, i) for i in range(20)]
    write("1/a.yar", "".join(rules))
    write("1/l.ldb", "".join(logical))
    write("2/a.yar", "".join(reversed(rules)))
    write("2/b.ldb", "# a comment\n" + "".join(reversed(logical)))
    assert json.loads(run("db", "diff", "--json", "1", "2").stdout)["unchanged"] == 40


main(an_image_answers_as_its_sources_do,
     the_same_sources_give_the_same_image,
     info_counts_and_is_json_when_asked,
     a_bad_rule_is_refused_by_file_and_line_and_nothing_is_left,
     a_failed_build_leaves_the_old_image,
     skip_bad_leaves_out_and_counts,
     a_damaged_image_is_refused,
     a_flipped_byte_is_refused_or_means_nothing,
     includes_stay_in_the_folder_of_the_rule,
     a_chain_of_includes_without_end_is_refused,
     two_files_may_use_the_same_rule_name,
     an_unknown_file_is_an_error_when_named_and_left_in_a_folder,
     a_full_disk_is_a_clear_error_and_leaves_nothing,
     an_output_that_cannot_be_made_is_a_clear_error,
     diff_names_what_was_added_removed_and_changed,
     equal_signatures_in_another_order_are_unchanged,
     test_says_what_was_found_and_why_not)

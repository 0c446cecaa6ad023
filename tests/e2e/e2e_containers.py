"""e2e_containers.py - .cvd .cld .cud, their order, .cfg and .ioc, as a user meets them."""
import gzip
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "makers"))
import make_cvd  # noqa: E402
from e2e import main, results, run, write  # noqa: E402

CVD, INFO = make_cvd.Key("cvd", 1024), make_cvd.Key("info", 2048, e=100002049)
MEMBERS = [("t.ndb", b"T.One:0:*:4d41524b455231\n")]


def official(**more):
    return make_cvd.container(MEMBERS, key=CVD, info_key=INFO, **more)


def names(*databases, target="x", env=None):
    args = [a for d in databases for a in ("-d", d)]
    p = run("scan", "--json", "--all-matches", *args, target, env=env)
    assert p.returncode in (0, 1, 3), p
    return sorted({d["name"] for d in results(p)[target]["detections"]})


def without_a_key_it_is_loaded_and_said_to_be_unchecked():
    write("t.cvd", official())
    write("x", "..MARKER1..")
    p = run("db", "build", "-o", "o.ydb", "t.cvd")
    assert p.returncode == 0 and b"t.cvd: version 1" in p.stderr and b"signature not checked: no key" in p.stderr, p
    source = json.loads(run("db", "info", "--json", "o.ydb").stdout)["sources"][0]
    assert source["container"]["signature"] == "signature not checked: no key", source
    assert source["container"]["version"] == 1 and source["container"]["builder"] == "tests", source
    assert b"signature not checked: no key" in run("db", "info", "o.ydb").stdout
    assert names("o.ydb") == ["T.One"]


def with_a_key_a_wrong_signature_is_refused():
    write("t.cvd", official())
    write("x", "..MARKER1..")
    write("good.key", "# a comment\n" + CVD.line() + INFO.line(hexadecimal=True))
    write("bad.key", make_cvd.Key("cvd", 1024, seed=2).line())
    p = run("db", "build", "--cvd-key", "good.key", "-o", "o.ydb", "t.cvd")
    assert p.returncode == 0 and b"not checked" not in p.stderr, p
    assert b"signature good" in run("db", "info", "o.ydb").stdout
    p = run("db", "build", "--cvd-key", "bad.key", "-o", "bad.ydb", "t.cvd")
    assert p.returncode == 2 and b"t.cvd: the signature in the header is wrong" in p.stderr, p
    assert not os.path.exists("bad.ydb")
    assert names("t.cvd", env={"YAMORI_CVD_KEY": "good.key"}) == ["T.One"]
    assert run("scan", "-d", "t.cvd", "x", env={"YAMORI_CVD_KEY": "bad.key"}).returncode == 2
    assert run("scan", "-d", "t.cvd", "x", env={"YAMORI_CVD_KEY": "gone.key"}).returncode == 2
    write("broken.key", "cvd 12\n")
    p = run("db", "build", "--cvd-key", "broken.key", "-o", "bad.ydb", "t.cvd")
    assert p.returncode == 2 and b"broken.key:1:" in p.stderr, p


def a_changed_member_is_refused_and_nothing_of_it_loaded():
    body = make_cvd.tar([make_cvd.info(MEMBERS), ("t.ndb", MEMBERS[0][1].replace(b"One", b"Two"))])
    write("t.cud", make_cvd.wrap(body))
    write("x", "..MARKER1..")
    p = run("scan", "-d", "t.cud", "x")
    assert p.returncode == 2 and b"t.cud: a member is not what the table of contents says" in p.stderr, p


def names_of_an_unofficial_container_say_so():
    write("t.cud", make_cvd.container(MEMBERS))
    write("x", "..MARKER1..")
    assert names("t.cud") == ["T.One.UNOFFICIAL"]
    p = run("explain", "-d", "t.cud", "x")
    assert b"t.cud!t.ndb:1" in p.stdout, p


def of_daily_the_newer_is_loaded():
    def daily(name, what, version):
        members = [("daily.ndb", b"T.%s:0:*:4d41524b455231\n" % what)]
        write("db/" + name, make_cvd.container(members, key=CVD, info_key=INFO, version=version))

    write("x", "..MARKER1..")
    for cld, cvd, want in ((2, 1, "T.Cld"), (1, 2, "T.Cvd"), (2, 2, "T.Cld")):
        daily("daily.cld", b"Cld", cld)
        daily("daily.cvd", b"Cvd", cvd)
        assert names("db") == [want], (cld, cvd)
    p = run("db", "build", "-o", "o.ydb", "db")
    assert b"a daily container older than the other" in p.stdout, p


def names_that_daily_ignores_are_ignored_everywhere_after_it():
    members = [("daily.ign2", b"T.One\n")]
    write("db/daily.cvd", make_cvd.container(members, key=CVD, info_key=INFO))
    write("db/a.ndb", MEMBERS[0][1])
    write("x", "..MARKER1..")
    assert names("db") == []


def a_detached_signature_is_said_not_to_be_checked():
    write("db/t.cvd", official())
    write("db/t-1.cvd.sign", "#clamsign-1.0\n")
    p = run("db", "build", "-o", "o.ydb", "db")
    assert p.returncode == 0 and b"t-1.cvd.sign: detached signatures (.sign) are not checked" in p.stderr, p


def bytecode_is_counted_and_not_run():
    write("t.cud", make_cvd.container(MEMBERS + [("a.cbc", b"ClamBCx"), ("b.cbc", b"ClamBCy")]))
    p = run("db", "build", "-o", "o.ydb", "t.cud")
    assert p.returncode == 0, p
    left = {r["why"]: r["count"] for r in json.loads(run("db", "info", "--json", "o.ydb").stdout)["left_out"]}
    assert left == {"bytecode signatures (.cbc) are not run": 2}, left


def a_configuration_switches_off_and_the_gap_says_so():
    write("db/t.ndb", MEMBERS[0][1])
    write("on.cfg", "ARCHIVE:0xffffffff:1:255\n")
    write("zip.cfg", "ARCHIVE:0xfffffffd:1:255\n")
    write("gzip.cfg", "ARCHIVE:0xfffffffb:1:255\n")
    write("future.cfg", "ARCHIVE:0x0:900:999\n")
    write("gz", gzip.compress(b"..MARKER1.."))
    for config in ("on.cfg", "zip.cfg", "future.cfg"):
        assert names("db", config, target="gz") == ["T.One.UNOFFICIAL"], config
    p = run("scan", "--json", "-d", "db", "-d", "gzip.cfg", "gz")
    r = results(p)["gz"]
    assert p.returncode == 3 and "switched off" in r["gaps"][0]["detail"], r


def digests_of_an_openioc_file_are_found():
    data = b"some bytes of a file"
    digest = hashlib.sha256(data).hexdigest()
    write("t.ioc", '<ioc><definition><Indicator operator="OR"><IndicatorItem condition="is">'
                   '<Content type="sha256">%s</Content></IndicatorItem></Indicator></definition></ioc>' % digest)
    write("x", data)
    assert names("t.ioc") == ["t.ioc.%s.UNOFFICIAL" % digest]


main(without_a_key_it_is_loaded_and_said_to_be_unchecked,
     with_a_key_a_wrong_signature_is_refused,
     a_changed_member_is_refused_and_nothing_of_it_loaded,
     names_of_an_unofficial_container_say_so,
     of_daily_the_newer_is_loaded,
     names_that_daily_ignores_are_ignored_everywhere_after_it,
     a_detached_signature_is_said_not_to_be_checked,
     bytecode_is_counted_and_not_run,
     a_configuration_switches_off_and_the_gap_says_so,
     digests_of_an_openioc_file_are_found)

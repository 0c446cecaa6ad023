"""e2e_rules.py - yamori rules: errors and warnings with their places, formatting in place, costs, one rule."""

import json
import os
import stat

from e2e import main, run, write

BAD = """import "math"
rule one { strings: $a = "abc condition: $a }
rule two { condition: nobody == 1 }
rule three { strings: $a = { 01 zz } condition: $a }
rule fine { strings: $a = "GECKO-ONE" condition: $a }
"""
GOOD = 'rule gecko{strings:$a="GECKO-ONE"condition:$a and filesize<1MB}'
LAID_OUT = """rule gecko
{
    strings:
        $a = "GECKO-ONE"
    condition:
        $a and filesize < 1MB
}
"""


def findings(*args):
    p = run("rules", "check", "--json", *args)
    return p.returncode, json.loads(p.stdout)


def every_error_is_told_with_its_place():
    write("a.yar", BAD)
    code, out = findings("a.yar")
    assert code == 2 and out["errors"] == 3 and out["rules"] == 1, out
    places = [(f["line"], f["column"], f["severity"]) for f in out["findings"]]
    assert places == [(1, 8, "warning"), (2, 46, "error"), (3, 23, "error"), (4, 33, "error")], places
    assert all(f["text"] and f["cure"] and f["file"] == "a.yar" for f in out["findings"]), out
    assert "-D nobody=VALUE" in out["findings"][2]["cure"]


def the_line_is_shown_with_a_caret():
    write("a.yar", BAD)
    lines = run("rules", "check", "a.yar").stdout.decode().splitlines()
    at = lines.index('a.yar:3:23: error: undefined identifier "nobody"')
    assert lines[at + 1] == "    rule two { condition: nobody == 1 }"
    assert lines[at + 2] == " " * (4 + 22) + "^"
    assert lines[at + 3].startswith("  cure: ")


def errors_of_included_files_have_their_places():
    write("sub/inner.yar", "\n\nrule broken { condition: }\n")
    write("a.yar", 'include "sub/inner.yar"\n' + GOOD)
    code, out = findings("a.yar")
    f = out["findings"][0]
    assert code == 2 and f["file"] == "sub/inner.yar" and f["line"] == 3, out
    assert f["source"] == "rule broken { condition: }"


def warnings_fail_only_when_asked():
    write("a.yar", 'rule a { strings: $a = "ab" condition: 1 of them }')
    write("b.yar", GOOD)
    assert run("rules", "check", "a.yar").returncode == 0
    assert run("rules", "check", "--fail-on-warnings", "a.yar").returncode == 1
    assert run("rules", "check", "--fail-on-warnings", "b.yar").returncode == 0


def each_warning_comes():
    cases = {
        'condition: entrypoint == 1': "deprecated",
        'condition: true': "always true",
        'condition: false': "never true",
        'condition: filesize > 5 and filesize < 3': "no file has a size",
        'condition: uint8(0) == 256': "between 0 and 255",
        'strings: $a = "GECKO-ONE" condition: #a < 0': "never true",
        'strings: $a = "GECKO-ONE" condition: any of them': "a set of one string",
        'strings: $a = "GECKO-ONE" $b = "LIZARD-TWO" condition: 2 of them': "all of",
        'strings: $a = "GECKO-ONE" $b = "LIZARD-TWO" condition: 3 of them': "more asked for",
        'strings: $a = "GECKO-ONE" $b = "GECKO-ONE" condition: any of them': "the same as",
        'strings: $a = "12345678" nocase condition: $a': "no letters",
        'strings: $a = "g\u00e4cko-one" condition: $a': "beyond ASCII",
        'strings: $a = "ab" condition: $a': "it is short",
        'strings: $a = /[a-z]*/ condition: $a': "at every position",
        'strings: $a = { 00 00 00 00 00 00 } condition: $a': "is slow",
        'strings: $a = /gecko.com/ condition: $a': "write \\.",
        'strings: $a = /gecko{x/ condition: $a': "no quantifier",
        'strings: $a = /gecko\\yone/ condition: $a': "unknown escape",
    }
    for text, want in cases.items():
        write("w.yar", "rule w { %s }" % text)
        code, out = findings("w.yar")
        assert code == 0 and any(want in f["text"] for f in out["findings"]), (text, out)
    write("w.yar", 'private rule p { condition: filesize > 1 } rule q { condition: filesize > 2 }')
    assert "is not used by another rule" in findings("w.yar")[1]["findings"][0]["text"]
    write("w.yar", 'private rule p { condition: filesize > 1 } rule q { condition: p }')
    assert findings("w.yar")[1]["findings"] == []


def definitions_reach_the_rules():
    write("a.yar", 'rule a { condition: owner == "me" }')
    assert run("rules", "check", "a.yar").returncode == 2
    assert run("rules", "check", "-D", "owner=me", "a.yar").returncode == 0


def definitions_fit_the_image():
    write("n.yar", "rule r { condition: n == 1 }")
    write("sample", "x")
    assert run("db", "build", "-D", "n=1", "-o", "n.ydb", "n.yar").returncode == 0
    for value, want in (("n=1", 1), ("n=2", 0), ("n=true", 1), ("other=2", 1)):
        assert run("scan", "-D", value, "-d", "n.ydb", "sample").returncode == want, value
    for value in ("n=abc", "n=1.5"):
        p = run("scan", "-D", value, "-d", "n.ydb", "sample")
        assert p.returncode == 2 and b"n.ydb: -D n: these rules were built with an integer" in p.stderr


def fmt_prints_and_writes():
    write("a.yar", GOOD)
    os.chmod("a.yar", 0o640)
    assert run("rules", "fmt", "a.yar").stdout.decode() == LAID_OUT
    p = run("rules", "fmt", "--check", "a.yar")
    assert p.returncode == 1 and b"a.yar: not formatted" in p.stderr and p.stdout == b""
    assert open("a.yar").read() == GOOD
    assert run("rules", "fmt", "--write", "a.yar").returncode == 0
    assert open("a.yar").read() == LAID_OUT
    assert stat.S_IMODE(os.stat("a.yar").st_mode) == 0o640
    assert run("rules", "fmt", "--check", "a.yar").returncode == 0


def fmt_leaves_what_it_does_not_understand():
    write("rules/a.yar", "rule a { what")
    write("rules/b.yar", GOOD)
    write("rules/c.ndb", "T:0:*:41424344\n")
    p = run("rules", "fmt", "--write", "rules")
    assert p.returncode == 2 and b"a.yar:1:10" in p.stderr, p
    assert open("rules/a.yar").read() == "rule a { what"
    assert open("rules/b.yar").read() == LAID_OUT
    os.symlink("b.yar", "rules/d.yar")
    write("rules/b.yar", GOOD)
    assert run("rules", "fmt", "--write", "rules/d.yar").returncode == 2
    assert open("rules/b.yar").read() == GOOD


def cost_names_the_dearest_first():
    write("a.yar", 'rule a { strings: $good = "GECKO-ONE" $slow = /[a-z]*/ $weak = "ab" condition: any of them }\n'
          'rule b { strings: $a = "LIZARD-TWO" condition: not $a }')
    p = run("rules", "cost", "--json", "a.yar")
    out = json.loads(p.stdout)
    assert p.returncode == 0
    assert [s["string"] for s in out["strings"]][:2] == ["$slow", "$weak"], out
    assert [s["verdict"] for s in out["strings"]][:3] == ["slow", "weak", "good"]
    assert out["strings"][0]["how"] == "tried at every position"
    assert out["always"] == [{"rule": "b", "file": "a.yar", "line": 2,
                              "why": '"not" holds where a string is missing'}], out["always"]
    p = run("rules", "cost", "--top", "1", "a.yar")
    assert p.stdout.decode().startswith("slow ") and b"$weak" not in p.stdout


def explain_shows_one_rule_and_how_it_fares():
    write("a.yar", "".join("rule r%d { strings: $a = \"LIZARD-%03d\" condition: $a }\n" % (i, i)
                           for i in range(300)) + GOOD)
    write("target", "xx GECKO-ONE")
    p = run("rules", "explain", "gecko", "a.yar", "--scan", "target")
    out = p.stdout.decode()
    assert p.returncode == 1, p
    for want in ("line 301", "found $a", "filesize", "the size of the file",
                 "target: gecko: matches", "pattern $a: found, at 3"):
        assert want in out, (want, out)
    assert "r1:" not in out
    assert run("rules", "explain", "nobody", "a.yar").returncode == 2


def wrong_usage_is_told():
    write("a.yar", GOOD)
    write("b.ndb", "T:0:*:41424344\n")
    for args in ([], ["what"], ["check"], ["check", "--write", "a.yar"], ["fmt", "-D", "a=1", "a.yar"],
                 ["cost", "--top", "0", "a.yar"], ["explain", "gecko"], ["check", "b.ndb"],
                 ["check", "missing.yar"], ["fmt", "--write", "--check", "a.yar"]):
        p = run("rules", *args)
        assert p.returncode == 2 and p.stderr, (args, p)
    for args in (["--help"], ["check", "--help"], ["fmt", "-h"]):
        assert b"usage: yamori rules" in run("rules", *args).stdout


main(every_error_is_told_with_its_place, the_line_is_shown_with_a_caret,
     errors_of_included_files_have_their_places, warnings_fail_only_when_asked, each_warning_comes,
     definitions_reach_the_rules, definitions_fit_the_image,
     fmt_prints_and_writes, fmt_leaves_what_it_does_not_understand,
     cost_names_the_dearest_first, explain_shows_one_rule_and_how_it_fares, wrong_usage_is_told)

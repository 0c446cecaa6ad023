"""e2e_slow.py - signatures and files chosen to be slow: each scan ends in bounded time, and where
work was cut the report says so.  Prints nanoseconds a byte; the bounds are for slow machines."""
import base64
import json
import os
import random
import time
import zipfile

from e2e import main, run, write

SIZE = 512 << 10
SECONDS = 90  # of one scan; each takes a few on an idle machine
A = b"a" * SIZE


def logical(lines):
    return "".join("L%d;Engine:81-255,Target:0;%s\n" % (i, x) for i, x in enumerate(lines))


def patterns(lines):
    return "".join("P%d:0:*:%s\n" % (i, x) for i, x in enumerate(lines))


def scan(name, signatures, data=None, path="f"):
    """The result of scanning data with the signatures; asserts that it came in time."""
    write(name, signatures)
    if data is not None:
        write(path, data)
    p = run("db", "build", "-o", "s.ydb", name)
    assert p.returncode == 0, p.stderr
    start = time.monotonic()
    p = run("scan", "--json", "-d", "s.ydb", path, timeout=3 * SECONDS)
    took = time.monotonic() - start
    print("# %.2f s, %.0f ns a byte" % (took, took * 1e9 / os.path.getsize(path)))
    assert took < SECONDS, took
    result = json.loads(p.stdout.decode().splitlines()[0])
    assert result["verdict"] != "clean" or not result["gaps"], result
    return result


def is_whole(result):
    assert result["verdict"] in ("clean", "infected") and not result["gaps"], result


def is_cut_and_says_so(result):
    assert result["verdict"] == "incomplete", result
    assert {g["gap"] for g in result["gaps"]} & {"budget", "time"}, result


def patterns_that_overlap_themselves_are_found():
    found = scan("s.ndb", patterns("*".join(["61616161"] * 8) + "%02x" % i * 3 for i in range(0x61)), A + b"\x05" * 3)
    is_whole(found)
    assert found["verdict"] == "infected"


def runs_of_zeros_cost_little():
    is_whole(scan("s.ndb", patterns("00" * (8 + i) + "01" for i in range(200)), bytes(SIZE)))


def zeros_with_short_gaps_end():
    r = scan("s.ndb", patterns("{-40}".join(["0000"] * (3 + i % 20)) + "01" for i in range(200)), bytes(SIZE))
    assert r["verdict"] in ("clean", "incomplete"), r


def base64_and_wildcards_end():
    data = base64.b64encode(random.Random(1).randbytes(SIZE * 3 // 4))
    data += b"zz\x00"
    r = scan("s.ndb", patterns("5155" + "??" * i + "4a*7a7a%02x" % i for i in range(100)), data)
    assert r["verdict"] in ("clean", "infected"), r


def alternates_of_many_lengths_are_cut():
    alternates = "6161" + "(61|6161|??|616161)" + "(61|6161|??)" * 7
    is_cut_and_says_so(scan("s.ndb", patterns(alternates + "6%x62" % (i % 16) for i in range(50)), A))


def chains_of_ranges_are_cut():
    is_cut_and_says_so(scan("s.ndb", patterns("{1-2000}".join(["6161"] * 12) + "{1-2000}62%02x" % i for i in range(50)), A))


def regular_expressions_made_to_be_slow_are_cut():
    slow = ["(a+)+[x-z]", "(.*)*[xy]", "(a|aa)+[xy]", r"(.+)\1\1[xy]", "(?:a*+b|a)*[xy]", "[ab]{60000}[xy]"]
    is_cut_and_says_so(scan("s.ldb", logical("0&1;61616161;0/%s/s" % r for r in slow * 20), A))


def thousands_of_logical_rules_whose_pivots_all_hit_end():
    r = scan("s.ldb", logical("0=4294967295&1>4294967294;61616161;6161??61" for _ in range(5000)), A)
    assert r["verdict"] in ("clean", "incomplete"), r


def bombs_in_names_are_cut():
    with zipfile.ZipFile("f.zip", "w") as z:
        for i in range(20):
            z.writestr("a" * 200 + "%d!" % i, b"x")
    bombs = ["^(a+)+$", "(a?){60}a{60}b", "((a{0,50}){0,50}[bc]){2}[xy]", "(.*.*)*x"]
    lines = "".join("C%d:CL_TYPE_ZIP:*:%s:*:*:*:*:*:*\n" % (i, r) for i, r in enumerate(bombs))
    is_cut_and_says_so(scan("s.cdb", lines, path="f.zip"))


# The best-known shapes of slow YARA rules: strings, condition.
SHAPES = [
    ("$a = { 61 61 [-] 62 62 63 }", "$a"),
    ("$a = { 00 00 [1-200] 00 00 [1-200] 00 00 [1-200] 01 }", "$a"),
    ("$a = { ?? ?? ?? 61 ?? ?? 62 63 }", "$a"),
    ("$a = { 00 00 }", "#a > 100"),
    ("$a = { 61 }", "#a > 1000"),
    ("$a = { 6? ?1 }", "#a > 1000"),
    ("$a = { 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 }", "$a"),
    ("$a = /a.*b.*c.*d/", "$a"),
    ("$a = /a.*zq/s", "$a"),
    ("$a = /.*zq/", "$a"),
    (r"$a = /.+\.exe/", "$a"),
    (r"$a = /[a-z0-9]+@[a-z]+\.[a-z]{2,3}/", "$a"),
    ("$a = /[0-9a-f]{32}/", "#a > 3"),
    (r"$a = /[A-Za-z0-9+\/]{100,}=/", "$a"),
    ("$a = /(a+)+z/", "$a"),
    ("$a = /(a|b|c|d|aa)*z/", "$a"),
    (r"$a = /\b\w+\b/", "#a > 10"),
    ("$a = /./", "#a > 10"),
    ('$a = "a" nocase', "#a > 10"),
    ('$a = "abcd" xor', "#a > 0"),
    ('$a = "a"', "for all i in (1..#a) : (for any j in (1..#a) : (@a[i] < @a[j] + 5))"),
    ('$a = "zzzq"', "for any i in (0..filesize) : (uint32(i) == 0x12345678) or $a"),
    (" ".join("$s%d = { 6%d }" % (i, i) for i in range(10)), " + ".join("(#s%d & 1)" % i for i in range(10)) + " > 50"),
    ("$a = /a.{1,1000}z.{1,1000}q/s", "$a"),
    ("$a = /(ab.){50,200}q/", "$a"),
    ("$a = /[a-z]{20,}/ wide", "$a"),
]


def yara_rules_of_slow_shapes_cost_little_or_say_so():
    kinds = {"zeros": bytes(SIZE), "a": A, "ab": b"ab" * (SIZE // 2),
             "base64": base64.b64encode(random.Random(1).randbytes(SIZE * 3 // 4)),
             "text": (b"The quick brown fox jumps over the lazy dog. 0123456789\n" * (SIZE // 57 + 1))[:SIZE]}
    for name, data in kinds.items():
        write(name, data)
    for strings, condition in SHAPES:
        write("s.yar", "rule r { strings: %s condition: %s }" % (strings, condition))
        p = run("db", "build", "-o", "s.ydb", "s.yar")
        assert p.returncode == 0, p.stderr
        start = time.monotonic()
        p = run("scan", "--json", "--no-unpack", "-d", "s.ydb", *kinds, timeout=3 * SECONDS)
        took = time.monotonic() - start
        results = [json.loads(line) for line in p.stdout.decode().splitlines()]
        print("# %.0f ns a byte: %s, %s" % (took * 1e9 / SIZE / len(kinds), strings[:40], condition[:40]))
        assert took < SECONDS and len(results) == len(kinds), (strings, took)
        for r in results:
            if r["verdict"] not in ("clean", "infected"):
                is_cut_and_says_so(r)


if __name__ == "__main__":
    raise SystemExit(main(
        patterns_that_overlap_themselves_are_found,
        runs_of_zeros_cost_little,
        zeros_with_short_gaps_end,
        base64_and_wildcards_end,
        alternates_of_many_lengths_are_cut,
        chains_of_ranges_are_cut,
        regular_expressions_made_to_be_slow_are_cut,
        thousands_of_logical_rules_whose_pivots_all_hit_end,
        bombs_in_names_are_cut,
        yara_rules_of_slow_shapes_cost_little_or_say_so))

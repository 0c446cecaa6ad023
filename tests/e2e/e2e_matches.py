"""e2e_matches.py - what YARA's users ask for: strings, tags, metas, filters, and processes."""
import shutil
import signal
import subprocess
import sys

from e2e import Skip, main, results, run, write

RULES = '''rule One : first second {
    meta: author = "me \\"x\\"" n = -3 ok = true
    strings:
        $a = "needle"
        $hex = { 41 42 [1-3] 43 }
        $key = "secret" xor(1-255)
        $p = "needle" private
    condition: any of them
}
rule Two : second { strings: $b = "ee" $c = "\\x01\\\\" wide condition: $b or $c }
rule Three { condition: true }
'''
DATA = b"..needle..ABzC..needle.." + bytes(c ^ 0x21 for c in b"secret") + b"..\x01\0\\\0"


def prepare():
    write("r.yar", RULES)
    write("f", DATA)


def matches_are_lines_below_the_rule():
    prepare()
    p = run("scan", "-d", "r.yar", "-s", "f")
    assert p.returncode == 1, p
    assert p.stdout.decode() == (
        "f: One FOUND\n0x2:6:$a: needle\n0x10:6:$a: needle\n0xa:4:$hex: 41 42 7A 43\n"
        "0x18:6:$key: RDBSDU\nf: Two FOUND\n0x3:2:$b: ee\n0x11:2:$b: ee\n"
        "0x20:4:$c: \\x01\\x00\\\\x00\nf: Three FOUND\n"), p.stdout


def matches_are_those_that_yara_finds():
    if shutil.which("yara") is None:
        raise Skip("yara is not installed")
    write("r.yar", RULES + """rule Expressions { strings: $d = /ne+dle/ $e = /e+/ $w = /[a-z]+/ wide
        $l = /e.*?l/ $n = /NEEDLE/ nocase condition: any of them }
""")
    write("f", DATA + b"neeeedle n\0e\0e\0d\0")
    ours = run("scan", "-d", "r.yar", "--strings", "f").stdout.decode().splitlines()
    theirs = subprocess.run(["yara", "-s", "-L", "r.yar", "f"], stdout=subprocess.PIPE, check=True).stdout
    want = [x for x in theirs.decode("latin-1").splitlines() if x.startswith("0x")]
    assert sorted(x for x in ours if x.startswith("0x")) == sorted(want), (ours, want)


def tags_and_metas_stand_behind_the_name():
    prepare()
    p = run("scan", "-d", "r.yar", "--all-matches", "-g", "-m", "f")
    assert p.stdout.decode().splitlines() == [
        'f: One [first,second] [author="me \\"x\\"",n=-3,ok=true] FOUND', "f: Two [second] [] FOUND",
        "f: Three [] [] FOUND"], p.stdout
    p = run("scan", "-d", "r.yar", "--tags", "f")
    assert p.stdout == b"f: One [first,second] FOUND\n", p


def json_has_all_of_it():
    prepare()
    p = run("scan", "--json", "-d", "r.yar", "-sgm", "f")
    one, two, three = results(p)["f"]["detections"]
    assert one["namespace"] == "default" and one["tags"] == ["first", "second"], one
    assert one["meta"] == [{"key": "author", "value": 'me "x"'}, {"key": "n", "value": -3},
                           {"key": "ok", "value": True}], one
    assert one["matches"][0] == {"pattern": "$a", "offset": 2, "length": 6, "xor": None,
                                 "bytes": b"needle".hex()}, one
    assert [m["offset"] for m in one["matches"]] == [2, 16, 10, 24], one
    assert one["matches"][3]["xor"] == 0x21, one
    assert two["matches"] and three["matches"] == [] and three["tags"] == [] and three["meta"] == [], three
    plain = results(run("scan", "--json", "-d", "r.yar", "f"))["f"]["detections"][0]
    assert not {"namespace", "tags", "meta", "matches"} & set(plain), plain


def filters_choose_rules():
    prepare()
    for args, want in ((("-t", "first"), ["One"]), (("--tag", "second", "--all-matches"), ["One", "Two"]),
                       (("-i", "Three"), ["Three"]), (("--identifier", "Two", "-t", "first"), []),
                       (("-t", "none"), [])):
        p = run("scan", "-q", "-d", "r.yar", *args, "f")
        assert p.stdout.decode().splitlines() == ["f: %s FOUND" % x for x in want], (args, p)
        assert p.returncode == (1 if want else 0), (args, p)


def the_same_name_in_two_files_is_two_rules():
    write("d/a.yar", 'rule same { strings: $a = "abc" condition: $a }')
    write("d/b.yar", 'rule same { strings: $b = "bc" condition: $b }')
    write("f", "abc")
    p = run("scan", "--json", "-s", "-d", "d", "f")
    found = results(p)["f"]["detections"]
    assert {(d["namespace"], d["matches"][0]["pattern"]) for d in found} == {("a.yar", "$a"), ("b.yar", "$b")}, p


def the_cache_does_not_go_with_them():
    prepare()
    for args in (("-s",), ("-t", "x"), ("-i", "x")):
        p = run("scan", "--cache=c", "-d", "r.yar", *args, "f")
        assert p.returncode == 2 and b"--cache" in p.stderr, p


# PR_SET_PTRACER: others than its parent may look at it, too, where Yama forbids that.
ALLOW = "import ctypes, mmap, sys; ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)"
CHILD = ALLOW + '''
page = mmap.mmap(-1, 8192)
page[100:114] = bytes([0x67 ^ 0]) + b"ecko-" + b"42-plant"
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
print(address, flush=True)
sys.stdin.read()
'''
PROCESS_RULES = '''rule InMemory { strings: $a = { 67 65 63 6B 6F 2D 34 32 2D 70 6C 61 6E 74 }
    condition: $a and not defined filesize and @a > 0x10000 and uint8(@a) == 0x67 }
rule Size { condition: filesize > 0 }
'''


class Child:
    """A process with a marker in its memory, at self.address."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.address = int(self.process.stdout.readline()) + 100
        self.pid = self.process.pid
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def the_memory_of_a_process_is_scanned():
    write("r.yar", PROCESS_RULES)
    with Child() as child:
        p = run("scan", "--json", "-s", "-d", "r.yar", "--pid", str(child.pid))
        assert p.returncode == 1, p
    found = {path: r for path, r in results(p).items() if r["detections"]}
    hits = [(path, m["offset"]) for path, r in found.items() for d in r["detections"] for m in d["matches"]]
    assert all(d["name"] == "InMemory" for r in found.values() for d in r["detections"]), found
    here = [path for path, offset in hits if offset == child.address]
    assert len(here) == 1 and here[0].startswith("pid %d 0x" % child.pid) and " rw-" in here[0], hits
    start, end = (int(x, 16) for x in here[0].split()[2].split("-"))
    assert start <= child.address < end, here


def several_processes_and_a_file_at_once():
    write("r.yar", PROCESS_RULES)
    write("f", "nothing")
    with Child() as one, Child() as two:
        p = run("scan", "--json", "-d", "r.yar", "--pid", str(one.pid), "--pid", str(two.pid), "f")
    found = {path.split()[1] for path, r in results(p).items()
             if any(d["name"] == "InMemory" for d in r["detections"])}
    assert {str(one.pid), str(two.pid)} <= found, p
    assert results(p)["f"]["detections"][0]["name"] == "Size", p


def a_region_over_the_limit_is_a_gap():
    write("r.yar", PROCESS_RULES)
    with Child() as child:
        p = run("scan", "--json", "-d", "r.yar", "--limit", "max_file_size=4096", "--pid", str(child.pid))
    gaps = [g for r in results(p).values() for g in r["gaps"]]
    assert p.returncode == 3 and gaps and all(g["gap"] == "size" for g in gaps), p


def memory_that_is_not_there_is_a_gap():
    """Pages behind the end of a mapped file."""
    write("r.yar", PROCESS_RULES)
    write("short", "x" * 10)
    program = (ALLOW + "; f = open('short', 'r+b'); f.truncate(12288); m = mmap.mmap(f.fileno(), 12288); "
               "f.truncate(4096); print(1, flush=True); sys.stdin.read()")
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    p = run("scan", "--json", "-d", "r.yar", "--pid", str(child.pid))
    child.kill()
    child.communicate()
    cut = [r for path, r in results(p).items() if path.endswith("/short")]
    assert len(cut) == 1 and [g["gap"] for g in cut[0]["gaps"]] == ["read"], p
    assert cut[0]["gaps"][0]["size"] == 8192 and cut[0]["bytes"] == 4096, cut


def no_process_is_an_error():
    write("r.yar", PROCESS_RULES)
    p = run("scan", "-d", "r.yar", "--pid", "2147483646")
    assert p.returncode == 2 and b"pid 2147483646: no such process" in p.stdout, p
    p = run("scan", "-d", "r.yar", "--pid", "x")
    assert p.returncode == 2 and b"--pid x" in p.stderr, p


main(matches_are_lines_below_the_rule, matches_are_those_that_yara_finds, tags_and_metas_stand_behind_the_name,
     json_has_all_of_it, filters_choose_rules, the_same_name_in_two_files_is_two_rules,
     the_cache_does_not_go_with_them, the_memory_of_a_process_is_scanned, several_processes_and_a_file_at_once,
     a_region_over_the_limit_is_a_gap, memory_that_is_not_there_is_a_gap, no_process_is_an_error)

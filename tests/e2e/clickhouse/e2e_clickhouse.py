"""e2e_clickhouse.py PROGRAM SOURCE SIMULATE MARGINS - a store in two real ClickHouse servers, beside one in SQLite: the
same records give the same sums and the same report, whatever comes twice, stops, or is killed on the way.

YM_KILLS=20 kills the importer more often, YM_ONLY=part-of-a-name chooses scenarios."""
import datetime
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from e2e import PROGRAM, SOURCE, Skip, main, run  # noqa: E402
from servers import PASSWORD, Cluster, why_not  # noqa: E402

SIMULATE, MARGINS = (os.path.abspath(a) for a in sys.argv[3:5])
KILLS = int(os.environ.get("YM_KILLS", "3"))
chance = random.Random(int(os.environ.get("YM_SEED", "7")))

both = None  # the servers; started once
HOSTILE = ("a'b\\'c\\\\d\"e`f", "x\ty\nz\r", "'); DROP TABLE execution; --", "\\N", "NULL", "{\"a\":1}", "\u5b88\u308b \U0001f98e",
           "%s%n%00", "a\u0001b", "", " ", "\u2028", "?1 AND ?2")


# --- records ---------------------------------------------------------------------------------------

def hexed(n):
    return "%032x" % n


def detection(guard):
    family, name, category = chance.choice((
        ("Conficker", "Worm:Win32/Conficker.B", "worm"), ("Conficker", "Worm:Win32/Conficker.C", "worm"),
        ("Blacole", "Exploit:Java/CVE-2012-0507", "exploit"), ("Taterf", "Worm:Win32/Taterf.B!inf", "worm"), ("", "n", "")))
    return {"family": family, "name": name, "category": category, "object": "o",
            "path": chance.choice(("", "credential", "exploit", "autorun", "web")), "blocked": guard and chance.random() < .5}


def exposure():
    kind = chance.choice(("update", "door"))
    state = chance.choice(("open", "partly", "closed", "unknown"))
    aged = kind == "update" and state != "closed" and chance.random() < .7
    return {"id": chance.choice(("MS08-067", "MS10-046", "shares")), "kind": kind, "state": state,
            "age_days": chance.choice((0, 7, 8, 90, 365, 366, 6000)) if aged else None}


def record(machines=40, months=3):
    """Few machines, so that the same one comes again, from another country, with another system."""
    kind = chance.choice(("clean",) * 5 + ("guard",) * 3 + ("audit", "observe", "scan"))
    found = [detection(kind == "guard") for _ in range(chance.choice((0, 0, 1, 2, 3)))]
    found = found if kind in ("clean", "guard", "scan") else []
    country = chance.choice(("JP", "DE", "US", "FI", "ZZ"))
    outcome = "none" if not found else chance.choice(("cleaned", "partly", "detected")) if kind == "clean" else "detected"
    when = datetime.datetime(2011, 1, 1) + datetime.timedelta(seconds=chance.randrange(months * 30 * 86400))
    r = {"schema": 2, "id": hexed(chance.getrandbits(128)), "time": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "tool": "yamori 0.1.0",
         "run": kind, "system": chance.choice(("Windows XP", "Windows 7", "")), "service_pack": chance.choice(("SP1", "SP3", "RTM")),
         "bits": chance.choice((0, 32, 64)), "server": chance.choice((True, False, None)), "country": country,
         "located": "unknown" if country == "ZZ" else chance.choice(("setting", "address")),
         "segment": chance.choice(("home", "enterprise", "unknown")), "protection": chance.choice(("on", "off", "unknown")),
         "epoch": chance.randrange(9), "files": chance.randrange(1000), "gaps": chance.choice((0, 0, 1)),
         "duration_ms": chance.randrange(10**6), "outcome": outcome, "simulated": chance.random() < .5, "detections": found,
         "detections_left_out": 2 if found and chance.random() < .1 else 0,
         "repairs": [{"what": "w", "result": "done" if outcome in ("cleaned", "partly") else "skipped"}] if kind == "clean" and
         chance.random() < .5 else [], "repairs_left_out": 0,
         "exposures": [exposure() for _ in range(chance.randrange(4))] if kind == "audit" else [], "exposures_left_out": 0,
         "observations": [{"kind": chance.choice(("port", "name")), "key": chance.choice(("445", "80")),
                           "count": chance.choice((1, 17, 2**40, 2**63 - 1))} for _ in range(chance.randrange(4))]
         if kind == "observe" else [], "observations_left_out": 0}
    if chance.random() < .9:
        r["machine"] = hexed(1 + chance.randrange(machines) * 0x01234567_89abcdef_01234567_89abcdef % (2**128 - 1))
    return r


def with_duplicates(records):
    """Some twice, some again with something else in them: the first one counts."""
    again = [dict(r) for r in chance.sample(records, len(records) // 5)]
    for r in again[::2]:
        r["country"], r["located"] = "SE", "setting"
    return records + again


def write_lines(name, records):
    pathlib.Path(name).write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return name


# --- stores ----------------------------------------------------------------------------------------

databases = 0


def new_database():
    global databases
    databases += 1
    return "d%d" % databases


def good(*args, **kw):
    p = run(*args, **kw)
    assert p.returncode == 0, (args, p.stdout, p.stderr)
    return p


def load(store, *files):
    return good("record", "import", "--store", store, *files)


def margins(store):
    p = subprocess.run([MARGINS, store], capture_output=True, timeout=120, check=False)
    assert p.returncode == 0, p.stderr
    return p.stdout.decode().splitlines()


def check_margins(a, b):
    x, y = margins(a), margins(b)
    assert len(x) > 0
    assert x == y, [(i, j) for i, j in zip(x, y) if i != j][:3] or (len(x), len(y))


def figures(store):
    good("report", "--store", store, "--threshold", "1", "--json", "f.json", env={"SOURCE_DATE_EPOCH": "1300000000"})
    f = json.loads(pathlib.Path("f.json").read_text(encoding="utf-8"))
    for key in ("queries", "definitions", "store"):
        f.pop(key, None)
    return f


def check_same(a, b):
    check_margins(a, b)
    assert figures(a) == figures(b)


def both_stores(records):
    write_lines("r.jsonl", records)
    store = both.url(new_database())
    load("s.db", "r.jsonl")
    load(store, "r.jsonl")
    return store


def failed(*args, **kw):
    p = run(*args, **kw)
    assert p.returncode == 2, (args, p.returncode, p.stdout, p.stderr)
    return p.stderr.decode()


# --- scenarios -------------------------------------------------------------------------------------

def every_sum_equals_that_of_sqlite():
    store = both_stores(with_duplicates([record() for _ in range(1500)]))
    check_same("s.db", store)
    counts = [int(n) for n in both.ask("SELECT count() FROM execution FINAL", databases and "d%d" % databases)]
    assert min(counts) > 300, counts
    load(store, "r.jsonl")  # all of it once more
    check_margins("s.db", store)
    write_lines("more.jsonl", [record() for _ in range(500)])
    load("s.db", "more.jsonl")
    load(store, "more.jsonl")
    check_same("s.db", store)


def the_simulated_fleet_has_the_same_figures():
    with subprocess.Popen([SIMULATE, os.path.join(SOURCE, "data", "sir-figures.csv")], stdout=subprocess.PIPE) as p:
        write_file("all.jsonl", b"".join(p.stdout.readline() for _ in range(20000)))
        p.kill()
    store = both.url(new_database())
    load("s.db", "all.jsonl")
    load(store, "all.jsonl")
    check_same("s.db", store)


def published_texts_give_the_same_rows():
    store = both_stores([record() for _ in range(400)])
    database = "d%d" % databases
    rows = {}
    for line in margins(store):
        kind, margin, keys, month, counts = json.loads(line)
        rows[kind, margin, tuple(keys), month] = counts
    texts = subprocess.run([MARGINS, "--text", store], capture_output=True, check=True).stdout.decode().splitlines()
    assert len(texts) > 25
    for line in texts:
        kind, margin, sql, definition = json.loads(line)
        wanted = {k[2:]: v for k, v in rows.items() if k[:2] == (kind, margin)}
        for text in (sql, definition):
            got = {}
            for answer in both.ask(text.replace("?1", "0").replace("?2", "999999") + " FORMAT JSONCompact", database):
                n = bin(margin).count("1")
                for row in json.loads(answer)["data"]:
                    key = (tuple(row[:n]), int(row[n]))
                    more = [int(x) for x in row[n + 1:]]
                    got[key] = [a + b for a, b in zip(got.get(key, [0] * len(more)), more)]
            got = {k: v for k, v in got.items() if any(v)}
            assert got == wanted, (kind, margin, text)


def hostile_texts_come_back_as_they_were():
    records = []
    for i, text in enumerate(HOSTILE * 2):
        r = record()
        r.update(run="clean", outcome="partly", system=text, service_pack=text, tool=text, exposures=[], observations=[],
                 detections=[{"family": text, "name": text, "category": "", "object": text, "path": "web", "blocked": False}],
                 repairs=[{"what": text, "result": "done"}], machine=hexed(i + 1))
        records.append(r)
        a, o = record(), record()
        a.update(run="audit", outcome="none", detections=[], detections_left_out=0, repairs=[], observations=[],
                 exposures=[{"id": text, "kind": "door", "state": "open", "age_days": None}], machine=hexed(i + 100))
        o.update(run="observe", outcome="none", detections=[], detections_left_out=0, repairs=[], exposures=[],
                 observations=[{"kind": "port", "key": text, "count": 2}], machine=hexed(i + 200))
        records += [a, o]
    store = both_stores(records)
    check_margins("s.db", store)
    exported = [sorted(good("record", "export", "--format", "json", "--store", s).stdout.splitlines()) for s in ("s.db", store)]
    assert len(exported[0]) == len(records) and exported[0] == exported[1]
    load("again.db", write_file("again.jsonl", b"\n".join(exported[1])))
    check_margins("s.db", "again.db")


def write_file(name, data):
    pathlib.Path(name).write_bytes(data)
    return name


def every_form_of_record_is_exported_as_it_came():
    store = both_stores([record() for _ in range(1500)])
    for form in ("json", "ecs"):
        lines = [sorted(good("record", "export", "--format", form, "--store", s).stdout.splitlines()) for s in ("s.db", store)]
        assert len(lines[0]) > 1000 and lines[0] == lines[1]


def start_import(store, database):
    """An importer that has made the store and waits for lines."""
    p = subprocess.Popen([PROGRAM, "record", "import", "--store", store, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env={**os.environ, "YAMORI_RECORD": "no"})
    for _ in range(600):
        ready = both.ask("SELECT count() FROM system.tables WHERE database='%s' AND name='version'" % database)
        if ready == ["1\n"] * 2 and both.ask("SELECT max(version) FROM version", database) == ["2\n"] * 2:
            return p
        time.sleep(0.05)
    raise AssertionError("no store was made")


def a_shard_that_goes_and_comes_back_costs_nothing():
    lines = [json.dumps(record(machines=5000)) + "\n" for _ in range(4000)]
    database = new_database()
    store = both.url(database, "?retry=60")
    load("s.db", write_file("r.jsonl", "".join(lines).encode()))
    p = start_import(store, database)
    said = []
    reader = threading.Thread(target=lambda: said.extend(iter(p.stderr.readline, b"")))
    reader.start()
    both.shards[1].stop(signal.SIGKILL)
    try:
        p.stdin.write("".join(lines).encode())
        p.stdin.close()
        for _ in range(600):
            if said:
                break
            time.sleep(0.05)
        assert b"trying again" in said[0] and b"%d" % both.shards[1].http in said[0], said
        assert "shard 127.0.0.1:%d: " % both.shards[1].http in failed("report", "--store", store, "--json", "-")
    finally:
        both.shards[1].start()
    assert p.wait(timeout=60) == 0, said
    reader.join()
    assert b"taken their records again" in said[-1], said
    assert p.stdout.read() == b"standard input: 4000 taken\n"
    p.stdout.close()
    p.stderr.close()
    check_margins("s.db", store)


def a_shard_that_stays_away_is_said_and_nothing_is_lost():
    records = [record(machines=5000) for _ in range(1000)]
    database = new_database()
    store = both.url(database, "?retry=0")
    lines = pathlib.Path(write_lines("r.jsonl", records)).read_bytes()
    # Away between opening and sending: the one shard has its records, the other not.
    p = start_import(store, database)
    both.shards[1].stop(signal.SIGKILL)
    try:
        _, text = p.communicate(lines, timeout=60)
        assert p.returncode == 2 and b"records are not kept: run it again, nothing is counted twice" in text, text
        text = failed("record", "import", "--store", store, "r.jsonl")  # away from the beginning
        assert str(both.shards[1].http) in text, text
    finally:
        both.shards[1].start()
    kept = [int(n) for n in both.ask("SELECT count() FROM execution FINAL", database)]
    assert kept[0] > 400 and kept[1] == 0, kept
    load(store, "r.jsonl")
    load("s.db", "r.jsonl")
    check_margins("s.db", store)


def an_importer_killed_at_any_moment_is_run_again():
    store = both.url(new_database())
    write_lines("r.jsonl", [record(machines=2000) for _ in range(3000)])
    load("s.db", "r.jsonl")
    start = time.monotonic()
    load(both.url(new_database()), "r.jsonl")
    whole = time.monotonic() - start
    killed = 0
    for _ in range(KILLS):
        p = subprocess.Popen([PROGRAM, "record", "import", "--store", store, "r.jsonl"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env={**os.environ, "YAMORI_RECORD": "no"})
        time.sleep(chance.random() * whole)
        p.kill()
        killed += p.wait() == -signal.SIGKILL
    assert killed > 0
    load(store, "r.jsonl")
    check_margins("s.db", store)


def two_importers_make_and_fill_one_store():
    records = [record(machines=500) for _ in range(1000)]
    store = both.url(new_database())
    names = [write_lines("%d.jsonl" % i, records[i * 200:i * 200 + 400]) for i in range(4)]
    running = [subprocess.Popen([PROGRAM, "record", "import", "--store", store, n], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, env={**os.environ, "YAMORI_RECORD": "no"}) for n in names]
    for p in running:
        _, err = p.communicate(timeout=60)
        assert p.returncode == 0, err
    load("s.db", *names)
    check_margins("s.db", store)


def sums_that_are_half_done_are_not_seen():
    store = both_stores([record() for _ in range(300)])
    database = "d%d" % databases
    before = margins(store)
    both.ask("INSERT INTO rollup (part,generation,margin,month,runs,executions) VALUES (24132,9999999999999999,0,24132,7,7)",
             database)
    both.ask("INSERT INTO rollup (part,generation,margin,month,runs) VALUES (24132,77,0,24132,7)", database)  # left by a kill
    both.ask("INSERT INTO counted VALUES (24132,0,78)", database)  # long ago
    assert margins(store) == before
    write_lines("more.jsonl", [record() for _ in range(300)])
    load(store, "more.jsonl")
    load("s.db", "more.jsonl")
    check_margins("s.db", store)
    for _ in range(200):
        left = both.ask("SELECT countIf(generation=77),count()>0 FROM rollup", database)
        if left == ["0\t1\n"] * 2:
            break
        time.sleep(0.1)
    assert left == ["0\t1\n"] * 2, left
    check_margins("s.db", store)


def a_store_of_version_1_is_brought_up_to_date():
    store = both_stores([record() for _ in range(500)])
    database = "d%d" % databases
    for table in ("rollup", "threat", "exposed", "observed"):
        both.ask("DROP TABLE %s" % table, database)
        both.ask("DROP TABLE %s_now" % table, database)
    both.ask("DROP TABLE counted", database)
    both.ask("DROP TABLE version", database)
    both.ask("CREATE TABLE version(version UInt32) ENGINE=MergeTree ORDER BY version", database)
    both.shards[0].ask("INSERT INTO version VALUES (1)", database)
    both.ask("INSERT INTO version VALUES (1)", database)  # and one of them twice
    reader = store.replace("://", "://reader@")
    assert "may only read" in failed("report", "--store", reader, "--json", "-")
    check_same("s.db", store)
    assert figures(reader) == figures("s.db")
    for answer in both.ask("SELECT max(version) FROM version", database):
        assert answer == "2\n"


def a_newer_store_is_refused():
    store = both_stores([record() for _ in range(20)])
    both.shards[1].ask("INSERT INTO version VALUES (3)", "d%d" % databases)
    for args in (("report", "--json", "-"), ("record", "import", "r.jsonl"), ("record", "export", "--format", "json")):
        assert "has version 3, this program reads 1 to 2" in failed(*args, "--store", store)


def what_is_no_store_is_refused_and_not_touched():
    database = new_database()
    write_lines("r.jsonl", [record()])
    assert "0 of 2 shards have a store" in failed("report", "--store", both.url(database), "--json", "-")
    assert both.ask("SELECT count() FROM system.databases WHERE name='%s'" % database) == ["0\n", "0\n"]
    both.ask("CREATE DATABASE %s" % database)
    both.shards[1].ask("CREATE TABLE theirs(x UInt8) ENGINE=Memory", database)
    assert "not of Yamori" in failed("record", "import", "--store", both.url(database), "r.jsonl")
    assert both.ask("SELECT count() FROM system.tables WHERE database='%s'" % database) == ["0\n", "1\n"]
    for url in ("clickhouse://", "clickhouse://h", "clickhouse://h/", "clickhouse://h/a-b", "clickhouse://h:0/d",
                "clickhouse://h:99999/d", "clickhouse://h,/d", "clickhouse://h,h/d", "clickhouse://u:%0a@h/d",
                "clickhouse://h/d?x=1", "clickhouse://h/d?retry=soon", "clickhouse://h/d?ca=f", "clickhouse://h/d?cluster=a'b"):
        assert "the store's address has" in failed("report", "--store", url, "--json", "-"), url
    server = both.shards[0].tcp  # speaks, but not HTTP
    assert "127.0.0.1:%d" % server in failed("report", "--store", "clickhouse://127.0.0.1:%d/d" % server, "--json", "-")


def shards_have_their_places():
    store = both_stores([record() for _ in range(20)])
    database = "d%d" % databases
    assert "is shard 2 of 2, not 1 of 2" in failed("report", "--store", both.url(database, order=(1, 0)), "--json", "-")
    assert "is shard 1 of 2, not 1 of 1" in failed("report", "--store", both.url(database, order=(0,)), "--json", "-")
    assert "is shard 1 of 2, not 1 of 1" in failed("record", "import", "--store", both.url(database, order=(0,)), "r.jsonl")
    other = new_database()
    for i in (0, 1):
        load(both.url(other, order=(i,)), "r.jsonl")
    assert "name all shards" in failed("report", "--store", both.url(other), "--json", "-")
    assert figures(store) == figures("s.db")


def passwords_are_asked_for_and_never_told():
    store = both_stores([record() for _ in range(50)])
    database = "d%d" % databases
    secrets = (PASSWORD, "wr0ng", "fleet", "qu%3A")
    escaped = "".join("%%%02X" % c for c in PASSWORD.encode())
    for url, env in ((both.url(database, user="fleet@"), {}), (both.url(database, user="fleet:wr0ng@"), {}),
                     (both.url(database, user="fleet@"), {"YAMORI_CLICKHOUSE_PASSWORD": "wr0ng"})):
        text = failed("report", "--store", url, "--json", "-", env=env)
        assert re.search("password is wrong|needs a password", text) and not any(s in text for s in secrets), text
    assert "does not know the user" in failed("report", "--store", both.url(database, user="nobody@"), "--json", "-")
    write_file("secret", PASSWORD.encode() + b"\n")
    wanted = figures("s.db")
    p = good("report", "--store", both.url(database, user="fleet:%s@" % escaped), "--threshold", "1", "--json", "-")
    assert b"other users of this machine see the password" in p.stderr and PASSWORD.encode() not in p.stderr
    for url, env in ((both.url(database, "?password-file=secret", user="fleet@"), {}),
                     (both.url(database, user="fleet@"), {"YAMORI_CLICKHOUSE_PASSWORD": PASSWORD})):
        p = good("report", "--store", url, "--threshold", "1", "--json", "f2.json", env={"SOURCE_DATE_EPOCH": "1300000000", **env})
        assert p.stderr == b""
        f = json.loads(pathlib.Path("f2.json").read_text(encoding="utf-8"))
        assert all(f[k] == wanted[k] for k in wanted)
    good("report", "--threshold", "1", "--json", "f3.json", env={"YAMORI_STORE": store})
    write_file("empty", b"\n")
    assert "first line must be the password" in failed(
        "report", "--store", both.url(database, "?password-file=empty", user="fleet@"), "--json", "-")


def a_shard_may_speak_tls():
    write_lines("r.jsonl", [record() for _ in range(50)])
    shard = both.shards[1]
    store = "clickhouses://fleet@127.0.0.1:%d/%s" % (shard.https, new_database())
    env = {"YAMORI_CLICKHOUSE_PASSWORD": PASSWORD}
    assert "certificate" in failed("record", "import", "--store", store, "r.jsonl", env=env)
    good("record", "import", "--store", store + "?ca=" + str(shard.dir / "server.crt"), "r.jsonl", env=env)
    good("record", "import", "--store", "s.db", "r.jsonl")
    check_margins("s.db", both.url("d%d" % databases, order=(1,)))


def people_may_ask_all_shards_at_once():
    store = both_stores([record() for _ in range(500)])
    database = "d%d" % databases
    load(both.url(database, "?cluster=both"), "r.jsonl")
    assert both.shards[0].ask("SELECT uniqExact(who,id,time) FROM execution_all", database) == "500\n"
    answers = both.ask("SELECT month,sum(executions),sum(cleaned) FROM rollup_all WHERE margin=0 GROUP BY month ORDER BY month",
                       database)
    wanted = [json.loads(x) for x in margins(store)]
    wanted = ["%d\t%d\t%d" % (m, n[1], n[8]) for kind, margin, _, m, n in wanted if (kind, margin) == ("rate", 0)]
    assert answers[0].splitlines() == wanted == answers[1].splitlines()
    assert "remote_servers" in failed("record", "import", "--store", both.url(database, "?cluster=no_such"), "r.jsonl")


def a_fleet_server_keeps_its_records_there():
    database = new_database()
    store = both.url(database, "?retry=0")
    records = [record(machines=300) for _ in range(400)]
    load("s.db", write_lines("r.jsonl", records))
    os.makedirs("spool")
    for r in records:
        pathlib.Path("spool", r["id"] + ".json").write_text(json.dumps(r), encoding="utf-8")
    server = subprocess.Popen([PROGRAM, "fleet", "serve", "--state", "state", "--listen", "127.0.0.1:0", "--store", store],
                              stdout=subprocess.PIPE, stderr=open("err", "wb"), text=True)
    try:
        address = "http://" + server.stdout.readline().split()[-1]
        token = good("fleet", "token", "--state", "state").stdout.decode().strip()
        good("fleet", "enroll", "--state", "agent", "--server", address, "--token", token)
        agent = ("fleet", "agent", "--state", "agent", "--spool", "spool", "--once")
        both.shards[1].stop()
        try:
            p = run(*agent, timeout=120)
            assert len(os.listdir("spool")) >= len(records), "the agent let go of what was not kept"
            assert b"does not take records" in pathlib.Path("err").read_bytes(), (p.stderr, pathlib.Path("err").read_bytes())
        finally:
            both.shards[1].start()
        for _ in range(60):
            good(*agent)
            if not [n for n in os.listdir("spool") if re.fullmatch("[0-9a-f]{32}.json", n)]:
                break
            time.sleep(0.5)
        else:
            raise AssertionError("the agent still has records")
        assert b"takes records again" in pathlib.Path("err").read_bytes()
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
        server.stdout.close()
    check_margins("s.db", store)
    assert not os.path.exists("state/records.db")
    write_file("state/records.db", b"")
    assert "there are records here, too" in failed("fleet", "serve", "--state", "state", "--listen", "127.0.0.1:0", "--store", store)


def a_spool_is_ingested():
    store = both.url(new_database())
    records = [record() for _ in range(100)]
    load("s.db", write_lines("r.jsonl", records))
    os.makedirs("spool")
    for r in records:
        pathlib.Path("spool", r["id"] + ".json").write_text(json.dumps(r), encoding="utf-8")
    assert good("record", "ingest", "--store", store, "--spool", "spool").stdout == b"spool: 100 taken\n"
    assert os.listdir("spool") == []
    check_margins("s.db", store)


SCENARIOS = (
    every_sum_equals_that_of_sqlite, the_simulated_fleet_has_the_same_figures, published_texts_give_the_same_rows,
    hostile_texts_come_back_as_they_were, every_form_of_record_is_exported_as_it_came, a_spool_is_ingested,
    a_shard_that_goes_and_comes_back_costs_nothing, a_shard_that_stays_away_is_said_and_nothing_is_lost,
    an_importer_killed_at_any_moment_is_run_again, two_importers_make_and_fill_one_store,
    sums_that_are_half_done_are_not_seen, a_store_of_version_1_is_brought_up_to_date, a_newer_store_is_refused,
    what_is_no_store_is_refused_and_not_touched, shards_have_their_places, passwords_are_asked_for_and_never_told,
    a_shard_may_speak_tls, people_may_ask_all_shards_at_once, a_fleet_server_keeps_its_records_there)

if __name__ == "__main__":
    why = why_not()
    if why is not None:
        print("1..0 # SKIP " + why)
        sys.exit(0)
    chosen = [s for s in SCENARIOS if os.environ.get("YM_ONLY", "") in s.__name__]
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # thousands of small files
    with tempfile.TemporaryDirectory(prefix="yamori-clickhouse-", dir=fast) as place:
        with Cluster(place) as both:
            main(*chosen)

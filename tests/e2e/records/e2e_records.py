#!/usr/bin/env python3
"""e2e_records.py PROGRAM SOURCE SIMULATE MAKE_DOORS TEST_RECORD - what the programs write, and what
the reader takes and refuses, against docs/formats/record.schema.json with a validator of others."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from e2e import Skip, main, run

SOURCE, SIMULATE, MAKE_DOORS, TEST_RECORD = (os.path.abspath(a) for a in sys.argv[2:6])
sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, where python3 is another one
try:
    import jsonschema
except ImportError:
    jsonschema = None


class Twice(Exception):
    """A key is there twice."""


def pairs(items):
    if len({k for k, _ in items}) != len(items):
        raise Twice
    return dict(items)


def validator():
    if jsonschema is None:
        raise Skip("python3-jsonschema is not installed")
    text = pathlib.Path(SOURCE, "docs/formats/record.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def valid(check, data):
    """Does the schema take these bytes?  What is no JSON, or has a key twice, it never sees."""
    try:
        record = json.loads(data.decode("utf-8"), object_pairs_hook=pairs)
        json.dumps(record, ensure_ascii=False).encode("utf-8")  # no lone surrogates
        return check.is_valid(record)
    except (ValueError, Twice, RecursionError):
        return False


def every_case_of_the_reader_is_judged_alike():
    check = validator()
    env = {**os.environ, "YM_CASES": os.path.abspath("cases")}
    subprocess.run([TEST_RECORD], env=env, check=True, stdout=subprocess.DEVNULL)
    n = {True: 0, False: 0}
    for line in pathlib.Path("cases").read_text(encoding="ascii").splitlines():
        said, hexadecimal = line.split("\t")
        data = bytes.fromhex(hexadecimal)
        if data.startswith(b'{"schema":1,'):
            assert not valid(check, data)  # read, but not of this version
            continue
        assert valid(check, data) == (said == "ok"), (said, data[:3000])
        n[said == "ok"] += 1
    print("# %d taken, %d refused" % (n[True], n[False]))
    assert n[True] > 15 and n[False] > 900


def programs_env():
    return {"YAMORI_RECORD": "yes", "YAMORI_SPOOL": os.path.abspath("spool"), "YAMORI_COUNTRY": "JP",
            "YAMORI_PROTECTION": "on", "YAMORI_SERVER": "yes"}


def spooled(run_word):
    texts = [p.read_bytes() for p in pathlib.Path("spool").glob("*.json")]
    found = [t for t in texts if json.loads(t)["run"] == run_word]
    assert found, run_word
    return found


def a_scan_a_clean_and_an_audit_leave_valid_records():
    check = validator()
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    pathlib.Path("home/ai").mkdir(parents=True)
    pathlib.Path("home/ai/x").write_text("X5O!P%@AP gecko")
    pathlib.Path("r.yar").write_text('rule gecko { strings: $a = "gecko" condition: $a }')
    families = os.path.join(SOURCE, "families")
    assert run("scan", "-d", "r.yar", "-r", "home", env=programs_env()).returncode == 1
    p = run("clean", "--root", "v", "--detect-only", "--state", "state", "--families", families, env=programs_env())
    assert p.returncode in (0, 1, 3), p.stderr
    p = run("audit", "--root", "v", "--show-record", env=programs_env())
    assert p.returncode == 1, p.stderr
    for word in ("scan", "clean", "audit"):
        for text in spooled(word):
            errors = [e.message for e in check.iter_errors(json.loads(text))]
            assert not errors, (word, errors, text)
    scan = json.loads(spooled("scan")[0])
    assert scan["detections"][0]["object"].endswith("home/*/x"), scan["detections"]
    assert (scan["country"], scan["located"], scan["protection"], scan["server"]) == ("JP", "setting", "on", True)
    assert spooled("audit")[0].strip() in p.stdout  # what is shown is what is left


def an_audit_records_doors_and_the_age_of_a_missing_update():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    assert run("audit", "--root", "v", env=programs_env()).returncode == 1
    record = json.loads(spooled("audit")[0])
    shown = json.loads(run("audit", "--root", "v", "--json").stdout)
    doors = {d["id"]: d["state"] for d in shown["doors"]}
    exposures = {e["id"]: e for e in record["exposures"]}
    assert exposures["MS08-067"]["kind"] == "update" and exposures["MS08-067"]["age_days"] > 6000
    assert len(exposures) == sum(s != "not-applicable" for s in doors.values())
    for door, state in doors.items():
        if door != "ms08-067" and state != "not-applicable":
            assert exposures[door] == {"id": door, "kind": "door", "state": state, "age_days": None}
    assert record["outcome"] == "none" and record["server"] is False and "Windows XP" in record["system"]


def no_record_means_none():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    assert run("audit", "--root", "v", "--no-record", env=programs_env()).returncode == 1
    assert run("audit", "--root", "v", env={**programs_env(), "YAMORI_RECORD": "no"}).returncode == 1
    assert not os.path.exists("spool")
    for bad in (("--no-record", "--show-record"), ("--json", "--show-record")):
        p = run("audit", "--root", "v", *bad, env=programs_env())
        assert p.returncode == 2 and b"--show-record" in p.stderr, p.stderr


def a_spool_that_cannot_be_written_is_a_warning():
    subprocess.run([MAKE_DOORS, "xp3", "open", "v"], check=True)
    pathlib.Path("spool").write_text("a file")
    p = run("audit", "--root", "v", env=programs_env())
    assert p.returncode == 1 and b"no execution record" in p.stderr, (p.returncode, p.stderr)


def the_simulated_fleet_is_valid():
    check = validator()
    with subprocess.Popen([SIMULATE, os.path.join(SOURCE, "data/sir-figures.csv")], stdout=subprocess.PIPE) as fleet:
        n = 0
        for line in fleet.stdout:
            if n % 97 == 0:
                errors = [e.message for e in check.iter_errors(json.loads(line))]
                assert not errors, (errors, line)
            n += 1
            if n == 60000:
                break
        fleet.kill()


if __name__ == "__main__":
    main(every_case_of_the_reader_is_judged_alike,
         a_scan_a_clean_and_an_audit_leave_valid_records,
         an_audit_records_doors_and_the_age_of_a_missing_update,
         no_record_means_none,
         a_spool_that_cannot_be_written_is_a_warning,
         the_simulated_fleet_is_valid)

#!/usr/bin/env python3
"""e2e_records.py PROGRAM SOURCE SIMULATE MAKE_DOORS TEST_RECORD - what the programs write, and what
the reader takes and refuses, against docs/formats/record.schema.json with a validator of others."""
import json
import os
import pathlib
import re
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


# --- exports ---------------------------------------------------------------------------------------

HOSTILE = 'a"b\\c|d=e\nf\rg\t\x7f</script>\u5b88'


def sample(run_word, **more):
    record = {"schema": 2, "id": "a5" * 16, "machine": "5a" * 16, "time": "2009-06-30T00:00:00Z", "tool": "yamori 0.1.0",
              "run": run_word, "system": "Windows XP", "service_pack": "SP3", "bits": 32, "server": False,
              "country": "JP", "located": "setting", "segment": "home", "protection": "on", "epoch": 7, "files": 3,
              "gaps": 1, "duration_ms": 5, "outcome": "none", "simulated": False, "detections": [],
              "detections_left_out": 0, "repairs": [], "repairs_left_out": 0, "exposures": [],
              "exposures_left_out": 0, "observations": [], "observations_left_out": 0}
    record.update(more)
    record["id"] = "%032x" % (sum(map(ord, run_word)) + len(json.dumps(more)))
    return record


def detection(**more):
    return {"family": "Conficker", "name": "Worm:Win32/Conficker.B", "category": "worm", "object": "Windows/x.dll",
            "path": "exploit", "blocked": False, **more}


SAMPLES = (
    sample("scan"),
    sample("scan", outcome="detected", country="ZZ", located="unknown", system="", bits=0, server=None,
           detections=[detection(family="", category="", path="", object="")]),
    sample("clean", outcome="cleaned", detections=[detection(), detection(object="HKLM\\SOFTWARE\\x", category="unwanted")],
           repairs=[{"what": "delete-file x", "result": r} for r in ("done", "failed", "skipped")]),
    sample("clean", outcome="partly", detections=[detection(**{k: HOSTILE for k in ("family", "name", "object")})],
           repairs=[{"what": HOSTILE, "result": "done"}], system=HOSTILE, tool=HOSTILE),
    sample("guard", outcome="detected", detections=[detection(blocked=True, path="web")]),
    sample("audit", server=True, exposures=[
        {"id": "MS08-067", "kind": "update", "state": "open", "age_days": 250},
        {"id": "shares", "kind": "door", "state": "closed", "age_days": None},
        {"id": "autorun-cd", "kind": "door", "state": "unknown", "age_days": None}]),
    sample("observe", observations=[{"kind": "port", "key": "445", "count": 17}]),
)


def export(form, *args):
    p = run("record", "export", "--format", form, *args)
    assert p.returncode == 0, p.stderr
    return p.stdout.decode("utf-8")


def put_samples():
    os.makedirs("spool", exist_ok=True)
    for record in SAMPLES:
        pathlib.Path("spool", record["id"] + ".json").write_text(json.dumps(record), encoding="utf-8")


def events(form, *args):
    put_samples()
    return [json.loads(line) for line in export(form, *(args or ("spool",))).splitlines()]


def facts(name):
    return json.loads(pathlib.Path(__file__).with_name(name).read_text(encoding="utf-8"))


def check_object(known, allowed, value, where):
    names = {a.rstrip("*") for a in allowed}
    assert set(value) <= names, (where, set(value) - names)
    required = {a[:-1] for a in allowed if a.endswith("*")}
    assert required <= set(value), (where, required - set(value))
    for key, v in value.items():
        if key == "unmapped":
            continue
        kind = known["attributes"].get(key, "")
        assert isinstance(v, list) == kind.endswith("[]"), (where, key, v)
        for item in v if isinstance(v, list) else [v]:
            kind_ = kind.rstrip("[]")
            assert isinstance(item, dict) == (kind_ != "") or key == "data", (where, key)
            if kind_:
                check_object(known, known["objects"][kind_], item, where + "." + key)


def ocsf_events_have_the_attributes_of_their_classes():
    known = facts("ocsf-1.8.0.json")
    seen = set()
    for e in events("ocsf"):
        allowed = set(known["classes"][str(e["class_uid"])])
        for profile in e["metadata"]["profiles"]:
            allowed |= set(known["profiles"][profile])
        check_object(known, allowed, e, str(e["class_uid"]))
        assert e["type_uid"] == e["class_uid"] * 100 + e["activity_id"]
        assert e["metadata"]["version"] == "1.8.0" and e["time"] == 1246320000000
        seen.add(e["class_uid"])
    assert seen == {6007, 2004, 7001, 2002, 2003, 0}


def ocsf_tells_what_the_record_tells():
    found = {e["metadata"]["uid"]: e for e in events("ocsf")}
    cleaned = SAMPLES[2]["id"]
    d = found[cleaned + "-detection-0"]
    assert d["finding_info"] == {"uid": cleaned + "-detection-0", "title": "Worm:Win32/Conficker.B", "types": ["worm"]}
    assert d["malware"] == [{"name": "Conficker", "classification_ids": [22]}] and d["disposition_id"] == 11
    assert d["evidences"] == [{"file": {"path": "Windows/x.dll", "name": "x.dll", "type_id": 0}}]
    assert found[cleaned + "-detection-1"]["evidences"] == [{"data": "HKLM\\SOFTWARE\\x"}]
    assert [found[cleaned + "-repair-%d" % i]["status_id"] for i in range(3)] == [1, 2, 99]
    blocked = found[SAMPLES[4]["id"] + "-detection-0"]
    assert (blocked["action_id"], blocked["disposition_id"], blocked["unmapped"]["path"]) == (2, 2, "web")
    audit = SAMPLES[5]["id"]
    assert found[audit + "-update-0"]["vulnerabilities"] == [{"advisory": {"uid": "MS08-067"}}]
    assert found[audit + "-update-0"]["unmapped"]["age_days"] == 250
    assert found[audit + "-door-1"]["compliance"] == {"control": "shares", "status_id": 1}
    assert found[audit + "-door-2"]["compliance"]["status_id"] == 0
    assert found[audit + "-run-0"]["device"]["type_id"] == 1
    assert found[SAMPLES[6]["id"] + "-observation-0"]["count"] == 17
    assert found[SAMPLES[3]["id"] + "-repair-0"]["remediation"]["desc"] == HOSTILE
    assert "location" not in found[SAMPLES[1]["id"] + "-run-0"]["device"]


def flat(value, prefix=""):
    for key, v in value.items():
        if isinstance(v, dict):
            yield from flat(v, prefix + key + ".")
        else:
            yield prefix + key, v


def ecs_events_have_the_fields_of_the_schema():
    known = facts("ecs-9.4.0.json")["fields"]
    python = {"keyword": str, "match_only_text": str, "date": str, "long": int, "wildcard": str}
    for e in events("ecs"):
        for field, v in flat(e):
            if field.startswith("labels."):
                assert isinstance(v, str), (field, v)  # "all values are stored as keyword"
                continue
            kind = known[field]
            assert isinstance(v, list) == kind.endswith("[]"), (field, v)
            item = v[0] if isinstance(v, list) else v
            assert isinstance(item, python[kind.rstrip("[]")]), (field, v, kind)


def ecs_tells_what_the_record_tells():
    found = {e["event"]["id"]: e for e in events("ecs")}
    d = found[SAMPLES[2]["id"] + "-detection-0"]
    assert d["event"]["kind"] == "alert" and d["event"]["category"] == ["malware"] and d["event"]["type"] == ["info"]
    assert d["rule"] == {"name": "Worm:Win32/Conficker.B", "category": "worm"} and d["file"]["path"] == "Windows/x.dll"
    assert d["threat"]["software"] == {"name": "Conficker", "type": "Malware"}
    assert d["@timestamp"] == "2009-06-30T00:00:00Z" and d["host"]["geo"]["country_iso_code"] == "JP"
    other = found[SAMPLES[2]["id"] + "-detection-1"]
    assert other["registry"]["path"] == "HKLM\\SOFTWARE\\x" and "file" not in other
    assert [found[SAMPLES[2]["id"] + "-repair-%d" % i]["event"]["outcome"] for i in range(3)] == [
        "success", "failure", "unknown"]
    assert found[SAMPLES[0]["id"] + "-run-0"]["event"]["duration"] == 5000000
    assert found[SAMPLES[3]["id"] + "-detection-0"]["rule"]["name"] == HOSTILE
    unknown = found[SAMPLES[1]["id"] + "-detection-0"]
    assert "threat" not in unknown and "geo" not in unknown["host"] and "os" in unknown["host"]


def parse_cef(line):
    """A reader of CEF that knows nothing of the writer."""
    assert line.startswith("CEF:0|")
    header, at = [""], len("CEF:0|")
    while len(header) < 7:
        if line[at] == "\\":
            header[-1] += line[at + 1]
            at += 1
        elif line[at] == "|":
            header.append("")
        else:
            header[-1] += line[at]
        at += 1
    fields = {}
    for m in re.finditer(r"(?:^| )([A-Za-z0-9]+)=((?:\\.|[^\\=])*?)(?= [A-Za-z0-9]+=|$)", line[at:]):
        fields[m[1]] = re.sub(r"\\(.)", lambda x: {"n": "\n", "r": "\r"}.get(x[1], x[1]), m[2])
    return header[:6], fields


def cef_survives_hostile_texts():
    put_samples()
    lines = export("cef", "spool").split("\n")
    assert lines.pop() == "" and all("\r" not in x and "\t" not in x and "\x7f" not in x for x in lines)
    parsed = [parse_cef(x) for x in lines]
    assert len(parsed) == len(events("ocsf"))
    found = {f["externalId"]: (h, f) for h, f in parsed}
    header, fields = found[SAMPLES[3]["id"] + "-detection-0"]
    shown = HOSTILE.replace("\t", " ").replace("\x7f", " ")
    one_line = shown.replace("\n", " ").replace("\r", " ")
    assert header == ["Yamori", "yamori", one_line, "detection", one_line, "8"], header
    assert fields["filePath"] == shown and fields["cs1"] == shown and fields["cs1Label"] == "family"
    assert fields["rt"] == "1246320000000" and fields["act"] == "partly"
    assert found[SAMPLES[3]["id"] + "-repair-0"][1]["msg"] == shown
    header, fields = found[SAMPLES[4]["id"] + "-detection-0"]
    assert header[5] == "6" and fields["act"] == "blocked" and fields["cs3"] == "web"
    assert found[SAMPLES[6]["id"] + "-observation-0"][1]["cnt"] == "17"


def a_store_exports_what_its_spool_would():
    put_samples()
    texts = {form: export(form, "spool") for form in ("json", "ocsf", "ecs", "cef")}
    assert [json.loads(x) for x in texts["json"].splitlines()] == sorted(SAMPLES, key=lambda r: r["id"])
    assert run("record", "ingest", "--store", "r.db", "--spool", "spool").returncode == 0
    for form, text in texts.items():
        assert export(form, "--store", "r.db") == text, form
    export("cef", "--store", "r.db", "-o", "out.cef")
    assert pathlib.Path("out.cef").read_bytes().decode("utf-8") == texts["cef"]


def wrong_exports_are_refused():
    for args, word in (((), b"--format"), (("--format", "xml"), b"--format"), (("--format", "ecs", "a", "b"), b"one spool"),
                       (("--format", "ecs", "--store", "r.db", "a"), b"one spool")):
        p = run("record", "export", *args)
        assert p.returncode == 2 and word in p.stderr and p.stdout == b"", p.stderr
    p = run("record", "export", "--format", "ecs", "--store", "missing.db", "-o", "x")
    assert p.returncode == 2 and b"missing.db" in p.stderr and not os.path.exists("x"), p.stderr
    p = run("record", "import", "--format", "ecs", "x")
    assert p.returncode == 2 and b"export" in p.stderr


def the_simulated_fleet_is_valid():
    check = validator()
    with subprocess.Popen([SIMULATE, os.path.join(SOURCE, "data/sir-figures.csv"), "1", "all"], stdout=subprocess.PIPE) as fleet:
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
         ocsf_events_have_the_attributes_of_their_classes,
         ocsf_tells_what_the_record_tells,
         ecs_events_have_the_fields_of_the_schema,
         ecs_tells_what_the_record_tells,
         cef_survives_hostile_texts,
         a_store_exports_what_its_spool_would,
         wrong_exports_are_refused,
         the_simulated_fleet_is_valid)

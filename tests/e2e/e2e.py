"""e2e.py - what the scenarios share: run the program in a folder of its own, print TAP.

A scenario is a function whose name is a sentence; it fails by an exception (assert).
"""
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback

PROGRAM = os.path.abspath(sys.argv[1])
SOURCE = os.path.abspath(sys.argv[2])
MARK = b"GECKO-ONE"
SIGNATURE = "Test.Gecko:0:*:%s\n" % MARK.hex()


class Skip(Exception):
    """This machine cannot show it."""


def run(*args, env=None, cwd=None, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60):
    """The finished process: returncode, stdout, stderr (bytes)."""
    e = {k: v for k, v in os.environ.items() if not k.startswith("YAMORI_")}
    e["YAMORI_RECORD"] = "no"
    e.update(env or {})
    return subprocess.run([PROGRAM, *args], stdout=stdout, stderr=subprocess.PIPE, stdin=stdin,
                          env=e, cwd=cwd, timeout=timeout)


def results(process):
    """{path: object} of a scan --json."""
    lines = [json.loads(x) for x in process.stdout.decode("utf-8").splitlines()]
    return {x["path"]: x for x in lines}


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def snapshot(root="v"):
    """{path: everything about it}; folders without the times that looking changes."""
    seen = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files + [""]:
            path = os.path.join(folder, name) if name else folder
            try:
                s = os.lstat(path)
            except PermissionError:  # a folder that may be listed and not entered
                seen[os.path.relpath(path, root)] = None
                continue
            content = None
            if stat.S_ISLNK(s.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(s.st_mode):
                with open(path, "rb") as f:
                    content = hashlib.sha256(f.read()).hexdigest()
            attributes = [(a, os.getxattr(path, a, follow_symlinks=False))
                          for a in sorted(os.listxattr(path, follow_symlinks=False))]
            seen[os.path.relpath(path, root)] = (s.st_mode, s.st_uid, s.st_gid, s.st_mtime_ns, content, attributes)
    return seen


def main(*scenarios):
    print("1..%d" % len(scenarios))
    bad = 0
    home = os.getcwd()
    for i, scenario in enumerate(scenarios, 1):
        folder = tempfile.mkdtemp(prefix="yamori-e2e-")
        name = scenario.__name__
        try:
            os.chdir(folder)
            scenario()
            print("ok %d - %s" % (i, name))
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (i, name, why))
        except Exception:
            bad += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print("not ok %d - %s" % (i, name))
        finally:
            os.chdir(home)
            shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
    sys.exit(1 if bad else 0)

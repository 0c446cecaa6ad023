"""How the suites' run.py ask the program."""
import os
import subprocess


def call(command):
    """-> (exit status, standard output, standard error as text), or a text that begins with "!"."""
    try:
        p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=60, check=False,
                           env=dict(os.environ, YAMORI_RECORD="no"))
    except subprocess.TimeoutExpired:
        return "! timeout"
    if p.returncode not in (0, 1, 2, 3):
        return "! exit status %d: %s" % (p.returncode, p.stderr[-200:].decode("utf8", "replace"))
    return p.returncode, p.stdout.decode("utf8"), p.stderr.decode("utf8", "replace")

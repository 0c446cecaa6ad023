"""e2e_manpages.py - the manual is well-formed and its examples work.

The lines of each EXAMPLES section that begin with .Dl are run in a folder with the files that the
pages speak of; the expected exit status is 0 or 1 (found), never an error.
"""

import io
import os
import re
import shutil
import subprocess
import zipfile

from e2e import MARK, PROGRAM, SIGNATURE, SOURCE, Skip, main, write

PAGES = ("yamori.1", "yamori-scan.1", "yamori-explain.1", "yamori-db.1", "yamori-cache.1",
         "yamori-rules.1", "yamori-blocklist.1", "yamori-quarantine.1", "yamori-fleet.1")

def the_pages_are_well_formed():
    if shutil.which("mandoc") is None:
        raise Skip("no mandoc here")
    for page in PAGES:
        p = subprocess.run(["mandoc", "-Tlint", "-Wwarning", os.path.join(SOURCE, "docs/man", page)],
                           capture_output=True, text=True)
        assert p.returncode == 0, p.stdout

def examples(page):
    text = open(os.path.join(SOURCE, "docs/man", page)).read()
    text = text.split(".Sh EXAMPLES", 1)[1].split("\n.Sh ", 1)[0]
    return [re.sub(r"\\e", r"\\", x[4:]) for x in text.splitlines() if x.startswith(".Dl ")]

def the_examples_work():
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("member", MARK)
    write("rules/local.ndb", SIGNATURE)
    write("rules/local.yar", 'rule gecko { strings: $a = "GECKO-ONE" condition: $a }\n')
    write("local.ndb", SIGNATURE)
    write("Downloads/mail.zip", z.getvalue())
    write("Downloads/letter.txt", "nothing")
    n = 0
    env = {k: v for k, v in os.environ.items() if not k.startswith("YAMORI_")}
    env.update(YAMORI_RECORD="no", YAMORI_TEST_SETTLE="0", PATH=os.path.dirname(PROGRAM) + ":" + os.environ["PATH"])
    for page in ("yamori-db.1", "yamori-scan.1", "yamori-cache.1", "yamori-explain.1",
                 "yamori-rules.1", "yamori-blocklist.1", "yamori.1"):
        for line in examples(page):
            p = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=env)
            print("# %s: %s -> %d" % (page, line, p.returncode))
            assert p.returncode in (0, 1), (line, p)
            n += 1
    assert n >= 8

main(the_pages_are_well_formed, the_examples_work)

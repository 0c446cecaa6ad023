"""e2e_units.py - the units of systemd are sound, and start the program with options that it has."""
import os
import re
import shlex
import shutil
import subprocess

from e2e import SOURCE, Skip, main, run

UNITS = os.path.join(SOURCE, "data", "systemd")


def text_of(name):
    with open(os.path.join(UNITS, name), encoding="utf-8") as f:
        return f.read()


def needs_systemd():
    if shutil.which("systemd-analyze") is None:
        raise Skip("systemd-analyze is not installed")


def systemd_takes_them():
    needs_systemd()
    for name in ("yamori-clean.service.in", "yamori-clean.timer", "yamori-fleet.service.in", "yamori-agent.service.in"):
        text = re.sub(r"^Documentation=.*\n", "", text_of(name), flags=re.M)  # the page is not installed here
        with open(name.removesuffix(".in"), "w", encoding="utf-8") as f:
            f.write(text.replace("@bindir@/yamori", "/bin/true"))
    p = subprocess.run(["systemd-analyze", "verify", "./yamori-clean.service", "./yamori-clean.timer",
                        "./yamori-fleet.service", "./yamori-agent.service"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert p.returncode == 0 and not p.stdout, p.stdout.decode()


def the_timer_means_the_second_tuesday():
    needs_systemd()
    when = re.search(r"^OnCalendar=(.*)$", text_of("yamori-clean.timer"), re.M).group(1)
    p = subprocess.run(["systemd-analyze", "calendar", "--base-time=2026-11-29", "--iterations=3", when],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                       env=dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8"))
    out = p.stdout.decode()
    for day in ("2026-12-08", "2027-01-12", "2027-02-09"):
        assert day in out, out


def what_the_service_starts_is_a_command():
    line = re.search(r"^ExecStart=(.*)$", text_of("yamori-clean.service.in"), re.M).group(1)
    words = shlex.split(line)[1:]
    os.mkdir("empty")
    p = run(*words, "--root", "empty", "--state", "state", "--no-record",
            env={"YAMORI_FAMILIES": os.path.join(SOURCE, "families")})
    assert p.returncode == 0, p.stderr
    with open("state/log/clean.log", encoding="utf-8") as f:
        assert "Return code: 0 (0x0)" in f.read()


def the_fleets_units_use_options_that_exist():
    for name in ("yamori-fleet.service.in", "yamori-agent.service.in"):
        line = re.search(r"^ExecStart=(.*)$", text_of(name), re.M).group(1)
        words = shlex.split(line.replace("/var/lib/", "nowhere/").replace("%d/", "nowhere/"))[1:]
        p = run(*words)  # no state there: it fails for that, not for its words
        assert p.returncode == 2 and b"nowhere" in (p.stderr if isinstance(p.stderr, bytes) else p.stderr.encode()), p


def the_servers_unit_is_shut_in():
    needs_systemd()
    with open("yamori-fleet.service", "w", encoding="utf-8") as f:
        f.write(text_of("yamori-fleet.service.in").replace("@bindir@/yamori", "/bin/true"))
    p = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", "./yamori-fleet.service"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert p.returncode == 0, p.stdout.decode()  # exposure of at most 2.0 of 10


main(systemd_takes_them, the_fleets_units_use_options_that_exist, the_servers_unit_is_shut_in, the_timer_means_the_second_tuesday, what_the_service_starts_is_a_command)

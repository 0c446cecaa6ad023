"""e2e_blocklist.py - yamori blocklist: its options, its forms, and what real name servers make of them.

The servers are Debian's (unbound, dnsmasq-base, bind9-utils); a scenario whose tool is not installed
is skipped and says so.  They listen on a free port of the loopback only and ask nobody.
"""

import os
import re
import shutil
import socket
import struct
import subprocess
import time

from e2e import Skip, main, run, write

NAME = re.compile(r"^[a-z]{5,11}\.(cc|cn|ws|com|net|org|info|biz)$")
MARCH = ("--family", "Conficker", "--from", "2009-03-01", "--to", "2009-03-31")
DAY = ("--family", "Conficker", "--variant", "B", "--from", "2009-03-13")
FORMS = ("list", "hosts", "rpz", "dnsmasq", "unbound")


def blocklist(*args):
    p = run("blocklist", *args)
    assert p.returncode == 0, p.stderr
    return p.stdout.decode().splitlines()


def names(*args):
    head, *rest = blocklist(*args)
    assert head.startswith("# %d names " % len(rest)), head
    return rest


def refused(*args):
    p = run("blocklist", *args)
    assert p.returncode == 2 and p.stdout == b"", p
    return p.stderr.decode()


def names_are_sorted_and_come_once():
    out = names(*MARCH)
    assert out == sorted(set(out)) and all(NAME.match(x) for x in out)
    assert 31 * 500 - 20 < len(out) <= 31 * 500, len(out)
    for known in ("jogli.com", "wnsux.com", "qhflh.com", "praat.org"):  # Sophos, March 2009
        assert known in out
    assert blocklist(*MARCH) == blocklist(*MARCH)


def the_variants_make_up_all():
    a = names(*MARCH, "--variant", "A")
    b = names(*MARCH, "--variant", "b")
    assert names(*MARCH) == names(*MARCH, "--variant", "all") == sorted(set(a) | set(b))
    assert {x.split(".")[1] for x in a} == {"com", "net", "org", "info", "biz"}
    assert "wnsux.com" in b and "wnsux.com" not in a


def a_span_is_the_sum_of_its_days():
    days = [names("--family", "Conficker", "--from", d) for d in ("2012-02-28", "2012-02-29", "2012-03-01")]
    span = names("--family", "Conficker", "--from", "2012-02-28", "--to", "2012-03-01")
    assert all(len(d) == 500 for d in days) and span == sorted(set(sum(days, [])))


def every_form_has_the_same_names():
    plain = names(*DAY)
    shapes = {"hosts": r"0\.0\.0\.0 (\S+)", "dnsmasq": r"address=/(\S+)/", "rpz": r"([a-z]\S+) CNAME \.",
              "unbound": r'    local-zone: "(\S+)\." always_nxdomain'}
    for form, shape in shapes.items():
        lines = blocklist(*DAY, "--format", form)
        assert lines[0][:2] == ("; " if form == "rpz" else "# "), lines[0]
        body = lines[{"rpz": 4, "unbound": 2}.get(form, 1):]
        assert [re.fullmatch(shape, x).group(1) for x in body] == plain, form
    assert blocklist(*DAY, "--format", "unbound")[1] == "server:"


def the_zone_has_its_records():
    zone = blocklist(*DAY, "--format", "rpz")
    assert zone[1:4] == ["$TTL 300", "@ IN SOA localhost. nobody.invalid. (2009031300 3600 600 604800 300)",
                         "@ IN NS localhost."], zone[:4]
    assert "(7 3600" in blocklist(*DAY, "--format", "rpz", "--serial", "7")[2]
    assert "rpz" in refused(*DAY, "--serial", "7")
    assert "4294967295" in refused(*DAY, "--format", "rpz", "--serial", "4294967296")


def exceptions_are_left_out_and_counted():
    plain = names(*MARCH)
    write("needed", "# real sites\nJOGLI.com.\nwww.wnsux.com # above it\nqhflh.com\nnobody.example\n")
    head, *rest = blocklist(*MARCH, "--allow", "needed")
    assert "; 3 left out (on the list of exceptions)" in head, head
    assert set(plain) - set(rest) == {"jogli.com", "wnsux.com", "qhflh.com"}
    write("all-of-ws", "*.ws\n")
    head, *rest = blocklist(*DAY, "--allow", "all-of-ws")
    gone = [x for x in names(*DAY) if x.endswith(".ws")]
    assert len(gone) > 10 and "; %d left out" % len(gone) in head
    assert not any(x.endswith(".ws") for x in rest) and len(rest) == 250 - len(gone)
    for form in FORMS:
        assert "wnsux" not in "\n".join(blocklist(*MARCH, "--allow", "needed", "--format", form))


def bad_exceptions_make_no_list():
    write("bad", "jogli.com\n0.0.0.0 wnsux.com\n")
    write("old", "as it was")
    said = refused(*DAY, "--allow", "bad", "-o", "old")
    assert "bad:2:" in said and "domain name" in said, said
    assert open("old").read() == "as it was"
    assert "missing" in refused(*DAY, "--allow", "missing")


def what_has_no_list_is_refused():
    assert "guess" in refused("--family", "Conficker", "--variant", "D", "--from", "2009-04-01")
    assert "two things" in refused("--family", "Conficker", "--variant", "C", "--from", "2009-04-01")
    assert "Conficker" in refused("--family", "Zeus", "--from", "2009-04-01")
    assert "2009-02-29" in refused("--family", "Conficker", "--from", "2009-02-29")
    assert "2008-11-21" in refused("--family", "Conficker", "--from", "2008-11-20")
    assert "before" in refused("--family", "Conficker", "--from", "2009-04-02", "--to", "2009-04-01")
    assert "3660" in refused("--family", "Conficker", "--from", "2009-01-01", "--to", "2019-01-09")
    assert "--from" in refused("--family", "Conficker")
    assert "--family" in refused("--from", "2009-04-01")
    assert "--format" in refused(*DAY, "--format", "bind")
    assert "what is this" in refused(*DAY, "more")


def a_file_is_replaced_as_a_whole():
    p = run("blocklist", *MARCH, "--format", "hosts", "-o", "list")
    assert p.returncode == 0 and p.stdout.startswith(b"list: 15") and b"; 0 left out" in p.stdout, p
    assert open("list").read().splitlines() == blocklist(*MARCH, "--format", "hosts")
    assert os.listdir(".") == ["list"]
    assert "nowhere" in refused(*DAY, "-o", "nowhere/list")
    full = run("blocklist", *MARCH, stdout=open("/dev/full", "wb"))
    assert full.returncode == 2 and b"standard output" in full.stderr, full


# ---- Name servers --------------------------------------------------------------------------------

def tool(name, package):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Skip("%s is not here: install Debian's %s" % (name, package))
    return path


def takes(*command):
    p = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, (command, p.stdout, p.stderr)
    return p.stdout + p.stderr


def lists():
    write("needed", "praat.org\n")
    for form in FORMS:
        blocklist(*MARCH, "--allow", "needed", "--format", form, "-o", "march." + form)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rcode(port, name):
    """The response code to an A question; None: no answer."""
    question = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        try:
            s.connect(("127.0.0.1", port))
            s.send(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question + struct.pack(">2H", 1, 1))
            return s.recv(4096)[3] & 15
        except OSError:
            return None


NOERROR, NXDOMAIN = 0, 3
EMPTY = {"march.rpz": "$TTL 300\n@ IN SOA a. b. (1 3600 600 604800 300)\n@ IN NS a.\n"}


def start(command, port, log):
    """The server, once it answers; None when it does not come up."""
    server = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while server.poll() is None and time.monotonic() < end:
        if rcode(port, "alive.example") == NOERROR:
            return server
        time.sleep(0.05)
    server.kill()
    server.wait()
    return None


def started(command, port, path):
    """The server with the list at path.  That it cannot run here at all is seen with an empty list."""
    with open("server.log", "w") as log:
        server = start(command, port, log)
        if server is None:
            write(path, EMPTY.get(path, ""))
            other = start(command, port, log)
            said = open("server.log").read()[-300:].replace("\n", " ")
            if other is None:
                raise Skip("the server does not start here: " + said)
            other.kill()
            other.wait()
            raise AssertionError("the server does not start with the list: " + said)
    return server


def answers(command, port, path, blocked, below):
    """What the server answers for a name on the list; below: also for what lies below it?"""
    server = started(command, port, path)
    try:
        for name in ("jogli.com", "wnsux.com", "qhflh.com"):
            assert rcode(port, name) == blocked, (name, rcode(port, name))
        assert (rcode(port, "www.wnsux.com") == blocked) == below
        for other in ("praat.org", "wnsux.net"):  # an exception, and no name of the worm
            assert rcode(port, other) not in (None, NOERROR, NXDOMAIN), (other, rcode(port, other))
    finally:
        server.kill()
        server.wait()


def unbound_takes_the_list():
    checkconf = tool("unbound-checkconf", "unbound")
    lists()
    conf = 'server:\n  chroot: ""\n  directory: "%s"\ninclude: "%s/march.unbound"\n' % (os.getcwd(), os.getcwd())
    write("u.conf", conf)
    assert "no errors" in takes(checkconf, "u.conf")


UNBOUND = """server:
  chroot: ""
  username: ""
  directory: "{here}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1
  port: {port}
  module-config: "{modules}"
  do-not-query-address: 0.0.0.0/0
  do-not-query-address: ::/0
  local-data: "alive.example. A 192.0.2.1"
remote-control:
  control-enable: no
{more}
"""


def unbound_answers_nxdomain():
    lists()
    port = free_port()
    write("u.conf", UNBOUND.format(here=os.getcwd(), port=port, modules="iterator",
                                   more='include: "%s/march.unbound"' % os.getcwd()))
    answers([tool("unbound", "unbound"), "-d", "-p", "-c", "u.conf"], port, "march.unbound", NXDOMAIN, True)


def unbound_answers_by_the_policy_zone():
    lists()
    port = free_port()
    write("u.conf", UNBOUND.format(here=os.getcwd(), port=port, modules="respip iterator",
                                   more='rpz:\n  name: "conficker.rpz"\n  zonefile: "march.rpz"'))
    answers([tool("unbound", "unbound"), "-d", "-p", "-c", "u.conf"], port, "march.rpz", NXDOMAIN, False)


def dnsmasq_takes_the_list():
    dnsmasq = tool("dnsmasq", "dnsmasq-base")
    lists()
    assert "syntax check OK" in takes(dnsmasq, "--test", "--conf-file=march.dnsmasq")


def dnsmasq_command(port, *more):
    return [tool("dnsmasq", "dnsmasq-base"), "--keep-in-foreground", "--port=%d" % port, "--listen-address=127.0.0.1",
            "--bind-interfaces", "--no-resolv", "--no-hosts", "--pid-file", "--log-facility=-", "--user=", "--group=",
            "--host-record=alive.example,192.0.2.1", *more]


def dnsmasq_answers_nxdomain():
    lists()
    port = free_port()
    answers(dnsmasq_command(port, "--conf-file=march.dnsmasq"), port, "march.dnsmasq", NXDOMAIN, True)


def dnsmasq_reads_the_hosts_file():
    lists()
    port = free_port()
    answers(dnsmasq_command(port, "--conf-file=/dev/null", "--addn-hosts=" + os.path.abspath("march.hosts")), port,
            "march.hosts", NOERROR, False)


def bind_takes_the_zone():
    check = tool("named-checkzone", "bind9-utils")
    lists()
    said = takes(check, "conficker.rpz", "march.rpz")
    assert "loaded serial 2009033100" in said and "OK" in said, said
    takes(check, "-i", "none", "-k", "fail", "-o", "canonical", "rpz.example.org", "march.rpz")
    zone = open("canonical").read()
    assert re.search(r"^wnsux\.com\.rpz\.example\.org\.\s+300\s+IN\s+CNAME\s+\.$", zone, re.M)
    assert zone.count("CNAME") == len(names(*MARCH, "--allow", "needed"))


main(names_are_sorted_and_come_once, the_variants_make_up_all, a_span_is_the_sum_of_its_days,
     every_form_has_the_same_names, the_zone_has_its_records, exceptions_are_left_out_and_counted,
     bad_exceptions_make_no_list, what_has_no_list_is_refused, a_file_is_replaced_as_a_whole,
     unbound_takes_the_list, unbound_answers_nxdomain, unbound_answers_by_the_policy_zone, dnsmasq_takes_the_list,
     dnsmasq_answers_nxdomain, dnsmasq_reads_the_hosts_file, bind_takes_the_zone)

#!/usr/bin/env python3
"""e2e_alerts.py PROGRAM - a real server raises alerts, and real receivers get them: an HTTP server, an SMTP server with
STARTTLS, a sendmail program, sockets of syslog."""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import socket
import socketserver
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from served import Machine, Served, Skip, certificate, run, wait_until

PROGRAM = os.path.abspath(sys.argv[1])
CONFICKER = ('Conficker', 'Worm:Win32/Conficker.B', 'worm', 'C:\\Users\\*\\x.dll', 'autorun')
HOTBAR = ('Hotbar', 'Adware:Win32/Hotbar', 'adware', 'C:\\y.exe', 'web')


class Hook:
    """Takes webhooks; answers what the test says."""

    def __init__(self, tls=None):
        self.got, self.status, self.delay = [], 200, 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                time.sleep(hook.delay)
                hook.got.append((hook.status, dict(self.headers), body))
                try:
                    self.send_response(hook.status)
                    self.send_header('Location', '/elsewhere')
                    self.end_headers()
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f'http{"s" if tls else ""}://127.0.0.1:{self.server.server_port}/hook'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def alerts(self):
        return [a for status, _, body in self.got if status == 200 for a in json.loads(body)['alerts']]


class Mailbox:
    """An SMTP server that wants STARTTLS and a password before it takes a mail."""

    def __init__(self, tls):
        self.mails, self.logins, self.plain = [], [], []
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                secure, f, say = False, self.rfile, lambda text: self.wfile.write(text.encode() + b'\r\n')
                say('220 sink ESMTP')
                to = []
                while line := f.readline().decode(errors='replace').strip():
                    word = line.upper()
                    if word.startswith(('EHLO', 'HELO')):
                        say('250-sink\r\n250-AUTH PLAIN\r\n250 ' + ('HELP' if secure else 'STARTTLS'))
                    elif word == 'STARTTLS':
                        say('220 go')
                        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                        context.load_cert_chain(*tls)
                        self.request = context.wrap_socket(self.request, server_side=True)
                        self.rfile = f = self.request.makefile('rb')
                        self.wfile = self.request.makefile('wb', buffering=0)
                        say = lambda text, w=self.wfile: w.write(text.encode() + b'\r\n')
                        secure = True
                    elif word.startswith('AUTH PLAIN'):
                        if not secure:
                            box.plain.append(line)
                        parts = line.split()
                        if len(parts) < 3:
                            say('334 ')
                            parts.append(f.readline().decode().strip())
                        box.logins.append(base64.b64decode(parts[2]).split(b'\0')[1:])
                        say('235 welcome')
                    elif word.startswith('MAIL'):
                        to = []
                        say('250 ok')
                    elif word.startswith('RCPT'):
                        to.append(line)
                        say('250 ok')
                    elif word == 'DATA':
                        say('354 go')
                        data = b''
                        while not data.endswith(b'\r\n.\r\n'):
                            data += f.readline()
                        box.mails.append((to, email.message_from_bytes(data[:-3], policy=email.policy.default)))
                        say('250 taken')
                    elif word == 'QUIT':
                        say('221 bye')
                        return
                    else:
                        say('250 ok')

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that does not trust us hangs up
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def detections_reach_a_signed_webhook_and_name_the_machine_by_its_label():
    hook = Hook()
    with Served(PROGRAM, 's1') as s:
        s.fleet('alert', 'add', 'worms', '--when', 'detection', '--category', 'worm', '--level', 'critical')
        out = s.fleet('alert', 'add', 'hook', '--to', hook.url)
        key_file = pathlib.Path('s1/secrets/hook')
        assert out.endswith('s1/secrets/hook') and stat.S_IMODE(key_file.stat().st_mode) == 0o600
        m = Machine(s, 'm1', label='desk 4 \N{SNOWMAN}')
        m.record([CONFICKER, HOTBAR])
        m.report()
        wait_until(lambda: hook.got, 10, 'no webhook')
        status, headers, body = hook.got[0]
        said = json.loads(body)
        assert [(a['family'], a['label'], a['level'], a['machine'], a['count']) for a in said['alerts']] == [
            ('Conficker', 'desk 4 \N{SNOWMAN}', 'critical', m.id, 1)], said
        assert m.id[::-1] not in body.decode() and 'x.dll' not in body.decode(), 'no more than the alert may know'
        when, mac = [p.split('=')[1] for p in headers['Yamori-Signature'].split(',')]
        key = key_file.read_bytes().strip()
        assert mac == hmac.new(key, when.encode() + b'.' + body, hashlib.sha256).hexdigest()
        assert abs(int(when) - time.time()) < 60
        # The same again only counts; a person ends it.
        m.record([CONFICKER])
        m.report()
        time.sleep(3)
        assert len(hook.got) == 1
        (alert,) = s.lines('alert', 'open')
        assert alert['count'] == 2
        s.fleet('alert', 'ack', alert['n'])
        assert s.lines('alert', 'open') == []
        actions = [r['action'] for r in s.lines('audit')]
        assert actions[0] == 'alert-ack' and actions.count('alert-add') == 2, actions
        everything = ''.join(s.fleet(*v) for v in (['audit'], ['alert', 'list'], ['status'])) + s.get('/metrics')
        assert key.decode() not in everything, 'a secret was printed'
        assert s.fleet('alert', 'test', 'hook') == 'sent to hook'
        assert json.loads(hook.got[-1][2])['test'] is True


def what_could_not_be_sent_is_sent_later_also_after_a_kill():
    hook = Hook()
    hook.status = 500
    with Served(PROGRAM, 's2') as s:
        s.fleet('alert', 'add', 'any', '--when', 'detection')
        s.fleet('alert', 'add', 'hook', '--to', hook.url)
        m = Machine(s, 'm2')
        m.record([CONFICKER])
        m.report()
        wait_until(lambda: hook.got, 10, 'nobody asked')
        wait_until(lambda: s.lines('alert', 'list')[1]['failures'] == 1, 10, 'the failure is not written down')
        assert s.lines('alert', 'list')[1]['error'] == 'the receiver answered 500'
        time.sleep(2)
        assert len(hook.got) == 1, 'it was asked again at once'
        s.kill()
        hook.status = 200
        s.start()
        wait_until(hook.alerts, 30, 'it was forgotten')
        assert [a['family'] for a in hook.alerts()] == ['Conficker']
        assert s.lines('alert', 'list')[1]['failures'] == 0
        hook.status = 302  # not followed
        p = s.fleet('alert', 'test', 'hook', ok=False)
        assert p.returncode == 2 and '302' in p.stderr, p.stderr


def a_receiver_that_hangs_is_in_nobodys_way():
    hook, other = Hook(), Hook()
    hook.delay = 60
    with Served(PROGRAM, 's3') as s:
        s.fleet('alert', 'add', 'any', '--when', 'detection')
        s.fleet('alert', 'add', 'a-slow', '--to', hook.url)
        m = Machine(s, 'm3')
        m.record([CONFICKER])
        m.report()
        time.sleep(2)  # the sender hangs
        start = time.monotonic()
        for _ in range(5):
            m.record([HOTBAR])
            m.report()
        assert time.monotonic() - start < 10, 'intake waited for a receiver'
        s.fleet('alert', 'add', 'b-quick', '--to', other.url)
        m.record([('Zbot', 'PWS:Win32/Zbot', 'password-stealer', '', '')])
        m.report()
        wait_until(other.alerts, 45, 'the slow one holds up the quick one for ever')
        s.fleet('alert', 'add', 'c-slow', '--to', hook.url)
        m.record([('Alureon', 'Trojan:Win32/Alureon', 'trojan', '', '')])
        m.report()
        time.sleep(2)
        start = time.monotonic()
        s.stop()
        assert time.monotonic() - start < 8, 'the server waits for a receiver to end'
        assert s.sql("SELECT count(*) FROM delivery WHERE target='c-slow'") == [(1,)], 'it was forgotten'
        s.start()
        s.kill()


def mail_goes_by_starttls_with_a_password_and_comes_as_one():
    tls = certificate('.')
    box = Mailbox(tls)
    pathlib.Path('password').write_text('s3cret\n')
    with Served(PROGRAM, 's4') as s:
        s.fleet('alert', 'add', 'any', '--when', 'detection')
        s.fleet('alert', 'add', 'mail', '--to', f'smtp://localhost:{box.port}', '--from', 'yamori@example.org', '--rcpt',
                'ops@example.org,boss@example.org', '--user', 'yamori', '--secret-file', 'password', '--ca',
                os.path.abspath(tls[0]), '--pause', '5')
        machines = [Machine(s, f'm4-{i}', label=f'desk {i}') for i in range(3)]
        machines[0].record([('Ev\r\nBcc: x@y', 'Ev', 'worm', '', '')])
        machines[0].report()
        wait_until(lambda: box.mails, 15, lambda: str(s.lines('alert', 'list')))
        for m in machines:
            m.record([CONFICKER, HOTBAR])
            m.report()
        wait_until(lambda: len(box.mails) == 2, 15, lambda: str(len(box.mails)))
        time.sleep(6)
        assert len(box.mails) == 2, 'a storm'
        to, mail = box.mails[0]
        assert to == ['RCPT TO:<ops@example.org>', 'RCPT TO:<boss@example.org>']
        assert mail['Subject'].startswith('Yamori: warning: Ev??Bcc: x@y (worm) on desk 0'), mail['Subject']
        assert mail['Bcc'] is None and mail['Auto-Submitted'] == 'auto-generated'
        text = box.mails[1][1].get_content()
        assert box.mails[1][1]['Subject'] == 'Yamori: 6 alerts, the worst warning'
        assert text.count('Conficker (worm) on desk') == 3 and text.count('Hotbar') == 6, text
        assert box.logins == [[b'yamori', b's3cret']] * 2 and not box.plain
        assert 's3cret' not in s.fleet('alert', 'list') + s.fleet('audit')
        s.fleet('alert', 'remove', 'mail')
        assert not os.path.exists('s4/secrets/mail')
        # A server whose certificate nobody vouches for gets nothing.
        s.fleet('alert', 'add', 'stranger', '--to', f'smtp://localhost:{box.port}', '--from', 'a@b.c', '--rcpt', 'd@e.f')
        p = s.fleet('alert', 'test', 'stranger', ok=False)
        assert p.returncode == 2 and 'certificate' in p.stderr.lower(), p.stderr
        assert len(box.mails) == 2


def a_sendmail_program_gets_the_message():
    pathlib.Path('sendmail').write_text('#!/bin/sh\necho "$@" >"$0.args"; cat >"$0.mail"\n')
    os.chmod('sendmail', 0o755)
    path = os.path.abspath('sendmail')
    with Served(PROGRAM, 's5') as s:
        s.fleet('alert', 'add', 'm', '--to', f'sendmail:{path}', '--from', 'a@b.c', '--rcpt', 'd@e.f,g@h.i')
        s.fleet('alert', 'test', 'm')
        assert pathlib.Path('sendmail.args').read_text() == '-i -f a@b.c -- d@e.f g@h.i\n'
        mail = email.message_from_bytes(pathlib.Path('sendmail.mail').read_bytes(), policy=email.policy.default)
        assert 'This is a test' in mail.get_content() and mail['Subject'] == 'Yamori: a test'
        pathlib.Path('sendmail').write_text('#!/bin/sh\nexit 75\n')
        p = s.fleet('alert', 'test', 'm', ok=False)
        assert p.returncode == 2 and '(75)' in p.stderr, p.stderr


def syslog_is_rfc_5424_to_a_local_socket_udp_and_tcp():
    local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    local.bind('log.sock')
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(('127.0.0.1', 0))
    tcp = socket.create_server(('127.0.0.1', 0))
    for s in (local, udp, tcp):
        s.settimeout(15)
    with Served(PROGRAM, 's6') as s:
        s.fleet('alert', 'add', 'any', '--when', 'detection', '--level', 'critical')
        s.fleet('alert', 'add', 'local', '--to', 'syslog:' + os.path.abspath('log.sock'))
        s.fleet('alert', 'add', 'udp', '--to', f'syslog+udp://127.0.0.1:{udp.getsockname()[1]}')
        s.fleet('alert', 'add', 'tcp', '--to', f'syslog+tcp://127.0.0.1:{tcp.getsockname()[1]}')
        m = Machine(s, 'm6', label='pc "]\\')
        m.record([CONFICKER])
        m.report()
        one = local.recv(10000).decode('utf-8-sig')
        head, rest = one.split(' [', 1)
        pri, when, host, app, _, msgid = head.split(' ')
        assert (pri, host, app, msgid) == ('<26>1', '-', 'yamori', 'detection') and when.endswith('Z'), one
        assert 'machine="pc \\"\\]\\\\"' in rest and 'family="Conficker"' in rest, one
        assert udp.recv(10000).decode('utf-8-sig').split('yamori', 1)[1] == one.split('yamori', 1)[1]
        c, _ = tcp.accept()
        data = c.makefile('rb').read()  # octet counting, then the end
        n, message = data.split(b' ', 1)
        assert int(n) == len(message) and message.startswith(b'<26>1 ')


def outbreaks_silence_refusals_and_stopped_rollouts_are_seen():
    hook = Hook()
    with Served(PROGRAM, 's7') as s:
        s.fleet('alert', 'add', 'outbreak', '--when', 'outbreak', '--count', '3', '--within', '3600', '--level', 'critical')
        s.fleet('alert', 'add', 'silent', '--when', 'silent', '--count', '7')
        s.fleet('alert', 'add', 'refused', '--when', 'refused', '--count', '5', '--within', '20')
        s.fleet('alert', 'add', 'rollout', '--when', 'rollout')
        s.fleet('alert', 'add', 'disk', '--when', 'disk', '--count', '99')
        s.fleet('alert', 'add', 'hook', '--to', hook.url)
        machines = [Machine(s, f'm7-{i}', label=f'pc {i}') for i in range(4)]
        for m in machines[:2]:
            m.record([CONFICKER])
            m.report()
        wait_until(lambda: any(a['kind'] == 'disk' for a in hook.alerts()), 10, 'a disk is never 99 percent free')
        time.sleep(6)
        assert not any(a['kind'] == 'outbreak' for a in hook.alerts())
        machines[2].record([CONFICKER])
        machines[2].report()
        wait_until(lambda: any(a['kind'] == 'outbreak' for a in hook.alerts()), 20, lambda: str(hook.alerts()))
        (outbreak,) = [a for a in hook.alerts() if a['kind'] == 'outbreak']
        assert outbreak['family'] == 'Conficker' and outbreak['count'] == 3 and outbreak['machine'] == '', outbreak

        for _ in range(6):
            try:
                s.get('/nothing')
            except OSError:
                pass
        wait_until(lambda: any(a['kind'] == 'refused' for a in hook.alerts()), 10, lambda: str(hook.alerts()))
        wait_until(lambda: any(a['kind'] == 'refused' and a['ended'] for a in hook.alerts()), 40, 'it does not end')

        pathlib.Path('bad.yar').write_text('rule everything { strings: $a = "\\x7fELF" condition: $a at 0 }\n')
        assert run(PROGRAM, 'db', 'build', '--epoch', 5, '-o', 'bad.ydb', 'bad.yar').returncode == 0
        s.fleet('rollout', '--image', 'bad.ydb', '--rings', 1, '--wait', 0, '--machines', 1)
        machines[3].report(ok=False)  # its trial fails
        machines[3].report(ok=False)
        wait_until(lambda: any(a['kind'] == 'rollout' for a in hook.alerts()), 15, lambda: str(s.lines('status')))
        (stopped,) = [a for a in hook.alerts() if a['kind'] == 'rollout']
        assert 'could not use the image' in stopped['detail'], stopped
        pathlib.Path('good.yar').write_text('rule nothing { strings: $a = "NOT-THERE-ANYWHERE-1" condition: $a }\n')
        assert run(PROGRAM, 'db', 'build', '--epoch', 6, '-o', 'good.ydb', 'good.yar').returncode == 0
        s.fleet('rollout', '--image', 'good.ydb', '--rings', 1)
        wait_until(lambda: any(a['kind'] == 'rollout' and a['ended'] for a in hook.alerts()), 10, 'it is not over')

        s.sql('UPDATE machine SET seen=seen-8*86400 WHERE label=?', 'pc 2')
        s.stop()
        s.start()  # the look at machines comes with the start, else every half minute
        wait_until(lambda: any(a['kind'] == 'silent' for a in hook.alerts()), 15, lambda: str(hook.alerts()))
        assert [a['label'] for a in hook.alerts() if a['kind'] == 'silent'] == ['pc 2']


def root_leaves_secrets_that_the_services_user_can_read():
    if os.getuid() != 0:
        raise Skip('only root can show it')
    with Served(PROGRAM, 's9'):
        pass
    subprocess.run(['chown', '-R', '65534:65534', 's9'], check=True)
    os.chmod('.', 0o711)
    hook = Hook()
    out = run(PROGRAM, 'fleet', 'alert', '--state', 's9', 'add', 'hook', '--to', hook.url)
    assert out.returncode == 0, out.stderr
    for path, mode in (('s9/secrets', 0o700), ('s9/secrets/hook', 0o600)):
        sb = os.stat(path)
        assert (sb.st_uid, sb.st_gid, stat.S_IMODE(sb.st_mode)) == (65534, 65534, mode), (path, sb)
    os.rename('s9/secrets', 's9/other')
    os.mkdir('private', 0o700)
    os.symlink(os.path.abspath('private'), 's9/secrets')  # the user would have root write elsewhere
    out = run(PROGRAM, 'fleet', 'alert', '--state', 's9', 'add', 'second', '--to', hook.url)
    assert out.returncode == 2 and os.listdir('private') == [], (out.stdout, out.stderr)


def mistakes_are_told():
    with Served(PROGRAM, 's8') as s:
        for words, text in ((['add', 'x'], 'say: add'), (['add', 'x', '--when', 'never'], '--when is'),
                            (['add', 'x', '--to', 'http://example.org/'], 'in the clear'),
                            (['add', 'x', '--to', 'smtp://h:25'], '--from'), (['remove', 'x'], 'no rule or target'),
                            (['ack', '1'], 'no such alert'), (['test', 'x'], 'no such target'),
                            (['add', 'a b', '--when', 'disk'], 'a name has'),
                            (['add', 'x', '--when', 'detection', '--category', 'bug'], 'category'),
                            (['add', 'x', '--when', 'detection', '--level', 'bad'], '--level is')):
            p = s.fleet('alert', *words, ok=False)
            assert p.returncode == 2 and text in p.stderr, (words, p.stderr)


TESTS = [detections_reach_a_signed_webhook_and_name_the_machine_by_its_label,
         what_could_not_be_sent_is_sent_later_also_after_a_kill, a_receiver_that_hangs_is_in_nobodys_way,
         mail_goes_by_starttls_with_a_password_and_comes_as_one, a_sendmail_program_gets_the_message,
         syslog_is_rfc_5424_to_a_local_socket_udp_and_tcp, outbreaks_silence_refusals_and_stopped_rollouts_are_seen,
         root_leaves_secrets_that_the_services_user_can_read, mistakes_are_told]


def main():
    bad = 0
    chosen = [t for t in TESTS if os.environ.get('YM_ONLY', '') in t.__name__]
    print(f'1..{len(chosen)}')
    with tempfile.TemporaryDirectory(prefix='yamori-alerts-') as work:
        os.chdir(work)
        for number, test in enumerate(chosen, 1):
            title = test.__name__.replace('_', ' ')
            try:
                test()
                print(f'ok {number} - {title}', flush=True)
            except Skip as why:
                print(f'ok {number} - {title} # SKIP {why}', flush=True)
            except Exception:
                bad = 1
                for line in traceback.format_exc().splitlines():
                    print('# ' + line)
                print(f'not ok {number} - {title}', flush=True)
        os.chdir('/')
    return bad


if __name__ == '__main__':
    sys.exit(main())

"""servers.py - real ClickHouse servers on loopback, each with a folder of its own."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

SERVER = "/usr/sbin/clickhouse-server"

CONFIG = """<yandex>
 <logger><level>error</level><log>{dir}/log</log><errorlog>{dir}/err.log</errorlog></logger>
 <http_port>{http}</http_port>{https}<tcp_port>{tcp}</tcp_port><interserver_http_port>{inter}</interserver_http_port>
 <listen_host>127.0.0.1</listen_host>
 <path>{dir}/data/</path><tmp_path>{dir}/tmp/</tmp_path>
 <user_files_path>{dir}/files/</user_files_path><format_schema_path>{dir}/schemas/</format_schema_path>
 <mark_cache_size>67108864</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
 <users_config>users.xml</users_config>
 <default_profile>default</default_profile><default_database>default</default_database>
 <remote_servers><both>{cluster}</both></remote_servers>
 {tls}
</yandex>
"""
TLS = """<openSSL><server><certificateFile>{dir}/server.crt</certificateFile>
 <privateKeyFile>{dir}/server.key</privateKeyFile><verificationMode>none</verificationMode>
 <loadDefaultCAFile>false</loadDefaultCAFile><disableProtocols>sslv2,sslv3</disableProtocols></server></openSSL>"""
USERS = """<yandex>
 <profiles><default><max_memory_usage>3000000000</max_memory_usage></default><reader><readonly>1</readonly></reader></profiles>
 <users>
  <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>none</quota></default>
  <fleet><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>none</quota></fleet>
  <reader><password></password><networks><ip>127.0.0.1</ip></networks><profile>reader</profile><quota>none</quota></reader>
 </users>
 <quotas><none><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
  <read_rows>0</read_rows><execution_time>0</execution_time></interval></none></quotas>
</yandex>
"""
PASSWORD = "qu:@/ '\"%tter"


def why_not():
    """None when servers can be run here, else why not."""
    if not os.access(SERVER, os.X_OK):
        return "clickhouse-server is not installed"
    return None


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Server:
    def __init__(self, folder, ports, cluster, tls=False):
        self.dir = pathlib.Path(folder)
        self.dir.mkdir(parents=True)
        self.http, self.tcp, self.inter, self.https = ports
        self.process = None
        escaped = PASSWORD.replace("&", "&amp;").replace("<", "&lt;")
        if tls:
            subprocess.run(["openssl", "req", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-new",
                            "-newkey", "rsa:2048", "-days", "2", "-nodes", "-x509", "-keyout", self.dir / "server.key",
                            "-out", self.dir / "server.crt"], check=True, capture_output=True)
        (self.dir / "config.xml").write_text(CONFIG.format(
            dir=self.dir, http=self.http, tcp=self.tcp, inter=self.inter, cluster=cluster,
            https="<https_port>%d</https_port>" % self.https if tls else "", tls=TLS.format(dir=self.dir) if tls else ""))
        (self.dir / "users.xml").write_text(USERS.format(password=escaped))

    def start(self, wait=True):
        with open(self.dir / "out", "ab") as out:
            self.process = subprocess.Popen([SERVER, "--config-file=%s" % (self.dir / "config.xml")], stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, cwd=self.dir)
        if wait:
            self.wait()

    def wait(self):
        for _ in range(600):
            try:
                return self.ask("SELECT 1")
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, (self.dir / "out").read_text() + (self.dir / "err.log").read_text()
                time.sleep(0.05)
        raise AssertionError("clickhouse-server does not answer")

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask(self, query, database="default"):
        url = "http://127.0.0.1:%d/?database=%s" % (self.http, database)
        with urllib.request.urlopen(urllib.request.Request(url, data=query.encode()), timeout=60) as answer:
            return answer.read().decode()


class Cluster:
    """Two servers that know each other as the cluster `both`; the second speaks TLS, too."""

    def __init__(self, folder):
        ports = free_ports(8)
        cluster = "".join("<shard><replica><host>127.0.0.1</host><port>%d</port></replica></shard>" % p[1]
                          for p in (ports[:4], ports[4:]))
        self.shards = [Server(os.path.join(folder, "one"), ports[:4], cluster),
                       Server(os.path.join(folder, "two"), ports[4:], cluster, tls=True)]

    def __enter__(self):
        for s in self.shards:
            s.start(wait=False)
        try:
            for s in self.shards:
                s.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for s in self.shards:
            s.stop(signal.SIGKILL)

    def url(self, database, options="", user="", order=(0, 1)):
        return "clickhouse://%s%s/%s%s" % (user, ",".join("127.0.0.1:%d" % self.shards[i].http for i in order), database,
                                           options)

    def ask(self, query, database="default"):
        return [s.ask(query, database) for s in self.shards]


def main():
    """servers.py FOLDER: two servers until standard input ends; prints the begin of a store's address and their process ids."""
    with Cluster(sys.argv[1]) as both:
        print(both.url(""), *(s.process.pid for s in both.shards), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

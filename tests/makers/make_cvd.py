"""make_cvd.py - ClamAV's database containers, made and signed by code, with keys made here.

RSA in a few lines, for tests only: the keys are small, made from a fixed seed, and guard nothing.
"""
import gzip
import hashlib
import io
import random
import tarfile

DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
TIME = "22 Nov 2026 18-25 +0000"


def _is_prime(n, rng):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(20):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


class Key:
    """Key("cvd", 1024): .n .e .d, and its line of a key file."""

    def __init__(self, use, bits, seed=1, e=65537):
        rng = random.Random("%s %d %d" % (use, bits, seed))
        primes = []
        while len(primes) < 2:
            p = rng.getrandbits(bits // 2) | 1 | 3 << (bits // 2 - 2)
            if p % e != 1 and _is_prime(p, rng) and p not in primes:
                primes.append(p)
        p, q = primes
        self.use, self.n, self.e, self.d = use, p * q, e, pow(e, -1, (p - 1) * (q - 1))

    def line(self, hexadecimal=False):
        return "%s %s %d\n" % (self.use, hex(self.n) if hexadecimal else self.n, self.e)

    def sign(self, m):
        s, out = pow(m, self.d, self.n), ""
        while s:
            out, s = out + DIGITS[s % 64], s // 64
        return out

    def sign_md5(self, md5_hex):
        return self.sign(int(md5_hex, 16))

    def sign_pss(self, data, salt=b"s" * 32):
        """RSA-PSS of RFC 8017 over SHA-256 of data."""
        bits = self.n.bit_length() - 1
        size = (bits + 7) // 8
        h = hashlib.sha256(bytes(8) + hashlib.sha256(data).digest() + salt).digest()
        db = bytes(size - len(salt) - 32 - 2) + b"\1" + salt
        mask = b"".join(hashlib.sha256(h + i.to_bytes(4, "big")).digest() for i in range(len(db) // 32 + 1))
        masked = bytearray(a ^ b for a, b in zip(db, mask))
        masked[0] &= 0xff >> (8 * size - bits)
        return self.sign(int.from_bytes(bytes(masked) + h + b"\xbc", "big"))


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in members:
            row = tarfile.TarInfo(name)
            row.size = len(data)
            t.addfile(row, io.BytesIO(data))
    return out.getvalue()


def info(members, version=1, signatures=2, level=90, stime=1795371906, key=None, tail=""):
    text = "ClamAV-VDB:%s:%d:%d:%d:X:X:tests:%d\n" % (TIME, version, signatures, level, stime)
    for name, data in members:
        text += "%s:%d:%s\n" % (name, len(data), hashlib.sha256(data).hexdigest())
    if key:
        text += "DSIG:%s\n" % key.sign_pss(text.encode())
    return "t.info", (text + tail).encode()


def wrap(body, version=1, signatures=2, level=90, stime=1795371906, key=None, md5=None, dsig=None):
    """The header and the body."""
    md5 = md5 or hashlib.md5(body).hexdigest()
    dsig = dsig or (key.sign_md5(md5) if key else "X")
    head = "ClamAV-VDB:%s:%d:%d:%d:%s:%s:tests:%d" % (TIME, version, signatures, level, md5, dsig, stime)
    return head.encode().ljust(512) + body


def container(members, key=None, info_key=None, packed=True, contents=None, version=1, **header):
    """A whole container; key signs the header, info_key the table of contents."""
    contents = contents if contents is not None else [info(members, version=version, key=info_key)]
    body = tar([("COPYING", b"made by a test\n")] + contents + members)
    return wrap(gzip.compress(body, mtime=0) if packed else body, version=version, key=key, **header)

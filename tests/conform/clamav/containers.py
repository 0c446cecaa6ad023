"""Archives, mails and pages made from nothing, as bytes that are the same on every machine."""
import base64
import io
import struct
import tarfile
import zipfile
import zlib

STAMP = (2026, 4, 1, 12, 0, 0)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    """members: (name, bytes) pairs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members:
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def _crypt_keys(password):
    keys = [0x12345678, 0x23456789, 0x34567890]
    for byte in password:
        _crypt_step(keys, byte)
    return keys


def _crc(value, byte):
    # One step of the CRC, by way of zlib, which inverts before and after.
    return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def _crypt_step(keys, byte):
    keys[0] = _crc(keys[0], byte)
    keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
    keys[2] = _crc(keys[2], keys[1] >> 24)


def encrypted_zip(name, data, password, stored=False, short=False):
    """One member with the old encryption of APPNOTE.TXT 6.1.  short: only the last byte of its head
    tells the password, as since PKZIP 2.0, not the last two."""
    crc = zlib.crc32(data)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = data if stored else packer.compress(data) + packer.flush()
    keys, out = _crypt_keys(password), b""
    for byte in bytes(range(10)) + bytes([10 if short else crc >> 16 & 255, crc >> 24]) + body:
        t = (keys[2] | 2) & 0xFFFF
        out += bytes([byte ^ (((t * (t ^ 1)) >> 8) & 255)])
        _crypt_step(keys, byte)
    method = 0 if stored else 8
    common = struct.pack("<HHHHHIIIHH", 20, 1, method, 0x6000, 0x5C81, crc, len(out), len(data), len(name), 0)
    local = b"PK\3\4" + common + name + out
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def tarred(members, form=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1775044800
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gzipped(data, name=None):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    head = b"\x1f\x8b\x08" + (b"\x08" if name else b"\0") + b"\0\0\0\0\0\x03"
    return head + (name + b"\0" if name else b"") + body + struct.pack("<II", zlib.crc32(data), len(data))


def ar(members):
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode() + b"/", 0, 0, 0, b"100644", len(data)) + data
        out += b"\n" * (len(data) % 2)
    return out


def cpio(members):
    out = b""
    for i, (name, data) in enumerate(list(members) + [("TRAILER!!!", b"")]):
        raw = name.encode() + b"\0"
        head = b"070701" + b"".join(b"%08X" % n for n in (i, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0))
        out += head + raw
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return out


def mail(parts, boundary="=_wall"):
    """parts: (name or None, content type, encoding, bytes)."""
    out = (b"From: gecko@example.org\r\nTo: house@example.org\r\nSubject: a letter\r\nDate: Wed, 1 Apr 2026 12:00:00 +0000\r\n"
           b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"" + boundary.encode() + b"\"\r\n\r\n")
    for name, kind, encoding, data in parts:
        out += b"--" + boundary.encode() + b"\r\nContent-Type: " + kind.encode()
        if name:
            out += b"; name=\"" + name.encode() + b"\"\r\nContent-Disposition: attachment; filename=\"" + name.encode() + b"\""
        out += b"\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n"
        if encoding == "base64":
            text = base64.b64encode(data)
            data = b"\r\n".join(text[i:i + 76] for i in range(0, len(text), 76))
        elif encoding == "quoted-printable":
            data = b"".join(b"=%02X" % b if b > 126 or b < 32 or b == 61 else bytes([b]) for b in data)
        out += data + b"\r\n"
    return out + b"--" + boundary.encode() + b"--\r\n"


def simple_mail(body, kind="text/html"):
    return (b"From: gecko@example.org\r\nTo: house@example.org\r\nSubject: a letter\r\nMIME-Version: 1.0\r\n"
            b"Date: Wed, 1 Apr 2026 12:00:00 +0000\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + body)


def container_head(version=1, signatures=1, level=81, md5="", dsig="x", builder="gecko", stime=1775044800, text="01 Apr 2026 12-00 +0000"):
    return ("ClamAV-VDB:%s:%s:%s:%s:%s:%s:%s:%s" % (text, version, signatures, level, md5, dsig, builder, stime)).encode()

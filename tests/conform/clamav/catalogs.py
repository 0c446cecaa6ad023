"""Security catalogues (.cat): made from nothing but two keys, so that they are the same each time."""
import hashlib

from kit import case
from makers import pe

MARK = b"GECKO-CATALOG-MARKER"
RULE = "Z.One:0:*:%s\n" % MARK.hex()


# ---- DER ------------------------------------------------------------------------------------------
def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = (n.bit_length() + 7) // 8
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 + size]) + n.to_bytes(size, "big")) + body


def contents(der):
    return der[2:] if der[1] < 128 else der[2 + (der[1] & 127):]


def number(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(x) for x in text.split("."))
    out = bytearray([first * 40 + second])
    for v in rest:
        groups = [v & 127]
        while v > 127:
            v >>= 7
            groups.append(v & 127 | 128)
        out += bytes(reversed(groups))
    return tlv(6, bytes(out))


def sequence(*parts):
    return tlv(0x30, *parts)


NULL = b"\5\0"
MS = "1.3.6.1.4.1.311."
SHA1, SHA256, MD5 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "1.2.840.113549.2.5"
PROGRAM, FILE = MS + "2.1.15", MS + "2.1.25"
RSA = sequence(oid("1.2.840.113549.1.1.1"), NULL)
RSA_SHA256 = sequence(oid("1.2.840.113549.1.1.11"), NULL)


# ---- Keys and certificates --------------------------------------------------------------------------
class Key:
    def __init__(self, p, q):
        self.n = p * q
        self.d = pow(65537, -1, (p - 1) * (q - 1))

    def sign(self, data):
        """PKCS #1 v1.5 with SHA-256."""
        info = sequence(sequence(oid(SHA256), NULL), tlv(4, hashlib.sha256(data).digest()))
        size = (self.n.bit_length() + 7) // 8
        padded = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
        return pow(int.from_bytes(padded, "big"), self.d, self.n).to_bytes(size, "big")


ROOT_KEY = Key(
    0xdf104babda07caba26064b7803f6eaf87f726778ce64bbf0d1e7cb8a55c11ebd5a8c634e188a83cb48a99456dca662075af033a79da6754d78a8d15a18fd7e91,
    0xd655cc7d300e721907331985075b047f7a53e43992ff4ed9aec6b76f447941c5e6ebdfa67e616cf9f13c3409e68d514608c8739557632f525e9791321d0621a1)
LEAF_KEY = Key(
    0xe6b7424184b51a1a555b716da6c8cf5b3e7a25792b6c105035190ffe2f96c58fb7606dc54fc8ce05b9b8098cdda2a56f7216ce12ae4725532a7c2c3557d27f79,
    0xff77cbfc23997ac0962ff8e66b4dbd038c27a9cc31f7c4abdb4b70c69c4af14e3ee845dfc5ef1775deb5b18077dc5f3a46339550af311b9e1a45fdb5696d5e0f)


def name_of(text):
    return sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, text.encode()))))


def extension(what, value):
    return sequence(oid(what), tlv(4, value))


AUTHORITY = extension("2.5.29.19", sequence(b"\1\1\xff"))
SIGNS_CODE = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.3")))
SIGNS_TIME = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.8")))


def leaf(issuer, key, *extensions, until="491231235959Z"):
    public = sequence(RSA, tlv(3, b"\0", sequence(number(LEAF_KEY.n), number(65537))))
    body = sequence(tlv(0xa0, number(2)), number(2), RSA_SHA256, name_of(issuer),
                    sequence(tlv(0x17, b"200101000000Z"), tlv(0x17, until.encode())),
                    name_of("Leaf"), public, tlv(0xa3, sequence(*extensions)))
    return sequence(body, RSA_SHA256, tlv(3, b"\0", key.sign(body)))


def crb(name, serial, key, trusted, flags):
    return "C.%s;%d;%s;%s;%X;010001;%s;;a comment\n" % (
        name, trusted, hashlib.sha1(contents(name_of(name))).hexdigest(),
        hashlib.sha1(contents(number(serial))).hexdigest(), key.n, ";".join(flags))


LEAF = leaf("Root", ROOT_KEY, SIGNS_CODE)
OLD = leaf("Root", ROOT_KEY, SIGNS_CODE, until="210101000000Z")
TIMER = leaf("Root", ROOT_KEY, SIGNS_TIME)
ALONE = leaf("Leaf", LEAF_KEY, AUTHORITY, SIGNS_CODE)
TRUSTED = crb("Root", 1, ROOT_KEY, 1, "111")


# ---- Catalogues ---------------------------------------------------------------------------------------
def member(kind, algorithm, digest):
    value = sequence(sequence(oid(kind), sequence(tlv(3, b"\0"))),
                     sequence(sequence(oid(algorithm), NULL), tlv(4, digest)))
    return sequence(tlv(4, digest), tlv(0x31, sequence(oid(MS + "2.1.4"), tlv(0x31, value))))


def catalog(members, cert=LEAF, key=LEAF_KEY, usage=MS + "12.1.1", second=False):
    kind = oid(MS + "10.1")
    inside = sequence(sequence(oid(usage)), tlv(4, b"0123456789abcdef"), tlv(0x17, b"240101000000Z"),
                      sequence(oid(MS + ("12.1.3" if second else "12.1.2")), NULL), sequence(*members))
    digest = hashlib.sha256(contents(inside)).digest()
    attributes = (sequence(oid("1.2.840.113549.1.9.3"), tlv(0x31, kind)) +
                  sequence(oid("1.2.840.113549.1.9.4"), tlv(0x31, tlv(4, digest))))
    issuer = name_of("Leaf" if cert is ALONE else "Root")
    signer = sequence(number(1), sequence(issuer, number(2)), sequence(oid(SHA256), NULL),
                      tlv(0xa0, attributes), RSA, tlv(4, key.sign(tlv(0x31, attributes))))
    signed = sequence(number(1), tlv(0x31, sequence(oid(SHA256), NULL)),
                      sequence(kind, tlv(0xa0, inside)), tlv(0xa0, cert), tlv(0x31, signer))
    return sequence(oid("1.2.840.113549.1.7.2"), tlv(0xa0, signed))


def covered(program):
    """What an Authenticode digest of an unsigned PE32 is of."""
    optional = int.from_bytes(program[60:64], "little") + 24
    entry = optional + 96 + 8 * 4
    return program[:optional + 64] + program[optional + 68:entry] + program[entry + 8:]


def add(cat, data, certificates=TRUSTED):
    rules = {"z.ndb": RULE, "c.cat": cat}
    if certificates:
        rules["c.crb"] = certificates
    case("cat", rules, data)


TEXT = b"some text with " + MARK + b" in it\n"
EXE = pe([(b".text", MARK * 20)])
TEXT_SHA1 = hashlib.sha1(TEXT).digest()
for _second in (False, True):
    for _kind in (PROGRAM, FILE, MS + "2.1.30"):
        for _oid, _hash in ((SHA1, hashlib.sha1), (SHA256, hashlib.sha256), (MD5, hashlib.md5)):
            for _data, _bytes in ((TEXT, TEXT), (EXE, EXE), (EXE, covered(EXE))):
                add(catalog([member(_kind, _oid, _hash(_bytes).digest())], second=_second), _data)
LISTED = member(FILE, SHA1, TEXT_SHA1)
GOOD = catalog([LISTED])
for _flags in ("000", "001", "010", "011", "100", "101", "110"):
    add(GOOD, TEXT, crb("Root", 1, ROOT_KEY, 1, _flags))
for _crb in ("", crb("Other", 1, ROOT_KEY, 1, "111"), crb("Root", 1, LEAF_KEY, 1, "111"),
             crb("Leaf", 2, LEAF_KEY, 1, "101"), TRUSTED + crb("Leaf", 2, LEAF_KEY, 0, "000"),
             TRUSTED + crb("Root", 1, ROOT_KEY, 0, "000")):
    add(GOOD, TEXT, _crb)
for _cert in (OLD, TIMER, ALONE):
    add(catalog([LISTED], _cert), TEXT)
add(catalog([LISTED], key=ROOT_KEY), TEXT)
add(catalog([LISTED], usage=MS + "10.3.1"), TEXT)
add(catalog([]), TEXT)
add(catalog([member(FILE, SHA1, b"%020d" % i) for i in range(4000)] + [LISTED]), TEXT)
for _bad in (GOOD[:-1], GOOD[:-200], GOOD[:60], GOOD + b"more", GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
             GOOD.replace(TEXT_SHA1, hashlib.sha1(EXE).digest()), b"\x30\x80", TEXT):
    add(_bad, TEXT)

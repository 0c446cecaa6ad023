#!/usr/bin/env python3
"""Writes a synthetic signature set in ClamAV's text formats: it has the shape of a real one and
matches nothing.

usage: gen-signatures.py OUTDIR [COUNT [SEED]]        (default 200000, 1)

The same COUNT and SEED give the same bytes.  Shares: the public totals of 2026 (main.cvd and
daily.cvd together about 3.6 million) are mostly section and file digests; logical signatures,
which this version refuses, are replaced by extended ones.

    synthetic.mdb  52 %  MD5 of PE sections
    synthetic.hsb  32 %  SHA-256 of files
    synthetic.hdb   4 %  MD5 of files
    synthetic.ndb  12 %  body patterns: 12 to 48 bytes, a third with wildcards, targets as in real sets

Pattern bytes are drawn as code and data have them (a few byte values carry most of the weight),
because uniformly random bytes would be easier on every matcher than real signatures are."""
import os
import random
import sys

PLACES = ['Win.Trojan', 'Win.Malware', 'Win.Dropper', 'Win.Worm', 'Doc.Dropper', 'Unix.Trojan', 'Js.Downloader']
# target: share in percent
TARGETS = [('1', 68), ('0', 14), ('3', 7), ('2', 4), ('6', 3), ('4', 2), ('7', 2)]
# The bytes that dominate x86 code and plain data, and how often each is drawn before "any byte".
FREQUENT = bytes.fromhex('00 00 00 00 ff ff 8b 8b 89 24 48 e8 83 c0 45 0f 85 74 75 6a 50 53 56 57 5d c3 01 02 04 08 10 20'
                         '61 65 69 6e 6f 72 73 74 2e 5c 90 cc')


def names(rnd):
    number = 0
    while True:
        number += 1
        yield f'{rnd.choice(PLACES)}.Synthetic-{number}-0'


def literal(rnd, n):
    """n bytes; never the same byte four times running, at least half of them drawn uniformly."""
    out = bytearray()
    while len(out) < n:
        byte = rnd.choice(FREQUENT) if rnd.random() < 0.5 else rnd.randrange(256)
        if out[-3:] != bytes([byte]) * 3:
            out.append(byte)
    return out.hex()


def body(rnd):
    kind = rnd.random()
    if kind < 0.67:
        return literal(rnd, rnd.randint(12, 48))
    if kind < 0.80:
        return literal(rnd, rnd.randint(10, 24)) + '??' * rnd.randint(1, 4) + literal(rnd, rnd.randint(6, 20))
    if kind < 0.90:
        low = rnd.randint(1, 20)
        return literal(rnd, rnd.randint(10, 24)) + '{%d-%d}' % (low, low + rnd.randint(1, 60)) + literal(rnd, rnd.randint(8, 20))
    if kind < 0.97:
        return literal(rnd, rnd.randint(10, 24)) + '*' + literal(rnd, rnd.randint(8, 20))
    return literal(rnd, rnd.randint(12, 20)) + '(%s|%s)' % (literal(rnd, 2), literal(rnd, 2)) + literal(rnd, rnd.randint(8, 12))


def offset(rnd, target):
    kind = rnd.random()
    if kind < 0.86:
        return '*'
    if target in '16' and kind < 0.94:
        return 'EP+%d' % rnd.randrange(64) + (',%d' % rnd.randrange(8, 64) if kind < 0.90 else '')
    if target == '1' and kind < 0.96:
        return 'S%d+0' % rnd.randrange(4)
    if kind < 0.98:
        return 'EOF-%d' % rnd.randrange(64, 4096)
    return str(rnd.randrange(4096))


def section_size(rnd):
    return (int(rnd.lognormvariate(10.2, 1.6)) // 512 + 1) * 512


def file_size(rnd):
    return int(rnd.lognormvariate(12, 1.6)) + 16


def write(path, n, line):
    with open(path, 'w') as out:
        for _ in range(n):
            out.write(line())


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
    rnd = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    name = names(rnd)
    targets = rnd.choices([t for t, _ in TARGETS], [w for _, w in TARGETS], k=1000)
    os.makedirs(folder, exist_ok=True)

    def extended():
        target = rnd.choice(targets)
        return f'{next(name)}:{target}:{offset(rnd, target)}:{body(rnd)}\n'

    hsb, hdb, ndb = count * 32 // 100, count * 4 // 100, count * 12 // 100
    at = lambda f: os.path.join(folder, f)  # noqa: E731
    write(at('synthetic.hsb'), hsb, lambda: f'{rnd.randbytes(32).hex()}:{file_size(rnd)}:{next(name)}\n')
    write(at('synthetic.hdb'), hdb, lambda: f'{rnd.randbytes(16).hex()}:{file_size(rnd)}:{next(name)}\n')
    write(at('synthetic.ndb'), ndb, extended)
    write(at('synthetic.mdb'), count - hsb - hdb - ndb,
          lambda: f'{section_size(rnd)}:{rnd.randbytes(16).hex()}:{next(name)}\n')
    print(f'{folder}: {count} synthetic signatures ({ndb} body patterns, {count - ndb} digests)')


if __name__ == '__main__':
    main()

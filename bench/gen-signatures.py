#!/usr/bin/env python3
"""Writes a synthetic signature set in ClamAV's text formats: it has the shape of a real one and
matches nothing.

usage: gen-signatures.py OUTDIR [COUNT [SEED]] [--mix 2026|2025] [--sha256 PERCENT]

COUNT defaults to 200000; 3642559 is the full size of the mix of 2026 (main 63 and daily together),
8721559 that of 2025 (before the retirement of old digests).  The same arguments give the same bytes.

    synthetic.mdb  MD5 of PE sections         2026: 53.8 %    2025: 48.7 %
    synthetic.hsb  digests of files                 33.6            46.0    MD5, as most of the real ones;
                                                                            --sha256 for a share of SHA-256
    synthetic.hdb  MD5 of files                      2.3             1.0
    synthetic.ldb  logical signatures                7.9             3.3
    synthetic.ndb  patterns                          2.3             1.0

The totals are published; the split by type is an estimate, since nobody publishes it.

shapes.json.xz holds statistics of public signatures and no signature: for logical signatures and
patterns their [weight, shape] (targets, expressions, offsets, lengths: "<6>{28}<2>" is six bytes, a
gap of 28, two bytes; the tail is a sample), subsignatures that many share, how often which three
bytes begin a pattern, three bytes that are common in files, and pairs of neighbouring bytes, from
which the literals are drawn: uniformly random bytes would be easier on every matcher."""
import argparse
import bisect
import itertools
import json
import lzma
import os
import pathlib
import random
import re

MIXES = {
    '2026': {'mdb': 1961000, 'hsb': 1224000, 'hdb': 83411, 'ldb': 288890, 'ndb': 85258},
    '2025': {'mdb': 4251000, 'hsb': 4013000, 'hdb': 83411, 'ldb': 288890, 'ndb': 85258},
}
PLACES = ['Win.Trojan', 'Win.Malware', 'Win.Dropper', 'Win.Packed', 'Win.Virus', 'Win.Ransomware', 'Doc.Dropper', 'Unix.Trojan',
          'Andr.Malware', 'Js.Downloader']
FAMILIES = ['Agent', 'Banload', 'Delf', 'Downloader', 'Dropped', 'Gecko', 'Injector', 'Kryptik', 'Packed', 'Ramp', 'Stealer', 'Wall']
# Target of an .ndb line: share in percent.
TARGETS = [('1', 70), ('0', 12), ('3', 8), ('2', 4), ('6', 2), ('4', 2), ('7', 2)]
PIECE = re.compile(r'<(\d+)>')


class Bytes:
    """Literals: pieces of one long text in which each byte follows the one before as in real files."""

    def __init__(self, rnd, shapes, size):
        self.rnd = rnd
        self.common = {shapes['common'][i:i + 6] for i in range(0, len(shapes['common']), 6)}
        follow = {}
        for first, second, count in shapes['pairs']:
            seconds, counts = follow.setdefault(first, ([], []))
            seconds.append(second)
            counts.append(count)
        starts = list(follow)
        weights = [sum(follow[f][1]) for f in starts]
        sums = {f: list(itertools.accumulate(c)) for f, (_, c) in follow.items()}
        fresh = iter(rnd.choices(starts, weights, k=size))
        text, now = bytearray(), next(fresh)
        while len(text) < size:
            if len(text) % 40 == 0 or now not in follow:
                now = next(fresh)
            now = follow[now][0][bisect.bisect_right(sums[now], rnd.random() * sums[now][-1])]
            text.append(now)
        self.text = bytes(text)

    def take(self, n):
        """n bytes in hex."""
        at = self.rnd.randrange(len(self.text) - n)
        return self.text[at:at + n].hex()

    def beginning(self, n, table):
        """n bytes that begin as patterns do: seldom with what is common in files."""
        if n < 3:
            return self.take(n)
        at = self.rnd.randrange(table['total'])
        if at < table['sums'][-1]:
            return table['words'][bisect.bisect_right(table['sums'], at)] + self.take(n - 3)
        while True:
            literal = self.take(n)
            if literal[:6] not in self.common and literal[:6] != literal[:2] * 3:
                return literal

    def body(self, shape, table=None):
        """A shape with its numbers made bytes."""
        def literal(piece):
            n = int(piece.group(1))
            return self.beginning(n, table) if table and piece.start() == 0 else self.take(n)
        return PIECE.sub(literal, shape)


def begin_table(rows):
    total, words = rows
    return {'total': total, 'words': [w for w, _ in words], 'sums': list(itertools.accumulate(c for _, c in words))}


class Set:
    def __init__(self, rnd, shapes, count):
        self.rnd = rnd
        self.bytes = Bytes(rnd, shapes, 6000000 if count > 300000 else 1000000)
        self.begin = {k: begin_table(shapes['begin_' + k]) for k in ('ldb', 'ndb')}
        self.shapes = {k: ([s for _, s in shapes[k]], list(itertools.accumulate(w for w, _ in shapes[k]))) for k in ('ldb', 'ndb')}
        self.targets = rnd.choices([t for t, _ in TARGETS], [w for _, w in TARGETS], k=1000)
        # What many signatures share begins with uncommon bytes, as in real sets.
        self.shared = [self.subsignature(s, rnd.randbytes(3).hex()) for s in shapes['shared']]
        self.number = 0

    def name(self):
        self.number += 1
        return '%s.%s-%d-0' % (self.rnd.choice(PLACES), self.rnd.choice(FAMILIES), self.number)

    def subsignature(self, shape, begin=None):
        offset, body, options = shape.split('|', 2) if shape.count('|') == 2 else self.split(shape)
        first = PIECE.match(body)
        if begin and first and int(first.group(1)) >= 3:
            body = begin + '<%d>' % (int(first.group(1)) - 3) + body[first.end():]
            text = self.bytes.body(body)
        else:
            text = self.bytes.body(body, self.begin['ldb'])
        return (offset + ':' if offset else '') + text + options

    @staticmethod
    def split(shape):
        """A body that holds | itself."""
        offset, rest = shape.split('|', 1)
        body, options = rest.rsplit('|', 1)
        return offset, body, options

    def logical(self, n):
        shapes, weights = self.shapes['ldb']
        for about, expression, subs in self.rnd.choices(shapes, cum_weights=weights, k=n):
            parts = [self.shared[s] if isinstance(s, int) else self.subsignature(s) for s in subs]
            yield ';'.join([self.name(), about, expression] + parts)

    def extended(self, n):
        shapes, weights = self.shapes['ndb']
        for target, offset, body in self.rnd.choices(shapes, cum_weights=weights, k=n):
            chosen = self.rnd.choice(self.targets)
            if chosen != target and offset not in ('*', '0'):
                offset = '*'
            yield '%s:%s:%s:%s' % (self.name(), chosen, offset, self.bytes.body(body, self.begin['ndb']))

    def sections(self, n):
        for _ in range(n):
            size = (int(self.rnd.lognormvariate(10.2, 1.6)) // 512 + 1) * 512
            yield '%d:%s:%s' % (size, self.rnd.randbytes(16).hex(), self.name())

    def files(self, n, sha256=0):
        for _ in range(n):
            length = 32 if sha256 and self.rnd.random() * 100 < sha256 else 16
            size = int(self.rnd.lognormvariate(12, 1.6)) + 16
            yield '%s:%d:%s' % (self.rnd.randbytes(length).hex(), size, self.name())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder')
    parser.add_argument('count', type=int, nargs='?', default=200000)
    parser.add_argument('seed', type=int, nargs='?', default=1)
    parser.add_argument('--mix', choices=sorted(MIXES), default='2026')
    parser.add_argument('--sha256', type=float, default=0)
    args = parser.parse_args()
    shapes = json.loads(lzma.decompress((pathlib.Path(__file__).parent / 'shapes.json.xz').read_bytes()))
    mix = MIXES[args.mix]
    counts = {k: args.count * n // sum(mix.values()) for k, n in mix.items()}
    counts['mdb'] += args.count - sum(counts.values())
    made = Set(random.Random(args.seed), shapes, args.count)
    os.makedirs(args.folder, exist_ok=True)
    makers = {'mdb': made.sections, 'hsb': lambda n: made.files(n, args.sha256), 'hdb': made.files, 'ldb': made.logical, 'ndb': made.extended}
    for kind, maker in makers.items():
        with open(os.path.join(args.folder, 'synthetic.' + kind), 'w', encoding='ascii') as out:
            for line in maker(counts[kind]):
                out.write(line + '\n')
    print('%s: %d synthetic signatures (%s)' % (args.folder, args.count, ', '.join('%d .%s' % (n, k) for k, n in counts.items())))


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
"""Writes a synthetic set of YARA rules: it has the shape of real ones and matches nothing by accident.

usage: gen-rules.py OUT COUNT [SEED] [--noisy] [--plant FOLDER]...

    --noisy          nine of ten rules are one or a few short hex patterns at the entry point of a program,
                     most of which begin with bytes that are everywhere; the tenth adds up the parities of
                     the counts of 20 short texts, of which 15 must be odd.  Without it: the mix that people write
    --plant FOLDER   rules that files of that folder fulfil, so that there is something to agree on

The same arguments give the same bytes.  The shares below were counted over 19,795 public rules (three
collections) in November 2026: kinds and numbers of strings, modifiers, lengths, conditions.  No string
or condition of theirs is here.  Bytes of hex strings follow each other as in real files
(shapes.json.xz); texts are made of words that programs are full of, and of a word that nobody uses.
What a rule needs at least holds one such word, or ten bytes of chance."""
import argparse
import importlib
import json
import lzma
import pathlib
import random
import struct

HERE = pathlib.Path(__file__).resolve().parent
Bytes = importlib.import_module('gen-signatures').Bytes

# Tenths of the distribution: lengths in characters, in bytes.
TEXT_LENGTHS = [5, 7, 10, 12, 15, 19, 25, 33, 40, 59, 120]
HEX_LENGTHS = [5, 11, 16, 21, 32, 43, 50, 61, 82, 106, 120]
REGEX_WORDS = [1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6]
KINDS = [('text', 57), ('hex', 41), ('regex', 2)]
MODIFIERS = [('ascii fullword', 30), ('', 27), ('ascii wide', 9), ('fullword wide', 9), ('ascii', 8), ('ascii nocase wide', 5), ('fullword', 5), ('wide', 4),
             ('ascii fullword wide', 1), ('nocase', 1), ('ascii fullword nocase wide', 1)]
STRINGS = [(1, 21), (2, 16), (3, 11), (4, 8), (5, 7), (6, 5), (7, 4), (8, 11), (10, 3), (12, 2), (16, 2), (20, 2), (30, 1)]
# What a condition asks of its strings, beside what it asks of the file.
ASKS = [('all of them', 36), ('%d of them', 30), ('any of them', 14), ('$s0', 7), ('ands', 3), ('ors', 2), ('groups', 4), ('or', 3), ('at', 1)]
FILES = [('', 28), ('uint16(0) == 0x5a4d and filesize < {size}KB and ', 38), ('uint16(0) == 0x5a4d and uint32(uint32(0x3c)) == 0x4550 and ', 14),
         ('filesize < {size}KB and ', 9), ('uint16(0) == 0x5a4d and ', 6), ('uint32(0) == 0x464c457f and filesize < {size}KB and ', 2),
         ('pe.is_pe and pe.number_of_sections > {few} and ', 2), ('(uint16(0) == 0x5a4d or uint32(0) == 0xe011cfd0) and ', 1)]
# Rules without strings, in ten thousand.
BARE = 700
COMMON_FIRST = ['00', '00', '00', '55', '60', 'EB', 'E8', 'E9', '8B', '83', '68', 'B8', '50', '9C', '90', 'FF', '6A', '48', '53', '??']
# What code is full of; operands are left open.
CODE = ['00 00', '00 00 00', '8B EC', '55 8B EC', '83 EC ??', '8B 45 ??', 'FF 15 ?? ?? ?? ??', '50', '51', '53', '56', '57', '5D C3', 'E8 ?? ?? ?? ??', '6A 00',
        '6A FF', '68 ?? ?? ?? ??', 'B8 ?? ?? ?? ??', '48 89', '48 8B', '48 83 EC', '33 C0', '85 C0', '74 ??', '75 ??', 'EB ??', 'C3', '90 90', 'CC CC', '60', '9C', 'FF FF',
        '89 45 ??', '0F B6', '64 A1 00 00 00 00', '81 EC ?? ?? 00 00', '5E 5B', '8D 4D ??', '?? 00 ?? 00', '03 C1']
WORDS = ('error file open create process thread memory address module handle window message string value key name path user system service network '
         'connect socket request response http https www com software microsoft windows current version run explorer temp data local program files '
         'command execute shell script download upload update install config server client host port password login token session cache buffer read '
         'write delete copy move size length count index list table query select insert from where true false null debug info warning failed success '
         'invalid argument parameter option default encrypt decrypt hash random load library function call return stack heap virtual alloc free').split()
SHARED = ('kernel32.dll user32.dll advapi32.dll ntdll.dll ws2_32.dll GetProcAddress LoadLibraryA VirtualAlloc VirtualProtect CreateProcessA WriteFile ReadFile '
          'CreateThread Sleep GetTickCount RegOpenKeyExA InternetOpenA cmd.exe powershell explorer.exe Mozilla/4.0 http:// https:// User-Agent GET POST '
          'Content-Type text/html abcdefghijklmnopqrstuvwxyz 0123456789 .text .data .rsrc This program SOFTWARE system32 %s%s %d.%d').split()


class Draw:
    """Rows of (what, weight)."""

    def __init__(self, rnd, rows):
        self.rnd = rnd
        self.what = [w for w, _ in rows]
        self.weights = [n for _, n in rows]

    def one(self):
        return self.rnd.choices(self.what, self.weights)[0]


def tenths(rnd, table):
    at = rnd.random() * (len(table) - 1)
    low, high = table[int(at)], table[int(at) + 1]
    return low + int((high - low) * (at - int(at)))


class Rules:
    def __init__(self, seed, count):
        self.rnd = random.Random(seed)
        shapes = json.loads(lzma.decompress((HERE / 'shapes.json.xz').read_bytes()))
        self.bytes = Bytes(self.rnd, shapes, 4000000 if count > 20000 else 1000000)
        for name, rows in (('kind', KINDS), ('modifiers', MODIFIERS), ('strings', STRINGS), ('ask', ASKS), ('file', FILES)):
            setattr(self, name, Draw(self.rnd, rows))

    def odd_word(self):
        """Pronounceable, and in no file."""
        return ''.join(self.rnd.choice('bcdfghklmnprstvwxz') + self.rnd.choice('aeiouy') for _ in range(4)) + self.rnd.choice('xzqkj')

    def text(self, odd):
        if not odd and self.rnd.random() < 0.25:
            return self.rnd.choice(SHARED)
        length = tenths(self.rnd, TEXT_LENGTHS)
        words = [self.odd_word()] if odd else []
        while sum(map(len, words)) < length:
            word = self.rnd.choice(WORDS)
            words.append(word.capitalize() if self.rnd.random() < 0.3 else word)
        self.rnd.shuffle(words)
        return self.rnd.choice(['', ' ', ' ', '_', '.', '/']).join(words)

    def hex(self):
        length = max(tenths(self.rnd, HEX_LENGTHS), 10)
        cells = [self.rnd.choice(COMMON_FIRST[:-1])] if self.rnd.random() < 0.6 else []
        fixed = self.rnd.randrange(0, length - 9)  # ten neighbouring bytes that stay
        text = self.bytes.take(length)
        cells += [text[2 * i:2 * i + 2].upper() for i in range(length)]
        if self.rnd.random() < 0.27:
            for i in range(length):
                if not fixed <= i < fixed + 11 and self.rnd.random() < 0.25:
                    cells[i] = self.rnd.choice(['??', '??', '??', cells[i][0] + '?', '?' + cells[i][1]])
        cells[fixed + 3:fixed + 7] = ['%02X' % b for b in self.rnd.randbytes(4)]
        if self.rnd.random() < 0.38:
            for _ in range(self.rnd.randint(1, 3)):
                at = self.rnd.randrange(1, len(cells))
                n = self.rnd.randint(1, 16)
                if not fixed < at < fixed + 11:
                    cells.insert(at, '[%d]' % n if self.rnd.random() < 0.36 else '[%d-%d]' % (n, n + self.rnd.randint(1, 12)))
                    fixed += at <= fixed
        if self.rnd.random() < 0.02:
            cells.append('( %s | %s )' % tuple(self.bytes.take(2).upper() for _ in range(2)))
        while cells[-1].startswith('['):
            cells.pop()
        return '{ ' + ' '.join(cells) + ' }'

    def regex(self):
        parts = [self.odd_word()]
        for _ in range(tenths(self.rnd, REGEX_WORDS)):
            parts.append(self.rnd.choice(['[a-z]{2,8}', r'\d+', '.{1,20}', '(foo|bar|baz)', r'\s*', self.rnd.choice(WORDS), '[A-Za-z0-9]{4,16}']))
        return '/' + ''.join(parts) + '/' + self.rnd.choice(['', ' nocase', ' ascii wide', ''])

    def string(self, odd):
        kind = self.kind.one()
        if kind == 'text':
            return '"' + self.text(odd) + '" ' + self.modifiers.one()
        return self.hex() if kind == 'hex' else self.regex()

    def bare(self):
        sizes = self.rnd.randint(1000, 9000000)
        return self.rnd.choice([
            'uint16(0) == 0x5a4d and for any i in (0..pe.number_of_signatures - 1) : (pe.signatures[i].subject contains "%s")' % self.odd_word(),
            'uint16(0) == 0x5a4d and filesize < %dKB and pe.imphash() == "%s"' % (sizes // 1000, self.rnd.randbytes(16).hex()),
            'filesize == %d and hash.md5(0, filesize) == "%s"' % (sizes, self.rnd.randbytes(16).hex())])

    def usual(self, number):
        if self.rnd.randrange(10000) < BARE:
            return rule('r%d' % number, [], self.bare())
        n = self.strings.one()
        ask = self.ask.one()
        if ask in ('ors', 'or', 'groups', 'ands') and n < 4:
            n = 4
        wanted = {'all of them': n, '%d of them': self.rnd.randint(1, max(1, n // 2)), '$s0': 1, 'ands': n}.get(ask, 1)
        # At most wanted - 1 of what anybody may have.
        plain = set(self.rnd.sample(range(n), self.rnd.randint(0, max(0, wanted - 1)))) if ask != '$s0' else set(range(1, n))
        strings = ['$s%d = %s' % (i, self.string(i not in plain)) for i in range(n)]
        names = ['$s%d' % i for i in range(n)]
        text = {'%d of them': '%d of them' % wanted, 'ands': ' and '.join(names), 'ors': ' or '.join(names), '$s0': ' and '.join(['$s0'] + ['(#s%d >= 0)' % i for i in range(1, n)]),
                'groups': 'all of ($s0*) and 1 of (%s)' % ', '.join(names[2:]) + (' and $s1' if '$s1' in names else ''),
                'or': '($s0 and $s1) or all of ($s*)', 'at': 'for any of them : ($ at 0)' if n > 1 else '$s0 at 0'}.get(ask, ask)
        before = self.file.one().format(size=self.rnd.choice([50, 100, 200, 300, 500, 1000, 2000, 5000, 10000]), few=self.rnd.randint(1, 6))
        return rule('r%d' % number, strings, before + (f'({text})' if before else text))

    def short_hex(self):
        n = self.rnd.randint(5, 20)
        cells = [self.rnd.choice(COMMON_FIRST)]
        while len(cells) < n:
            cells += self.rnd.choice(CODE).split()
        cells = cells[:n]
        while cells[-1] == '??':
            cells.pop()
        return '{ ' + ' '.join(cells) + ' }'

    def noisy(self, number):
        if number % 10 == 9:
            texts = ['"%s"' % ''.join(self.rnd.choices('etaoinshrdlu', k=self.rnd.randint(4, 6))) for _ in range(20)]
            return rule('r%d' % number, ['$a%d = %s' % row for row in enumerate(texts)], ' + '.join('(#a%d & 1)' % i for i in range(20)) + ' > 14')
        n = 1 if self.rnd.random() < 0.85 else self.rnd.randint(2, 6)
        strings = ['$a%d = %s' % (i, self.short_hex()) for i in range(n)]
        return rule('r%d' % number, strings, '$a0 at pe.entry_point' if n == 1 else 'for any of ($*) : ( $ at pe.entry_point )')


def rule(name, strings, condition):
    listed = '    strings:\n' + ''.join(f'        {s}\n' for s in strings) if strings else ''
    return f'rule {name}\n{{\n    meta:\n        author = "synthetic"\n{listed}    condition:\n        {condition}\n}}\n'


# ---- Planted rules ------------------------------------------------------------------------------

def entry_offset(data):
    """File offset of the entry point of a PE file, or None."""
    try:
        at, = struct.unpack_from('<I', data, 60)
        sections, = struct.unpack_from('<H', data, at + 6)
        optional, = struct.unpack_from('<H', data, at + 20)
        entry, = struct.unpack_from('<I', data, at + 40)
        for i in range(sections):
            size, address, raw_size, raw = struct.unpack_from('<4I', data, at + 24 + optional + 40 * i + 8)
            if data[:2] == b'MZ' and address <= entry < address + max(size, raw_size) and raw + entry - address + 24 <= len(data):
                return raw + entry - address
    except struct.error:
        pass
    return None


def planted(folder, noisy):
    rnd = random.Random(5)
    paths = sorted(p for p in pathlib.Path(folder).iterdir() if p.is_file() and 4096 <= p.stat().st_size <= 4 << 20)
    for number, path in enumerate(rnd.sample(paths, min(6, len(paths)))):
        data = path.read_bytes()
        name = 'planted_%s_%d' % (''.join(c if c.isalnum() else '_' for c in pathlib.Path(folder).name), number)
        spots = [at for at in (rnd.randrange(len(data) // 4, len(data) - 48) for _ in range(1000)) if len(set(data[at:at + 24])) >= 14][:3]
        if len(spots) < 3:
            continue
        strings = ['$s%d = { %s }' % (i, data[at:at + 24].hex()) for i, at in enumerate(spots)]
        entry = entry_offset(data)
        yield rule(name, strings, 'uint8(0) == %d and filesize < %d and all of them' % (data[0], len(data) + 1))
        if entry is not None:
            yield rule(name + '_entry', ['$a = { %s ?? %s }' % (data[entry:entry + 3].hex(), data[entry + 4:entry + 9].hex())], '$a at pe.entry_point')
        if noisy:
            texts = ['read', 'file', 'open', 'error', 'size', 'name']
            strings = ['$a%d = "%s"' % row for row in enumerate(texts)]
            # Overlapping matches do not occur with these.
            value = sum(data.count(t.encode()) & 1 for t in texts)
            yield rule(name + '_sum', strings, 'filesize == %d and %s == %d' % (len(data), ' + '.join('(#a%d & 1)' % i for i in range(len(texts))), value))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out')
    parser.add_argument('count', type=int)
    parser.add_argument('seed', type=int, nargs='?', default=1)
    parser.add_argument('--noisy', action='store_true')
    parser.add_argument('--plant', action='append', default=[])
    args = parser.parse_args()
    made = Rules(args.seed, args.count)
    with open(args.out, 'w', encoding='ascii') as out:
        out.write('import "pe"\nimport "hash"\n\n')
        for number in range(args.count):
            out.write(made.noisy(number) if args.noisy else made.usual(number))
        for folder in args.plant:
            out.writelines(planted(folder, args.noisy))


if __name__ == '__main__':
    main()

"""Samples in which a rule's own strings are planted, those of regular expressions included."""
import random
import re

import compare
import makers

try:
    from re import _constants as sre, _parser as sre_parse
except ImportError:  # Python before 3.11
    import sre_constants as sre
    import sre_parse

STRING = re.compile(r'\$\w*\s*=\s*(?:"((?:\\.|[^"\\])*)"([^\n]*)|/((?:\\.|[^/\\\n])+)/([is]*)([^\n]*)|\{([^}]*)\})')
CLASSES = {sre.CATEGORY_DIGIT: b"0123456789", sre.CATEGORY_WORD: b"abcXYZ019_", sre.CATEGORY_SPACE: b" \t",
           sre.CATEGORY_NOT_DIGIT: b"abX-", sre.CATEGORY_NOT_WORD: b" -.", sre.CATEGORY_NOT_SPACE: b"abX9"}


def members(items):
    """Bytes of a class."""
    chosen, negated = set(), False
    for op, value in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            chosen.add(value & 255)
        elif op is sre.RANGE:
            chosen |= set(range(value[0], min(value[1], 255) + 1))
        elif op is sre.CATEGORY:
            chosen |= set(CLASSES[value])
    if negated:
        chosen = set(range(33, 127)) - chosen or set(range(256)) - chosen
    return sorted(chosen) or [97]


def example(tree, rnd):
    """Bytes that the expression matches, more or less."""
    out = b""
    for op, value in tree:
        if op is sre.LITERAL:
            out += bytes([value & 255])
        elif op is sre.NOT_LITERAL:
            out += b"q" if value != ord("q") else b"w"
        elif op is sre.ANY:
            out += rnd.choice([b"a", b"5", b" ", b"."])
        elif op is sre.IN:
            out += bytes([rnd.choice(members(value))])
        elif op is sre.CATEGORY:
            out += bytes([rnd.choice(CLASSES[value])])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, kid = value
            for _ in range(rnd.randint(low, min(int(high), low + 6))):
                out += example(kid, rnd)
        elif op is sre.SUBPATTERN:
            out += example(value[3], rnd)
        elif op is sre.BRANCH:
            out += example(rnd.choice(value[1]), rnd)
    return out


def of_string(m, rnd):
    """The bytes of one string, or None."""
    try:
        if m.group(1) is not None:
            text, modifiers = compare.text_bytes(m.group(1)), m.group(2)
        elif m.group(3) is not None:
            text, modifiers = example(sre_parse.parse(m.group(3)), rnd), m.group(5) + (" nocase" if "i" in m.group(4) else "")
        else:
            return compare.hex_bytes(m.group(6), rnd)
    except (ValueError, IndexError, re.error, OverflowError, RecursionError, KeyError):
        return None
    modifiers = modifiers.split("//")[0]
    if "wide" in modifiers and ("ascii" not in modifiers or rnd.random() < 0.5):
        text = b"".join(bytes([c, 0]) for c in text)
    return text.upper() if "nocase" in modifiers and rnd.random() < 0.5 else text


def sample(rule, rnd):
    """A sample for the text of a rule: all strings, or nearly all."""
    low = rule.lower()
    heads = [makers.pe(), makers.pe(plus=True)] if "5a4d" in low or "4d5a" in low or "pe." in low else []
    heads += [makers.elf(), makers.elf(32, "<", 2, 3)] if "457f" in low or "7f45" in low or "elf." in low else []
    head = rnd.choice(heads or [makers.pe(), b"%PDF-1.4\n", b"", b"#!/bin/sh\n"])
    leave_out = rnd.choice([0, 0, 0.07])
    body = bytearray(head)
    for m in STRING.finditer(rule[max(0, rule.find("strings:")):]):
        text = of_string(m, rnd) if rnd.random() >= leave_out else None
        if text is not None:
            body += rnd.choice([b"", b"\0", b" ", b"a"] if leave_out else [b"\0", b" "])
            body += (text + b"\0") * rnd.choice([1, 1, 1, 2, 5])
    return bytes(body)


def samples(rules, n, rnd=random):
    chosen = rnd.sample(rules, min(n, len(rules)))
    return [sample(text, rnd) for text in chosen]

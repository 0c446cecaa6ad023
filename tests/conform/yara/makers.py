"""Small PE and ELF files, made from nothing and inert: no code in them does anything."""
import struct

FILE_ALIGN = 0x200
PAGE = 0x1000


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


class Blob:
    """Bytes that will lie at a known address."""

    def __init__(self, base):
        self.base = base
        self.data = b""

    def add(self, data, align=4):
        self.data = pad(self.data, align)
        at = self.base + len(self.data)
        self.data += data
        return at

    def text(self, text):
        return self.add(text.encode("latin1") + b"\0", 1)


# ---- PE -----------------------------------------------------------------------------------------

def thunks(blob, names, plus):
    word, top = ("<Q", 1 << 63) if plus else ("<I", 1 << 31)
    rows = b""
    for name in names:
        if isinstance(name, int):
            rows += struct.pack(word, top | name)
        else:
            rows += struct.pack(word, blob.add(struct.pack("<H", 1) + name.encode() + b"\0", 2))
    return rows + struct.pack(word, 0)


def imports(blob, dlls, plus):
    rows = b""
    for dll, names in dlls:
        table = thunks(blob, names, plus)
        first, second = blob.add(table, 8), blob.add(table, 8)
        rows += struct.pack("<IIIII", first, 0, 0, blob.text(dll), second)
    return blob.add(rows + b"\0" * 20), len(rows) + 20


def delayed(blob, dlls, plus):
    rows = b""
    for dll, names in dlls:
        table = thunks(blob, names, plus)
        first, second = blob.add(table, 8), blob.add(table, 8)
        rows += struct.pack("<IIIIIIII", 1, blob.text(dll), 0, second, first, 0, 0, 0)
    return blob.add(rows + b"\0" * 32), len(rows) + 32


def exports(blob, dll, base, functions, timestamp):
    """functions: [(name or None, address or text of a forward)]."""
    head = blob.add(b"\0" * 40)
    size_from = len(blob.data) - 40
    named = sorted((name, i) for i, (name, _) in enumerate(functions) if name)
    where = [blob.text(f) if isinstance(f, str) else f for _, f in functions]
    addresses = blob.add(b"".join(struct.pack("<I", x) for x in where))
    names = blob.add(b"".join(struct.pack("<I", x) for x in [blob.text(name) for name, _ in named]))
    ordinals = blob.add(b"".join(struct.pack("<H", i) for _, i in named), 2)
    row = struct.pack("<IIHHIIIIIII", 0, timestamp, 1, 2, blob.text(dll), base, len(functions), len(named),
                      addresses, names, ordinals)
    blob.data = blob.data[:size_from] + row + blob.data[size_from + 40:]
    return head, len(blob.data) - size_from


def resources(blob, rows, timestamp):
    """rows: [(type, name, language, data)]; numbers, or texts for type and name."""
    tree = {}
    for kind, name, language, data in rows:
        tree.setdefault(kind, {}).setdefault(name, []).append((language, data))
    start = blob.base
    texts, later = {}, []
    n_dirs = 1 + len(tree) + sum(len(v) for v in tree.values())
    n_entries = len(tree) + sum(len(v) + sum(len(x) for x in v.values()) for v in tree.values())
    room = 16 * n_dirs + 8 * n_entries
    text_at = room + 16 * len(rows)
    body = b""
    for word in sorted({x for r in rows for x in r[:2] if isinstance(x, str)}):
        texts[word] = text_at + len(body)
        body += struct.pack("<H", len(word)) + word.encode("utf-16le")
    body = pad(body, 4)

    def order(key):
        return (isinstance(key, int), key)

    def directory(keys):
        words = sum(isinstance(k, str) for k in keys)
        return struct.pack("<IIHHHH", 0, timestamp, 4, 0, words, len(keys) - words)

    def ident(key):
        return texts[key] | 1 << 31 if isinstance(key, str) else key

    kinds = sorted(tree, key=order)
    out = directory(kinds)
    at = 16 + 8 * len(kinds)
    second, third = b"", b""
    at_third = at + sum(16 + 8 * len(tree[k]) for k in kinds)
    at_leaf = room
    for kind in kinds:
        out += struct.pack("<II", ident(kind), (at + len(second)) | 1 << 31)
        names = sorted(tree[kind], key=order)
        second += directory(names)
        for name in names:
            second += struct.pack("<II", ident(name), (at_third + len(third)) | 1 << 31)
            third += directory([x for x, _ in tree[kind][name]])
            for language, data in tree[kind][name]:
                third += struct.pack("<II", language, at_leaf)
                at_leaf += 16
                later.append(data)
    leaves, at_data = b"", text_at + len(body)
    for data in later:
        leaves += struct.pack("<IIII", start + at_data, len(data), 0, 0)
        body += pad(data, 4)
        at_data += len(pad(data, 4))
    blob.add(out + second + third + leaves + body)
    return start, len(blob.data)


def version_info(strings, language="040904B0"):
    def block(key, value, kind, kids=b"", length=None):
        body = pad(b"\0" * 6 + key.encode("utf-16le") + b"\0\0", 4)
        body = pad(body + value, 4) + kids
        length = (len(value) // 2 if kind else len(value)) if length is None else length
        return struct.pack("<HHH", len(body), length, kind) + body[6:]
    table = b""
    for key, value in strings:
        table = pad(table, 4) + block(key, value.encode("utf-16le") + b"\0\0", 1)
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, 0x10002, 3, 0x10002, 3, 0x3F, 0, 4, 1, 0, 0, 0)
    info = block("StringFileInfo", b"", 1, block(language, b"", 1, table))
    return block("VS_VERSION_INFO", fixed, 0, info)


def rich(rows, key):
    """rows: [(tool, version, count)]."""
    out = struct.pack("<IIII", 0x536E6144 ^ key, key, key, key)
    for tool, version, count in rows:
        out += struct.pack("<II", (tool << 16 | version) ^ key, count ^ key)
    return out + b"Rich" + struct.pack("<I", key)


def debug(blob, raw_of, path):
    row = b"RSDS" + bytes(range(16)) + struct.pack("<I", 1) + path.encode() + b"\0"
    at = blob.add(row)
    return blob.add(struct.pack("<IIHHIIII", 0, 0x5F000000, 0, 0, 2, len(row), at, raw_of(at))), 28


def pe(plus=False, characteristics=0x102, timestamp=0x5E000000, dlls=(), late=(), export=None, resource=(),
       rich_rows=(), pdb=None, overlay=b"", subsystem=3, machine=None, code=b"\x90\xc3", checksum=0):
    text, rdata = code.ljust(0x180, b"\xcc"), Blob(2 * PAGE)
    raw_rdata = 0x400 + len(pad(text, FILE_ALIGN))
    dirs = [(0, 0)] * 16
    if export:
        dirs[0] = exports(rdata, *export)
    if dlls:
        dirs[1] = imports(rdata, dlls, plus)
    if late:
        dirs[13] = delayed(rdata, late, plus)
    if pdb:
        dirs[6] = debug(rdata, lambda at: at - rdata.base + raw_rdata, pdb)
    rdata.add(b"plain text of the second section\0")
    sections = [(b".text", text, 0x60000020), (b".rdata", rdata.data, 0x40000040),
                (b".data", b"some data".ljust(0x50, b"\1"), 0xC0000040)]
    if resource:
        rsrc = Blob(4 * PAGE)
        dirs[2] = resources(rsrc, resource, 0x5D000000)
        sections.append((b".rsrc", rsrc.data, 0x40000040))
    table, body, raw = b"", b"", 0x400
    for i, (name, data, flags) in enumerate(sections):
        assert len(data) <= PAGE, (name, len(data))
        table += struct.pack("<8sIIIIIIHHI", name, len(data), (i + 1) * PAGE, len(pad(data, FILE_ALIGN)), raw,
                             0, 0, 0, 0, flags)
        body += pad(data, FILE_ALIGN)
        raw += len(pad(data, FILE_ALIGN))
    head = struct.pack("<HBBIIII", 0x20B if plus else 0x10B, 14, 16, 0x200, 0x600, 0x100, PAGE + 0x10)
    head += struct.pack("<I", PAGE) + (struct.pack("<Q", 0x140000000) if plus else struct.pack("<II", 2 * PAGE, 0x400000))
    head += struct.pack("<IIHHHHHHIIIIHH", PAGE, FILE_ALIGN, 6, 1, 2, 3, 6, 2, 0, (len(sections) + 1) * PAGE,
                        0x400, checksum, subsystem, 0x8140)
    head += struct.pack("<QQQQ" if plus else "<IIII", 0x100000, 0x1000, 0x200000, 0x2000)
    head += struct.pack("<II", 0, 16) + b"".join(struct.pack("<II", *d) for d in dirs)
    coff = struct.pack("<HHIIIHH", machine or (0x8664 if plus else 0x14C), len(sections), timestamp, 0, 0,
                       len(head), characteristics)
    stub = b"MZ".ljust(60, b"\0")
    middle = b"This program is only a sample".ljust(0x40, b"\0") + (rich(rich_rows, 0x1234ABCD) if rich_rows else b"")
    at = len(pad(b"\0" * 64 + middle, 16))
    out = (stub + struct.pack("<I", at) + middle).ljust(at, b"\0") + b"PE\0\0" + coff + head + table
    assert len(out) <= 0x400
    return out.ljust(0x400, b"\0") + body + overlay


# ---- ELF ----------------------------------------------------------------------------------------

def elf(bits=64, order="<", kind=3, machine=62, needed=("libsample.so.1",), undefined=("printf", "malloc"),
        defined=("main", "helper"), stripped=False):
    """One loadable segment, one dynamic, and the usual sections."""
    wide = bits == 64
    e, word = order, "Q" if wide else "I"
    ehsize, phsize, shsize = (64, 56, 64) if wide else (52, 32, 40)
    body_at = ehsize + 2 * phsize

    def strings(words):
        out, where = b"\0", {}
        for w in words:
            where[w] = len(out)
            out += w.encode() + b"\0"
        return out, where

    def symbol(name, value, size, info, section):
        if wide:
            return struct.pack(e + "IBBHQQ", name, info, 0, section, value, size)
        return struct.pack(e + "IIIBBH", name, value, size, info, 0, section)

    text = b"\x90" * 15 + b"\xc3" + b"sample text of a program"
    dynstr, at = strings(list(needed) + list(undefined))
    dynsym = symbol(0, 0, 0, 0, 0) + b"".join(symbol(at[n], 0, 0, 0x12, 0) for n in undefined)
    dynamic = b"".join(struct.pack(e + word * 2, 1, at[n]) for n in needed)
    dynamic += struct.pack(e + word * 2, 5, 0x400300) + struct.pack(e + word * 2, 0, 0)
    strtab, at = strings(list(defined) + ["data_item"])
    symtab = symbol(0, 0, 0, 0, 0) + b"".join(symbol(at[n], 0x400200 + 16 * i, 8 + i, 0x12, 1)
                                              for i, n in enumerate(defined)) + symbol(at["data_item"], 0x400280, 4, 1, 1)
    parts = [(".text", 1, 6, text, 0, 0), (".dynstr", 3, 2, dynstr, 0, 0),
             (".dynsym", 11, 2, dynsym, 2, len(symbol(0, 0, 0, 0, 0))), (".dynamic", 6, 3, dynamic, 2, struct.calcsize(e + word * 2))]
    if not stripped:
        parts += [(".strtab", 3, 0, strtab, 0, 0), (".symtab", 2, 0, symtab, 5, len(symbol(0, 0, 0, 0, 0)))]
    names, name_at = strings([p[0] for p in parts] + [".shstrtab"])
    parts.append((".shstrtab", 3, 0, names, 0, 0))
    body, table = b"", [(0,) * 10]
    where = {}
    for name, sh_type, flags, data, link, entry in parts:
        body = pad(body, 8)
        offset = body_at + len(body)
        where[name] = (offset, len(data))
        table.append((name_at[name], sh_type, flags, (0x400000 + offset) if flags else 0, offset, len(data), link, 0, 8, entry))
        body += data
    body = pad(body, 8)
    sh_at = body_at + len(body)
    out = b"\x7fELF" + bytes([2 if wide else 1, 1 if e == "<" else 2, 1, 0]) + b"\0" * 8
    out += struct.pack(e + "HHI" + word * 3 + "IHHHHHH", kind, machine, 1, 0x400000 + where[".text"][0] + 4, ehsize, sh_at,
                       0, ehsize, phsize, 2, shsize, len(table), len(table) - 1)
    for p_type, flags, offset, size in ((1, 5, 0, sh_at), (2, 6, *where[".dynamic"])):
        if wide:
            out += struct.pack(e + "IIQQQQQQ", p_type, flags, offset, 0x400000 + offset, 0x400000 + offset, size, size, 0x1000)
        else:
            out += struct.pack(e + "IIIIIIII", p_type, offset, 0x400000 + offset, 0x400000 + offset, size, size, flags, 0x1000)
    out += body
    for row in table:
        out += struct.pack(e + "II" + word * 4 + "II" + word * 2, *row)
    return out

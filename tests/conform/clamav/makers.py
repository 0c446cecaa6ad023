"""Sample files for the cases, made from nothing: small PE, ELF, Mach-O and other heads.

All of them are inert: no code in them does anything, most could not even be loaded."""
import struct
import zlib

FILE_ALIGN = 512
SECTION_ALIGN = 4096


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def pe(sections, entry_section=0, entry_offset=16, overlay=b"", plus=False, resource=None,
       imports=None):
    """A PE with these (name, raw bytes) sections; the entry point lies in one of them.
    resource: index of the section whose bytes are a resource directory.
    imports: (index of the section that begins with an import table, its size)."""
    head = 0x400
    raw = head
    rva = SECTION_ALIGN
    table = b""
    body = b""
    rvas = []
    for name, data in sections:
        data = pad(data, FILE_ALIGN)
        rvas.append((rva, len(data)))
        table += struct.pack("<8sIIIIIIHHI", name, len(data), rva, len(data), raw, 0, 0, 0, 0,
                             0x60000020)
        body += data
        raw += len(data)
        rva += -(-len(data) // SECTION_ALIGN) * SECTION_ALIGN
    entry = rvas[entry_section][0] + entry_offset
    opt_size = 240 if plus else 224
    dirs = [(0, 0)] * 16
    if resource is not None:
        dirs[2] = rvas[resource]
    if imports is not None:
        dirs[1] = (rvas[imports[0]][0], imports[1])
    common = struct.pack("<HBBIIII", 0x20B if plus else 0x10B, 14, 0, len(body), 0, 0, entry)
    common += struct.pack("<I", SECTION_ALIGN)
    if plus:
        common += struct.pack("<Q", 0x140000000)
    else:
        common += struct.pack("<II", SECTION_ALIGN, 0x400000)
    common += struct.pack("<IIHHHHHHIIIIHH", SECTION_ALIGN, FILE_ALIGN, 6, 0, 0, 0, 6, 0, 0, rva,
                          head, 0, 3, 0)
    common += struct.pack("<QQQQ" if plus else "<IIII", 0x100000, 0x1000, 0x100000, 0x1000)
    common += struct.pack("<II", 0, 16) + b"".join(struct.pack("<II", *d) for d in dirs)
    assert len(common) == opt_size, len(common)
    coff = struct.pack("<HHIIIHH", 0x8664 if plus else 0x14C, len(sections), 0x5E000000, 0, 0,
                       opt_size, 0x102)
    dos = b"MZ" + b"\0" * 58 + struct.pack("<I", 0x80)
    out = pad(dos, 0x80) + b"PE\0\0" + coff + common + table
    assert len(out) <= head
    return out.ljust(head, b"\0") + body + overlay


def version_resource(rva, strings):
    """A resource section with one VS_VERSION_INFO of these (key, value) strings."""
    def block(key, value, kind, kids=b"", value_len=None):
        head = key.encode("utf-16le") + b"\0\0"
        body = pad(b"\0" * 6 + head, 4)
        body = pad(body + value, 4) + kids
        n = (len(value) // 2 if kind else len(value)) if value_len is None else value_len
        return struct.pack("<HHH", len(body), n, kind) + body[6:]

    table = b""
    for key, value in strings:
        table = pad(table, 4) + block(key, value.encode("utf-16le") + b"\0\0", 1)
    info = block("StringFileInfo", b"", 1, block("040904b0", b"", 1, table))
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, 0x10000, 0, 0x10000, 0, 0x3F, 0, 4, 1, 0, 0, 0)
    root = block("VS_VERSION_INFO", fixed, 0, info)

    def directory(ident, target, last):
        return struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, ident, target | (0 if last else 1 << 31))
    dirs = directory(16, 24, False) + directory(1, 48, False) + directory(0x409, 72, True)
    entry = struct.pack("<IIII", rva + 88, len(root), 0, 0)
    return dirs + entry + root


def elf(segments, entry_offset=0, section_data=(), bits=64, overlay=b""):
    """An ELF with one loadable segment made of these bytes and a section for each item."""
    is64 = bits == 64
    ehsize, phsize, shsize = (64, 56, 64) if is64 else (52, 32, 40)
    data_at = 0x200
    base = 0x400000
    body = b""
    sections = []
    for part in segments:
        sections.append((data_at + len(body), len(part)))
        body += part
    sh_at = data_at + len(body)
    e, word = "<", "Q" if is64 else "I"
    out = b"\x7fELF" + bytes([2 if is64 else 1, 1, 1, 0]) + b"\0" * 8
    out += struct.pack(e + "HHI" + word * 3 + "IHHHHHH", 2, 62 if is64 else 3, 1,
                       base + data_at + entry_offset, ehsize, sh_at, 0, ehsize, phsize, 1, shsize,
                       len(sections), 0)
    if is64:
        out += struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, sh_at, sh_at, 0x1000)
    else:
        out += struct.pack("<IIIIIIII", 1, 0, base, base, sh_at, sh_at, 5, 0x1000)
    out = out.ljust(data_at, b"\0") + body
    for at, n in sections:
        if is64:
            out += struct.pack("<IIQQQQIIQQ", 0, 1, 6, base + at, at, n, 0, 0, 1, 0)
        else:
            out += struct.pack("<IIIIIIIIII", 0, 1, 6, base + at, at, n, 0, 0, 1, 0)
    return out + overlay


def macho(data, entry_offset=0):
    """A 32-bit Mach-O with one segment, one section and a thread."""
    at = 0x200
    section = struct.pack("<16s16sIIIIIIIII", b"__text", b"__TEXT", 0x1000 + at, len(data), at, 0,
                          0, 0, 0, 0, 0)
    seg = struct.pack("<II16sIIIIIIII", 1, 56 + len(section), b"__TEXT", 0x1000, 0x2000, 0,
                      at + len(data), 7, 5, 1, 0) + section
    regs = [0] * 16
    regs[10] = 0x1000 + at + entry_offset
    thread = struct.pack("<IIII", 5, 16 + 64, 1, 16) + struct.pack("<16I", *regs)
    head = struct.pack("<IIIIIII", 0xFEEDFACE, 7, 3, 2, 2, len(seg) + len(thread), 1)
    return (head + seg + thread).ljust(at, b"\0") + data


GIF = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d"
                    "49444154789c6360000002000001e221bc330000000049454e44ae426082")
PDF = (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages "
       b"/Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n")
JAVA = bytes.fromhex("cafebabe00000034000a") + b"\0" * 32
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504


def png(width, height, colour, tail=b""):
    """An RGB picture: colour(x, y) -> (red, green, blue)."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes(colour(x, y)) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + tail)

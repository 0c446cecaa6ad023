"""The may-use table of ARCHITECTURE.md: who may include whom, read from the document itself."""
import pathlib
import re

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def table(top):
    """{room: {rooms it may use}} from the rows "| `room/` | job | a b c |"."""
    rows = {}
    for line in (pathlib.Path(top) / 'ARCHITECTURE.md').read_text().splitlines():
        m = re.match(r'\|\s*`(\w+)/`\s*\|[^|]*\|([^|]*)\|', line)
        if m:
            rows[m.group(1)] = set(re.findall(r'\w+', m.group(2)))
    for room, uses in rows.items():
        if 'all' in uses:
            rows[room] = set(rows) - {room}
    return rows


def broken(top):
    """Sentences about every include that the table does not allow."""
    top = pathlib.Path(top)
    rows = table(top)
    out = []
    for folder in sorted(p for p in (top / 'src').iterdir() if p.is_dir()):
        room = folder.name
        if room not in rows:
            out.append(f'src/{room}: no row in the may-use table of ARCHITECTURE.md')
            continue
        for path in sorted(folder.rglob('*.[ch]')):
            for name in INCLUDE.findall(path.read_text(errors='replace')):
                other = name.split('/')[0] if '/' in name else room
                if name.startswith('..'):
                    out.append(f'{path.relative_to(top)}: "{name}" climbs out of the folder')
                elif (top / 'src' / other).is_dir() and other != room and other not in rows[room]:
                    out.append(f'{path.relative_to(top)}: {room} may not use {other} ("{name}")')
    return out


def broken_build(top):
    """The same for the dependency list in each room's meson.build."""
    top = pathlib.Path(top)
    rows = table(top)
    out = []
    for room, uses in rows.items():
        build = top / 'src' / room / 'meson.build'
        if not build.exists():
            continue
        named = set(re.findall(r'\b(\w+)_dep\b', build.read_text())) - {room}
        for other in sorted(named & set(rows)):
            if other not in uses:
                out.append(f'src/{room}/meson.build: links {other}, which the table does not allow')
    return out

#!/usr/bin/env python3
"""The documents tell the truth: the files they name exist, the may-use table is the one that the
build enforces, the manual pages are well formed, and every subcommand has one."""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import may_use  # noqa: E402

TOP = pathlib.Path(sys.argv[1])
DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'HACKING.md', 'SECURITY.md', 'CHANGES.md']
ROOTS = ('src/', 'tests/', 'docs/', 'web/', 'rules/', 'families/', 'demo/', 'bench/', 'tools/',
         'include/', '.ci/', './dev', 'po/')


def files_named_in(name):
    """Paths in backticks that begin with a folder of the tree; placeholders are left out."""
    text = (TOP / name).read_text()
    text = re.sub(r'```.*?```', '', text, flags=re.S)
    for quoted in re.findall(r'`([^`\n]+)`', text):
        word = quoted.split()[0].rstrip('.,;:')
        if word.startswith(ROOTS) and not re.search(r'[<>*$]|NAME|FORMAT|ROOM', word):
            yield word


def braces(word):
    """a/{b,c}.x -> a/b.x a/c.x"""
    m = re.match(r'(.*)\{([^}]*)\}(.*)', word)
    return [m.group(1) + part + m.group(3) for part in m.group(2).split(',')] if m else [word]


def documents_exist():
    return [f'{d} is missing' for d in DOCUMENTS + ['LICENSE'] if not (TOP / d).is_file()]


def named_files_exist():
    return [f'{d} names {path}, which does not exist' for d in DOCUMENTS if (TOP / d).is_file()
            for word in files_named_in(d) for path in braces(word) if not (TOP / path).exists()]


def the_architecture_names_every_room():
    rooms = {p.name for p in (TOP / 'src').iterdir() if p.is_dir()}
    rows = set(may_use.table(TOP))
    return [f'src/{r} has no row' for r in sorted(rooms - rows)]


def rooms_include_only_what_they_may_use():
    return may_use.broken(TOP)


def rooms_link_only_what_they_may_use():
    return may_use.broken_build(TOP)


def links_between_documents_work():
    out = []
    for path in [*TOP.glob('*.md'), *TOP.glob('docs/**/*.md'), *TOP.glob('*/README.md')]:
        text = re.sub(r'```.*?```', '', path.read_text(), flags=re.S)
        for target in re.findall(r'\]\(([^)#\s]+)(?:#[^)]*)?\)', text):
            if '://' not in target and not (path.parent / target).exists():
                out.append(f'{path.relative_to(TOP)} links to {target}, which does not exist')
    return out


def manual_pages():
    return sorted(p for p in TOP.glob('docs/**/*.[13578]') if p.is_file())


def manual_pages_are_well_formed():
    if shutil.which('mandoc') is None:
        return 'SKIP mandoc is not installed'
    if not manual_pages():
        return ['there is no manual page in docs/']
    run = subprocess.run(['mandoc', '-Tlint', '-Wwarning', *map(str, manual_pages())],
                         capture_output=True, text=True, check=False)
    lines = (run.stdout + run.stderr).splitlines()
    return [line.replace(str(TOP) + '/', '') for line in lines if ': WARNING:' in line or ': ERROR:' in line]


def manual_pages_have_examples():
    return [f'{p.relative_to(TOP)} has no EXAMPLES' for p in manual_pages()
            if p.suffix == '.1' and '.Sh EXAMPLES' not in p.read_text()]


TESTS = [documents_exist, named_files_exist, the_architecture_names_every_room,
         rooms_include_only_what_they_may_use, rooms_link_only_what_they_may_use,
         links_between_documents_work, manual_pages_are_well_formed, manual_pages_have_examples]


def main():
    bad = 0
    print(f'1..{len(TESTS)}')
    for number, test in enumerate(TESTS, 1):
        title = test.__name__.replace('_', ' ')
        said = test()
        if isinstance(said, str):
            print(f'ok {number} - {title} # {said}')
        elif said:
            bad = 1
            print(f'not ok {number} - {title}')
            for line in said[:40]:
                print('# ' + line)
        else:
            print(f'ok {number} - {title}')
    return bad


if __name__ == '__main__':
    sys.exit(main())

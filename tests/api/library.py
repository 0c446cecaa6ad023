#!/usr/bin/env python3
"""The library as a user of it sees it: what it exports, that header, manual and library agree, that a
program builds against it through pkg-config, and what examples/scan.c does.
usage: library.py SOURCE BUILD EXAMPLE"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

SOURCE = pathlib.Path(sys.argv[1]).resolve()
BUILD = pathlib.Path(sys.argv[2]).resolve()
EXAMPLE = pathlib.Path(sys.argv[3]).resolve()
LIBRARY = BUILD / 'src/api/libyamori.so'
HEADER = SOURCE / 'include/yamori/yamori.h'
ENV = {**os.environ, 'PKG_CONFIG_PATH': str(BUILD / 'meson-uninstalled'), 'LD_LIBRARY_PATH': str(LIBRARY.parent)}


class Skip(Exception):
    """This machine cannot show it."""


def run(*args):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, env=ENV, check=False,
                          timeout=60)


def declared():
    text = re.sub(r'/\*.*?\*/', '', HEADER.read_text(), flags=re.S)
    return set(re.findall(r'YAMORI_(?:API|CHECKED)[^;()]*?(yamori_\w+)\(', text))


def exported():
    if shutil.which('nm') is None:
        raise Skip('nm is not installed')
    out = run('nm', '-D', '--defined-only', LIBRARY).stdout
    return {line.split()[-1].split('@')[0] for line in out.splitlines() if ' T ' in line}


def nothing_but_what_the_header_declares_is_exported():
    assert exported() == declared(), exported() ^ declared()


def the_manual_names_only_functions_that_exist():
    text = (SOURCE / 'docs/man/libyamori.3').read_text()
    named = set(re.findall(r'^\.Fn (\w+)', text, re.M)) | set(re.findall(r'\byamori_\w+(?=\()', text))
    types = {'yamori_status', 'yamori_error', 'yamori_verdict'}
    assert named and named - declared() - types == set(), named - declared()


def compiler(name):
    if shutil.which(name) is None or shutil.which('pkg-config') is None:
        raise Skip('%s or pkg-config is not installed' % name)
    return name


def sanitized():
    return '-fsanitize' in (BUILD / 'build.ninja').read_text()


def a_program_builds_through_pkg_config():
    cc = compiler('cc')
    flags = run('pkg-config', '--cflags', '--libs', 'yamori')
    assert flags.returncode == 0, flags.stderr
    if sanitized():
        raise Skip('the library needs the sanitizers of this build')
    p = run(cc, '-Wall', '-Wextra', '-Werror', '-o', 'scan', SOURCE / 'examples/scan.c', *flags.stdout.split())
    assert p.returncode == 0, p.stderr
    pathlib.Path('r.yar').write_text('rule r { strings: $a = "abc" condition: $a }')
    pathlib.Path('f').write_text('..abc')
    p = run('./scan', 'r.yar', 'f')
    assert p.returncode == 1 and p.stdout == 'default:r [] [] f\n0x2:3:$a: abc\n', p


def the_header_is_cplusplus_too():
    pathlib.Path('x.cc').write_text('#include <yamori/yamori.h>\nint main() { return yamori_version() == 0; }\n')
    p = run(compiler('c++'), '-std=c++11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only',
            '-I%s' % (SOURCE / 'include'), 'x.cc')
    assert p.returncode == 0, p.stderr


RULES = '''rule One : first second {
    meta: author = "me" n = -3 ok = true
    strings: $a = "needle" $h = { 41 42 [1-3] 43 } $p = "needle" private
    condition: any of them
}
private rule Hidden { condition: true }
rule Limit { condition: Hidden and limit > 2 }
'''


def the_example_tells_rules_tags_metas_and_matches():
    pathlib.Path('r.yar').write_text(RULES)
    pathlib.Path('f').write_bytes(b'..needle..ABzC..needle')
    p = run(EXAMPLE, '-D', 'limit=3', 'r.yar', 'f')
    assert p.returncode == 1, p
    assert p.stdout == ('default:One [first,second] [author="me",n=-3,ok=true] f\n0x2:6:$a: needle\n'
                        '0x10:6:$a: needle\n0xa:4:$h: 41 42 7A 43\ndefault:Limit [] [] f\n'), p.stdout
    p = run(EXAMPLE, '-l', '-D', 'limit=3', 'r.yar')
    assert p.returncode == 0 and p.stdout.splitlines()[1:] == ['default:Hidden [] []', 'default:Limit [] []'], p


def lines_of_rules_are_told_and_expressions_have_all_their_matches():
    pathlib.Path('r.yar').write_text('import "console"\nrule r { strings: $r = /ne{2,3}d/ $e = /e+/ $w = "ne" wide '
                                     'condition: any of them and console.log("size ", filesize) }')
    pathlib.Path('f').write_bytes(b'.need.neeedn\0e\0')
    p = run(EXAMPLE, 'r.yar', 'f')
    assert p.returncode == 1, p
    assert p.stdout == ('size 15\ndefault:r [] [] f\n0x1:4:$r: need\n0x6:5:$r: neeed\n0x2:2:$e: ee\n0x3:1:$e: e\n'
                        '0x7:3:$e: eee\n0x8:2:$e: ee\n0x9:1:$e: e\n0xd:1:$e: e\n'
                        '0xb:4:$w: n\\x00e\\x00\n'), p.stdout


def errors_have_their_place():
    pathlib.Path('bad.yar').write_text('rule a {\n  condition: nothing\n}')
    p = run(EXAMPLE, 'bad.yar', 'f')
    assert p.returncode == 2 and p.stderr.startswith('scan: bad.yar:2:14: '), p
    p = run(EXAMPLE, 'none.yar', 'f')
    assert p.returncode == 2 and 'none.yar' in p.stderr, p


def files_include_what_lies_beneath_their_folder():
    os.makedirs('rules/deep')
    pathlib.Path('rules/main.yar').write_text('include "deep/a.yar"\nrule main { condition: a and b }')
    pathlib.Path('rules/deep/a.yar').write_text('include "b.yar"\nrule a { condition: b }')
    pathlib.Path('rules/deep/b.yar').write_text('private rule b { condition: true }')
    pathlib.Path('outside.yar').write_text('rule c { condition: true }')
    pathlib.Path('rules/bad.yar').write_text('include "../outside.yar"')
    pathlib.Path('f').write_text('x')
    p = run(EXAMPLE, 'rules/main.yar', 'f')
    assert p.returncode == 1 and p.stdout == 'default:a [] [] f\ndefault:main [] [] f\n', p
    p = run(EXAMPLE, 'rules/bad.yar', 'f')
    assert p.returncode == 2 and 'outside.yar' in p.stderr, p


def archives_are_unpacked_and_what_was_not_looked_at_is_told():
    import zipfile
    pathlib.Path('r.ndb').write_text('Test.Gecko:0:*:%s\n' % b'GECKO-ONE'.hex())
    with zipfile.ZipFile('a.zip', 'w') as z:
        z.writestr('inner.txt', 'xxGECKO-ONE')
    p = run(EXAMPLE, 'r.ndb', 'a.zip')
    assert p.returncode == 1 and ' a.zip!inner.txt' in p.stdout and '0x2:9:' in p.stdout, p
    pathlib.Path('cut.zip').write_bytes(pathlib.Path('a.zip').read_bytes()[:40])
    p = run(EXAMPLE, 'r.ndb', 'cut.zip')
    assert p.returncode == 3 and 'not looked at: cut.zip' in p.stdout, p
    p = run(EXAMPLE, 'r.ndb', 'none')
    assert p.returncode == 2 and 'none' in p.stderr, p


TESTS = [nothing_but_what_the_header_declares_is_exported, the_manual_names_only_functions_that_exist,
         a_program_builds_through_pkg_config, the_header_is_cplusplus_too,
         the_example_tells_rules_tags_metas_and_matches,
         lines_of_rules_are_told_and_expressions_have_all_their_matches, errors_have_their_place,
         files_include_what_lies_beneath_their_folder,
         archives_are_unpacked_and_what_was_not_looked_at_is_told]


def main():
    bad = 0
    print('1..%d' % len(TESTS))
    for number, test in enumerate(TESTS, 1):
        title = test.__name__.replace('_', ' ')
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                test()
                print('ok %d - %s' % (number, title))
            except Skip as why:
                print('ok %d - %s # SKIP %s' % (number, title, why))
            except Exception:
                bad = 1
                print('# ' + traceback.format_exc().replace('\n', '\n# '))
                print('not ok %d - %s' % (number, title))
            os.chdir('/')
    return bad


if __name__ == '__main__':
    sys.exit(main())

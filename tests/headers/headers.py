#!/usr/bin/env python3
"""Every public header compiles alone, with gcc and with clang: it includes what it uses, names
nothing twice, and needs no macro of its includer.  A compiler that is not there is a skipped
test with its reason."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = ['-std=gnu17', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', '-Wall', '-Wextra', '-Wpedantic',
         '-Wundef', '-Wstrict-prototypes', '-Wshadow', '-Werror', '-fsyntax-only']


def main():
    top = pathlib.Path(sys.argv[1])
    includes = sorted(str(p) for p in top.glob('src/*/include'))
    headers = [(p, p.relative_to(inc)) for inc in includes for p in sorted(pathlib.Path(inc).rglob('*.h'))]
    installed = top / 'include'
    headers += [(p, p.relative_to(installed)) for p in sorted(installed.rglob('*.h'))]
    compilers = ['gcc', 'clang']
    print(f'1..{len(headers) * len(compilers)}')
    number = bad = 0
    with tempfile.TemporaryDirectory() as work:
        source = pathlib.Path(work, 'alone.c')
        for path, name in headers:
            for cc in compilers:
                number += 1
                title = f'{name} compiles alone with {cc}'
                if shutil.which(cc) is None:
                    print(f'ok {number} - {title} # SKIP {cc} is not installed')
                    continue
                # Twice: the second time the include guard must hold.
                source.write_text(f'#include "{name}"\n#include "{name}"\nextern int ym_alone;\n')
                run = subprocess.run([cc, *FLAGS, f'-I{installed}', *(f'-I{i}' for i in includes), str(source)],
                                     capture_output=True, text=True, check=False)
                print(('ok' if run.returncode == 0 else 'not ok') + f' {number} - {title}')
                if run.returncode != 0:
                    bad = 1
                    for line in run.stderr.splitlines()[:8]:
                        print('# ' + line)
    return bad


if __name__ == '__main__':
    sys.exit(main())

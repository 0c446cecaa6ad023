#!/usr/bin/env python3
"""Makes the demo's specimen folder: harmless files that the starter rules know, loose and deep in
archives, and files that cannot be looked at fully, which must be called incomplete, never clean.

usage: specimens.py DIR     (needs bsdtar of libarchive-tools)"""
import gzip
import io
import pathlib
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'tests/rules'))
from samples import EICAR, SAMPLES  # noqa: E402

LOOSE = {
    'autorun.inf': 'Conficker_Autorun',
    'At1.job': 'Conficker_At_Job',
    'holiday.png': 'Picture_With_Windows_Program',
    'invoice.zip': 'Zip_Double_Extension',
    'report.lnk': 'Shortcut_Hidden_PowerShell',
}


def zipped(name, data, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        z.writestr(name, data)
    return out.getvalue()


def tar_gz(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as t:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        t.addfile(member, io.BytesIO(data))
    return out.getvalue()


def bsdtar(path, form, name, data, *options):
    folder = path.parent / '.part'
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    subprocess.run(['bsdtar', '-c', '-f', path, f'--format={form}', *options, '-C', folder, name], check=True)
    (folder / name).unlink()
    folder.rmdir()


def main():
    top = pathlib.Path(sys.argv[1])
    top.mkdir(parents=True, exist_ok=True)
    (top / 'letter.txt').write_text('Nothing to see here.\n')
    (top / 'holiday-plain.png').write_bytes(SAMPLES['Picture_With_Windows_Program'][1])
    (top / 'eicar.com').write_bytes(EICAR)
    for name, rule in LOOSE.items():
        (top / name).write_bytes(SAMPLES[rule][0])
    inner = tar_gz('backup/inner.zip', zipped('eicar.com', EICAR))
    bsdtar(top / 'nested.7z', '7zip', 'old.tar.gz', inner)
    bsdtar(top / 'disc.iso', 'iso9660', 'EICAR.COM', EICAR)
    (top / 'twice.zip.gz').write_bytes(gzip.compress(zipped('twice.zip', zipped('eicar.com', EICAR))))
    bsdtar(top / 'locked.zip', 'zip', 'eicar.com', EICAR, '--options=zip:encryption=zipcrypt', '--passphrase', 'infected')
    (top / 'cut-in-half.zip').write_bytes(zipped('letter.txt', bytes(range(256)) * 64, zipfile.ZIP_STORED)[:9000])
    (top / 'zeros.zip').write_bytes(zipped('zeros', bytes(64 << 20)))


if __name__ == '__main__':
    main()

"""corpora.py - the files to measure with, from installed Debian packages and, with --fetch, from packages
that are downloaded and unpacked beside them without being installed.  Picked with a fixed seed, copied
into one folder a corpus, so that all programs see the same paths."""
import os
import pathlib
import random
import shutil
import subprocess

LARGEST = 96 << 20  # below clamscan's own limit for one file

# name: what it holds, packages to fetch for it
CORPORA = {
    'binaries': ('ELF files of 256 KiB and more', []),
    'pe': ('Windows PE files', ['systemd-boot-efi', 'shim-unsigned', 'nsis-common', 'libz-mingw-w64', 'gcc-mingw-w64-x86-64-win32-runtime',
                                'gcc-mingw-w64-i686-win32-runtime', 'libwine']),
    'documents': ('PDF, jar, deb, office files, pages, archives of 32 KiB and more', ['gnuplot-doc', 'r-doc-pdf', 'libguava-java', 'libjackson2-databind-java', 'ant', 'junit4',
                                                                  'python3.11-doc', 'libreoffice-common']),
    'usr': ('files of /usr, evenly', []),
}
DOCUMENTS = ('.pdf', '.jar', '.deb', '.docx', '.xlsx', '.pptx', '.odt', '.ott', '.ods', '.ots', '.odp', '.otp', '.html', '.htm', '.zip', '.gz', '.tgz', '.whl',
             '.xz', '.bz2', '.epub', '.rtf', '.doc', '.xls', '.ppt')


def is_pe(path):
    with open(path, 'rb') as f:
        head = f.read(4096)
    at = int.from_bytes(head[60:64], 'little')
    return head[:2] == b'MZ' and head[at:at + 4] == b'PE\0\0'


def is_binary(path):
    with open(path, 'rb') as f:
        return os.path.getsize(path) >= 256 << 10 and f.read(4) == b'\x7fELF'


def is_document(path):
    # Not the thousands of small packed manual pages: they would measure how long opening a file takes.
    return path.lower().endswith(DOCUMENTS) and os.path.getsize(path) >= 32 << 10


BELONGS = {'binaries': is_binary, 'pe': is_pe, 'documents': is_document, 'usr': lambda path: True}


def fetch(packages, folder):
    """Downloads and unpacks what is not there yet -> the packages that are there afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    have = []
    for package in packages:
        if not list(folder.glob(package + '_*.deb')):
            subprocess.run(['apt-get', '-qq', 'download', package], cwd=folder, check=False, stderr=subprocess.DEVNULL)
        debs = sorted(folder.glob(package + '_*.deb'))
        if not debs:
            print(f'  {package}: could not be fetched')
            continue
        unpacked = folder / 'unpacked' / package
        if not unpacked.exists():
            unpacked.mkdir(parents=True)
            subprocess.run(['dpkg-deb', '-x', debs[0], unpacked], check=True)
        have.append(debs[0].name)
    return have


def files_below(roots):
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path) and 0 < os.path.getsize(path) <= LARGEST:
                    yield path


def pick(name, roots, megabytes, into):
    """Copies files until the sum is reached -> (files, bytes)."""
    found = []
    for path in files_below(roots):
        try:
            if BELONGS[name](path):
                found.append(path)
        except OSError:
            continue
    found.sort()
    random.Random(7).shuffle(found)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    count = total = 0
    for path in found:
        size = os.path.getsize(path)
        if total >= megabytes << 20:
            break
        if total + size > (megabytes << 20) * 5 // 4:
            continue  # one large file must not be the whole corpus
        try:
            shutil.copyfile(path, into / f'{count:06d}-{os.path.basename(path)}')
        except OSError:
            continue
        count += 1
        total += size
    return count, total


def size_of(folder):
    count = total = 0
    for path in files_below([folder]):
        count += 1
        total += os.path.getsize(path)
    return count, total


def make(name, megabytes, work, with_fetch):
    """-> {name, folder, files, bytes, about, packages}"""
    about, packages = CORPORA[name]
    store = work / 'packages'
    have = fetch(packages, store) if with_fetch else []
    roots = ['/usr'] + [store / 'unpacked' / p.split('_')[0] for p in have]
    if name == 'documents' and have:
        roots.append(store)
    if name == 'usr' and megabytes == 0:
        count, total = size_of('/usr')
        return {'name': name, 'folder': '/usr', 'files': count, 'bytes': total, 'about': 'the whole of /usr', 'packages': []}
    folder = pathlib.Path(work) / 'corpora' / name
    count, total = pick(name, roots, megabytes or 256, folder)
    return {'name': name, 'folder': str(folder), 'files': count, 'bytes': total, 'about': about, 'packages': have}

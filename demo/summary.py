#!/usr/bin/env python3
"""Adds up what `yamori scan --json` printed: summary.py FILE.jsonl SECONDS FOLDER"""
import collections
import json
import os
import sys


def main():
    verdicts, gaps, names = collections.Counter(), collections.Counter(), []
    size = 0
    for line in open(sys.argv[1], encoding='utf-8', errors='surrogatepass'):
        row = json.loads(line)
        if 'path' not in row:
            continue
        verdicts[row['verdict']] += 1
        for gap in row.get('gaps', []):
            gaps[gap['gap'] if isinstance(gap, dict) else gap] += 1
        names += [(row['path'], d['name']) for d in row.get('detections', [])]
        try:
            size += os.lstat(os.fsencode(row['path'].encode('utf-8', 'surrogateescape'))).st_size
        except (OSError, UnicodeError):
            pass
    seconds = float(sys.argv[2])
    print(f'{sys.argv[3]}: {sum(verdicts.values())} files, {size / 1e6:.0f} MB in {seconds:.1f} s: '
          f'{size / 1e6 / seconds:.0f} MB/s, {sum(verdicts.values()) / seconds:.0f} files/s')
    print('verdicts: ' + ', '.join(f'{n} {v}' for v, n in sorted(verdicts.items())))
    if gaps:
        print('not looked at: ' + ', '.join(f'{g} {n}' for g, n in gaps.most_common()))
    for path, name in names[:20]:
        print(f'{path}: {name}')


if __name__ == '__main__':
    main()

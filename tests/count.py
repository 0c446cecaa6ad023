#!/usr/bin/env python3
"""Adds up what the tests said: TAP files (*.tap) and Meson's testlog.json.

Each TAP line counts as one test; a program that does not speak TAP counts as one.  A program
that ended badly without a "not ok" line, or printed fewer lines than it planned, is one failure
more: a crash must not look like a short list.  Prints every failure with its diagnostics, every
skipped test with its reason, and as the last line "N passed, N failed, N skipped"."""
import json
import re
import sys

LINE = re.compile(r'^(not )?ok\b\s*(\d+)?\s*(?:-\s*)?([^#]*)(?:#\s*(.*))?$')
PLAN = re.compile(r'^1\.\.(\d+)(?:\s*#\s*(.*))?$')


class Count:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def tap(self, name, text):
        """Counts the lines of one program's output; returns (lines, plan, failures)."""
        lines = failures = 0
        plan = None
        notes = []
        for line in text.splitlines():
            m = PLAN.match(line)
            if m:
                plan = int(m.group(1))
                if plan == 0:
                    self.skipped.append(f'{name}: {m.group(2) or "planned nothing"}')
                continue
            m = LINE.match(line)
            if not m:
                if line.startswith('#'):
                    notes.append(line)
                continue
            lines += 1
            title = f'{name}: {m.group(3).strip()}'
            directive = (m.group(4) or '').strip()
            if directive.upper().startswith(('SKIP', 'TODO')):
                self.skipped.append(f'{title}: {directive[4:].strip() or "no reason given"}')
            elif m.group(1):
                failures += 1
                self.failed.append((title, notes[-12:]))
            else:
                self.passed += 1
            notes = []
        return lines, plan, failures

    def program(self, test):
        name = test['name']
        out = test.get('stdout') or ''
        result = test.get('result', '')
        lines, plan, failures = self.tap(name, out)
        if lines == 0 and plan is None:
            if result in ('OK', 'EXPECTEDFAIL'):
                self.passed += 1
            elif result == 'SKIP':
                self.skipped.append(f'{name}: {out.strip().splitlines()[-1] if out.strip() else "no reason given"}')
            else:
                self.failed.append((f'{name}: {result}', self.tail(test)))
        elif plan is not None and lines < plan:
            self.failed.append((f'{name}: ended after {lines} of {plan} tests ({result})', self.tail(test)))
        elif failures == 0 and result not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
            self.failed.append((f'{name}: {result} although every line is ok', self.tail(test)))

    @staticmethod
    def tail(test):
        text = (test.get('stdout') or '') + (test.get('stderr') or '')
        return ['# ' + line for line in text.splitlines()[-25:]]


def main():
    count = Count()
    for path in sys.argv[1:]:
        with open(path, errors='replace') as f:
            if path.endswith('.tap'):
                count.tap('dev', f.read())
            else:
                for line in f:
                    count.program(json.loads(line))
    for title, notes in count.failed:
        print(f'FAILED {title}')
        for note in notes:
            print('  ' + note)
    for title in count.skipped:
        print(f'skipped {title}')
    print(f'{count.passed} passed, {len(count.failed)} failed, {len(count.skipped)} skipped')
    return 1 if count.failed or count.passed == 0 else 0


if __name__ == '__main__':
    sys.exit(main())

// A table as CSV (RFC 4180), and the saving of files.  What a page saves it makes itself: a Blob, so
// that nothing is asked of anybody.
import type { Cell, Table } from './figures';

// A cell that a spreadsheet would run as a formula begins with an apostrophe.
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const optional = ['pooled', 'months', 'share', 'share_low', 'share_high', 'located', 'index'] as const;

export function csvOf(table: Table, keys: string[]): string {
  const more = optional.filter((name) => table.cells.some((c) => c[name] !== undefined));
  const row = (c: Cell) => [...keys.map((_, i) => c.key[i] ?? ''), c.n, c.x, c.value, c.print, c.low, c.high,
    ...more.map((name) => c[name] ?? '')];
  const lines = [[...keys, 'n', 'x', `value (${table.unit})`, 'print', 'low', 'high', ...more], ...table.cells.map(row)];
  return lines.map((line) => line.map((v) => quoted(String(v))).join(',') + '\r\n').join('');
}

export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

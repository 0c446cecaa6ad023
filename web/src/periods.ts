// Labels of periods: "4Q10", "2H10", "2010", "2010-12".

// "4Q10" -> quarters since year 0; undefined: not a quarter.
export function quarterNumber(label: string): number | undefined {
  const m = /^([1-4])Q(\d\d)$/.exec(label);
  return m === null ? undefined : (2000 + Number(m[2])) * 4 + Number(m[1]) - 1;
}

export function quarterLabel(q: number): string {
  return `${(((q % 4) + 4) % 4) + 1}Q${String(Math.floor(q / 4) % 100).padStart(2, '0')}`;
}

// "2012-07" -> months since year 0.
export function monthNumber(text: string): number {
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
}

export function monthText(m: number): string {
  return `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, '0')}`;
}

// The period of the same length before this one; undefined: not one of the usual.
export function labelBefore(label: string): string | undefined {
  const q = quarterNumber(label);
  if (q !== undefined) {
    return quarterLabel(q - 1);
  }
  const half = /^([12])H(\d\d)$/.exec(label);
  if (half !== null) {
    const n = Number(half[2]) * 2 + Number(half[1]) - 2;
    return n < 0 ? undefined : `${(n % 2) + 1}H${String(Math.floor(n / 2)).padStart(2, '0')}`;
  }
  if (/^\d{4}$/.test(label)) {
    return String(Number(label) - 1);
  }
  return /^\d{4}-\d\d$/.test(label) ? monthText(monthNumber(label) - 1) : undefined;
}

// The last whole quarter of a period, and the one before: what "Chg. 3Q to 4Q" compares.
export function lastQuarters(p: { to: string; months: number }): [string, string] | undefined {
  const end = monthNumber(p.to);
  if (p.months < 3 || end % 3 !== 2) {
    return undefined;
  }
  const q = Math.floor(end / 3);
  return [quarterLabel(q - 1), quarterLabel(q)];
}

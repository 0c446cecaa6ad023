// Classes of maps.

// Round limits that part the values into classes of about the same size.
export function limitsFor(values: number[], classes: number): number[] {
  const sorted = [...values].filter((v) => v > 0).sort((a, b) => a - b);
  const limits: number[] = [];
  for (let i = 1; i < classes && sorted.length > 0; i++) {
    const at = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * i) / classes))];
    const step = 10 ** Math.floor(Math.log10(at)) / 2;
    const limit = Math.max(step, Math.round(at / step) * step);
    if (limit > (limits[limits.length - 1] ?? 0)) {
      limits.push(Number(limit.toPrecision(3)));
    }
  }
  return limits;
}

// Whether two figures differ.  Each has a value and a 95 % interval; the interval of the difference,
// or of the ratio, is made from the two (the "square and add" way of Zou and Donner, which for two
// Wilson intervals is Newcombe's).  A statement is made only when that interval leaves out no change.

export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface Difference extends Estimate {
  sure: boolean; // no change is outside the interval
}

export function difference(to: Estimate, from: Estimate): Difference {
  const value = to.value - from.value;
  const low = value - Math.hypot(to.value - to.low, from.high - from.value);
  const high = value + Math.hypot(to.high - to.value, from.value - from.low);
  return { value, low, high, sure: low > 0 || high < 0 };
}

// to / from, by logarithms; undefined where one of them, or a limit, is nought.
export function ratio(to: Estimate, from: Estimate): Difference | undefined {
  const all = [to.value, to.low, to.high, from.value, from.low, from.high];
  if (all.some((v) => !(v > 0))) {
    return undefined;
  }
  const log = (e: Estimate) => ({ value: Math.log(e.value), low: Math.log(e.low), high: Math.log(e.high) });
  const d = difference(log(to), log(from));
  return { value: Math.exp(d.value), low: Math.exp(d.low), high: Math.exp(d.high), sure: d.sure };
}

// The change in per cent of what it was; undefined where it cannot be told.
export function change(to: Estimate, from: Estimate): Difference | undefined {
  const r = ratio(to, from);
  return r === undefined ? undefined
    : { value: (r.value - 1) * 100, low: (r.low - 1) * 100, high: (r.high - 1) * 100, sure: r.sure };
}

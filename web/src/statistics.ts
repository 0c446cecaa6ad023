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

// wider: how many times as wide the interval is made (see among()).
export function difference(to: Estimate, from: Estimate, wider = 1): Difference {
  const value = to.value - from.value;
  const low = value - wider * Math.hypot(to.value - to.low, from.high - from.value);
  const high = value + wider * Math.hypot(to.high - to.value, from.value - from.low);
  return { value, low, high, sure: low > 0 || high < 0 };
}

// to / from, by logarithms; undefined where one of them, or a limit, is nought.
export function ratio(to: Estimate, from: Estimate, wider = 1): Difference | undefined {
  const all = [to.value, to.low, to.high, from.value, from.low, from.high];
  if (all.some((v) => !(v > 0))) {
    return undefined;
  }
  const log = (e: Estimate) => ({ value: Math.log(e.value), low: Math.log(e.low), high: Math.log(e.high) });
  const d = difference(log(to), log(from), wider);
  return { value: Math.exp(d.value), low: Math.exp(d.low), high: Math.exp(d.high), sure: d.sure };
}

// The change in per cent of what it was; undefined where it cannot be told.
export function change(to: Estimate, from: Estimate, wider = 1): Difference | undefined {
  const r = ratio(to, from, wider);
  return r === undefined ? undefined
    : { value: (r.value - 1) * 100, low: (r.low - 1) * 100, high: (r.high - 1) * 100, sure: r.sure };
}

// Of the normal distribution, to 4.5e-4 (Abramowitz and Stegun 26.2.23), for p above one half.
function quantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
}

// By how much intervals are widened so that all of n comparisons hold together with 95 % (Bonferroni):
// who looks for the largest change among a hundred places finds some by chance.
export function among(n: number): number {
  return n <= 1 ? 1 : quantile(1 - 0.025 / n) / 1.959964;
}

// Statistics, periods, files of data.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { difference, ratio, change, among } = await load('statistics.ts');
const near = (a, b, by) => assert.ok(Math.abs(a - b) < by, `${a} is not ${b}`);

test("a difference of two shares has Newcombe's interval", () => {
  // 56/70 against 48/80: his first example, method 10: 0.0524 to 0.3339.
  const wilson = (x, n) => {
    const z = 1.959964;
    const p = x / n;
    const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    return { value: p, low: middle - half, high: middle + half };
  };
  const d = difference(wilson(56, 70), wilson(48, 80));
  near(d.low, 0.0524, 0.0001);
  near(d.high, 0.3339, 0.0001);
  assert.equal(d.sure, true);
  assert.equal(difference(wilson(9, 10), wilson(7, 10)).sure, false);
});

test('a change is stated only beyond chance, and not where something is nought', () => {
  const a = { value: 10, low: 9.5, high: 10.5 };
  const b = { value: 10.4, low: 9.9, high: 10.9 };
  assert.equal(change(b, a).sure, false);
  near(change({ value: 20, low: 19, high: 21 }, a).value, 100, 1e-9);
  assert.equal(change({ value: 20, low: 19, high: 21 }, a).sure, true);
  assert.equal(ratio(a, { value: 0, low: 0, high: 1 }), undefined);
});

test('many comparisons need wider intervals', () => {
  assert.equal(among(1), 1);
  near(among(10), 2.8070 / 1.959964, 0.001); // the normal quantiles of 1 - 0.0025 and 1 - 0.00025
  near(among(100), 3.4808 / 1.959964, 0.001);
  const [to, from] = [{ value: 12, low: 11, high: 13 }, { value: 10.4, low: 9.6, high: 11.3 }];
  assert.equal(difference(to, from).sure, true);
  assert.equal(difference(to, from, among(100)).sure, false);
});

test('periods have the one before them', async () => {
  const p = await load('periods.ts');
  assert.deepEqual(['1Q11', '1H09', '2H09', '2011', '2013-01', 'x'].map(p.labelBefore), ['4Q10', '2H08', '1H09', '2010', '2012-12', undefined]);
  assert.deepEqual(p.lastQuarters({ to: '2010-12', months: 6 }), ['3Q10', '4Q10']);
  assert.deepEqual(p.lastQuarters({ to: '2011-03', months: 3 }), ['4Q10', '1Q11']);
  assert.equal(p.lastQuarters({ to: '2010-11', months: 1 }), undefined);
});

test('CSV is quoted and no spreadsheet runs a name', async () => {
  const { csvOf } = await load('csv.ts');
  const cell = (key) => ({ key, n: 10, x: 1, value: -0.5, print: '-0.5', low: 0, high: 1.25 });
  const csv = csvOf({ query: 'q', unit: 'ccm', hidden: { cells: 0, n: 0 }, cells: [cell(['a,"b"\n']), cell(['=cmd|calc!A1']), cell(['+1'])] }, ['family']);
  assert.equal(csv, 'family,n,x,value (ccm),print,low,high\r\n"a,""b""\n",10,1,-0.5,-0.5,0,1.25\r\n\'=cmd|calc!A1,10,1,-0.5,-0.5,0,1.25\r\n\'+1,10,1,-0.5,-0.5,0,1.25\r\n');
});

test('classes of a map have round limits that rise', async () => {
  const { limitsFor } = await load('classes.ts');
  for (const values of [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0.001, 0.02, 0.3, 4, 50, 600], [5, 5, 5, 5], [0, 0], []]) {
    const limits = limitsFor(values, 5);
    assert.ok(limits.every((v, i) => i === 0 || v > limits[i - 1]), String(limits));
    assert.ok(limits.length <= 4);
  }
});

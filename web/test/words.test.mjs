// All languages have all words, with the same places to fill in; numbers and dates are theirs.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const lang = await load('lang.ts');
const tables = { words: (await load('words.ts')).words, terms: (await load('terms.ts')).terms };

for (const [name, table] of Object.entries(tables)) {
  test(`${name}: no word is missing or empty in any language`, () => {
    assert.deepEqual(Object.keys(table), ['en', 'ja', 'pt', 'zh']);
    const keys = Object.keys(table.en).sort();
    for (const [l, words] of Object.entries(table)) {
      assert.deepEqual(Object.keys(words).sort(), keys, l);
      for (const [key, text] of Object.entries(words)) {
        assert.ok(text.trim() !== '', `${l} ${key}`);
      }
    }
  });

  test(`${name}: the places to fill in agree`, () => {
    for (const key of Object.keys(table.en)) {
      const wanted = lang.placesIn(table.en[key]);
      for (const l of lang.langs) {
        assert.deepEqual(lang.placesIn(table[l][key]), wanted, `${l} ${key}: ${table[l][key]}`);
        assert.ok(!/[{}]/.test(table[l][key].replace(/\{(\w+)(?:#([^{}|]*)\|([^{}|]*))?\}/g, '')), `${l} ${key}: a brace is left`);
      }
    }
  });

  test(`${name}: sentences are translated`, () => {
    for (const key of Object.keys(table.en)) {
      if (table.en[key].replace(/\{[^}]*\}/g, '').length < 25) {
        continue; // names: "Java", "CVSS 2", "Spyware"
      }
      for (const l of ['ja', 'zh']) {
        assert.match(table[l][key], /[\u3040-\u30ff\u4e00-\u9fff]/, `${l} ${key}`);
      }
      assert.notEqual(table.pt[key], table.en[key], key);
    }
  });
}

test('numbers, percentages, dates and periods are written as the language does', () => {
  const all = (f) => lang.langs.map((l) => f(l));
  assert.deepEqual(all((l) => lang.count(l, 1234567)), ['1,234,567', '1,234,567', '1.234.567', '1,234,567']);
  assert.deepEqual(all((l) => lang.printed(l, '1234.5')), ['1,234.5', '1,234.5', '1.234,5', '1,234.5']);
  assert.deepEqual(all((l) => lang.percent(l, 12.34)), ['12.3 %', '12.3 %', '12,3%', '12.3%']);
  assert.deepEqual(all((l) => lang.day(l, '2009-11-04T23:59:59Z')), ['November 4, 2009', '2009年11月4日', '4 de novembro de 2009', '2009年11月4日']);
  const half = { label: '1H09', from: '2009-01', to: '2009-06', months: 6 };
  assert.deepEqual(all((l) => lang.periodName(l, half).replace(/\s/g, ' ')), ['1H09 (January – June 2009)', '1H09（2009年1月～6月）', '1H09 (janeiro – junho de 2009)', '1H09（2009年1月至6月）']);
  const year = { label: '2011', from: '2011-01', to: '2011-12', months: 12 };
  assert.deepEqual(all((l) => lang.periodName(l, year)), ['2011', '2011 年', '2011', '2011 年']);
  assert.deepEqual(all((l) => lang.fillIn(l, '{n} {n#cell|cells}', { n: 1 })), ['1 cell', '1 cells', '1 cell', '1 cells']);
  assert.equal(lang.fillIn('en', '{n} {n#cell|cells}', { n: 2 }), '2 cells');
  assert.equal(lang.fillIn('en', '{a}', { a: '{b} {c}', b: 'never' }), '{b} {c}', 'what is filled in is not filled in again');
});

test('names out of records cannot turn or flood the text', async () => {
  const terms = await load('terms.ts');
  assert.equal(terms.visible('\u202egnp.exe\u202c\u0007'), '\ufffdgnp.exe\ufffd\ufffd');
  assert.equal([...terms.visible('A'.repeat(5000))].length, 120);
  assert.equal(terms.familyName('ja', ''), '(名前なし)');
});

test('every place has a name in every language, and no two have the same', async () => {
  const { knownPlaces, placeName } = await load('places.ts');
  const codes = knownPlaces();
  assert.ok(codes.length > 240, `${codes.length} places`);
  for (const l of lang.langs) {
    const names = new Map();
    for (const code of codes) {
      const name = placeName(code, l);
      assert.notEqual(name, code, `${l} ${code}`);
      assert.match(name, { en: /^[\p{Script=Latin}\s,.'’()&-]+$/u, pt: /^[\p{Script=Latin}\s,.'’()-]+$/u, ja: /[\u3040-\u30ff\u4e00-\u9fff]/, zh: /^[\u4e00-\u9fff（）、·-]+$/ }[l], `${l} ${code}`);
      assert.equal(names.get(name), undefined, `${l}: ${code} and ${names.get(name)} are ${name}`);
      names.set(name, code);
    }
  }
  assert.deepEqual(lang.langs.map((l) => placeName('JP', l)), ['Japan', '日本', 'Japão', '日本']);
  assert.equal(placeName('QQ', 'en'), 'QQ');
});

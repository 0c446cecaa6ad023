// Colours for every eye: what deuteranopes, protanopes and tritanopes see (Machado, Oliveira and
// Fernandes 2009, severity 1) must stay apart by CIEDE2000, or a pattern, dash or symbol tells as well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { load } from './load.mjs';

const colours = await load('colours.ts');
const eyes = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const linear = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
const seen = (rgb, m) => m.map((row) => Math.min(1, Math.max(0, row.reduce((s, k, i) => s + k * rgb[i], 0))));
const luminance = (hex) => linear(hex).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

function lab(rgb) {
  const [r, g, b] = rgb;
  const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const [x, y, z] = [(0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047, 0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883].map(f);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// CIEDE2000 of two colours in Lab.
function distance([l1, a1, b1], [l2, a2, b2]) {
  const rad = Math.PI / 180;
  const c7 = (((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7);
  const g = 0.5 * (1 - Math.sqrt(c7 / (c7 + 25 ** 7)));
  const [p1, p2] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const angle = (b, a) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360);
  const [h1, h2] = [angle(b1, p1), angle(b2, p2)];
  const dh = c1 * c2 === 0 ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const mean = c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t = 1 - 0.17 * Math.cos((mean - 30) * rad) + 0.24 * Math.cos(2 * mean * rad) + 0.32 * Math.cos((3 * mean + 6) * rad) - 0.2 * Math.cos((4 * mean - 63) * rad);
  const [sl, sc, sh] = [1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t];
  const rt = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(60 * Math.exp(-(((mean - 275) / 25) ** 2)) * rad);
  const [x, y, z] = [(l2 - l1) / sl, (c2 - c1) / sc, (2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad)) / sh];
  return Math.sqrt(x * x + y * y + z * z + rt * y * z);
}

test('the distance is CIEDE2000 (two pairs of Sharma, Wu and Dalal)', () => {
  assert.ok(Math.abs(distance([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 1e-4);
  assert.ok(Math.abs(distance([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619]) - 2.0373) < 1e-4);
});

for (const [eye, matrix] of Object.entries(eyes)) {
  const far = (a, b) => distance(lab(seen(linear(a), matrix)), lab(seen(linear(b), matrix)));

  test(`${eye}: series differ by colour, or by pattern, dash and symbol`, () => {
    for (let i = 0; i < colours.series.length; i++) {
      for (let k = 0; k < i; k++) {
        const d = far(colours.series[i], colours.series[k]);
        const areas = colours.patterns[i] !== colours.patterns[k];
        const lines = colours.dashes[i] !== colours.dashes[k] && colours.symbols[i] !== colours.symbols[k];
        assert.ok(d >= 10 || (areas && lines), `${i} and ${k}: distance ${d.toFixed(1)}`);
      }
    }
  });

  for (const name of ['classes', 'siteClasses']) {
    test(`${eye}: neighbouring ${name} are apart, and from places without a value`, () => {
      const all = colours[name];
      all.forEach((c, i) => {
        assert.ok(i === 0 || far(c, all[i - 1]) >= 10, `${i}: ${i && far(c, all[i - 1])}`);
        assert.ok(far(c, colours.noClass) >= 5, `${i} against none: ${far(c, colours.noClass)}`);
      });
    });
  }
}

test('classes darken with every step', () => {
  for (const all of [colours.classes, colours.siteClasses]) {
    all.forEach((c, i) => assert.ok(i === 0 || luminance(c) < luminance(all[i - 1])));
  }
});

test('text and marks have the contrast of WCAG AA on white', () => {
  for (const c of [colours.ink, colours.soft, colours.accent, colours.warn, ...colours.seriesText]) {
    assert.ok(contrast(c, '#ffffff') >= 4.5, `${c}: ${contrast(c, '#ffffff')}`);
  }
  for (const c of [colours.bar, ...colours.series]) {
    assert.ok(contrast(c, '#ffffff') >= 2, `${c}: ${contrast(c, '#ffffff')}`);
  }
});

test('the style sheet has the colours of the charts', () => {
  const css = readFileSync(new URL('../src/base.css', import.meta.url), 'utf8');
  for (const [name, value] of [['ink', colours.ink], ['soft', colours.soft], ['accent', colours.accent], ['warn', colours.warn]]) {
    assert.match(css, new RegExp(`--${name}: ${value};`));
  }
});

// build.mjs OUT.html - one HTML file out of src/: script, style, the world's shapes and the places'
// names inside, nothing fetched.  The C side replaces the three @YAMORI_…@ marks.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { geoCentroid } from 'd3-geo';
import esbuild from 'esbuild';
import { feature } from 'topojson-client';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const json = (name) => JSON.parse(readFileSync(require.resolve(name), 'utf8'));

// What the page knows of places: names of both languages, shapes, and points for places that
// the 1:110m map leaves out (taken from the 1:50m one).
function places() {
  const codes = json('i18n-iso-countries/codes.json');
  const en = json('i18n-iso-countries/langs/en.json').countries;
  const ja = json('i18n-iso-countries/langs/ja.json').countries;
  const coarse = json('world-atlas/countries-110m.json');
  const fine = json('world-atlas/countries-50m.json');
  const alpha2 = new Map(codes.map(([two, , numeric]) => [numeric, two]));
  const names = {};
  for (const [two] of codes) {
    names[two] = [en[two], ja[two]].map((n) => (Array.isArray(n) ? n[0] : n) ?? two);
  }
  for (const g of coarse.objects.countries.geometries) {
    g.id = alpha2.get(g.id) ?? '';
    delete g.properties;
  }
  delete coarse.objects.land;
  const drawn = new Set(coarse.objects.countries.geometries.map((g) => g.id));
  const points = {};
  for (const f of feature(fine, fine.objects.countries).features) {
    const two = alpha2.get(f.id);
    if (two && !drawn.has(two)) {
      points[two] = geoCentroid(f).map((v) => Math.round(v * 10) / 10);
    }
  }
  return { names, topology: coarse, points };
}

const virtualPlaces = {
  name: 'places',
  setup(build) {
    build.onResolve({ filter: /^virtual:places$/ }, () => ({ path: 'places', namespace: 'virtual' }));
    build.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({
      contents: JSON.stringify(places()),
      loader: 'json',
    }));
  },
};

async function bundle(entry, options) {
  const result = await esbuild.build({
    entryPoints: [join(here, 'src', entry)],
    bundle: true,
    minify: true,
    write: false,
    charset: 'utf8',
    legalComments: 'none',
    ...options,
  });
  return result.outputFiles[0].text.trim();
}

const script = await bundle('page.ts', { format: 'iife', target: 'es2020', plugins: [virtualPlaces] });
const style = await bundle('page.css', {});
if (/<\/script|<!--|@YAMORI_/i.test(script)) {
  throw new Error('the script holds text that would end its element or look like a mark');
}
const digest = createHash('sha256').update(script).digest('base64');
const page = readFileSync(join(here, 'src', 'page.html'), 'utf8')
  .replace('{{CSP}}', () => `default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`)
  .replace('{{STYLE}}', () => style)
  .replace('{{SCRIPT}}', () => script);
writeFileSync(process.argv[2], page);

// places.mjs - the module virtual:places, made when the pages are built.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoCentroid } from 'd3-geo';
import { feature } from 'topojson-client';

const require = createRequire(import.meta.url);
const json = (name) => JSON.parse(readFileSync(require.resolve(name), 'utf8'));

// What a page knows of places: names of all languages, shapes, and points for places that
// the 1:110m map leaves out (taken from the 1:50m one).
function places() {
  const codes = json('i18n-iso-countries/codes.json');
  const languages = ['en', 'ja', 'pt', 'zh'].map((l) => json(`i18n-iso-countries/langs/${l}.json`).countries);
  const coarse = json('world-atlas/countries-110m.json');
  const fine = json('world-atlas/countries-50m.json');
  const alpha2 = new Map(codes.map(([two, , numeric]) => [numeric, two]));
  const names = {};
  for (const [two] of codes) {
    names[two] = languages.map((l) => l[two]).map((n) => (Array.isArray(n) ? n[0] : n) ?? two);
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

export const virtualPlaces = {
  name: 'places',
  setup(build) {
    build.onResolve({ filter: /^virtual:places$/ }, () => ({ path: 'places', namespace: 'virtual' }));
    build.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({
      contents: JSON.stringify(places()),
      loader: 'json',
    }));
  },
};

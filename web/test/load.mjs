// load.mjs - a module of src/ as the pages have it, for tests: bundled, then imported.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';
import { virtualPlaces } from '../places.mjs';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

export async function load(module) {
  const result = await esbuild.build({ entryPoints: [join(src, module)], bundle: true, write: false, format: 'esm', charset: 'utf8',
    plugins: [virtualPlaces] });
  const folder = mkdtempSync(join(tmpdir(), 'yamori-web-'));
  const file = join(folder, 'module.mjs');
  writeFileSync(file, result.outputFiles[0].text);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

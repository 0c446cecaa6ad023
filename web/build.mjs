// build.mjs DIR [DEPFILE NAME] - the pages out of src/, each one HTML file in DIR: script, style, the
// world's shapes and the places' names inside, nothing fetched.  What a page is made of is a row of
// `pages`; the C side replaces the @YAMORI_…@ marks of its html file.  DEPFILE gets, for ninja (which calls DIR
// NAME), every file that went in.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { virtualPlaces } from './places.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [folder, depfile, named] = process.argv.slice(2);
const pages = [
  { out: 'report.html', html: 'page.html', script: 'page.ts', style: 'page.css' },
  // Served by a program with a policy that allows nothing inline: three files.
  { out: 'console.html', html: 'console.html', script: 'console.ts', style: 'console.css', apart: ['console.js', 'console.css'] },
];
const used = new Set([fileURLToPath(import.meta.url), join(here, 'places.mjs')]);

async function bundle(entry, options) {
  const result = await esbuild.build({
    entryPoints: [join(here, 'src', entry)],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    charset: 'utf8',
    legalComments: 'none',
    ...options,
  });
  Object.keys(result.metafile.inputs).filter((f) => !f.includes(':')).forEach((f) => used.add(resolve(here, f)));
  return result.outputFiles[0].text.trim();
}

async function build({ html, script: entry, style: sheet, apart }) {
  const script = await bundle(entry, { format: 'iife', target: 'es2020', plugins: [virtualPlaces] });
  const style = await bundle(sheet, {});
  if (/<\/script|<!--|@YAMORI_/i.test(script) || /<\/style|@YAMORI_/i.test(style)) {
    throw new Error(`${entry}: the text would end its element or looks like a mark`);
  }
  if (apart !== undefined) {
    writeFileSync(join(folder, apart[0]), script);
    writeFileSync(join(folder, apart[1]), style);
  }
  const digest = createHash('sha256').update(script).digest('base64');
  const source = join(here, 'src', html);
  used.add(source);
  return readFileSync(source, 'utf8')
    .replace('{{DIGEST}}', () => digest)
    .replace('{{STYLE}}', () => style)
    .replace('{{SCRIPT}}', () => script);
}

for (const page of pages) {
  writeFileSync(join(folder, page.out), await build(page));
}
if (depfile !== undefined) {
  const escaped = [...used].map((f) => f.replace(/[ #]/g, '\\$&').replace(/\$/g, '$$$$'));
  writeFileSync(depfile, `${pages.flatMap((p) => [p.out, ...(p.apart ?? [])]).map((f) => join(named, f)).join(' ')}: ${escaped.join(' ')}\n`);
}

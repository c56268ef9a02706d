import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { parseDocument } from 'yaml';
import { headIndex } from '../src/scenario/heads.ts';
import { knownAs } from '../src/scenario/known-values.ts';
import { keepKeys } from '../src/scenario/yaml-keys.ts';

/*
 * Bundles the command line, the library and the processes of a lab into dist/. Each entry point keeps the path that it has in
 * src/; code that several share lies in dist/src/chunks/. A command then loads some 20 files in place of 400.
 */

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const OUT = join(ROOT, 'dist/src');
/** Stands for the way from an output file to `dist/src`, which is known only when the file has its place. */
const WAY = '@way-to-src@';

/** A module finds its neighbours from where it would lie without the bundler: its `import.meta.url` is that place. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const place = relative(SRC, path).replace(/\.ts$/, '.js');
      const url = `new URL('${WAY}/${place}', import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    }),
};

const { outputFiles, metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: [
    'src/index.ts',
    'src/cli/main.ts',
    'src/cli/program.ts',
    'src/testbed/processes/*.ts',
  ],
  outbase: 'src',
  outdir: OUT,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  external: ['koffi', 'raw-socket', 'playwright-core'],
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: {
    js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
  },
  plugins: [ownPlaces],
  metafile: true,
  write: false,
  logLevel: 'warning',
});
for (const file of outputFiles) write(file);
chmodSync(join(OUT, 'cli/main.js'), 0o755);
writeFileSync(join(ROOT, 'dist/LICENSES.txt'), licencesOf(metafile));
writeFileSync(join(ROOT, 'dist/scenarios.json'), JSON.stringify(await headIndex()));
mkdirSync(join(ROOT, 'dist/values'), { recursive: true });
for (const folder of ['scenarios', 'tools']) writeValues(join(ROOT, folder));

function write({ path, text }: OutputFile): void {
  mkdirSync(dirname(path), { recursive: true });
  const way = relative(dirname(path), OUT) || '.';
  writeFileSync(path, text.replaceAll(WAY, way.startsWith('.') ? way : `./${way}`));
}

/** For `knownValue`. A value that JSON would change, and a text that is no YAML, are left out. */
function writeValues(folder: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((one) => one.endsWith('.yaml'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    const document = parseDocument(text);
    if (document.errors.length + document.warnings.length > 0) continue;
    keepKeys(document);
    const value: unknown = document.toJS();
    const json = JSON.stringify(value);
    if (!isDeepStrictEqual(JSON.parse(json), value)) continue;
    writeFileSync(join(ROOT, 'dist/values', knownAs(text)), json);
  }
}

/** The licence of each package whose code is in the bundle: each asks to be told along with it. */
function licencesOf({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort().map(licenceOf).join('\n');
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(join(ROOT, folder)).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

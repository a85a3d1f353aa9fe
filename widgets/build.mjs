// Builds dist/ (or --out DIR; or, with --test, runs the tests): byte for byte the same from the same sources.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = new URL(".", import.meta.url).pathname;
const flag = process.argv.indexOf("--out");
const out = flag < 0 ? `${here}dist` : process.argv[flag + 1];

/** Style sheets become minified strings, for `CSSStyleSheet.replaceSync`. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
const common = { absWorkingDir: here, bundle: true, target: "es2022", charset: "utf8", legalComments: "none", plugins: [styles], write: false };

async function make(name) {
  const { outputFiles } = await build({ ...common, entryPoints: [`src/${name}.ts`], format: "esm", minify: true });
  // A second minifier: 4 % less, which is a language or a question type.
  const { code } = await minify(outputFiles[0].text, { ecma: 2020, module: true, toplevel: true, compress: { passes: 3, unsafe_arrows: true } });
  // A classic script's names are the page's names. Wrapped last: the minifier takes a function that runs once apart.
  const bytes = Buffer.from(name == "loader" ? `(()=>{${code.replace(/;$/, "")}})();` : code);
  await writeFile(`${out}/${name}.js`, bytes);
  console.log(`${name}.js ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzip`);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

async function test() {
  const bundles = `${here}node_modules/.tests`;
  await rm(bundles, { recursive: true, force: true });
  await build({ ...common, entryPoints: ["test/*.test.ts"], outdir: bundles, outExtension: { ".js": ".mjs" }, platform: "node", format: "esm", write: true });
  process.exitCode = spawnSync(process.execPath, ["--test", bundles], { stdio: "inherit", cwd: here }).status ?? 1;
}

if (process.argv.includes("--test")) await test();
else {
  await mkdir(out, { recursive: true });
  const manifest = { loader: await make("loader"), renderer: await make("renderer") };
  await writeFile(`${out}/manifest.json`, JSON.stringify(manifest, null, 2) + "\n");
}

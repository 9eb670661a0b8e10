// What eslint looks at beside formatting, which is prettier's: errors that TypeScript does not see, and unknown names where
// it does not look.
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

const named = names =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map(name => [name, "readonly"]),
  );

/** Globals that code here uses: all that there are would hide a forgotten `name`, `status` or `close`. */
const EVERYWHERE = named(`
  AbortController AbortSignal Blob DOMException MessageChannel ReadableStreamDefaultReader Response TextDecoder TextEncoder
  URL URLSearchParams WebAssembly atob btoa clearInterval clearTimeout console crypto fetch performance setInterval
  setTimeout structuredClone`);
const NODE = named("Buffer process setImmediate");
const BROWSER = named(`
  ALONE WASM_DIGEST WASM_HASH CompressionStream DecompressionStream Event IDBCursor IDBObjectStore Image Option TextDecoderStream Worker XMLHttpRequest
  addEventListener caches confirm createImageBitmap crossOriginIsolated dispatchEvent document getComputedStyle getSelection
  history indexedDB innerHeight localStorage location MutationObserver navigator PerformanceObserver
  postMessage queueMicrotask removeEventListener ResizeObserver requestAnimationFrame
  scrollTo sessionStorage window`);

const PAGES = [
  "web/page/**/*.mjs",
  "tests/browser/pages/**",
  "tests/trial/shared/page.js",
  "tests/engines/page/**",
  "tests/engines/browser/**",
];
/** Programs for Node whose functions run in a page, too. */
const DRIVERS = ["tests/browser/*.js", "bench/notebook.mjs"];

export default defineConfig(
  globalIgnores([
    "target/",
    "dist/",
    "js/dist/",
    "web/lua-*",
    "web/page*.{mjs,js}",
    "web/wasm-loader.*",
    "**/node_modules/",
  ]),
  js.configs.recommended,
  typescript.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // `{ left, ...others }` is how a field is left out.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // `found && use(found)` is a statement here.
      "@typescript-eslint/no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      // What another thread, a database or a caller's code gives has the type that they say it has.
      "@typescript-eslint/no-explicit-any": "off",
      // A type that refers to itself needs a name that is an interface.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      // Playwright reads the names of fixtures from the pattern.
      "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }],
      // Strings here are bytes.
      "no-control-regex": "off",
    },
  },
  { files: ["**/*.{js,mjs}"], ignores: PAGES, languageOptions: { globals: { ...EVERYWHERE, ...NODE } } },
  { files: PAGES, languageOptions: { globals: { ...EVERYWHERE, ...BROWSER } } },
  { files: ["web/page/service.mjs"], languageOptions: { globals: named("FILES LATER Request VERSION self") } },
  { files: DRIVERS, languageOptions: { globals: { ...BROWSER, LuaPersistent: "readonly" } } },
  { files: ["tests/browser/world.js"], languageOptions: { sourceType: "script" } },
  {
    // What compiles, and what does not: nothing of it runs.
    files: ["tests/types/*.{mts,cts}"],
    rules: {
      "@typescript-eslint/no-unused-vars": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-require-imports": "off",
    },
  },
);

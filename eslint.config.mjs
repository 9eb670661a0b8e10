// What eslint looks at beside formatting, which is prettier's: errors that TypeScript does not see.
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

export default defineConfig(
  globalIgnores(["target/", "js/dist/", "web/lua-*", "web/wasm-loader.*", "**/node_modules/"]),
  js.configs.recommended,
  typescript.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" }, rules: {} },
);

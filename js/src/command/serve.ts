// `lua-persistent serve`: the page, on this machine only.
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./errors.ts";
import { PROGRAM } from "./help.ts";
import { write } from "./stdio.ts";

/** What serve.js of the repository has; the build puts it beside the page. */
interface PageServer {
  serve(port: number, roots: string[]): Promise<Server>;
  portFrom(args: string[]): number | undefined;
}

const at = (path: string): string => resolve(fileURLToPath(new URL(path, import.meta.url)));
/** The page's own files, the scripts that it loads, and lua.wasm. */
const ROOTS = [at("../page"), at("../classic"), at("..")];

/** @returns the exit code when it cannot; undefined while it serves @throws {UsageError} */
export async function servePage(args: string[]): Promise<number | undefined> {
  const { serve, portFrom }: PageServer = await import(new URL("./page-server.js", import.meta.url).href);
  const port = portFrom(args);
  if (port === undefined) throw new UsageError("'serve' takes --port N alone, N from 0 to 65535");
  try {
    const server = await serve(port, ROOTS);
    write(1, `http://localhost:${(server.address() as AddressInfo).port}\n`);
    return undefined;
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    write(2, `${PROGRAM}: port ${port} is taken: choose another with ${PROGRAM} serve --port N\n`);
    return 1;
  }
}

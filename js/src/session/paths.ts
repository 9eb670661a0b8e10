// Paths of globals: names joined by dots, as `set`, `get` and `call` take them.
import { LuaFunction } from "../host/lua-function.ts";

const PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
/** The same, with a method's name after a colon at its end. */
const CALLED = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?$/;

/** @throws {TypeError} it is no path */
export function checkedPath(method: string, path: unknown, form: RegExp = PATH): string {
  if (typeof path === "string" && form.test(path)) return path;
  throw new TypeError(`${method} takes names joined by dots, such as game.player.hp, not ${JSON.stringify(path)}`);
}

/** @returns the path; undefined for a function @throws {TypeError} it is neither */
export function checkedCallee(callee: unknown): string | undefined {
  if (callee instanceof LuaFunction) return undefined;
  if (typeof callee === "string") return checkedPath("call", callee, CALLED);
  throw new TypeError(`call takes a path, such as game.update, or a LuaFunction, not ${typeof callee}`);
}

// What a session needs only when it is asked for: a script of its own, beside the page's.
import type * as late from "../../../js/src/session/late.ts";

const SCRIPT = "./page-late.mjs";

export const loadLate = (): Promise<typeof late> => import(SCRIPT) as Promise<typeof late>;

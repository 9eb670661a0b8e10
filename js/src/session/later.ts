// What a session needs only when it is asked for: the page loads it then (web/page/lua/later.ts).
import * as late from "./late.ts";

export const loadLate = (): Promise<typeof late> => Promise.resolve(late);

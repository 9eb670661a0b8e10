// In the worker: the functions that the page has, each of which waits for the page.
import type { Call } from "../host/call.ts";
import type { Entry, Restored } from "../host/entries.ts";
import { QUESTIONS } from "../host/exposed-objects.ts";
import { ToldError } from "../host/errors.ts";
import type { LuaFunctions } from "../host/lua-functions.ts";
import { Encoded } from "../host/encoded.ts";
import { scan } from "../values/message-scan.ts";
import type { Channel } from "./channel.ts";

const DROP = QUESTIONS[4];

/**
 * @param channel to the page
 * @param functions of Lua, of which the page holds those that it gets; once it is `opened`
 */
export function remoteEntries(
  names: string[],
  channel: () => Channel,
  functions: () => LuaFunctions,
  opened: Promise<void>,
): Entry[] {
  const ask = async (name: string, message: Uint8Array<ArrayBuffer>, call: Call, by?: Restored) => {
    const onAbort = () => channel().send("abandonHost", call.id);
    call.signal.addEventListener("abort", onAbort, { once: true });
    const answer = await channel().call("callHost", [call.id, name, message, by], [message.buffer]);
    if (answer.told) throw new ToldError(answer.told, call.id, answer.limit);
    const results = answer.results as Uint8Array;
    // Nobody takes an answer that comes when the run was stopped.
    const references = call.signal.aborted ? [] : scan(results).references;
    // The page may let go of them before Lua has them.
    for (const reference of references) functions().hold(reference);
    return new Encoded(
      results,
      () => references.forEach(reference => functions().drop(reference)),
      answer.isAtOnce as boolean,
    );
  };
  return names.map(name => ({
    name,
    options: {},
    pass(message, call) {
      holdForPage(message, functions());
      const answer = ask(name, message.slice() as Uint8Array<ArrayBuffer>, call());
      // Of a finalizer, which cannot wait.
      if (name !== DROP) return answer;
      answer.catch(() => {});
    },
    async restore(message, call, by) {
      await opened;
      holdForPage(message, functions());
      return ask(name, message.slice() as Uint8Array<ArrayBuffer>, call(), by);
    },
  }));
}

/** A message goes to the page: that holds each function as often as it comes. */
export function holdForPage(message: Uint8Array, functions: LuaFunctions, from?: number): void {
  for (const reference of scan(message, from).references) functions.hold(reference);
}

// In the worker: the store that the page has.
import { packChanges, unpackChanges } from "../stores/packed-changes.ts";
import type { OwnStore } from "../stores/store.ts";
import { type Channel, buffersOf } from "./channel.ts";
import type { EarlyAnswers } from "./early-answer.ts";

/** @param channel to the page @param early the answers that go with commits */
export function remoteStore(channel: () => Channel, label: string, early: EarlyAnswers): OwnStore {
  let earlier: string | null = null;
  return {
    label,
    async lock(whenBusy) {
      const { readOnly } = await channel().call("lock", [whenBusy]);
      return { readOnly, release() {} };
    },
    async load() {
      const found = await channel().call("load");
      ({ earlier } = found);
      return unpackChanges(found.packed)!.map(({ name, bytes }): [string, Uint8Array] => [name, bytes!]);
    },
    earlierSnapshot: () => earlier,
    captured: () => early.captured(),
    async commit(changes) {
      // One array moves sooner than many.
      const packed = packChanges(changes);
      const answer = early.take();
      await channel().call("commit", [packed, answer], buffersOf(packed));
      if (answer) channel().wasAnswered(answer.id);
    },
    clear: () => channel().call("clear"),
  };
}

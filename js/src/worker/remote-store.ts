// In the worker: the store that the page has.
import { packChanges, unpackChanges } from "../stores/packed-changes.ts";
import type { OwnStore } from "../stores/store.ts";
import { type Channel, buffersOf } from "./channel.ts";

/** @param channel to the page */
export function remoteStore(channel: () => Channel, label: string): OwnStore {
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
    commit(changes) {
      // One array moves sooner than many.
      const packed = packChanges(changes);
      return channel().call("commit", [packed], buffersOf(packed));
    },
    clear: () => channel().call("clear"),
  };
}

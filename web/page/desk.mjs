// The Lua of the page, from its opening to its end: which store, who else has it, what to do when it is refused, and what becomes
// of it while the page is left. It knows no cells.
import { LONGEST_RUN, eraseStore, openLua } from "./lua/lua.mjs";
import { element } from "./view/dom.mjs";
import { clearMessages, notice, offer, showError, showPlace, showProgress, showStatistics } from "./view/said.mjs";

export const RESTARTED = "Lua was restarted. Globals are lost; Memory is as the last completed run left it.";

/** What there is one of in a page. */
export class Desk {
  /** @type {PageLua | null} */
  lua = null;
  /** Of the opening under way; ends what is waiting for another tab. @type {AbortController | null} */
  #opening = null;
  /** What to do when the page is shown again. @type {(() => Promise<void>) | null} */
  #comeBack = null;
  /** Whether the store did not take something. */
  #isUnsaved = false;
  /** The stores that may be used, when not all. @type {{stores?: string[]}} */
  #allowed = {};
  /** @type {{milliseconds: number, steps: number} | null} */
  lastRun = null;
  /** Whether a script runs. */
  isRunning = () => false;
  #name;
  #host;
  #listeners;

  /**
   * @param {object} options
   * @param {string} options.name of the store @param {object} options.host functions for Lua
   * @param {() => void} options.onChange what can be done is not the same any more
   * @param {(how?: {isHistoryKept: boolean}) => void} options.onLua Lua was opened, restarted, or went back
   * @param {() => void} options.onState Memory may have changed
   */
  constructor({ name, host, ...listeners }) {
    this.#name = name;
    this.#host = host;
    this.#listeners = listeners;
  }

  /** inspector.lua, when Lua is there. */
  ask = async (name, ...args) => {
    if (!this.lua) throw new Error("Lua is not open");
    return this.lua.ask(name, ...args);
  };

  #restarted = () => {
    notice(RESTARTED);
    this.#listeners.onLua();
  };

  /**
   * Does `action`, shows its error if it has one, and brings what is shown up to date.
   * @param {() => unknown} action @param {string | (() => string)} what it is doing @param {() => string} [more] about that
   */
  async attempt(action, what, more) {
    clearMessages();
    const endProgress = showProgress(typeof what === "string" ? () => what : what, more);
    try {
      await action();
    } catch (error) {
      if (!this.#comeBack) showError(error);
    }
    endProgress();
    await this.refresh().catch(showError);
  }

  async refresh() {
    if (!this.lua) return;
    const statistics = await this.lua.statistics();
    this.#isUnsaved = !statistics.isDurable;
    showStatistics(statistics, this.lastRun);
    // Otherwise each question would try once more to make everything durable.
    if (!this.#isUnsaved) await this.#listeners.onState();
  }

  // Opening.

  /**
   * @param {"wait" | "readOnly" | "refuse"} whenBusy
   * @param {{stores?: string[]}} [allowed] not all stores @param {Uint8Array} [image] to go on from
   */
  async open(whenBusy, allowed = {}, image = undefined) {
    this.#opening?.abort();
    const mine = (this.#opening = new AbortController());
    mine.again = () => this.open(whenBusy, allowed, image);
    this.#allowed = allowed;
    const endProgress = whenBusy === "wait" ? () => {} : showProgress(() => "Opening Memory");
    try {
      await this.#close();
      const settings = { name: this.#name, host: this.#host, onRestart: this.#restarted };
      const opened = await openLua({ ...settings, ...allowed, image, whenBusy, signal: mine.signal });
      if (this.#opening !== mine) return await opened.close();
      this.lua = opened;
      await this.#showOpened();
    } catch (error) {
      if (this.#opening === mine) this.#showRefusal(error);
    } finally {
      endProgress();
      if (this.#opening === mine) this.#opening = null;
      this.#listeners.onChange();
    }
  }

  async #close() {
    const closing = this.lua;
    this.lua = null;
    this.#listeners.onChange();
    await closing?.close();
  }

  #showOpened() {
    showPlace(this.lua, LONGEST_RUN);
    if (this.lua.readOnly) offer("busy", "You can read it here.", ["wait"]);
    else element("choice").hidden = true;
    this.#listeners.onLua();
    this.#listeners.onChange();
    clearMessages();
    return this.refresh();
  }

  #showRefusal(error) {
    element("place").textContent = "Memory is not open here.";
    if (error.kind === "busy") {
      const text =
        "Wait until that tab is closed, open it here to read only, or go on without it: with an empty Memory that is not kept.";
      return offer("busy", text, ["wait", "read", "forget"]);
    }
    showError(error);
    if (error.kind !== "damaged" && error.kind !== "version") return undefined;
    element("erase").onclick = () => this.attempt(() => this.#erase(error.kindOfStore), "Erasing");
    return offer("refused", "Go on with an empty Memory that is not kept, or erase what is there.", [
      "forget",
      "erase",
    ]);
  }

  /**
   * Replaces Memory and, if they are of this lua.wasm, Lua's globals.
   * @param {Whole} whole of a .luap file
   * @returns {Promise<boolean>} whether the globals are there
   */
  async takeOver({ memory, image, hash }) {
    const hasGlobals = hash !== null && hash === this.lua.wasmHash;
    if (hasGlobals) await this.#openImage(image);
    else {
      await this.lua.restart();
      await this.lua.restore(memory);
      await this.refresh();
    }
    return hasGlobals;
  }

  async #openImage(image) {
    await this.open("refuse", this.#allowed, image);
    if (this.lua) return;
    const { textContent } = element("error");
    await this.open("refuse", this.#allowed);
    throw new Error(textContent);
  }

  /** Goes back to a moment of its history. @param {number} n */
  rewind(n) {
    return this.attempt(async () => {
      await this.lua.rewind(n);
      this.#listeners.onLua({ isHistoryKept: true });
    }, "Going back");
  }

  wait() {
    offer("busy", "Waiting until that tab is closed …", ["read", "forget"]);
    element("read").focus();
    return this.open("wait");
  }

  async #erase(store) {
    if (!confirm("Erase everything in the stored Memory? This cannot be undone.")) return;
    await eraseStore(store, this.#name);
    await this.open("refuse");
  }

  /** Restarts Lua if it has failed itself. */
  async mend() {
    if (await this.lua?.hasFailed().catch(() => false)) await this.lua.restart();
  }

  get isLeaving() {
    return this.#comeBack !== null;
  }

  // A page that is left can be kept, frozen, for the way back: the store is for other tabs meanwhile, and what they did to it
  // is read when the page is shown again. What could not be saved stays here, and so does Memory that is not kept.
  watchPage() {
    addEventListener("beforeunload", event => {
      if (!this.#isUnsaved) return;
      event.preventDefault();
      // Earlier browsers want this.
      event.returnValue = true;
    });
    addEventListener("pagehide", ({ persisted }) => {
      if (!persisted || this.#comeBack) return;
      if (this.#opening) this.#comeBack = this.#leaveOpening();
      else if (this.lua?.isLocked && !this.#isUnsaved) this.#comeBack = this.#leaveLua();
    });
    addEventListener("pageshow", async () => {
      const coming = this.#comeBack;
      this.#comeBack = null;
      await coming?.();
    });
  }

  #leaveOpening() {
    const { again } = this.#opening;
    this.#opening.abort();
    this.#opening = null;
    return again;
  }

  #leaveLua() {
    const wasRunning = this.isRunning();
    const left = this.lua.leave().catch(() => {});
    this.lua = null;
    return async () => {
      await left;
      await this.open("refuse");
      const ended = wasRunning
        ? "The run was ended when this page was left."
        : "This page was left, and is here again.";
      if (this.lua) notice(`${ended} ${RESTARTED}`);
    };
  }
}

// The least host of lua.wasm (docs/host.md): tables in Maps, source in and text out. Only what every engine has.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const SERVICES = -1;

const keyOf = bytes => String.fromCharCode(...bytes);
const bytesOf = key => Uint8Array.from(key, character => character.charCodeAt(0));

export class Host {
  /** @param services functions by the names of services; each gets the bytes that follow the name, or the message */
  constructor(module, { store = new Map(), services = {}, refuses = () => false } = {}) {
    Object.assign(this, { store, services, refuses });
    const functions = Object.fromEntries(
      ["set", "get", "delete", "size", "keys"].map(name => [
        `js_ext_table_${name}`,
        (...values) => this[name](...values),
      ]),
    );
    this.exports = new WebAssembly.Instance(module, { env: functions }).exports;
  }

  bytes(pointer, length) {
    return new Uint8Array(this.exports.memory.buffer, pointer >>> 0, length >>> 0);
  }

  key(pointer, length) {
    return keyOf(this.bytes(pointer, length));
  }

  set(table, key, keyLength, value, length) {
    const [name, bytes] = [this.key(key, keyLength), this.bytes(value, length).slice()];
    if (table === SERVICES) return this.services[name] ? (this.services[name](bytes), 0) : -1;
    if (this.refuses(table, name)) return -1;
    if (!this.store.has(table)) this.store.set(table, new Map());
    this.store.get(table).set(name, bytes);
    return 0;
  }

  get(table, key, keyLength, value, room) {
    const name = this.key(key, keyLength);
    const found = table === SERVICES ? this.service(name) : this.store.get(table)?.get(name);
    if (!found) return -1;
    const copied = found.subarray(0, room >>> 0);
    this.bytes(value, copied.length).set(copied);
    return copied.length;
  }

  service(name) {
    const names = Object.keys(this.services);
    if (name === "services") return names.length > 0 ? encoder.encode(names.join(" ")) : undefined;
    const asked = names.find(each => each === name || (each === "zone" && name.startsWith("zone")));
    return asked && this.services[asked](bytesOf(name.slice(asked.length)));
  }

  delete(table, key, keyLength) {
    return this.store.get(table)?.delete(this.key(key, keyLength)) ? 0 : -1;
  }

  size(table) {
    return this.store.get(table)?.size ?? 0;
  }

  keys(table, buffer, room) {
    if (!this.store.has(table)) return 0;
    const keys = [...this.store.get(table).keys()];
    const out = this.bytes(buffer, room);
    const view = new DataView(out.buffer, out.byteOffset, out.length);
    view.setUint32(0, keys.length, true);
    let end = 4;
    for (const key of keys) {
      if (end + 4 + key.length > out.length) break;
      view.setUint32(end, key.length, true);
      out.set(bytesOf(key), end + 4);
      end += 4 + key.length;
    }
    return end;
  }

  /** Calls `init`. @returns itself */
  ready() {
    if (this.exports.init() !== 0) throw new Error("init failed");
    return this;
  }

  /** @param source text or bytes @returns {{ ok: boolean, text: string }} */
  eval(source) {
    const bytes = typeof source === "string" ? encoder.encode(source) : source;
    this.bytes(this.exports.get_buffer_ptr(), bytes.length).set(bytes);
    return this.answer(this.exports.eval(bytes.length));
  }

  answer(n) {
    const bytes = this.bytes(this.exports.get_buffer_ptr(), n < 0 ? -n - 1 : n);
    return { ok: n >= 0, text: decoder.decode(bytes) };
  }

  /** @returns the text of source that must succeed */
  run(source) {
    const { ok, text } = this.eval(source);
    if (!ok) throw new Error(text);
    return text;
  }

  /** @returns the first line of the error of source that must fail */
  fail(source) {
    const { ok, text } = this.eval(source);
    if (ok) throw new Error(`no error, but ${text}`);
    return text.split("\n")[0];
  }
}

// The truncation rule (docs/abi.md section 3): text larger than the buffer is cut at a UTF-8 boundary and ends with
// `\n[... N more bytes]`, N exact.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { open, quote } from "./client.mjs";

const SIZE = 65536;
let lua;
before(() => {
  lua = open();
});

/** Checks `bytes` as the cut form of `whole`; `valid` if that is UTF-8. */
function assertCut(bytes, whole, valid) {
  const note = /\n\[\.\.\. (\d+) more bytes\]$/.exec(bytes.toString("latin1"));
  assert.ok(note, "there is a note");
  const kept = bytes.length - note[0].length;
  assert.equal(Number(note[1]), whole.length - kept, "N is exact");
  assert.ok(bytes.subarray(0, kept).equals(whole.subarray(0, kept)), "what is kept is the beginning");
  assert.ok(bytes.length <= SIZE && bytes.length >= SIZE - 3, `${bytes.length} bytes: at most 3 earlier than the room`);
  if (valid) new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, kept));
}

/** Leaves `text` in the global `s`, whatever its size. */
function give(text) {
  lua.run('s = ""');
  for (let at = 0; at < text.length; at += 10_000) lua.run(`s = s .. ${quote(text.subarray(at, at + 10_000))}`);
}

const FORMS = {
  output: { source: "local _ = io.write(s)", ok: true },
  "output in pieces": { source: "for i = 1, #s, 7 do io.write(s:sub(i, i + 6)) end", ok: true },
  results: { source: "return s", ok: true },
  "output and results": { source: 'io.write(s:sub(1, 100), "\\n") return (s:sub(102))', ok: true },
  errors: { source: "error(s, 0)", ok: false },
};

for (const [form, { source, ok }] of Object.entries(FORMS)) {
  for (const character of ["a", "é", "€", "😀"]) {
    const width = Buffer.byteLength(character);
    test(`${form} of ${width}-byte characters are cut at a boundary, in every alignment`, () => {
      for (let shift = 0; shift < 4; shift++) {
        const characters = character.repeat(Math.ceil((SIZE + 40) / width));
        const whole = Buffer.from("x".repeat(shift) + characters);
        if (form === "output and results") {
          whole[100] = 10;
          if (width > 1) continue;
        }
        give(whole);
        const answer = lua.eval(source);
        assert.equal(answer.ok, ok);
        const traceback = "\nstack traceback:\n\t[C]: in function 'error'\n\teval:1: in main chunk\n\t[C]: in ?";
        assertCut(answer.bytes, ok ? whole : Buffer.concat([whole, Buffer.from(traceback)]), true);
      }
    });
  }
}

test("text of exactly the buffer size is whole, and one byte more is cut", () => {
  for (const size of [SIZE - 1, SIZE]) {
    const { n, bytes } = lua.eval(`return string.rep("x", ${size})`);
    assert.equal(n, size);
    assert.ok(bytes.equals(Buffer.alloc(size, "x")));
  }
  for (const more of [1, 2, 3, 20, 21, 22, 25]) {
    assertCut(lua.eval(`return string.rep("x", ${SIZE + more})`).bytes, Buffer.alloc(SIZE + more, "x"), true);
  }
});

test("N is exact where its number of digits changes with the cut", () => {
  for (const missing of [9, 10, 99, 100, 999, 1000, 9999, 10000]) {
    for (let total = SIZE + missing - 26; total <= SIZE + missing - 10; total++) {
      if (total <= SIZE) continue;
      assertCut(lua.eval(`return string.rep("x", ${total})`).bytes, Buffer.alloc(total, "x"), true);
    }
  }
});

test("bytes that are not UTF-8 are cut at most 3 bytes early, and kept verbatim", () => {
  for (const filler of ["\\x80", "\\xff", "\\0", "\\xc3", "\\xf0\\x9f"]) {
    const byte = Buffer.from(
      filler
        .replace("\\0", "\\x00")
        .match(/[0-9a-f]{2}/g)
        .join(""),
      "hex",
    );
    const count = Math.ceil((SIZE + 100) / byte.length);
    const whole = Buffer.concat(Array(count).fill(byte));
    assertCut(lua.eval(`local _ = io.write(string.rep("${filler}", ${count}))`).bytes, whole, false);
  }
});

test("output of 20 MB ends with an exact count", () => {
  assertCut(
    lua.eval('for i = 1, 20000 do io.write(string.rep("x", 1000)) end').bytes,
    Buffer.alloc(20_000_000, "x"),
    true,
  );
});

test("an error value of a megabyte is cut and keeps the sign of an error", () => {
  const { n, ok } = lua.eval('error(string.rep("x", 1000000))');
  assert.equal(ok, false);
  assert.ok(n >= -1 - SIZE);
});

test("the syntax error of a token as long as the source fits", () => {
  const { ok, text } = lua.eval(`x = ${"y".repeat(60000)} ${"z".repeat(5000)}`);
  assert.equal(ok, false);
  assert.match(text, /^eval:1: syntax error near /);
});

test("after a cut text the next one is whole", () => {
  lua.eval('return string.rep("x", 100000)');
  assert.equal(lua.run('return "short"'), "short");
});

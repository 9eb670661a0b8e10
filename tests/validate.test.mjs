// The contract as validate-wasm.js checks it: every rule against a module that breaks just this one, and the real lua.wasm.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { check } from "../validate/check.js";
import { readModule } from "../validate/module.js";
import { twinViolations } from "../validate/twin.js";
import {
  assemble,
  body,
  changed,
  encode,
  END,
  exportOf,
  FUNCTION,
  I32,
  I64,
  importOf,
  MEMORY,
  name,
  section,
  sectionsOf,
  TABLE,
  type,
  validModule,
  vector,
} from "./wasm-builder.mjs";

const VALIDATOR = fileURLToPath(new URL("../validate-wasm.js", import.meta.url));
const ARTIFACT = new URL("../web/lua.wasm", import.meta.url);
const RUN_GC = 5;
const V128 = 0x7b;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;

/** The sentences for `bytes`, without the places in the file. */
function sentences(bytes) {
  return check(bytes).violations.map(text => text.replace(/, at byte 0x[0-9a-f]+$/, ""));
}

/** One test: the valid module changed this way gets exactly these sentences. */
function rejects(title, change, ...expected) {
  test(title, () => assert.deepEqual(sentences(changed(change)), expected));
}

/** One test: run_gc, function 10, with this code gets exactly one sentence, which begins with its index. */
function rejectsCode(title, code, expected, locals) {
  rejects(
    title,
    m => {
      m.bodies[RUN_GC] = body(code, locals);
    },
    `function 10 ${expected}`,
  );
}

/** One test: bytes that do not follow the format are one clear error. */
function rejectsBytes(title, bytes, expected) {
  test(title, () => assert.deepEqual(sentences(bytes), [`malformed module: ${expected}`]));
}

/** Moves the exports on by one function, as one more import does. */
function shiftFunctions(m) {
  m.exports = m.exports.map((entry, i) => (i === 0 ? entry : [...entry.slice(0, -1), entry.at(-1) + 1]));
}

test("a module that keeps every rule passes", () => {
  assert.deepEqual(check(encode(validModule())), { violations: [], exceptions: "none", features: [] });
});

rejects(
  "every violation is reported, not only the first",
  m => {
    m.memories = [[0x00, 31]];
    m.exports.pop();
    m.tags.push(m.tags[0]);
  },
  "export run_gc is missing",
  "the memory starts with 31 pages instead of 32",
  "there are 2 tags: one is allowed",
);

// The file and its sections.

rejectsBytes("an empty file is malformed", new Uint8Array(), "the file ends too early");
rejectsBytes(
  "a file without the magic number is malformed",
  Buffer.from("\0asn\x01\0\0\0"),
  "the file does not start with the magic number and version 1",
);
rejectsBytes(
  "another version is malformed",
  Buffer.from("\0asm\x02\0\0\0"),
  "the file does not start with the magic number and version 1",
);
rejectsBytes("a file cut short is malformed", encode(validModule()).subarray(0, -1), "the file ends too early");
rejectsBytes(
  "a section with trailing bytes is malformed",
  assemble([section(1, [0, 0x55])]),
  "the type section has bytes behind its end (1)",
);
rejectsBytes("a truncated number is malformed", assemble([section(1, [0x80])]), "the type section ends too early");
rejectsBytes(
  "a number of more than 32 bits is malformed",
  assemble([section(1, [0x80, 0x80, 0x80, 0x80, 0x10])]),
  "the type section has a number longer than 32 bits",
);
rejectsBytes(
  "a huge count is malformed",
  assemble([section(1, [0xff, 0xff, 0xff, 0xff, 0x0f])]),
  "the type section ends too early",
);
rejectsBytes(
  "a repeated section is malformed",
  assemble([section(1, [0]), section(1, [0])]),
  "the type section is repeated or out of order",
);
rejectsBytes(
  "sections out of order are malformed",
  assemble([section(7, [0]), section(1, [0])]),
  "the type section is repeated or out of order",
);
rejectsBytes(
  "a name that is not UTF-8 is malformed",
  assemble([section(7, vector([[1, 0xff, FUNCTION, 0]]))]),
  "the export section has a name that is not UTF-8",
);
rejectsBytes(
  "a type that does not exist is malformed",
  changed(m => {
    m.functions[0] = [77];
  }),
  "the function section names type 77, which does not exist",
);
rejectsBytes(
  "a function without a body is malformed",
  changed(m => {
    m.bodies.pop();
  }),
  "the file declares 6 functions but has 5 bodies",
);
rejectsBytes(
  "an import of an unknown kind is malformed",
  changed(m => {
    m.imports[0] = importOf("env", "x", 9);
  }),
  "the import section has an entry of unknown kind 9",
);
rejectsBytes(
  "a tag that is not an exception is malformed",
  changed(m => {
    m.tags = [[1, 4]];
  }),
  "the tag section has a tag that is not an exception",
);
rejectsBytes(
  "a global with unknown flags is malformed",
  changed(m => {
    m.globals = [[I32, 2, 0x41, 0, END]];
  }),
  "the global section has a global with flags 2",
);
rejects("an unknown section is named", m => m.appended.push(section(14, [])), "a section has the unknown id 14");
rejects(
  "a custom section is named",
  m => m.appended.push(section(0, name("producers"))),
  "custom section 'producers' is not allowed: it costs bytes and may show paths of the build machine",
);

test("a start function is refused", () => {
  const sections = sectionsOf(validModule());
  const afterExports = sections.findIndex(([id]) => id === 7) + 1;
  const bytes = assemble(sections.toSpliced(afterExports, 0, section(8, [10])));
  assert.deepEqual(sentences(bytes), ["there is a start function: nothing may run before init"]);
});

// Types, imports and exports.

rejects(
  "a result of two values is refused",
  m => m.types.push(type([], [I32, I64])),
  "type 6, () -> (i32, i64), has more than one result (multi-value)",
);
rejects(
  "a vector parameter is refused",
  m => m.types.push(type([V128], [])),
  "type 6, (v128) -> (), uses v128: only numbers may be passed",
);
rejects(
  "a type that is not a function is refused",
  m => m.types.push([0x5f, 0]),
  "the type section has type 6 of form 0x5f, not a function (GC)",
);
rejects(
  "a missing import is named",
  m => {
    m.imports[4] = m.imports[3];
  },
  "import env.js_ext_table_size is there twice",
  "import env.js_ext_table_keys is missing",
);
rejects(
  "an import too many is named",
  m => {
    m.imports.push(importOf("env", "abort", FUNCTION, 5));
    shiftFunctions(m);
  },
  "import env.abort is not part of the contract",
);
rejects(
  "an import from another module is refused",
  m => {
    m.imports[3] = importOf("wasi", "js_ext_table_size", FUNCTION, 2);
  },
  "import wasi.js_ext_table_size is not part of the contract",
  "import env.js_ext_table_size is missing",
);
rejects(
  "an import with another signature is refused",
  m => {
    m.imports[3] = importOf("env", "js_ext_table_size", FUNCTION, 3);
  },
  "import env.js_ext_table_size is () -> i32 instead of (i32) -> i32",
);
rejects(
  "an imported global is refused",
  m => m.imports.push(importOf("env", "__stack_pointer", 3, I32, 0)),
  "import env.__stack_pointer is a global: only functions may be imported",
);
rejects(
  "an imported tag is refused",
  m => {
    m.tags = [];
    m.imports.push(importOf("env", "__c_longjmp", 4, 0, 4));
  },
  "import env.__c_longjmp is a tag: only functions may be imported",
);
rejects("a missing export is named", m => m.exports.pop(), "export run_gc is missing");
rejects("a missing memory export is named", m => m.exports.shift(), "export memory is missing");
rejects(
  "an export too many is named",
  m => m.exports.push(exportOf("__heap_base", 3, 0)),
  "export __heap_base is not part of the contract",
);
rejects(
  "an exported table is refused",
  m => m.exports.push(exportOf("table", TABLE, 0)),
  "export table is not part of the contract",
);
rejects(
  "an export named like a property of every object is refused",
  m => m.exports.push(exportOf("toString", FUNCTION, 5)),
  "export toString is not part of the contract",
);
rejects(
  "an export of another kind is refused",
  m => {
    m.exports[6] = exportOf("run_gc", MEMORY, 0);
  },
  "export run_gc is a memory instead of a function",
);
rejects(
  "an export with another signature is refused",
  m => {
    m.exports[2] = exportOf("eval", FUNCTION, 5);
  },
  "export eval is () -> i32 instead of (i32) -> i32",
);
rejects(
  "an export of a function that does not exist is refused",
  m => {
    m.exports[1] = exportOf("init", FUNCTION, 99);
  },
  "export init names a function that does not exist",
);
rejects("an export that is there twice is refused", m => m.exports.push(m.exports[1]), "export init is there twice");

// Memory, table, globals, segments.

rejects(
  "a module without memory is refused",
  m => {
    m.memories = [];
    m.data = [];
  },
  "there are 0 memories instead of one",
);
rejects("a second memory is refused", m => m.memories.push([0x00, 32]), "there are 2 memories instead of one");
rejects(
  "a memory of another size is refused",
  m => {
    m.memories = [[0x00, 17]];
  },
  "the memory starts with 17 pages instead of 32",
);
rejects(
  "a memory with a maximum is refused",
  m => {
    m.memories = [[0x01, 32, 64]];
  },
  "the memory has a maximum: it must be free to grow",
);
rejects(
  "a shared memory is refused",
  m => {
    m.memories = [[0x03, 32, 64]];
  },
  "the memory is shared (threads)",
  "the memory has a maximum: it must be free to grow",
);
rejects(
  "a 64-bit memory is refused",
  m => {
    m.memories = [[0x04, 32]];
  },
  "the memory is 64-bit (memory64)",
);
rejects(
  "a memory with its own page size is refused",
  m => {
    m.memories = [[0x08, 32, 0]];
  },
  "the memory section has limits with flags 0x8 (custom page sizes)",
);
rejects("a second table is refused", m => m.tables.push([FUNCREF, 0x00, 1]), "there are 2 tables: one is allowed");
rejects(
  "a table of host references is refused",
  m => {
    m.tables = [[EXTERNREF, 0x00, 1]];
  },
  "table 0 holds externref instead of funcref",
);
rejects(
  "a 64-bit table is refused",
  m => {
    m.tables = [[FUNCREF, 0x04, 1]];
  },
  "table 0 is shared or 64-bit",
);
rejects(
  "a module without a stack pointer is refused",
  m => {
    m.globals = [];
  },
  "there is no mutable global: the stack pointer is missing",
);
rejects(
  "a second mutable global is refused",
  m => m.globals.push(m.globals[0]),
  "globals 0, 1 are mutable: only the stack pointer may be",
);
rejects(
  "a stack pointer of 64 bits is refused",
  m => {
    m.globals = [[I64, 1, 0x42, 0, END]];
  },
  "mutable global 0 is i64 instead of i32",
);
rejects(
  "a stack pointer that starts with another global is refused",
  m => {
    m.globals = [
      [I32, 0, 0x41, 0, END],
      [I32, 1, 0x23, 0, END],
    ];
  },
  "mutable global 1 starts with another global's value instead of a constant",
);
rejects(
  "a computed initialiser is refused",
  m => {
    m.globals = [[I32, 1, 0x41, 1, 0x41, 1, 0x6a, END]];
  },
  "the global section has an initialiser of more than one constant",
);
rejects(
  "an initialiser that is no constant is refused",
  m => {
    m.globals = [[I32, 1, 0x3f, 0, END]];
  },
  "the global section has an initialiser that is not a constant but 'memory.size'",
);
rejects(
  "a global that is a reference is refused",
  m => m.globals.push([EXTERNREF, 0, 0x41, 0, END]),
  "global 1 is externref: only numbers are allowed",
);
rejects(
  "an element segment of a newer kind is refused",
  m => {
    m.elements = [[0x01, 0x00, 0]];
  },
  "the element section has segment 0 of kind 1, not a plain active one (reference types)",
);
rejects(
  "a data segment for another memory is refused",
  m => {
    m.data = [[0x02, 0, 0x41, 0, END, 0]];
  },
  "the data section has segment 0 with a memory index (multi-memory)",
);

test("an immutable global is allowed", () => {
  assert.deepEqual(sentences(changed(m => m.globals.push([I32, 0, 0x41, 0, END]))), []);
});

// Code.

rejectsCode("SIMD is refused", [0xfd, 0x0c], "uses opcode 0xfd (SIMD)");
rejectsCode("atomic instructions are refused", [0xfe, 0x03, 0x00], "uses opcode 0xfe (threads)");
rejectsCode("a tail call is refused", [0x12, 10], "uses opcode 0x12 (tail calls)");
rejectsCode("a call through a typed reference is refused", [0x14, 5], "uses opcode 0x14 (typed references)");
rejectsCode("a GC instruction is refused", [0xfb, 0x00, 0], "uses opcode 0xfb (GC)");
rejectsCode("a null reference is refused", [0xd0, FUNCREF, 0x1a], "uses opcode 0xd0 (reference types)");
rejectsCode("a select with a type is refused", [0x1c, 1, I32], "uses opcode 0x1c (reference types)");
rejectsCode("reading the table is refused", [0x41, 0, 0x25, 0, 0x1a], "uses opcode 0x25 (reference types)");
rejectsCode("growing the table is refused", [0xfc, 0x0f, 0], "uses opcode 0xfc0f (reference types)");
rejectsCode("an unknown opcode is refused", [0x27], "uses opcode 0x27 (unknown)");
rejectsCode("a vector local is refused", [], "uses type v128 (SIMD)", [[1, V128]]);
rejectsCode("a reference local is refused", [], "uses type externref (reference types)", [[1, EXTERNREF]]);
rejectsCode("a local of a GC type is refused", [], "uses type 0x64 (GC or typed references)", [[1, 0x64, 0x70]]);
rejectsCode("a block with a type index is refused", [0x02, 5, END], "has a block with a type index (multi-value)");
rejectsCode(
  "a call through another table is refused",
  [0x41, 0, 0x11, 5, 1],
  "refers to a table other than by the single byte 0 (reference types)",
);
rejectsCode(
  "a table index in two bytes is refused",
  [0x41, 0, 0x11, 5, 0x80, 0],
  "refers to a table other than by the single byte 0 (reference types)",
);
rejectsCode(
  "growing another memory is refused",
  [0x3f, 1, 0x1a],
  "refers to a memory other than by the single byte 0 (multi-memory)",
);
rejectsCode(
  "loading from another memory is refused",
  [0x41, 0, 0x28, 0x42, 1, 0, 0x1a],
  "has a load or store with a memory index (multi-memory)",
);

rejects(
  "a body that ends with a function inside a block is malformed",
  m => {
    m.bodies[RUN_GC] = body([0x02, 0x40]);
  },
  "malformed module: function 10 does not end with 'end'",
);
rejects(
  "bytes behind the last end are malformed",
  m => {
    m.bodies[RUN_GC] = body([END]);
  },
  "malformed module: function 10 has bytes behind its end (1)",
);
rejects(
  "an instruction cut short is malformed",
  m => {
    m.bodies[RUN_GC] = [3, 0, 0x43, 0];
  },
  "malformed module: function 10 ends too early",
);
rejects(
  "a catch clause of an unknown kind is malformed",
  m => {
    m.bodies[RUN_GC] = body([0x1f, 0x40, 1, 4, 0, END]);
  },
  "malformed module: function 10 has a catch clause of unknown kind 4",
);
rejects(
  "a constant of too many bytes is malformed",
  m => {
    m.bodies[RUN_GC] = body([0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x1a]);
  },
  "malformed module: function 10 has a number longer than 32 bits",
);
rejects(
  "refused code is reported for every function that has it",
  m => {
    m.bodies[0] = body([0xfd, 0]);
    m.bodies[1] = body([0x12, 0]);
  },
  "function 5 uses opcode 0xfd (SIMD)",
  "function 6 uses opcode 0x12 (tail calls)",
);

test("code that Node refuses is refused", () => {
  const [sentence] = sentences(
    changed(m => {
      m.bodies[RUN_GC] = body([0x6a]);
    }),
  );
  assert.match(sentence, /^Node refuses the module: .*function #10/);
});

test("the features in use are named", () => {
  const code = [0x41, 0, 0xc0, 0x1a, 0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0a, 0, 0];
  const { violations, features } = check(
    changed(m => {
      m.bodies[RUN_GC] = body(code);
    }),
  );
  assert.deepEqual([violations, features], [[], ["bulk memory", "non-trapping conversion", "sign extension"]]);
});

// What Rust's panics leave.

const PANICS = {
  "an assertion": ["assertion failed: psize >= size", "assertion failed: "],
  "an assertion of two values": [
    "xassertion `left == right` failed: sizes differ",
    "assertion `left == right` failed: ",
  ],
  "an index": ["index out of bounds: the len is ", "index out of bounds: "],
  "a slice": ["range end index ", "range end index "],
  "an overflow": ["attempt to multiply with overflow", "attempt to multiply with overflow"],
  "an unwrap": ["called `Option::unwrap()` on a `None` value", "called `Option::"],
  "a message of the standard library": ["thread panicked at '", "panicked at"],
  "a source file": [
    "(cargo/registry/dlmalloc-0.2.14/src/dlmalloc.rs)",
    "cargo/registry/dlmalloc-0.2.14/src/dlmalloc.rs",
  ],
};

for (const [what, [text, shown]] of Object.entries(PANICS)) {
  rejects(
    `the text of ${what} is refused`,
    m => {
      m.data.push([0x00, 0x41, 0, END, ...name(text)]);
    },
    `data segment 1 holds a text of Rust's panics: ${JSON.stringify(shown)}`,
  );
}

test("texts of Lua's own errors pass", () => {
  const texts =
    "assertion failed!attempt to divide by zeroattempt to compare two %s valuesattempt to index a %s valuestack index %doverflow.rsrc";
  assert.deepEqual(
    sentences(
      changed(m => {
        m.data.push([0x01, ...name(texts)]);
      }),
    ),
    [],
  );
});

// Exceptions.

const LEGACY = [0x06, 0x40, 0x41, 0, 0x08, 0, 0x07, 0, 0x1a, END];
const EXNREF = [0x02, I32, 0x1f, 0x40, 1, 0x00, 0, 0, 0x41, 0, 0x08, 0, END, 0x00, END, 0x1a];

test("exceptions in the legacy encoding pass and are named", () => {
  const { violations, exceptions } = check(
    changed(m => {
      m.bodies[RUN_GC] = body(LEGACY);
    }),
  );
  assert.deepEqual([violations, exceptions], [[], "legacy"]);
});

test("exceptions in the exnref encoding pass and are named", () => {
  const { violations, exceptions } = check(
    changed(m => {
      m.bodies[RUN_GC] = body(EXNREF);
    }),
  );
  assert.deepEqual([violations, exceptions], [[], "exnref"]);
});

rejects(
  "two encodings of exceptions are refused",
  m => {
    m.bodies[4] = body(LEGACY);
    m.bodies[5] = body(EXNREF);
  },
  "both exception encodings are used: legacy (function 9: 'try') and exnref (function 10: 'try_table')",
);
// A call that ends a try body: what WebKit's interpreter does not catch. CALL calls run_gc itself.
const CALL = [0x10, 10];
const CALL_INDIRECT = [0x41, 0, 0x11, 5, 0];
const unfollowed = call =>
  `ends a try body with '${call}': WebKit may miss the exception unless an instruction follows`;

rejectsCode(
  "a call_indirect at the end of a try body is refused",
  [0x06, 0x40, ...CALL_INDIRECT, 0x19, END],
  unfollowed("call_indirect"),
);
rejectsCode("a call at the end of a try body is refused", [0x06, 0x40, ...CALL, 0x19, END], unfollowed("call"));
rejectsCode(
  "a call ahead of a catch of one tag is refused",
  [0x06, 0x40, ...CALL, 0x07, 0, 0x1a, END],
  unfollowed("call"),
);
rejectsCode(
  "a call ahead of a delegate is refused",
  [0x06, 0x40, 0x06, 0x40, ...CALL, 0x18, 0, 0x19, END],
  unfollowed("call"),
);
rejectsCode(
  "a call at the end of an inner try body is refused",
  [0x06, 0x40, 0x06, 0x40, ...CALL, 0x19, END, 0x19, ...CALL, END],
  unfollowed("call"),
);

/** One test: run_gc with this code passes. */
function passesCode(title, code) {
  test(title, () =>
    assert.deepEqual(
      sentences(
        changed(m => {
          m.bodies[RUN_GC] = body(code);
        }),
      ),
      [],
    ),
  );
}

passesCode("a call with an instruction behind it in a try body passes", [
  0x06,
  0x40,
  ...CALL_INDIRECT,
  0x01,
  0x19,
  END,
]);
passesCode("a call at the end of a block in a try body passes", [0x06, 0x40, 0x02, 0x40, ...CALL, END, 0x19, END]);
passesCode("a call at the end of a catch passes", [0x06, 0x40, 0x07, 0, 0x1a, ...CALL, 0x19, ...CALL, END]);

rejects("a second tag is refused", m => m.tags.push(m.tags[0]), "there are 2 tags: one is allowed");
rejects(
  "a tag of another type is refused",
  m => {
    m.tags = [[0, 5]];
  },
  "tag 0 is () -> () instead of (i32) -> ()",
);

// The twin.

const HASH = "0123456789abcdef";
/** A module with the newer encoding, and the section that says whose twin it is. */
const twinOf = (change, hash = HASH) => [
  ...changed(m => {
    m.bodies[RUN_GC] = body(EXNREF);
    change?.(m);
  }),
  ...section(0, [...name("twin"), ...Buffer.from(hash)]),
];

/** What keeps these bytes from being a twin of the valid module. */
function twinSentences(bytes) {
  const original = readModule(encode(validModule()));
  const { exceptions } = check(Buffer.from(bytes));
  const twin = { bytes: Buffer.from(bytes), module: readModule(Buffer.from(bytes)), exceptions };
  return [...twinViolations(twin, { bytes: encode(validModule()), module: original })];
}

test("a twin differs in code only, and names the hash", () => {
  assert.deepEqual(sentences(Buffer.from(twinOf())), []);
  assert.deepEqual(twinSentences(twinOf()), []);
});

test("a module of the older encoding may not have the section of a twin", () => {
  const bytes = Buffer.from([...encode(validModule()), ...section(0, [...name("twin"), ...Buffer.from(HASH)])]);
  assert.match(sentences(bytes).join(), /^custom section 'twin' is not allowed/);
});

test("no twin: another encoding, no hash, other data, a section more", () => {
  assert.match(
    twinSentences(encode(validModule())).join(),
    /newer encoding, not none,the section 'twin' with the hash/,
  );
  assert.match(
    twinSentences(twinOf(undefined, "0123")).join(),
    /^the section 'twin' with the hash of lua.wasm is missing/,
  );
  assert.deepEqual(twinSentences(twinOf(m => (m.globals[0] = [...m.globals[0].slice(0, 2), 0x41, 9, END]))), [
    "the global section is not that of the other module",
  ]);
  assert.match(twinSentences(twinOf(m => m.data.push([0x01, ...name("x")]))).join(), /^(the data section|it has) /);
});

// The artifact.

test("web/lua.wasm keeps the contract and the budget", () => {
  assert.ok(fs.existsSync(ARTIFACT), "web/lua.wasm is missing: sh build.sh makes it");
  const { stdout, status } = spawnSync(process.execPath, [VALIDATOR], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /\nABI: ok, size: \d+ raw, \d+ gzip, \d+ brotli, exceptions: legacy\n$/);
});

test("web/lua-exnref.wasm keeps them, too, and is its twin", () => {
  const files = ["../web/lua-exnref.wasm", "../web/lua.wasm"].map(path =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const { stdout, status } = spawnSync(process.execPath, [VALIDATOR, files[0], "--twin-of", files[1]], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /, exceptions: exnref\n$/);
});

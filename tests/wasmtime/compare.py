"""Runs a list of programs in wasmtime, each in an instance of its own on a plain host, and compares the answers.

Usage: compare.py MODULE EXPECTED, a list of {name, source, ok, text} as JSON.
"""
import json
import re
import struct
import sys
from importlib.metadata import version

from wasmtime import Config, Engine, Func, Instance, Module, Store

SERVICES = 0xFFFFFFFF


class Lua:
    """One instance, with a host that keeps tables in dictionaries and cuts what is too long."""

    def __init__(self, engine, module):
        self.tables = {}
        self.store = Store(engine)
        self.memory = None
        functions = {name: getattr(self, name) for name in ("set", "get", "delete", "size", "keys")}
        imports = [Func(self.store, i.type, functions[i.name.removeprefix("js_ext_table_")]) for i in module.imports]
        self.exports = Instance(self.store, module, imports).exports(self.store)
        self.memory = self.exports["memory"]
        assert self.exports["init"](self.store) == 0

    def read(self, pointer, length):
        return bytes(self.memory.read(self.store, pointer, pointer + length))

    def set(self, table, key, key_length, value, value_length):
        if table & SERVICES == SERVICES:
            return -1
        self.tables.setdefault(table, {})[self.read(key, key_length)] = self.read(value, value_length)
        return 0

    def get(self, table, key, key_length, value, room):
        found = self.tables.get(table, {}).get(self.read(key, key_length))
        if found is None:
            return -1
        self.memory.write(self.store, found[:room], value)
        return min(len(found), room)

    def delete(self, table, key, key_length):
        return 0 if self.tables.get(table, {}).pop(self.read(key, key_length), None) is not None else -1

    def size(self, table):
        return len(self.tables.get(table, {}))

    def keys(self, table, buffer, room):
        if table not in self.tables:
            return 0
        out = struct.pack("<I", len(self.tables[table]))
        for key in self.tables[table]:
            if len(out) + 4 + len(key) > room:
                break
            out += struct.pack("<I", len(key)) + key
        self.memory.write(self.store, out, buffer)
        return len(out)

    def eval(self, source):
        """Whether it worked, and the text."""
        pointer = self.exports["get_buffer_ptr"](self.store)
        self.memory.write(self.store, source, pointer)
        result = self.exports["eval"](self.store, len(source))
        return result >= 0, self.read(pointer, result if result >= 0 else -result - 1).decode("utf-8", "replace")


def comparable(text):
    """Addresses depend on what was allocated before, and that on the host."""
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def main():
    config = Config()
    config.wasm_exceptions = True
    engine = Engine(config)
    module = Module.from_file(engine, sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        programs = json.load(file)
    failures = 0
    for program in programs:
        lua = Lua(engine, module)
        try:
            ok, text = lua.eval(program["source"].encode())
            if (ok, comparable(text)) != (program["ok"], comparable(program["text"])):
                raise AssertionError(f"gave {ok} {text[:300]!r}, not {program['ok']} {program['text'][:300]!r}")
            after = lua.eval(b"return 1 + 1")
            if after != (True, "2"):
                raise AssertionError(f"the next eval gave {after}")
        except Exception as error:  # a trap, or a difference
            failures += 1
            print(f"{program['name']}: {error}")
    print(f"{len(programs)} programs in wasmtime {version('wasmtime')}, {failures} failures")
    sys.exit(1 if failures or not programs else 0)


main()

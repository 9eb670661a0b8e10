// The least that an instance of lua.wasm needs of its host.

/** Imports of a host that has nothing. */
export const NOTHING = {
  env: {
    js_ext_table_set: () => -1,
    js_ext_table_get: () => -1,
    js_ext_table_delete: () => -1,
    js_ext_table_size: () => 0,
    js_ext_table_keys: () => 0,
  },
};

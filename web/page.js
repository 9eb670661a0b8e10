// The demonstration page: connects the controls of index.html with one LuaPersistent.
(async () => {
  "use strict";

  const element = (id) => document.getElementById(id);
  let lua;

  /** Does `action`, shows its error if it has one, and brings the statistics up to date. */
  function attempt(action) {
    element("error").textContent = "";
    element("notice").textContent = "";
    try {
      action();
    } catch (error) {
      showError(error);
    }
    showStatistics();
  }

  function showStatistics() {
    for (const [name, value] of Object.entries(lua.getStats())) element(name).textContent = value;
  }

  function showError(error) {
    element("error").textContent = [error.message, error.traceback].filter(Boolean).join("\n");
  }

  function run() {
    element("output").textContent = "";
    element("output").textContent = lua.eval(element("code").value);
  }

  function save() {
    const name = element("name").value;
    lua.saveToLocalStorage(name);
    element("notice").textContent = `Saved as '${name}'.`;
  }

  function load() {
    const name = element("name").value;
    const found = lua.loadFromLocalStorage(name);
    element("notice").textContent = found ? `Loaded '${name}'.` : `Nothing is saved as '${name}'.`;
  }

  element("code").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (lua) attempt(run);
  });
  for (const [id, action] of Object.entries({ run, save, load })) {
    element(id).addEventListener("click", () => attempt(action));
  }

  try {
    lua = await loadWasmModule("lua.wasm");
    showStatistics();
    for (const id of ["run", "save", "load"]) element(id).disabled = false;
  } catch (error) {
    showError(error);
  }
})();

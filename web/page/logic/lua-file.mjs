// A notebook as one file of Lua: cells are apart by lines `-- %%`. It knows no page.

const MARK = "-- %%";

/** @param {string[]} codes of cells @returns {string} which runs in any Lua, as far as cells need nothing of the page */
export const luaFile = codes => `${codes.map(code => code.replace(/\n+$/, "")).join(`\n${MARK}\n`)}\n`;

/** @param {string} text of a file @returns {string[]} codes of cells, at least one */
export const cellsOfFile = text =>
  text
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n")
    .split(/^-- *%%.*\n?/m)
    .map(code => code.replace(/\n+$/, ""))
    .filter((code, i, all) => code !== "" || all.length === 1);

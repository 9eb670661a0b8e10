// The functions of the page that Lua can call: `page.plot` and its like, which inspector.lua puts into a table. They show things
// in the cell that runs. HTML is not among them: what a script makes is text and pictures, whoever wrote it.
import { HostFunction } from "../../../js/src/host/host-function.ts";

/**
 * @param {object} page
 * @param {() => object} page.cell the one that runs, or ran last: with `show` and `say`
 * @param {object} page.make `plot`, `table` and `image`, which make elements, and `question`
 * @returns {object} for the option `host`
 */
export function pageHost({ cell, make }) {
  const shown = async element => void cell().show(await element);
  return {
    page: {
      plot: data => shown(make.plot(data)),
      table: rows => shown(make.table(rows)),
      image: (bytes, description) => shown(make.image(bytes, description)),
      ask: new HostFunction(({ signal }, question) => {
        cell().say("waits for an answer");
        return make.question(question, signal, element => cell().show(element));
      }),
    },
  };
}

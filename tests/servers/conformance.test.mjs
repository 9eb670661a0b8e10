// Stores in databases do what every store does: against servers of their own, which the tests start.
import { conforms } from "../stores/conformance.mjs";
import { eachDatabase } from "./databases.mjs";

eachDatabase((it, database, { storeOf }) => {
  let stores = 0;
  conforms(it, () => {
    const name = `store '${stores++}'; ü`;
    return { store: () => storeOf(name) };
  });
});

// What is loaded when the page is there already: menus, help, what goes out of the page and comes into it, pictures, trees. One file, so
// that what it shares with the page's first script is in few pieces.
import { make } from "./dom.mjs";

export { readFragment } from "../logic/share.mjs";
export { connectExchange } from "./exchange.mjs";
export { connectHelp, connectMenus } from "./menus.mjs";
export { HistoryView } from "./history.mjs";
export { connectMemory } from "./memory.mjs";
export { connectOffline } from "./offline.mjs";
export { imageOf, tableOf } from "./pictures.mjs";
export { plotOf } from "./plot-view.mjs";
export { question } from "./question.mjs";
export { StateView } from "./state.mjs";
export { Tree } from "./tree.mjs";
export { receiveFork } from "./whole.mjs";

if (!ALONE) document.head.append(make("link", { rel: "stylesheet", href: "page-later.css" }));

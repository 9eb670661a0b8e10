// What is loaded when the page is there already: menus, help, and what goes out of the page and comes into it.
export { connectExchange } from "./exchange.mjs";
export { connectHelp, connectMenus } from "./menus.mjs";
export { connectMemory } from "./memory.mjs";

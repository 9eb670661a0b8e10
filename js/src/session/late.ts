// Images and the history of a session: they may be in a script of their own, with copies of the modules that they need.
export { checkHash, decodeImage, takeImage, withLimits } from "../image/image.ts";
export { History } from "./history.ts";

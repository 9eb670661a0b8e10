// node:url for a page: files are what the server has at the same path.

export const { URL, URLSearchParams } = globalThis;
export const fileURLToPath = url => new URL(url).pathname;
export const pathToFileURL = path => new URL(path ?? "/not-a-program", location.origin);

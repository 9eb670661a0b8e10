// Elements, made in one call. Text is always text: nothing here takes HTML.

/** @param {string} id @returns {HTMLElement} */
export const element = id => document.getElementById(id);

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] functions are listeners, names with `-` and `role` attributes
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name.includes("-") || name === "role") made.setAttribute(name, String(value));
    else made[name] = value;
  }
  made.append(...children.filter(child => child !== null));
  return made;
}

/**
 * A button that is a sign, and says what it does.
 * @param {string} sign @param {string} label @param {() => void} click
 */
export const signButton = (sign, label, click, properties = {}) =>
  make(
    "button",
    { type: "button", className: "sign", title: label, "aria-label": label, click, ...properties },
    make("span", { "aria-hidden": "true", textContent: sign }),
  );

/** Has the browser save a file. @param {string} name @param {BlobPart} content @param {string} [type] */
export function download(name, content, type = "application/octet-stream") {
  const link = make("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  // Some browsers read it later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// What page.ask shows: a question with a field for the answer.
import { textOf } from "../logic/text.mjs";
import { make } from "./dom.mjs";

/**
 * @param {unknown} asked @param {AbortSignal} signal nobody waits for the answer any more
 * @param {(element: HTMLElement) => void} show
 * @returns {Promise<string>} the answer
 */
export function question(asked, signal, show) {
  const text = textOf(asked);
  return new Promise(resolve => {
    const input = make("input", { type: "text", autocomplete: "off" });
    const form = make(
      "form",
      { className: "question" },
      make("label", {}, make("span", { textContent: text }), input),
      make("button", { type: "submit" }, "Answer"),
    );
    const end = () => form.replaceWith(make("p", { className: "asked" }, `${text} `, make("b", {}, input.value)));
    form.addEventListener("submit", event => {
      event.preventDefault();
      end();
      resolve(input.value);
    });
    signal.addEventListener("abort", end, { once: true });
    show(form);
    input.focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  });
}

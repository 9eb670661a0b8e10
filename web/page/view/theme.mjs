// Light or dark: as the system has it, or as was chosen here. The dark colours are a style sheet whose `media` says when.
import { element } from "./dom.mjs";

const KEY = "lua_page_theme";
const CHOICES = {
  system: { media: "(prefers-color-scheme: dark)", sign: "◐", next: "light" },
  light: { media: "not all", sign: "☀", next: "dark" },
  dark: { media: "all", sign: "☾", next: "system" },
};

function chosen() {
  try {
    const theme = localStorage.getItem(KEY);
    return theme in CHOICES ? theme : "system";
  } catch {
    return "system";
  }
}

/** Shows the colours that were chosen, and has the button change them. @param {"light" | "dark" | null} given instead */
export function connectTheme(given) {
  let theme = given ?? chosen();
  const show = () => {
    const { media, sign, next } = CHOICES[theme];
    element("dark").media = media;
    const label = `Colours: ${theme}. Change to ${next}`;
    Object.assign(element("theme"), { textContent: sign, title: label, className: "sign" });
    element("theme").setAttribute("aria-label", label);
  };
  element("theme").addEventListener("click", () => {
    theme = CHOICES[theme].next;
    show();
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // It is for this page then.
    }
  });
  show();
}

// The editor: CodeMirror with Lua's colours, completion, search, several cursors, and errors underlined. It is loaded when the
// page is there already. What Lua knows (names, syntax errors) it asks of `language`.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { forceLinting, linter } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  crosshairCursor,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { completionsAt, wordAt } from "./completions.mjs";

export { languageOf } from "./language.mjs";

const language = StreamLanguage.define({
  ...lua,
  languageData: {
    commentTokens: { line: "--", block: { open: "--[[", close: "]]" } },
    closeBrackets: { brackets: ["(", "[", "{", "'", '"'] },
    indentOnInput: /^\s*(?:end|else|elseif|until|\}|\))$/,
  },
});

const setWrong = StateEffect.define();
/** The line that a run failed in, until the text is changed: {line, message}, or null. */
const wrong = StateField.define({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setWrong)) return effect.value;
    return transaction.docChanged ? null : value;
  },
  provide: field => [
    EditorView.decorations.from(field, value => view => wrongLine(view.state, value)),
    EditorView.contentAttributes.from(field, value => (value ? { "aria-invalid": "true" } : {})),
  ],
});

const LINE = Decoration.line({ class: "wrong-line" });

function wrongLine({ doc }, value) {
  return value && value.line <= doc.lines ? Decoration.set([LINE.range(doc.line(value.line).from)]) : Decoration.none;
}

/** @param {{line: number, message: string}} problem */
function diagnosticOf(doc, { line, message }) {
  const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const indent = text.length - text.trimStart().length;
  return { from: Math.min(from + indent, to), to, severity: "error", message };
}

/** An error of the last run as long as it is marked; otherwise what the compiler says. */
const problems = check => async view => {
  const { doc } = view.state;
  const marked = view.state.field(wrong);
  if (marked) return [diagnosticOf(doc, marked)];
  const found = await check(doc.toString());
  return found && view.state.doc.eq(doc) ? [diagnosticOf(doc, found)] : [];
};

/** What a function takes and does, at the pointer. */
const hints = describe =>
  hoverTooltip((view, pos) => {
    const word = wordAt(view.state.doc.lineAt(pos), pos);
    const about = word && describe(word.text);
    if (!about) return null;
    // By hand: what it shared with the page's scripts would be one more of these.
    const dom = document.createElement("div");
    dom.className = "hint";
    dom.append(document.createElement("code"), document.createElement("p"));
    dom.firstChild.textContent = about.signature;
    dom.lastChild.textContent = about.does;
    return { pos: word.from, end: word.to, create: () => ({ dom }) };
  });

/**
 * Text in the place of a selection. Left to the browser, that would make new elements with the old ones' style, which the
 * content security policy refuses.
 */
function replaceSelected(event, view) {
  const selection = document.getSelection();
  const target = selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
  const isOurs = event.inputType === "insertText" && event.data !== null && event.cancelable && !view.composing;
  if (!isOurs || !target || target.collapsed || view.state.selection.ranges.length > 1) return false;
  const from = view.posAtDOM(target.startContainer, target.startOffset);
  const to = view.posAtDOM(target.endContainer, target.endOffset);
  const insert = view.state.toText(event.data);
  const replace = () =>
    view.state.update({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      userEvent: event.data.length > 1 ? "input.paste" : "input.type",
      scrollIntoView: true,
    });
  const isHandled = view.state.facet(EditorView.inputHandler).some(input => input(view, from, to, event.data, replace));
  if (!isHandled) view.dispatch(replace());
  event.preventDefault();
  return true;
}

function extensions({ label, isReadOnly, onChange, onKey, language: known }) {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    EditorState.readOnly.of(isReadOnly),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    rectangularSelection(),
    crosshairCursor(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    language,
    syntaxHighlighting(classHighlighter),
    autocompletion({ override: [completionsAt(known)], icons: false, maxRenderedOptions: 60 }),
    hints(known.describe),
    wrong,
    linter(problems(known.check), {
      delay: 400,
      needsRefresh: ({ startState, state }) => startState.field(wrong) !== state.field(wrong),
    }),
    EditorView.domEventHandlers({ beforeinput: replaceSelected }),
    // Before the editor's own keys, so that Enter with Ctrl or Shift runs.
    Prec.highest(EditorView.domEventHandlers({ keydown: event => (onKey(event), event.defaultPrevented) })),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    label,
    EditorView.updateListener.of(update => {
      if (update.docChanged || update.selectionSet) onChange(update.docChanged);
    }),
  ];
}

const labelled = label =>
  EditorView.contentAttributes.of({
    "aria-label": label,
    "aria-describedby": "run-keys",
    spellcheck: "false",
    tabindex: "0",
  });

/** The same methods as PlainEditor. */
export class CodeEditor {
  #view;
  #label = new Compartment();

  /** @param {EditorOptions & {language: Language}} options */
  constructor({ code, head, label, ...options }) {
    const at = Math.min(head, code.length);
    this.#view = new EditorView({
      doc: code,
      selection: { anchor: at },
      extensions: extensions({ ...options, label: this.#label.of(labelled(label)) }),
    });
    this.element = this.#view.dom;
  }

  get code() {
    return this.#view.state.doc.toString();
  }

  get selection() {
    const { anchor, head } = this.#view.state.selection.main;
    return { anchor, head };
  }

  select({ anchor, head }) {
    const most = this.#view.state.doc.length;
    this.#view.dispatch({ selection: { anchor: Math.min(anchor, most), head: Math.min(head, most) } });
  }

  get hasFocus() {
    return this.#view.hasFocus;
  }

  set label(label) {
    this.#view.dispatch({ effects: this.#label.reconfigure(labelled(label)) });
  }

  focus() {
    this.#view.focus();
  }

  selectLine(line) {
    const { from, to } = this.#view.state.doc.line(line);
    this.#view.focus();
    this.#view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
  }

  mark(line, message) {
    const { from } = this.#view.state.doc.line(Math.min(line, this.#view.state.doc.lines));
    this.#view.dispatch({ effects: [setWrong.of({ line, message }), EditorView.scrollIntoView(from)] });
    forceLinting(this.#view);
  }

  clearMark() {
    if (this.marked) this.#view.dispatch({ effects: setWrong.of(null) });
  }

  get marked() {
    return this.#view.state.field(wrong);
  }

  destroy() {
    this.#view.destroy();
  }
}

// Whether two modules differ in nothing but code, so that the memory of one goes on in the other, and what the twin says of
// that. Knows nothing of what the code does.

const TITLE = "twin";
/** The hash of the other module, as images have it; js/build.mjs writes it. */
const HASH = /^[0-9a-f]{16}$/;

export const isTwinSection = ({ name, title }) => name === "custom" && title === TITLE;

/** The text of a section behind its title. */
function textOf(bytes, { start, size }) {
  const end = start + size;
  return Buffer.from(bytes.subarray(Math.max(start, end - 16), end)).toString("latin1");
}

/** The sections that memory depends on, as text: two modules with equal ones lay out their memory and tables alike. */
function layout(bytes, { sections }) {
  const kept = sections.filter(({ name }) => name !== "code" && name !== "custom");
  return kept.map(({ name, start, size }) => ({
    name,
    text: Buffer.from(bytes.subarray(start, start + size)).toString("latin1"),
  }));
}

/** What keeps `twin` from being a twin of `original`; both are { bytes, module, exceptions }. */
export function* twinViolations(twin, original) {
  if (twin.exceptions !== "exnref") yield `a twin has exceptions of the newer encoding, not ${twin.exceptions}`;
  const section = twin.module.sections.find(isTwinSection);
  if (!section || !HASH.test(textOf(twin.bytes, section)))
    yield `the section '${TITLE}' with the hash of lua.wasm is missing`;
  const [ours, theirs] = [layout(twin.bytes, twin.module), layout(original.bytes, original.module)];
  for (const { name, text } of theirs) {
    if (ours.find(each => each.name === name)?.text !== text)
      yield `the ${name} section is not that of the other module`;
  }
  if (ours.length !== theirs.length)
    yield `it has ${ours.length} sections beside code, and the other has ${theirs.length}`;
}

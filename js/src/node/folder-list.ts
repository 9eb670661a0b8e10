// The list of a store in a folder: which file each entry is in. Whoever replaces it replaces the whole state. It ends with a
// checksum. It knows nothing of what entries hold.
import { checksum64, hex64 } from "../bytes/checksum.ts";
import { damaged, unknownVersion } from "../stores/refusals.ts";

const FORM = 1;

export interface FolderList {
  /** The entry `header`, which is short, and has no file of its own. */
  header: Uint8Array | undefined;
  /** The number of the file of every other entry. */
  files: Map<string, number>;
}

export const emptyList = (): FolderList => ({ header: undefined, files: new Map() });

/** @returns two lines: JSON, and the checksum of that */
export function encodeList({ header, files }: FolderList): string {
  const text = JSON.stringify({ form: FORM, header: header && [...header], files: [...files] });
  return `${text}\n${sumOf(text)}\n`;
}

/** @param label of the store @throws {StoreError} "damaged", "version" */
export function decodeList(list: string, label: string): FolderList {
  const [text, sum, ...rest] = list.split("\n");
  if (sum !== sumOf(text) || rest.join() !== "") throw damaged(label, "its list of files does not match its checksum");
  const { form, header, files } = JSON.parse(text);
  if (form !== FORM) throw unknownVersion(label, `the form of its list is ${form}, and ${FORM} is known here`);
  return { header: header && Uint8Array.from(header), files: new Map(files) };
}

const sumOf = (text: string): string => hex64(checksum64(new TextEncoder().encode(text)));

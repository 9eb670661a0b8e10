// Sizes, counts and times as people write them. It knows nothing of what they limit.

const STEP: Record<string, number> = { "": 0, k: 1, m: 2, g: 3, t: 4 };
const MILLISECONDS: Record<string, number> = { ms: 1, "": 1000, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** @param base of k, m, g and t */
function scaled(text: string, form: RegExp, base: number): number | undefined {
  const [, number, unit = ""] = form.exec(text.trim()) ?? [];
  const value = Math.round(Number(number) * base ** (STEP[unit.toLowerCase()] ?? 0));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** @param text `65536`, `64k`, `64M`, `1.5GiB`: powers of 1024 @returns bytes; undefined for what is no size */
export const bytesIn = (text: string): number | undefined =>
  scaled(text, /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i, 1024);

/** @param text `1000000`, `1e6`, `10M`: powers of 1000 @returns undefined for what is no count */
export const countIn = (text: string): number | undefined =>
  scaled(text, /^(\d+(?:\.\d+)?(?:e\d+)?)\s*([kmgt]?)$/i, 1000);

/** @param text `500ms`, `1.5s`, `2m`, `1h`; without a unit, seconds @returns milliseconds; undefined for what is no time */
export function millisecondsIn(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|)$/i.exec(text.trim()) ?? [];
  const value = Number(number) * MILLISECONDS[unit.toLowerCase()]!;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

// Figures and times in words. It knows no page.

/** @param {number | null} bytes null: nobody knows */
export function sizeText(bytes) {
  if (bytes === null) return "–";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

/** @param {number | null} milliseconds */
export function timeText(milliseconds) {
  if (milliseconds === null) return "–";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** @param {number} steps as Lua counts them: in fifty thousands */
export function stepsText(steps) {
  if (steps === 0) return "under 50,000 steps";
  return steps < 1e6 ? `about ${steps.toLocaleString("en")} steps` : `about ${(steps / 1e6).toFixed(1)} million steps`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {number} time @returns {string} for names of files: 2026-01-31T23-59-59 */
export const timeForNames = time => new Date(time).toISOString().slice(0, 19).replace(/:/g, "-");

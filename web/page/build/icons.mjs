// Draws icon.svg, which is circles, as the PNG files that systems want of a page that is installed.
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const CIRCLE = /<circle cx="(\d+)" cy="(\d+)" r="(\d+)" fill="#([0-9a-f]+)"/g;
/** Of the drawing. */
const WIDTH = 64;
/** Points of a pixel that are looked at, in each direction. */
const POINTS = 4;

/** @returns {number[]} red, green and blue of "fff" or "2f3fc4" */
const colourOf = text =>
  Array.from(text.length === 3 ? text.replace(/./g, "$&$&").match(/../g) : text.match(/../g), part =>
    parseInt(part, 16),
  );

/** @returns {number[]} red, green, blue and opacity at a point of the drawing */
function colourAt(x, y, circles, ground) {
  const top = circles.findLast(circle => (x - circle.x) ** 2 + (y - circle.y) ** 2 <= circle.r ** 2);
  return top ? [...top.colour, 255] : ground;
}

/** @param {number} size pixels @param {number} share of the icon that the drawing takes @returns {Buffer} rows, each after a 0 */
function draw(circles, size, share, ground) {
  const rows = Buffer.alloc(size * (4 * size + 1));
  const place = at => ((at / size - 0.5) / share + 0.5) * WIDTH;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) rows.set(pixel(x, y, place, circles, ground), y * (4 * size + 1) + 1 + 4 * x);
  return rows;
}

/** The mean of its points. */
function pixel(x, y, place, circles, ground) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < POINTS ** 2; i++) {
    const at = part => (part + 0.5) / POINTS;
    const [r, g, b, a] = colourAt(place(x + at(i % POINTS)), place(y + at(Math.floor(i / POINTS))), circles, ground);
    [r * a, g * a, b * a, a].forEach((value, channel) => (sum[channel] += value));
  }
  const [r, g, b, a] = sum;
  return a === 0 ? sum : [...[r, g, b].map(value => Math.round(value / a)), Math.round(a / POINTS ** 2)];
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});
const crcOf = bytes => ~bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), -1) >>> 0;

function chunk(type, contents) {
  const body = Buffer.concat([Buffer.from(type), contents]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(contents.length, 0);
  ends.writeUInt32BE(crcOf(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** @param {number} size @param {Buffer} rows of `draw` @returns {Buffer} a PNG with 8 bits of each channel, and opacity */
function png(size, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** @param {string} web the folder with icon.svg */
export function makeIcons(web) {
  const circles = Array.from(readFileSync(`${web}icon.svg`, "utf8").matchAll(CIRCLE), ([, x, y, r, colour]) => ({
    x: Number(x),
    y: Number(y),
    r: Number(r),
    colour: colourOf(colour),
  }));
  for (const size of [192, 512])
    writeFileSync(`${web}icon-${size}.png`, png(size, draw(circles, size, 1, [0, 0, 0, 0])));
  // Systems cut this one to their shape: all that matters is within a circle in its middle.
  writeFileSync(`${web}icon-mask.png`, png(512, draw(circles, 512, 0.6, [255, 255, 255, 255])));
}

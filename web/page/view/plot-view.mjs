// Draws what page.plot was given. It knows how plots look, and no Lua.
import { rangeOf, readPlot, ticksOf } from "../logic/plot.mjs";
import { counted } from "../logic/words.mjs";
import { make } from "./dom.mjs";

/** Pixels. */
const [WIDEST, HEIGHT] = [640, 260];
/** What a cell has beside it on a small screen. */
const BESIDE = 50;
const MARGINS = { left: 56, right: 12, top: 12, bottom: 28 };
const COLOURS = 5;

/** An element of SVG. */
function draw(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

const scale =
  ([least, most], from, to) =>
  value =>
    from + ((value - least) / (most - least)) * (to - from);

/** @param {unknown} data @returns {HTMLElement} @throws {TypeError} it cannot be drawn */
export function plotOf(data) {
  const { title, series, grid } = readPlot(data);
  const drawn = grid ? drawGrid(grid, title) : drawSeries(series, title);
  const names = series.map(({ name }) => name);
  return make(
    "figure",
    { className: "plot" },
    title ? make("figcaption", { textContent: title }) : null,
    drawn,
    names.some(Boolean) ? legend(names) : null,
  );
}

const legend = names =>
  make(
    "ul",
    { className: "legend" },
    ...names.map((name, i) => make("li", { className: `series-${i % COLOURS}`, textContent: name || `${i + 1}` })),
  );

function drawSeries(series, title) {
  // Not larger than the screen, where its text would be too small to read.
  const width = Math.max(240, Math.min(WIDEST, document.documentElement.clientWidth - BESIDE));
  const points = series.flatMap(({ points }) => points);
  const hasBars = series.some(({ kind }) => kind === "bars");
  const xs = rangeOf(points.map(([x]) => x));
  const ys = rangeOf([...points.map(([, y]) => y), ...(hasBars ? [0] : [])]);
  const count = Math.max(1, ...series.map(({ points }) => points.length));
  const room = hasBars ? (xs[1] - xs[0]) / Math.max(count - 1, 1) / 2 : 0;
  const x = scale([xs[0] - room, xs[1] + room], MARGINS.left, width - MARGINS.right);
  const y = scale(ys, HEIGHT - MARGINS.bottom, MARGINS.top);
  const label = `${title || "Plot"}: ${counted(points.length, "point")}, from ${ys[0]} to ${ys[1]}`;
  return draw(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label },
    ...axes(x, y, ticksOf(xs), ticksOf(ys), width),
    ...series.map((one, i) => drawOne(one, { x, y, zero: y(Math.max(ys[0], Math.min(0, ys[1]))), count, width, i })),
  );
}

function axes(x, y, xTicks, yTicks, width) {
  const text = (value, attributes) => draw("text", attributes, String(value));
  return [
    ...yTicks.map(value =>
      draw("path", { class: "grid-line", d: `M${MARGINS.left} ${y(value)}H${width - MARGINS.right}` }),
    ),
    ...yTicks.map(value => text(value, { x: MARGINS.left - 8, y: y(value) + 4, "text-anchor": "end" })),
    ...xTicks.map(value => text(value, { x: x(value), y: HEIGHT - 8, "text-anchor": "middle" })),
  ];
}

function drawOne({ points, kind }, { x, y, zero, count, width, i }) {
  const known = points.filter(point => point.every(Number.isFinite));
  const colour = `series-${i % COLOURS}`;
  if (kind === "bars") {
    const wide = Math.max(1, ((width - MARGINS.left - MARGINS.right) / count) * 0.7);
    const bar = ([px, py]) => {
      const [top, end] = [Math.min(y(py), zero), Math.max(y(py), zero)];
      return `M${x(px) - wide / 2} ${top}h${wide}V${end}h${-wide}z`;
    };
    return draw("path", { class: `bars ${colour}`, d: known.map(bar).join("") });
  }
  if (kind === "points") {
    const dot = ([px, py]) => `M${x(px) - 3} ${y(py)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`;
    return draw("path", { class: `bars ${colour}`, d: known.map(dot).join("") });
  }
  return draw("path", {
    class: `line ${colour}`,
    d: known.map(([px, py], at) => `${at ? "L" : "M"}${x(px)} ${y(py)}`).join(""),
  });
}

/** Each field a rectangle, all of one shade in one path. */
function drawGrid(rows, title) {
  const width = Math.max(1, ...rows.map(row => row.length));
  const [least, most] = rangeOf(rows.flat());
  const shades = Array.from({ length: 8 }, () => []);
  rows.forEach((row, top) =>
    row.forEach((value, left) => {
      const shade = Math.round(((value - least) / (most - least)) * 7);
      shades[shade]?.push(`M${left} ${top}h1v1h-1z`);
    }),
  );
  return draw(
    "svg",
    {
      viewBox: `0 0 ${width} ${Math.max(1, rows.length)}`,
      role: "img",
      "aria-label": `${title || "Grid"}: ${counted(rows.length, "row")} of ${width}`,
      class: "field",
      "shape-rendering": "crispEdges",
    },
    ...shades.map((paths, shade) => draw("path", { class: `shade-${shade}`, d: paths.join("") })),
  );
}

// How much of the engine's own stack a call takes: run in Node and in browsers, so it uses nothing of either.

/** Calls `action` below `depth` frames. */
export function below(depth, action) {
  return depth === 0 ? action() : below(depth - 1, action) + 0;
}

/** Whether the engine's stack was too small: a RangeError but in Firefox. */
const isOverflow = ({ name }) => name === "RangeError" || name === "InternalError";

const fits = (depth, action) => {
  try {
    below(depth, action);
    return true;
  } catch (error) {
    if (!isOverflow(error)) throw error;
    return false;
  }
};

/** The largest depth that `fits`, which is at most `end`. */
function largest(end, fitsAt) {
  let [least, most] = [0, end];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fitsAt(middle)) least = middle;
    else most = middle - 1;
  }
  return least;
}

const nothing = () => 0;

/** Frames that the stack holds. They must not get smaller on the way: an engine that compiles `below` makes them so. */
export const frames = () => largest(1 << 20, depth => fits(depth, nothing));

/**
 * The share of the stack that `action` needs, from 0 to 1, to a hundredth. `all` is what `frames` gave. `action` must
 * work anew each time; where the stack does not suffice it throws RangeError.
 */
export function share(all, action) {
  const step = Math.ceil(all / 200);
  const left = largest(Math.floor(all / step), depth => fits(depth * step, action)) * step;
  return 1 - left / all;
}

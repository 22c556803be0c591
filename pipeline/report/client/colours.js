/**
 * Colours of the viewer's layers, RGBA. The same as in the pictures of pipeline/picture/picture.ts: the colour wheel of
 * Baker et al. for flow, black over red and yellow to white for errors, grey for what is unknown.
 */

const UNKNOWN = 96;

/** Writes the colour of a flow whose maximum is 1; wheel holds the saturated colours [55][3]. */
function flowColour(u, v, wheel, out, at) {
  const length = Math.sqrt(u * u + v * v);
  const turn = (Math.atan2(-(v + 0), -u) / Math.PI + 1) / 2;
  const position = turn * (wheel.length - 1);
  const index = Math.floor(position), fraction = position - index;
  const from = wheel[index], to = wheel[(index + 1) % wheel.length];
  for (let channel = 0; channel < 3; channel++) {
    const hue = ((1 - fraction) * from[channel] + fraction * to[channel]) / 255;
    out[at + channel] = Math.floor(255 * (length <= 1 ? 1 - length * (1 - hue) : 0.75 * hue));
  }
}

/** Flow as colours; where marks are given, unknown flow is black. */
export function paintFlow(flow, maximum, wheel, marks) {
  const rgba = opaque(flow.u.length);
  for (let i = 0; i < flow.u.length; i++) {
    if (marks && !(marks[i] & 1)) continue;
    flowColour(flow.u[i] / maximum, flow.v[i] / maximum, wheel, rgba, 4 * i);
  }
  return rgba;
}

/** Writes the colour of an error whose maximum is 1. */
function errorColour(error, out, at) {
  const heat = 3 * Math.min(1, error);
  for (let channel = 0; channel < 3; channel++) {
    out[at + channel] = Math.round(255 * Math.min(1, Math.max(0, heat - channel)));
  }
}

export function paintError(truth, predicted, maximum, marks) {
  const rgba = opaque(truth.u.length);
  for (let i = 0; i < truth.u.length; i++) {
    if (marks[i] & 1) {
      const error = Math.hypot(predicted.u[i] - truth.u[i], predicted.v[i] - truth.v[i]);
      errorColour(error / maximum, rgba, 4 * i);
    } else rgba.fill(UNKNOWN, 4 * i, 4 * i + 3);
  }
  return rgba;
}

/** Occluded pixels white, visible ones black, those of unknown truth grey. */
export function paintOcclusion(marks) {
  const rgba = opaque(marks.length);
  marks.forEach((mark, i) => {
    rgba.fill(mark & 2 ? 255 : mark & 1 ? 0 : UNKNOWN, 4 * i, 4 * i + 3);
  });
  return rgba;
}

/** A frame moved back by a flow: at each pixel what the frame shows where the flow leads, beyond the border its nearest pixel. */
export function paintWarped(frame, flow, width) {
  const height = flow.u.length / width;
  const within = (value, last) => Math.min(last, Math.max(0, value));
  const rgba = opaque(flow.u.length);
  for (let i = 0; i < flow.u.length; i++) {
    const x = within(i % width + flow.u[i], width - 1);
    const y = within(Math.floor(i / width) + flow.v[i], height - 1);
    const left = Math.floor(x), top = Math.floor(y);
    const right = Math.min(left + 1, width - 1), bottom = Math.min(top + 1, height - 1);
    for (let channel = 0; channel < 3; channel++) {
      const at = (column, row) => frame[4 * (row * width + column) + channel];
      rgba[4 * i + channel] = Math.round(
        (1 - y + top) * ((1 - x + left) * at(left, top) + (x - left) * at(right, top)) +
          (y - top) * ((1 - x + left) * at(left, bottom) + (x - left) * at(right, bottom)),
      );
    }
  }
  return rgba;
}

/** The colour of every direction and length up to the maximum, as a disc with a clear outside. */
export function paintWheel(side, wheel) {
  const rgba = new Uint8ClampedArray(4 * side * side);
  const radius = side / 2 - 1;
  for (let i = 0; i < side * side; i++) {
    const u = (i % side - (side - 1) / 2) / radius;
    const v = (Math.floor(i / side) - (side - 1) / 2) / radius;
    if (u * u + v * v > 1) continue;
    flowColour(u, v, wheel, rgba, 4 * i);
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

function opaque(pixels) {
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  return rgba;
}

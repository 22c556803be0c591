/**
 * The viewer: shows one pair, one layer at a time, and reads out the flow under the pointer. Keys: left and right
 * change the layer, n and p the pair, f flips the frames, shift and arrows move the point that is read out. Where pairs hold
 * what a second method predicts, its picture of the layer stands beside the first one's.
 */
import { handedPair, startLive } from "./live.js";
import { inflate, splitPair } from "./planes.js";
import { paintError, paintFlow, paintOcclusion, paintWarped, paintWheel } from "./colours.js";

const FLIP_MS = 450;
const WHEEL_SIDE = 96;
/** Pairs that are so much wider than high get the whole width of the page. */
const BROAD = 1.6;

export async function startViewer(root, data) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const canvas = find("canvas"),
    beside = find("second-canvas"),
    crosses = [find("cross"), find("second-cross")].filter((cross) => cross),
    pairs = find("pairs"),
    scale = find("scale");
  const buttons = [...root.querySelectorAll("[data-layer]")];
  const unpacked = new Map();
  // What is shown, and the pair that was asked for and may still be unpacked.
  const state = { pair: 0, asked: 0, layer: "truth", point: undefined, flipping: undefined };
  let current;

  async function unpack(index) {
    if (!unpacked.has(index)) {
      const { width, height, bytes, second } = data.pairs[index];
      const split = async (packed) =>
        splitPair(await inflate(packed), width, height, data.stepsPerPixel);
      const content = await split(bytes);
      if (second) content.second = await split(second);
      unpacked.set(index, content);
    }
    return unpacked.get(index);
  }

  /** Length at which colours saturate: the data set's, or the largest flow of this pair, the true one where there is any. */
  function flowMaximum() {
    const { flowMaximum, truth } = data.pairs[state.pair];
    if (scale.value === "dataset") return flowMaximum;
    const { marks } = current;
    const flow = truth === false ? current.predicted : current.truth;
    let largest = 0;
    for (let i = 0; i < marks.length; i++) {
      if (marks[i] & 1) largest = Math.max(largest, Math.hypot(flow.u[i], flow.v[i]));
    }
    return largest || flowMaximum;
  }

  /** Where the page shows it: without any truth it leaves out what needs one. */
  function write(name, text) {
    const part = find(name);
    if (part) part.textContent = text;
  }

  function layers() {
    const { frame1, frame2, truth, marks } = current;
    return {
      frame1,
      frame2,
      truth: paintFlow(truth, flowMaximum(), data.wheel, marks),
      ...layersOf(current),
    };
  }

  /** What differs between two methods; occlusion only where it is a method's own and no truth. */
  function layersOf({ predicted, marks }) {
    const maximum = flowMaximum();
    const { frame2, truth } = current;
    return {
      warped: paintWarped(frame2, predicted, data.pairs[state.pair].width),
      predicted: paintFlow(predicted, maximum, data.wheel),
      error: paintError(truth, predicted, maximum / 4, marks),
      occlusion: paintOcclusion(marks),
    };
  }

  function paint(target, rgba, width, height) {
    target.width = width;
    target.height = height;
    target.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  async function showPair(index) {
    const asked = (index + data.pairs.length) % data.pairs.length;
    state.asked = asked;
    const content = await unpack(asked);
    // The user may have gone on while it was unpacked.
    if (asked !== state.asked) return;
    state.pair = asked;
    current = content;
    const pair = data.pairs[asked];
    pairs.value = String(asked);
    root.style.setProperty("--ratio", pair.width / pair.height);
    root.style.setProperty("--width", `${pair.width}px`);
    root.classList.toggle("broad", pair.width / pair.height > BROAD);
    showFullSize(false);
    find("caption").textContent = pair.caption;
    const missing = [
      ...(pair.occlusion ? [] : ["occlusion"]),
      ...(pair.truth === false ? ["truth", "error"] : []),
    ];
    for (const button of buttons) button.disabled = missing.includes(button.dataset.layer);
    if (missing.includes(state.layer)) {
      state.layer = pair.truth === false ? "predicted" : "truth";
    }
    repaint();
  }

  function repaint() {
    const { width, height } = data.pairs[state.pair];
    const painted = layers();
    for (const button of buttons) {
      paint(button.querySelector("canvas"), painted[button.dataset.layer], width, height);
    }
    state.painted = painted;
    if (beside) state.beside = { ...painted, ...layersOf(current.second) };
    const maximum = flowMaximum();
    find("flow-maximum").textContent = `${readable(maximum)} px`;
    write("error-maximum", `${readable(maximum / 4)} px`);
    showLayer(state.layer);
    readOut();
  }

  function showLayer(layer) {
    state.layer = layer;
    const { width, height, name, dataset } = data.pairs[state.pair];
    paint(canvas, state.painted[layer], width, height);
    if (beside) paint(beside, state.beside[layer], width, height);
    chooseScaling();
    for (const button of buttons) {
      const pressed = button.dataset.layer === layer;
      button.setAttribute("aria-pressed", pressed);
      if (pressed) {
        const label = `${button.textContent.trim()} of ${dataset} ${name}`;
        canvas.setAttribute("aria-label", beside ? `${label}, A` : label);
        beside?.setAttribute("aria-label", `${label}, B`);
      }
    }
  }

  /** Enlarged, pixels of flow are squares and frames are smooth; made smaller, nothing is left out. */
  function chooseScaling() {
    const enlarged = canvas.clientWidth >= canvas.width;
    for (const shown of [canvas, beside]) {
      shown?.classList.toggle("smooth", /^(frame|warped)/.test(state.layer) || !enlarged);
    }
  }

  function showFullSize(wanted) {
    find("picture").classList.toggle("full", wanted);
    find("full").setAttribute("aria-pressed", wanted);
    chooseScaling();
  }

  function stepLayer(step) {
    const enabled = buttons.filter((button) => !button.disabled).map(({ dataset }) =>
      dataset.layer
    );
    const place = enabled.indexOf(state.layer);
    stopFlipping();
    showLayer(enabled[(place + step + enabled.length) % enabled.length]);
  }

  function stopFlipping() {
    clearInterval(state.flipping);
    state.flipping = undefined;
    find("flip").setAttribute("aria-pressed", "false");
  }

  /** Frame 1 and 2 in turn. Whoever wants no motion gets one change each time. */
  function flip() {
    const turn = () => showLayer(state.layer === "frame1" ? "frame2" : "frame1");
    if (state.flipping) return stopFlipping();
    turn();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    state.flipping = setInterval(turn, FLIP_MS);
    find("flip").setAttribute("aria-pressed", "true");
  }

  function readOut() {
    const { width, height, left, top, occlusion } = data.pairs[state.pair];
    const point = state.point ?? { x: 0.5, y: 0.5 };
    const x = Math.min(width - 1, Math.floor(point.x * width));
    const y = Math.min(height - 1, Math.floor(point.y * height));
    const i = y * width + x;
    const { truth, predicted, marks } = current;
    const known = (marks[i] & 1) === 1;
    for (const cross of crosses) {
      cross.style.left = `${100 * (x + 0.5) / width}%`;
      cross.style.top = `${100 * (y + 0.5) / height}%`;
    }
    write("position", `${left + x}, ${top + y}`);
    write("truth-u", known ? signed(truth.u[i]) : "unknown");
    write("truth-v", known ? signed(truth.v[i]) : "unknown");
    const flows = [["predicted", "error", predicted], [
      "second",
      "second-error",
      current.second?.predicted,
    ]];
    for (const [name, errorName, flow] of flows) {
      if (!flow) continue;
      write(`${name}-u`, signed(flow.u[i]));
      write(`${name}-v`, signed(flow.v[i]));
      const error = Math.hypot(flow.u[i] - truth.u[i], flow.v[i] - truth.v[i]);
      write(errorName, known ? `${error.toFixed(2)} px` : "unknown");
    }
    write(
      "visibility",
      !occlusion ? "unknown" : marks[i] & 2 ? "occluded" : known ? "visible" : "unknown",
    );
  }

  function pointAt(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (value, low, length) => Math.min(1, Math.max(0, (value - low) / length));
    state.point = {
      x: share(event.clientX, box.left, box.width),
      y: share(event.clientY, box.top, box.height),
    };
    readOut();
  }

  function movePoint(dx, dy) {
    const { width, height } = data.pairs[state.pair];
    const { x, y } = state.point ?? { x: 0.5, y: 0.5 };
    const inside = (value) => Math.min(1, Math.max(0, value));
    state.point = { x: inside(x + dx / width), y: inside(y + dy / height) };
    readOut();
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) movePoint(...arrow);
    else if (arrow && arrow[0] !== 0) stepLayer(arrow[0]);
    else if (event.key === "n") showPair(state.asked + 1);
    else if (event.key === "p") showPair(state.asked - 1);
    else if (event.key === "f") flip();
    else return;
    event.preventDefault();
  }

  paint(find("wheel"), paintWheel(WHEEL_SIDE, data.wheel), WHEEL_SIDE, WHEEL_SIDE);
  await showPair(0);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      stopFlipping();
      showLayer(button.dataset.layer);
    });
  }
  find("next").addEventListener("click", () => showPair(state.asked + 1));
  find("previous").addEventListener("click", () => showPair(state.asked - 1));
  find("flip").addEventListener("click", flip);
  find("full").addEventListener(
    "click",
    () => showFullSize(!find("picture").classList.contains("full")),
  );
  addEventListener("resize", chooseScaling);
  pairs.addEventListener("change", () => showPair(Number(pairs.value)));
  scale.addEventListener("change", repaint);
  for (const shown of [canvas, beside]) {
    shown?.addEventListener("pointermove", pointAt);
    shown?.addEventListener("pointerdown", pointAt);
  }
  document.addEventListener("keydown", onKey);
  startLive(root, () => handedPair(data.pairs[state.pair], current));
  for (const link of document.querySelectorAll("[data-pair]")) {
    link.addEventListener("click", () => showPair(Number(link.dataset.pair)));
  }
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function readable(value) {
  return String(Number(value.toPrecision(3)));
}

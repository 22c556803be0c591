/** Brings the page to life: opens the GPU, or says that there is none and shows recorded pictures. */
/// <reference lib="dom" />
import "./no_eval.ts";
import { type Gpu, openGpu } from "../pipeline/compute/gpu/device.ts";
import { readModel } from "../pipeline/compute/network/model_file.ts";
import { part } from "./dom.ts";
import { runCosts } from "./figures/costs.ts";
import { PenaltyFigure } from "./figures/penalty.ts";
import { runButton } from "./figures/run_button.ts";
import { runToy } from "./figures/toy.ts";
import { goToAddress, keepInAddress, LinkReader, setInLinks } from "./link.ts";
import { handedPair } from "./live/handed.ts";
import { fetchBytes, samplePair } from "./live/pictures.ts";
import { LiveSection } from "./live/section.ts";
import { readLive } from "./live/view_link.ts";
import { messageOf, watchLoss } from "./loss.ts";
import { makeFields, parametersOf, readSettings, type State } from "./settings.ts";

const MODEL = "model.safetensors";

function section(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element) return element;
  throw new Error(`Cannot start the page: it has no section "${id}". Build it anew.`);
}

const adapterLine = part(document, "adapter");

/** What concerns the whole page. */
function tellWrong(message: string): void {
  adapterLine.textContent = message;
  adapterLine.classList.add("wrong");
}

async function opened(): Promise<Gpu | undefined> {
  if (!navigator.gpu) {
    adapterLine.textContent =
      "This browser has no WebGPU, so that nothing can be computed here. Below are pictures of what it would look like. " +
      "Chrome, Edge, Safari 26 and Firefox 141 (on Windows) or later have it.";
    return undefined;
  }
  try {
    return await openGpu("browser");
  } catch {
    adapterLine.textContent =
      "This browser has WebGPU, but found no GPU that it may use, so that nothing can be computed here. " +
      "Below are pictures of what it would look like.";
    return undefined;
  }
}

function showRecorded(): void {
  const recorded = section("recorded");
  // Only now, since nobody else needs to load them.
  for (const image of recorded.querySelectorAll<HTMLImageElement>("[data-recorded]")) {
    image.src = image.dataset.recorded!;
  }
  recorded.hidden = false;
}

interface Figures {
  /** Those that are set now. */
  settings(): State;
  /** Called when others are set. */
  onChange: () => void;
}

function startFigures(gpu: Gpu, start: State): Figures {
  const root = section("penalty"), figure = new PenaltyFigure(gpu, root);
  let state = start;
  const figures: Figures = { settings: () => state, onChange: () => {} };
  const tell = (text: string) => part(root, "wrong").textContent = text;
  const draw = () => figure.show(state).then(() => tell(""), (error) => tell(messageOf(error)));
  makeFields(part(root, "settings"), state, (next) => {
    state = next;
    keepInAddress(parametersOf(state), "penalty");
    draw();
    figures.onChange();
  });
  setInLinks(parametersOf(state));
  draw();
  const toy = section("toy"), costs = section("costs");
  runButton(toy, (goesOn) => runToy(gpu, toy, state, goesOn));
  runButton(costs, (goesOn) => runCosts(gpu, costs, state, goesOn));
  return figures;
}

async function start(): Promise<void> {
  const link = new LinkReader(location.search);
  const state = readLive(link);
  // Asked for before a GPU is looked for, which may take long: whoever has it does not wait for ever.
  const handed = state.pair ? handedPair() : undefined;
  handed?.catch(() => {});
  const gpu = await opened();
  if (!gpu) return showRecorded();
  watchLoss(gpu.device, tellWrong);
  const { vendor, architecture, device, description, fallback } = gpu.adapter;
  const name = description || [vendor, architecture, device].filter(Boolean).join(" ") || "unknown";
  adapterLine.textContent = `Computed on: ${name}${fallback ? ", a program and no GPU" : ""}`;
  for (const element of document.querySelectorAll<HTMLElement>("[data-needs-gpu]")) {
    element.hidden = false;
  }
  goToAddress();
  const figures = startFigures(gpu, readSettings(link));
  part(document, "link-wrong").textContent = link.wrong.join(" ");
  const model = readModel(await fetchBytes(MODEL), MODEL);
  const { settings } = figures;
  const live = new LiveSection(section("live"), { gpu, model, state, settings });
  figures.onChange = () => live.settingsChanged();
  if (handed) await live.open(() => handed, { pair: "handed" });
  else await live.open(() => samplePair(state.sample!), { sample: state.sample });
}

start().catch((error) => tellWrong(messageOf(error)));

/** Two views of one pair on a canvas, left and right of a boundary that can be moved, and a pixel that can be pointed at. */
/// <reference lib="dom" />
import { part } from "../dom.ts";
import { pictureOf, type Shown, type View, VIEWS } from "./views.ts";

/** Wide enough for arrows to be seen on the smallest picture. */
const CANVAS_WIDTH = 768;

export class Comparison {
  readonly #canvas: HTMLCanvasElement;
  readonly #left: HTMLSelectElement;
  readonly #right: HTMLSelectElement;
  readonly #boundary: HTMLInputElement;
  readonly #x: HTMLInputElement;
  readonly #y: HTMLInputElement;
  readonly #pictures = new Map<View, HTMLCanvasElement>();
  #shown: Shown | undefined;

  /** @param onPoint told of the pixel pointed at, also when what it shows has changed */
  constructor(root: HTMLElement, onPoint: (shown: Shown, x: number, y: number) => void) {
    this.#canvas = part(root, "canvas");
    this.#left = part(root, "left");
    this.#right = part(root, "right");
    this.#boundary = part(root, "boundary");
    this.#x = part(root, "x");
    this.#y = part(root, "y");
    for (const [select, chosen] of [[this.#left, "frame1"], [this.#right, "colours"]] as const) {
      for (const [view, label] of Object.entries(VIEWS)) {
        select.append(new Option(label, view, view === chosen, view === chosen));
      }
      select.addEventListener("change", () => this.#draw());
    }
    this.#boundary.addEventListener("input", () => this.#draw());
    const point = () => {
      if (!this.#shown) return;
      const { width, height } = this.#shown;
      const inside = (field: HTMLInputElement, side: number) => {
        const place = Math.min(side - 1, Math.max(0, Math.floor(field.valueAsNumber) || 0));
        field.value = String(place);
        return place;
      };
      onPoint(this.#shown, inside(this.#x, width), inside(this.#y, height));
      this.#draw();
    };
    this.#point = point;
    this.#x.addEventListener("change", point);
    this.#y.addEventListener("change", point);
    for (const event of ["pointermove", "pointerdown"] as const) {
      this.#canvas.addEventListener(event, (pointer) => {
        if (!this.#shown) return;
        const box = this.#pictureBox();
        this.#x.value = String((pointer.clientX - box.left) / box.width * this.#shown.width);
        this.#y.value = String((pointer.clientY - box.top) / box.height * this.#shown.height);
        point();
      });
    }
  }

  readonly #point: () => void;

  show(shown: Shown): void {
    this.#shown = shown;
    this.#pictures.clear();
    this.#x.max = String(shown.width - 1);
    this.#y.max = String(shown.height - 1);
    this.#point();
  }

  /** The canvas keeps the picture's proportions inside its box. */
  #pictureBox(): { left: number; top: number; width: number; height: number } {
    const box = this.#canvas.getBoundingClientRect();
    const factor = Math.min(box.width / this.#canvas.width, box.height / this.#canvas.height);
    const width = factor * this.#canvas.width, height = factor * this.#canvas.height;
    return {
      left: box.left + (box.width - width) / 2,
      top: box.top + (box.height - height) / 2,
      width,
      height,
    };
  }

  #picture(view: View, shown: Shown, factor: number): HTMLCanvasElement {
    let picture = this.#pictures.get(view);
    if (!picture) this.#pictures.set(view, picture = pictureOf(view, shown, factor));
    return picture;
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    const factor = Math.max(1, Math.round(CANVAS_WIDTH / shown.width));
    const width = factor * shown.width, height = factor * shown.height;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const context = this.#canvas.getContext("2d")!;
    const left = this.#left.value as View, right = this.#right.value as View;
    const boundary = Math.round(width * this.#boundary.valueAsNumber / 100);
    context.drawImage(this.#picture(right, shown, factor), 0, 0);
    if (boundary > 0) {
      const picture = this.#picture(left, shown, factor);
      context.drawImage(picture, 0, 0, boundary, height, 0, 0, boundary, height);
    }
    context.lineWidth = 2;
    const x = factor * (this.#x.valueAsNumber + 0.5), y = factor * (this.#y.valueAsNumber + 0.5);
    for (const [colour, offset] of [["#000000", 1], ["#ffffff", 0]] as const) {
      context.strokeStyle = colour;
      context.beginPath();
      if (boundary > 0 && boundary < width) {
        context.moveTo(boundary + offset, 0);
        context.lineTo(boundary + offset, height);
      }
      context.moveTo(x - 7 + offset, y + offset);
      context.lineTo(x + 7 + offset, y + offset);
      context.moveTo(x + offset, y - 7 + offset);
      context.lineTo(x + offset, y + 7 + offset);
      context.stroke();
    }
    this.#canvas.setAttribute("aria-label", `Left: ${VIEWS[left]}. Right: ${VIEWS[right]}.`);
  }
}

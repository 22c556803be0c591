/** Two views of one pair on a canvas, left and right of a boundary that can be moved, and a pixel that can be pointed at. */
/// <reference lib="dom" />
import { part } from "../dom.ts";
import { pictureOf, type Shown, type View, VIEWS } from "./views.ts";

/** Wide enough for arrows to be seen on the smallest picture. */
const CANVAS_WIDTH = 768;

/** What a person has set. */
export interface Chosen {
  readonly left: View;
  readonly right: View;
  /** Per cent of the width. */
  readonly boundary: number;
  /** The pixel pointed at; the middle one where it is undefined. */
  readonly x?: number;
  readonly y?: number;
}

export interface ComparisonEvents {
  /** Told of the pixel pointed at, also when what it shows has changed. */
  onPoint(shown: Shown, x: number, y: number): void;
  onChosen(chosen: Chosen): void;
}

export class Comparison {
  readonly #canvas: HTMLCanvasElement;
  readonly #left: HTMLSelectElement;
  readonly #right: HTMLSelectElement;
  readonly #boundary: HTMLInputElement;
  readonly #percent: HTMLInputElement;
  readonly #x: HTMLInputElement;
  readonly #y: HTMLInputElement;
  readonly #pictures = new Map<View, HTMLCanvasElement>();
  readonly #events: ComparisonEvents;
  #shown: Shown | undefined;

  constructor(root: HTMLElement, start: Chosen, events: ComparisonEvents) {
    this.#events = events;
    this.#canvas = part(root, "canvas");
    this.#left = part(root, "left");
    this.#right = part(root, "right");
    this.#boundary = part(root, "boundary");
    this.#percent = part(root, "percent");
    this.#x = part(root, "x");
    this.#y = part(root, "y");
    for (
      const [select, chosen] of [[this.#left, start.left], [this.#right, start.right]] as const
    ) {
      for (const [view, label] of Object.entries(VIEWS)) {
        select.append(new Option(label, view, view === chosen, view === chosen));
      }
      select.addEventListener("change", () => this.#changed());
    }
    this.#boundary.value = this.#percent.value = String(start.boundary);
    this.#x.value = String(start.x ?? "");
    this.#y.value = String(start.y ?? "");
    this.#boundary.addEventListener("input", () => {
      this.#percent.value = this.#boundary.value;
      this.#changed();
    });
    this.#percent.addEventListener("change", () => {
      // The slider keeps to its range, and to what it was where the field holds no number.
      if (this.#percent.value !== "") this.#boundary.value = this.#percent.value;
      this.#percent.value = this.#boundary.value;
      this.#changed();
    });
    const point = () => {
      // Without a picture no place is known to be in it; show() takes what the fields say then.
      if (!this.#shown) return;
      this.point();
      this.#changed();
    };
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

  show(shown: Shown): void {
    this.#shown = shown;
    this.#pictures.clear();
    this.#x.max = String(shown.width - 1);
    this.#y.max = String(shown.height - 1);
    this.point();
    this.#draw();
  }

  /** Tells of the pixel pointed at. */
  point(): void {
    if (!this.#shown) return;
    const inside = (field: HTMLInputElement, side: number) => {
      const place = Number.isNaN(field.valueAsNumber) ? side / 2 : field.valueAsNumber;
      const pixel = Math.min(side - 1, Math.max(0, Math.floor(place)));
      field.value = String(pixel);
      return pixel;
    };
    const { width, height } = this.#shown;
    this.#events.onPoint(this.#shown, inside(this.#x, width), inside(this.#y, height));
  }

  #changed(): void {
    this.#draw();
    const place = (field: HTMLInputElement) => field.value === "" ? undefined : Number(field.value);
    this.#events.onChosen({
      left: this.#left.value as View,
      right: this.#right.value as View,
      boundary: this.#boundary.valueAsNumber,
      x: place(this.#x),
      y: place(this.#y),
    });
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

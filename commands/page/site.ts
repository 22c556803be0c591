/** The files of the live page: its document, script and styles, the model, and samples to begin with. */
import styles from "../../page/page.css" with { type: "text" };
import document from "../../page/index.html" with { type: "text" };
import baseStyles from "../../pipeline/report/styles/base.css" with { type: "text" };
import { bundle } from "./bundle.ts";

/** So that it opens in seconds on a telephone, and any free host takes it. */
export const MOST_BYTES = 5_000_000;

/** What the page shows, besides its code. */
export interface Contents {
  /** model.safetensors */
  readonly model: Uint8Array;
  /** PNG files: the sample of real pictures. */
  readonly frames: readonly [Uint8Array, Uint8Array];
  /** KITTI's flow map: its true flow. */
  readonly truth: Uint8Array;
  /** PNG files, as a run recorded them: for browsers that cannot compute. */
  readonly recorded: { readonly scene: Uint8Array; readonly rubberWhale: Uint8Array };
}

/**
 * @returns bytes by path
 * @throws {Error} when the bundler fails, or all files together are too large
 */
export async function siteFiles(contents: Contents): Promise<Map<string, Uint8Array>> {
  const text = (value: string) => new TextEncoder().encode(value);
  const files = new Map<string, Uint8Array>([
    ["index.html", text(document)],
    ["page.css", text(`${baseStyles}\n${styles}`)],
    ["page.js", await bundle("page/main.ts")],
    ["model.safetensors", contents.model],
    ["samples/rubber_whale_1.png", contents.frames[0]],
    ["samples/rubber_whale_2.png", contents.frames[1]],
    ["samples/rubber_whale_flow.png", contents.truth],
    ["recorded/scene.png", contents.recorded.scene],
    ["recorded/rubber_whale.png", contents.recorded.rubberWhale],
  ]);
  checkSize(files);
  return files;
}

/** @throws {Error} when all files together are too large for a page, with the size of each */
export function checkSize(files: ReadonlyMap<string, Uint8Array>): void {
  const bytes = sizeOf(files);
  if (bytes <= MOST_BYTES) return;
  const sizes = [...files].map(([path, { length }]) => `${path} ${length}`).join(", ");
  throw new Error(
    `Cannot build the page: it may have ${MOST_BYTES} bytes, got ${bytes} (${sizes}). Take a smaller model.`,
  );
}

export function sizeOf(files: ReadonlyMap<string, Uint8Array>): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

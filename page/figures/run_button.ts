/** The button of a figure that computes for a while: starts it, stops it, and says what went wrong. */
/// <reference lib="dom" />
import { part } from "../dom.ts";

/** @param compute until `goesOn` says no */
export function runButton(
  root: HTMLElement,
  compute: (goesOn: () => boolean) => Promise<void>,
): void {
  const button = part<HTMLButtonElement>(root, "run"), status = part(root, "status");
  let running = false;
  button.addEventListener("click", async () => {
    if (running) {
      running = false;
      return;
    }
    running = true;
    button.textContent = "Stop";
    try {
      await compute(() => running);
      if (!running) status.textContent += ", stopped";
    } catch (error) {
      status.textContent = (error as Error).message;
    }
    running = false;
    button.textContent = "Run again";
  });
}

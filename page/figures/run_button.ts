/** The button of a figure that computes for a while: starts it, stops it, and says what went wrong. */
/// <reference lib="dom" />
import { part } from "../dom.ts";
import { messageOf } from "../loss.ts";

/** @param compute until `goesOn` says no */
export function runButton(
  root: HTMLElement,
  compute: (goesOn: () => boolean) => Promise<void>,
): void {
  const button = part<HTMLButtonElement>(root, "run"), status = part(root, "status");
  // Between the click that stops it and its end it is still busy: another click starts nothing beside it.
  let busy = false, goesOn = false;
  button.addEventListener("click", async () => {
    if (busy) {
      goesOn = false;
      return;
    }
    busy = goesOn = true;
    button.textContent = "Stop";
    status.textContent = "Starting";
    status.classList.remove("wrong");
    try {
      await compute(() => goesOn);
      if (!goesOn) status.textContent += ", stopped";
    } catch (error) {
      status.textContent = messageOf(error);
      status.classList.add("wrong");
    }
    busy = false;
    button.textContent = "Run again";
  });
}

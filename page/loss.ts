/** What the page says when something went wrong: of a lost GPU what a reader can do, where the library advises who runs commands. */
/// <reference lib="dom" />

let lost: string | undefined;

/** @param tell called when the GPU is lost, which can be at any time */
export function watchLoss(device: GPUDevice, tell: (message: string) => void): void {
  device.lost.then(({ message }) => {
    lost =
      `The GPU was lost${
        message ? ` (${message})` : ""
      }: memory ran out, its driver stopped, or the computer slept. ` +
      "Reload the page: its address keeps what is set.";
    tell(lost);
  });
}

/** What is to be shown of an error: a lost GPU is the cause of all that follows. */
export function messageOf(error: unknown): string {
  return lost ?? (error as Error).message;
}

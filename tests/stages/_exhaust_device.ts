/** Preloaded beside a training stage: the memory of its device runs out after the first checkpoint. */
import { atCheckpoint } from "./_at_checkpoint.ts";

atCheckpoint((device) => {
  const error = new GPUOutOfMemoryError("allocation failed");
  device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
});

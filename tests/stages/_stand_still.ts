/** Preloaded beside a training stage: it stands still after its first checkpoint, so that it can be killed in time. */
import { atCheckpoint } from "./_at_checkpoint.ts";

atCheckpoint(() => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});

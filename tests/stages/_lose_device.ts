/** Preloaded beside a training stage: its device is lost after the first checkpoint. */
import { atCheckpoint } from "./_at_checkpoint.ts";

atCheckpoint((device) => device.destroy());

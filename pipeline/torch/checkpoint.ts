/** What a file of torch.save() holds: its value, and the bytes of the storages that its tensors refer to. */
import type { StorageReference, Value } from "./values.ts";

export interface Checkpoint {
  /** Which of PyTorch's formats, for people. */
  readonly format: string;
  readonly value: Value;
  /**
   * The elements of a storage, little-endian.
   * @throws {Error} when they are missing or damaged
   */
  readonly bytesOf: (storage: StorageReference) => Promise<Uint8Array>;
}

/** What to do about a file that is refused for what it holds. */
export const SAVE_WEIGHTS =
  "If you trust it, save the weights alone, in PyTorch: torch.save(network.state_dict(), FILE).";

/** What to do about a damaged one. */
export const GET_AGAIN = "Get it again.";

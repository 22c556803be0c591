/** Opens a file of torch.save() of either format; which one, its first bytes tell. */
import { unreadable } from "../common/io/text.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readLegacyCheckpoint } from "./legacy_checkpoint.ts";
import { readZipCheckpoint } from "./zip_checkpoint.ts";

const startsWith = (text: string, at = 0) => (bytes: Uint8Array) =>
  [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));

/** Kinds of files that are none, by how they begin, and what to do. */
const OTHERS: readonly [is: (bytes: Uint8Array) => boolean, what: string][] = [
  [({ length }) => length === 0, "it is empty. Get it again"],
  [startsWith("\x1f\x8b"), "it is compressed by gzip. Unpack it: gunzip or tar -xzf"],
  [
    startsWith("ustar", 257),
    "it is a tar archive, of other files or of PyTorch before 0.2. Unpack it, or save it with a newer PyTorch",
  ],
  [startsWith('{"', 8), "it is a safetensors file, which needs no import"],
  [startsWith("<"), "it is a web page, not the file that it links to. Get the file itself"],
];

/**
 * @param file its name, for errors
 * @throws {Error} when it is no file of torch.save(), is damaged, or holds more than weights and plain values
 */
export async function readCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  if (startsWith("PK")(bytes)) return await readZipCheckpoint(bytes, file);
  if (startsWith("\x80")(bytes)) return readLegacyCheckpoint(bytes, file);
  const [, what] = OTHERS.find(([is]) => is(bytes)) ?? [];
  throw unreadable(file, what ?? `it is not a file of PyTorch's torch.save()`);
}

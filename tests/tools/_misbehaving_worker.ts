/** Readers that break the limits of time and memory, or end the process, for tests of the watchdog. */
import { bytesOf, type Reader } from "../../tools/fuzz/reader.ts";
import { serve } from "../../tools/fuzz/serve.ts";

const SAMPLE = "12345";

/** Misbehaves where there is nothing to read. */
function reader(
  name: string,
  misbehave: () => void,
  kind: "hostile" | "heavy" = "hostile",
): Reader {
  return {
    name,
    form: "bytes",
    file: "file.bin",
    samples: { digits: () => bytesOf(SAMPLE) },
    [kind]: { empty: () => bytesOf("") },
    read: (bytes) => {
      if (bytes.length === 0) misbehave();
      throw new Error("Cannot read file.bin: nothing is good enough.");
    },
  };
}

await serve([
  reader("well-behaved", () => {}),
  reader("endless", () => {
    for (;;);
  }),
  reader("ending", () => Deno.exit(7)),
  reader("hungry", () => {
    new Uint8Array(2000 << 20).fill(1);
  }, "heavy"),
  reader("forgetful", () => {
    Promise.reject(new Error("nobody waits for this"));
  }),
]);

/** The process of one block: its settings as the one argument, what it finds as JSON lines. A device that is lost ends it alone. */
import { BLOCKS } from "./blocks.ts";
import { BlockContext } from "./context.ts";
import { settingsSchema } from "./messages.ts";
import { endPrograms } from "./programs.ts";
import { parseJson } from "../../pipeline/common/io/json.ts";

// A Ctrl-C of the terminal reaches the block by itself.
for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, () => {
    endPrograms();
    Deno.exit(status);
  });
}
const settings = parseJson(Deno.args[0] ?? "", settingsSchema, { file: "the block's settings" });
const block = BLOCKS.find(({ name }) => name === settings.block);
try {
  if (!block) throw new Error(`There is no block ${settings.block}.`);
  await block.measure(
    new BlockContext(settings, (message) => console.log(JSON.stringify(message))),
  );
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
// Whatever still waits for the device.
Deno.exit(0);

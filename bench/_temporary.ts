/** A temporary folder that is gone afterwards, also where the program is ended by Ctrl-C or SIGTERM. */
import { removeFolder } from "../tools/remove_folder.ts";

const ENDS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

/** Works with a new folder and removes it. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  const listeners = ENDS.map(([signal, status]) => {
    const end = () => {
      removeFolder(folder);
      Deno.exit(status);
    };
    Deno.addSignalListener(signal, end);
    return () => Deno.removeSignalListener(signal, end);
  });
  try {
    return await work(folder);
  } finally {
    for (const remove of listeners) remove();
    removeFolder(folder);
  }
}

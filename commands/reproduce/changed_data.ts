/**
 * The remedy after a damaged or edited file of the embedded sample. `dvc repro` takes data/ as it finds it and rewrites
 * data.dvc before the stage download refuses the file; then `dvc pull` alone brings the damaged file again.
 */
import { join } from "@std/path";
import { fileInfo, gitText, readText } from "./files.ts";

/** What download writes; DVC has removed it, when the stage fails. */
const DOWNLOADED = "results/download/manifest.json";

/**
 * After a run that failed.
 * @param root the folder of the repository
 * @returns what to do, when the stage download did not finish and data.dvc is not what is committed
 */
export async function changedDataHint(root: string): Promise<string | undefined> {
  if (await fileInfo(join(root, DOWNLOADED))) return undefined;
  const committed = await gitText(root, "cat-file", "blob", "HEAD:data.dvc");
  if (committed === undefined || committed === await readText(join(root, "data.dvc"))) {
    return undefined;
  }
  return "data.dvc is not what is committed: DVC took the files in data/ as they are, and the stage download did not " +
    "accept them. To get the committed files back (yours in data/ are replaced):\n" +
    "  git checkout data.dvc && ./run dvc pull --force data.dvc";
}

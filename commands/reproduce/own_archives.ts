/** What lies in archives/, looked at before DVC does: DVC skips some of it silently and ends at some of it without a reason. */
import { join } from "@std/path";
import { checkOwn, OWN } from "../../pipeline/fetch/own_archives.ts";

/** Commands of DVC that hash what stages depend on. */
const HASHING = /^(repro|status|(exp|experiments) run|queue start)\b/;

/** @throws {Error} when `dvc ARGS` would hash archives/ in the folder `root` and cannot, see checkOwn() */
export async function checkOwnArchives(root: string, args: readonly string[]): Promise<void> {
  if (HASHING.test(args.join(" "))) await checkOwn(join(root, OWN), Deno);
}

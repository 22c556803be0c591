/** What a bundle is called: after the commit that is in it and the platform that it is for. */
import { mustRun } from "../../commands/verify/command.ts";

/**
 * @param root of the clone
 * @param dirty whether files may differ from the commit, which the name then says
 * @returns optical-flow-COMMIT-OS-ARCHITECTURE
 * @throws {Error} on a platform that is not bundled, and for a changed tree unless `dirty`
 */
export async function bundleName(
  root: string,
  dirty: boolean,
  { os, arch }: Pick<typeof Deno.build, "os" | "arch"> = Deno.build,
): Promise<string> {
  if (os !== "linux") {
    throw new Error(
      `Cannot bundle on ${os}: a bundle holds the programs of the machine that makes it, and only Linux was tried. ` +
        "Call this on Linux.",
    );
  }
  const git = (...args: string[]) => mustRun("git", args, { cwd: root });
  const changes = (await git("status", "--porcelain")).trimEnd();
  if (changes !== "" && !dirty) {
    throw new Error(
      `Cannot bundle a changed tree, as no commit would say what is in it:\n${changes}\n` +
        "Commit, or add --dirty.",
    );
  }
  const commit = (await git("rev-parse", "--short=12", "HEAD")).trim();
  return `optical-flow-${commit}${changes === "" ? "" : "-dirty"}-${os}-${arch}`;
}

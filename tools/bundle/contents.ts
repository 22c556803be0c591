/** What lies in a bundle beside its packages: code as Git lists it, deno, the Vulkan loader, and what says what all this is. */
import { dirname, join } from "@std/path";
import { mustRun } from "../../commands/verify/command.ts";

/** Files and folders of the repository. */
const CODE = [
  "LICENSE",
  "deno.json",
  "deno.lock",
  "dvc.yaml",
  "models/params.yaml",
  "params.yaml",
  "bench",
  "commands",
  "kernels",
  "pipeline",
  "stages",
  "tools",
  "tests/_adapter.ts",
  "tests/_operation.ts",
  "tests/_parameters.ts",
  "tests/compute",
  "tests/golden",
  "tests/golden_checks",
  "tests/golden_test.ts",
  "tests/reference",
  "tests/smoothness",
];

/** Where Debian and its relatives put the loader and its licence; MACHINE is `uname -m`. */
const LOADER = {
  library: "/usr/lib/MACHINE-linux-gnu/libvulkan.so.1",
  licence: ["/usr/share/doc/libvulkan1/copyright", "/usr/share/common-licenses/Apache-2.0"],
};

/** Copies tracked files, and new ones that Git does not ignore, as they are now. */
export async function copyCode(root: string, folder: string): Promise<void> {
  // With an error for a name in CODE that is no longer there.
  const which = ["--cached", "--others", "--exclude-standard", "--error-unmatch"];
  const list = ["ls-files", ...which, "-z", "--", ...CODE];
  for (const path of (await mustRun("git", list, { cwd: root })).split("\0")) {
    if (path === "") continue;
    await copy(join(root, path), join(folder, path)).catch((error) => {
      // Deleted and not committed.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await copy(join(root, "tools/bundle/run.sh"), join(folder, "run"));
  await Deno.chmod(join(folder, "run"), 0o755);
}

/** Copies the deno that runs this. @throws {Error} when it is not the one of requirements.txt */
export async function copyDeno(root: string, folder: string): Promise<void> {
  const pinned = pinnedDeno(await Deno.readTextFile(join(root, "requirements.txt")));
  const { deno } = Deno.version;
  if (deno !== pinned) {
    throw new Error(
      `Cannot bundle deno ${deno}: requirements.txt pins ${pinned}. Call: ./run deno task bundle`,
    );
  }
  await copy(Deno.execPath(), join(folder, "bin/deno"));
}

/** @param text of requirements.txt @throws {Error} when it pins no deno */
export function pinnedDeno(text: string): string {
  const [, version] = /^deno==(\S+)$/m.exec(text) ?? [];
  if (version === undefined) {
    throw new Error(
      "Cannot read requirements.txt: it has no line deno==VERSION. Take it from Git.",
    );
  }
  return version;
}

/** Copies the Vulkan loader with its licence. @returns whether both are on this machine */
export async function copyVulkanLoader(folder: string): Promise<boolean> {
  const library = LOADER.library.replace("MACHINE", Deno.build.arch);
  try {
    for (const path of LOADER.licence) {
      await copy(path, join(folder, "lib", `libvulkan.${path.split("/").pop()}.txt`));
    }
    await copy(library, join(folder, "lib/libvulkan.so.1"));
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.remove(join(folder, "lib"), { recursive: true }).catch(() => {});
    return false;
  }
}

/** Says what the bundle is, its name in the first line, and whose the parts are. */
export async function writeAbout(folder: string, name: string, loader: boolean): Promise<void> {
  const parts = [
    name,
    "",
    "./run --help says what can be done with it.",
    "",
    "Code and kernels: MIT, see LICENSE.",
    `bin/deno: Deno ${Deno.version.deno}, https://deno.com, MIT, copyright the Deno authors; LICENSE has the text.`,
    "deno_dir: packages of npm, each with its licence in its folder.",
    ...loader
      ? [
        "lib/libvulkan.so.1: Vulkan loader, https://github.com/KhronosGroup/Vulkan-Loader, Apache-2.0, see lib.",
      ]
      : [],
  ];
  await Deno.writeTextFile(join(folder, "ABOUT"), parts.join("\n") + "\n");
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

/**
 * `deno task bundle`: one file with which a machine without network trains, tests and measures: deno, the packages of
 * deno.lock, code and kernels, and a ./run that needs no Python, Git or DVC. For the platform of this machine alone.
 */
import { fromFileUrl, join, resolve } from "@std/path";
import { givenArguments, type Parsed } from "../commands/given_arguments.ts";
import { runCommand } from "../commands/run_command.ts";
import { copyCode, copyDeno, copyVulkanLoader, writeAbout } from "./bundle/contents.ts";
import { bundleName } from "./bundle/name.ts";
import { copyPackages, lockedPackages } from "./bundle/packages.ts";
import { measure, pack } from "./bundle/pack.ts";
import { removeFolder } from "./remove_folder.ts";

const HELP = `deno task bundle [--dirty] [--fast] [--out FOLDER]
  writes optical-flow-COMMIT-PLATFORM.tar.xz into .cache/bundle, for a machine of the same platform without network:
    tar xf FILE && cd optical-flow-* && ./run --help
  It holds deno, the packages of deno.lock, code, kernels and golden vectors, no data and no results; and the Vulkan loader of
  this machine, which is used where there is none and wants a glibc as new as here. The other machine needs glibc 2.27 or
  newer, a driver with Vulkan, and tar and xz to unpack (or take the unpacked folder there). The same commit, on the same
  system, gives the same bytes.
  --dirty  also when files are not committed: bundles what lies here, and says so in the name
  --fast   packs in seconds instead of a minute, for a larger file
  --out    another folder, from the root of the clone
  Exit status: 0 written, 1 not, 2 wrong usage`;

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const OUT = ".cache/bundle";
/** What a mail or a ticket of a cluster still takes. */
const MOST_BYTES = 45e6;
const LEVEL = { small: 6, fast: 0 };
/** For what was being copied when a signal came. */
const SETTLING_MS = 200;
/** Signals that end it, and with which exit status: what is half made goes. */
const ENDS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

interface Wanted {
  readonly dirty: boolean;
  readonly fast: boolean;
  readonly out: string;
}

/** @returns the exit status */
async function main({ dirty, fast, out }: Wanted): Promise<number> {
  const name = await bundleName(ROOT, dirty);
  const file = join(out, `${name}.tar.xz`);
  const staging = join(out, `.${name}`);
  const folder = join(staging, name);
  removeFolder(staging);
  for (const [signal, status] of ENDS) {
    Deno.addSignalListener(signal, () => {
      removeFolder(staging);
      // What was under way may have made a folder once more. Nothing new begins meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLING_MS);
      removeFolder(staging);
      Deno.exit(status);
    });
  }
  await Deno.mkdir(folder, { recursive: true });
  try {
    await copyDeno(ROOT, folder);
    await copyCode(ROOT, folder);
    const packages = lockedPackages(await Deno.readTextFile(join(ROOT, "deno.lock")));
    await copyPackages(ROOT, packages, join(folder, "deno_dir"));
    const loader = await copyVulkanLoader(folder);
    if (!loader) {
      console.error(
        "Without the Vulkan loader: this machine has none with its licence where Debian puts them. " +
          "It must be on the other machine.",
      );
    }
    await writeAbout(folder, name, loader);
    await pack(folder, file, fast ? LEVEL.fast : LEVEL.small);
  } finally {
    removeFolder(staging);
  }
  const { bytes, sha256 } = await measure(file);
  const size = inMegabytes(bytes);
  if (!fast && bytes > MOST_BYTES) {
    await Deno.remove(file);
    throw new Error(
      `Cannot keep ${file}: it has ${size} and may have ${inMegabytes(MOST_BYTES)}. ` +
        "Leave something out in tools/bundle/contents.ts.",
    );
  }
  console.log(`${file}\n${size}\nSHA-256 ${sha256}`);
  return 0;
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function parseRequest(args: readonly string[]): Parsed<Wanted> {
  const given = givenArguments(args, { texts: ["out"], switches: ["dirty", "fast"] });
  if (given === "help" || "wrong" in given) return given;
  return { ...given.switches, out: resolve(ROOT, given.texts.out ?? OUT) };
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);

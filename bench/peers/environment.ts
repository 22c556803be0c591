/**
 * PyTorch's environment, made on first use and again when requirements.txt has changed, for the comparison with it and for
 * the tests of its checkpoints; the project itself needs none.
 */

/** All that the comparison leaves behind, besides the packages in Deno's own cache. */
export const CACHE = ".cache/peers";
const ENVIRONMENT = `${CACHE}/environment`;
/** The Python of the environment. */
export const PYTHON = `${ENVIRONMENT}/bin/python3`;
const REQUIREMENTS = "bench/peers/requirements.txt";
/** Lies in a complete environment: the requirements that it was made of. */
const MADE_OF = `${ENVIRONMENT}/made-of.txt`;

/**
 * Makes the environment unless it is there already.
 * @throws {Error} when Python or pip fails
 */
export async function ensureEnvironment(): Promise<void> {
  if (await isEnvironmentThere()) return;
  console.log(`Installing PyTorch into ${ENVIRONMENT}, once; it is large.`);
  // Python empties the folder, too: what holds a program that may be run, Deno does not let us remove.
  await run("python3", ["-m", "venv", "--clear", ENVIRONMENT]);
  await run(PYTHON, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]);
  await Deno.copyFile(REQUIREMENTS, MADE_OF);
}

/** Whether it is complete and of these requirements. */
export async function isEnvironmentThere(): Promise<boolean> {
  return await contentOf(MADE_OF) === await Deno.readTextFile(REQUIREMENTS);
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
  if (code === 0) return;
  throw new Error(
    `Cannot make ${ENVIRONMENT}: ${command} ${
      args.join(" ")
    } ended with status ${code}. Its first use needs a ` +
      `network and Python 3.11 or later with venv; leave PyTorch out by --only.`,
  );
}

/** PyTorch for tests, in the environment of the comparison with it; CI installs it, elsewhere the report says how. */
import { ensureEnvironment, isEnvironmentThere, PYTHON } from "../../bench/peers/environment.ts";

/** Whether PyTorch is there; where not, the report of the test says so. */
export async function hasPyTorch(t: Deno.TestContext): Promise<boolean> {
  if (Deno.env.get("CI") !== undefined) await ensureEnvironment();
  if (await isEnvironmentThere()) return true;
  const message = "NOT TESTED, PyTorch is not installed here: " +
    "CI=true ./run deno task test tests/torch installs it, once; it is large";
  await t.step(message, () => {});
  return false;
}

/** Runs a Python program. @returns what it prints @throws {Error} with what it says when it fails */
export async function runPython(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args, stdin: "null" })
    .output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`python3 ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
}

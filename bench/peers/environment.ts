/** PyTorch's environment, for the comparison with it and for the tests of its checkpoints. */
import { PythonEnvironment } from "../../commands/python_environment.ts";

/** All that the comparison leaves behind, besides the packages in Deno's own cache. */
export const CACHE = ".cache/peers";

const environment = new PythonEnvironment(`${CACHE}/environment`, "bench/peers/requirements.txt");

/** The Python of the environment. */
export const PYTHON = environment.python;

/** Makes the environment unless it is there already. @throws {Error} when Python or pip fails */
export function ensureEnvironment(): Promise<void> {
  return environment.ensure("PyTorch, which is large,");
}

/** Whether it is complete and of its present requirements. */
export function isEnvironmentThere(): Promise<boolean> {
  return environment.isThere();
}

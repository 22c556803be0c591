/** Writes a parameter into params.yaml as `dvc exp run -S` does: for what runs, or will run, without DVC at hand. */
import type { Document } from "yaml";
import { readYaml } from "../pipeline/common/io/yaml.ts";

/**
 * @param document of params.yaml
 * @param setting SECTION.KEY=VALUE; whether the value is allowed, parseParams() says
 * @throws {Error} when the value is not YAML, or a part of the key is no section
 */
export function setParameter(document: Document, setting: string): void {
  const [key, value] = setting.split(/=(.*)/s);
  const parsed = readYaml(value, { file: `-S ${setting}` });
  try {
    document.setIn(key.split("."), parsed);
  } catch {
    throw new Error(
      `Cannot read -S ${setting}: a part of ${key} is a value of params.yaml, not a section.`,
    );
  }
}

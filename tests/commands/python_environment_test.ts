/** PythonEnvironment with a python3 that only writes down what it is asked to do. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { inFolder, ROOT } from "../stages/_run.ts";

const PYTHON = `#!/bin/sh
echo "$*" >>log
[ ! -e broken ] || exit 7
case "$*" in *venv*) mkdir -p environment/bin && cp "$0" environment/bin/python3 ;; esac
`;

Deno.test("PythonEnvironment is made once, and again for other packages", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "bin"));
    await Deno.writeTextFile(join(folder, "bin/python3"), PYTHON, { mode: 0o755 });
    await Deno.writeTextFile(join(folder, "requirements.txt"), "numpy==1\n");
    const module = new URL("../../commands/python_environment.ts", import.meta.url).href;
    const ensure = async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          `--config=${join(ROOT, "deno.json")}`,
          `const { PythonEnvironment } = await import("${module}");
           await new PythonEnvironment("environment", "requirements.txt").ensure("numbers");`,
        ],
        cwd: folder,
        env: { PATH: `${join(folder, "bin")}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
      }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    const log = async () => {
      const text = await Deno.readTextFile(join(folder, "log")).catch(() => "");
      await Deno.remove(join(folder, "log")).catch(() => {});
      return text;
    };
    const made =
      "-m venv --clear environment\n-m pip install --quiet --requirement requirements.txt\n";
    const first = await ensure();
    assertEquals([first.code, await log()], [0, made], first.stderr);
    assertEquals(first.stderr, "Installing numbers into environment, once.\n");
    assertEquals([(await ensure()).code, await log()], [0, ""]);
    await Deno.writeTextFile(join(folder, "requirements.txt"), "numpy==2\n");
    await Deno.writeTextFile(join(folder, "broken"), "");
    const broken = await ensure();
    assertEquals(broken.code, 1);
    assertStringIncludes(
      broken.stderr,
      "Cannot make environment: python3 -m venv --clear environment ended with status 7.",
    );
    await Deno.remove(join(folder, "broken"));
    await log();
    assertEquals([(await ensure()).code, await log()], [0, made]);
  }));

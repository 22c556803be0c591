/** Set-up by ./run where somebody else's environment, settings or home folder are in the way. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DEBIAN_ROOT, exists, type Machine, REPRODUCE, withMachine } from "./_machine.ts";

Deno.test("./run empties no .venv that it did not make", async (t) => {
  const mine = "clone/.venv/bin/mine";
  const cases: [title: string, prepare: (machine: Machine) => void, says: string][] = [
    [
      "a folder",
      (machine) => {
        Deno.mkdirSync(join(machine.folder, "clone/.venv/bin"), { recursive: true });
        machine.put(mine, "precious");
      },
      ".venv is there, and ./run did not make it. It would have to be emptied: " +
      "give it another name (mv .venv .venv-mine) or delete it, then call ./run again.\n",
    ],
    [
      "a link to a folder",
      (machine) => {
        Deno.mkdirSync(join(machine.folder, "elsewhere/bin"), { recursive: true });
        // Even where ./run made what it leads to.
        machine.put("elsewhere/.made-by-run");
        Deno.symlinkSync("../elsewhere", join(machine.folder, "clone/.venv"));
        machine.put(mine, "precious");
      },
      ".venv is a link to ../elsewhere, which ./run did not make. It would have to be emptied: " +
      "remove the link (rm .venv) or give it another name, then call ./run again.\n",
    ],
    ["a link to nothing", (machine) => {
      Deno.symlinkSync("../gone", join(machine.folder, "clone/.venv"));
    }, ".venv is a link to ../gone, which"],
    ["a file", (machine) => machine.put("clone/.venv", "precious"), ".venv is a file, where"],
  ];
  for (const [title, prepare, says] of cases) {
    await t.step(title, () =>
      withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
        machine.put("driver");
        prepare(machine);
        const { code, stderr, log } = machine.run();
        assertEquals(code, 1);
        assertStringIncludes(stderr, says);
        assert(!/-m (venv|pip)/.test(log), log);
        const kept = [mine, "clone/.venv"].map((path) => join(machine.folder, path)).find((path) =>
          exists(path) && Deno.statSync(path).isFile
        );
        if (kept) assertEquals(Deno.readTextFileSync(kept), "precious");
      }));
  }
});

Deno.test("./run makes its own .venv anew: an empty one, one of before the mark, links in it", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    machine.put("driver");
    const at = (path: string) => join(machine.folder, path);
    Deno.mkdirSync(at("clone/.venv"));
    assertEquals(machine.run().code, 0);
    Deno.removeSync(at("clone/.venv/.made-by-run"));
    Deno.mkdirSync(at("library"));
    machine.put("library/book", "precious");
    Deno.symlinkSync("../../library", at("clone/.venv/lib"));
    machine.put("clone/.venv/.rest");
    machine.put("clone/requirements.txt", "dvc==4\n");
    const { code, log } = machine.run();
    assertEquals(code, 0);
    assertMatch(log, /-m venv .*-m pip install/s);
    assertEquals([".venv/lib", ".venv/.rest"].filter((path) => exists(at(`clone/${path}`))), []);
    assertEquals(Deno.readTextFileSync(at("library/book")), "precious");
  }));

Deno.test("./run test leaves a .cache/validator alone that it did not make, and goes on", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    machine.put("driver");
    const validator = join(machine.folder, "clone/.cache/validator");
    Deno.mkdirSync(join(machine.folder, "elsewhere"));
    machine.put("elsewhere/mine", "precious");
    Deno.mkdirSync(join(validator, ".."));
    Deno.symlinkSync("../../elsewhere", validator);
    const { code, stderr, log } = machine.run(["test"]);
    assertStringIncludes(stderr, ".cache/validator is a link to ../../elsewhere");
    assert(!log.includes("requirements-dev.txt"), log);
    assertMatch(log, /deno task ok\n$/);
    assertEquals([code, exists(join(validator, "mine"))], [0, true]);
  }));

Deno.test("./run sets up although pip is configured for something else", async (t) => {
  await t.step("user = true", () =>
    withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
      machine.put("driver");
      machine.put("pip-user");
      assertEquals(machine.run(["test"], "clone", { PIP_USER: "1" }).stderr.match(/--user/), null);
      assertEquals(machine.run().log, REPRODUCE);
    }));
  await t.step(
    "another target: says where to look",
    () =>
      withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
        machine.put("pip-target");
        const { code, stderr } = machine.run();
        assertEquals(code, 1);
        assertStringIncludes(stderr, "pip has put deno and dvc elsewhere");
        assertStringIncludes(stderr, "/.venv/bin/python -m pip config list\n");
      }),
  );
});

Deno.test("./run keeps Deno's cache in the clone where the home folder cannot hold it", async (t) => {
  await withMachine([...DEBIAN_ROOT, "python3"], async (machine) => {
    machine.put("driver");
    const clone = join(Deno.realPathSync(machine.folder), "clone");
    Deno.mkdirSync(join(machine.folder, "home"));
    Deno.mkdirSync(join(machine.folder, "cache-is-file"));
    machine.put("cache-is-file/.cache");
    const home = (name: string) => ({ HOME: join(machine.folder, name) });
    const cases: [title: string, environment: Record<string, string>, denoDir: string][] = [
      ["no HOME", {}, `${clone}/.cache/deno`],
      ["an empty HOME", { HOME: "" }, `${clone}/.cache/deno`],
      ["HOME that is not there", { HOME: "/nonexistent" }, `${clone}/.cache/deno`],
      ["HOME with a file in the way", home("cache-is-file"), `${clone}/.cache/deno`],
      ["a usual HOME", home("home"), "unset"],
      ["a cache elsewhere", { XDG_CACHE_HOME: join(machine.folder, "home") }, "unset"],
      ["the user's own choice", { DENO_DIR: "/mine", HOME: "/nonexistent" }, "/mine"],
    ];
    for (const [title, environment, expected] of cases) {
      await t.step(title, () => {
        const script = 'echo "${DENO_DIR-unset}"';
        const { stdout, stderr } = machine.run(["sh", "-c", script], "clone", environment);
        assertEquals(stdout, `${expected}\n`, stderr);
        assertEquals(exists("/nonexistent"), false);
      });
    }
  });
});

/** ./run on machines that lack something. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DEBIAN_ROOT, DEBIAN_USER, exists, REPRODUCE, withMachine } from "./_machine.ts";

Deno.test("./run sets up once, then fetches and reproduces", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    machine.put("driver");
    const first = machine.run();
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.log, /-m pip install .*requirements\.txt/);
    assertMatch(first.log, /deno run .*doctor\.ts --quiet\ndeno run .*reproduce\.ts\n$/);
    assert(!first.log.includes("apt-get"), first.log);
    const second = machine.run();
    assertEquals(second.log, REPRODUCE);
    assertEquals(second.stderr, "");
  }));

Deno.test("./run test and ./run COMMAND use the same environment", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    machine.put("driver");
    assertEquals(machine.run(["dvc", "--version"]).log.split("\n").at(-2), "dvc --version");
    const tested = machine.run(["test"]);
    assertMatch(
      tested.log,
      /^python3? -m venv .*\/\.cache\/validator\n.* pip install .*requirements-dev\.txt\n(apt-get .*\n)+deno task ok\n$/,
    );
    assertEquals(machine.run(["test"]).log, "deno task ok\n");
    const shown = machine.run(["dvc", "exp", "show", "a b"], "clone/tools");
    assertEquals(shown.log, "dvc exp show a b\n");
    assertMatch(
      shown.whole,
      /^deno run .*--allow-run=dvc,git,python commands\/dvc\.ts \S+\/clone\/tools exp show a b\n/,
    );
    const environment = machine.run(["sh", "-c", 'echo "$PWD $PATH"'], "clone/tools");
    const clone = join(Deno.realPathSync(machine.folder), "clone");
    assertEquals(
      environment.stdout,
      `${machine.folder}/clone/tools ${clone}/.venv/bin:${machine.folder}/bin\n`,
    );
    assertEquals(machine.run(["sh", "-c", "exit 7"]).code, 7);
    assertEquals(
      machine.run(["deno", "task", "flow", "a b"], "clone/tools").log,
      "deno task flow a b\n",
    );
    assertEquals(
      machine.run(["deno", "task", "flow", "a b"], ".").log,
      `deno task --config ${clone}/deno.json flow a b\n`,
    );
  }));

Deno.test("./run COMMAND fetches first where DVC runs stages in a fresh clone", async (t) => {
  const PULL = "dvc pull --allow-missing\n";
  const cases: [args: string, fetches: boolean][] = [
    ["dvc repro -f", true],
    ["dvc exp run -S a=b", true],
    ["dvc experiments run --temp", true],
    ["dvc queue start", true],
    ["dvc repro --dry --allow-missing", false],
    ["dvc exp run --help", false],
    ["dvc exp show", false],
    ["dvc pull", false],
    ["deno repro", false],
  ];
  await withMachine([...DEBIAN_ROOT, "python3"], async (machine) => {
    machine.put("driver");
    machine.run(["deno", "--version"]);
    const data = join(machine.folder, "clone/data");
    for (const [args, fetches] of cases) {
      await t.step(args, () => {
        const { code, stderr, log } = machine.run(args.split(" "), "clone/tools");
        assertEquals([code, log], [0, `${fetches ? PULL : ""}${args}\n`]);
        assertEquals(stderr, fetches ? "Nothing is fetched yet: dvc pull.\n" : "");
        if (fetches) assertEquals(machine.run(args.split(" ")).log, `${args}\n`);
        if (exists(data)) Deno.removeSync(data);
      });
    }
    await t.step("says so where it cannot", () => {
      machine.put("no-network");
      const { code, stderr, log } = machine.run(["dvc", "repro"]);
      assertEquals([code, log], [1, PULL]);
      assertStringIncludes(stderr, "ERROR: no bucket\nCannot fetch data and results (see above).");
    });
  });
});

Deno.test("./run looks at deno.json before a task of it gives a verdict", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    machine.put("driver");
    machine.run();
    const check = /^deno run .*--no-config --no-lock .* tools\/check_configuration\.ts\n/;
    for (const task of ["trace a.json key", "--quiet verify", "crate"]) {
      const { code, log } = machine.run(["deno", "task", ...task.split(" ")], "clone/tools");
      assertEquals([code, log.replace(check, "checked\n")], [0, `checked\ndeno task ${task}\n`]);
    }
    assertEquals(machine.run(["deno", "task", "flow"]).log, "deno task flow\n");
    machine.put("redirected");
    const { code, log } = machine.run(["deno", "task", "verify"]);
    assertEquals([code, log.replace(check, "checked\n")], [1, "checked\n"]);
  }));

Deno.test("./run test goes on without a browser where it cannot install one", () =>
  withMachine([...DEBIAN_USER, "python3"], (machine) => {
    machine.put("driver");
    const { code, stderr, log } = machine.run(["test"]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "There is no Chromium");
    assertMatch(log, /deno task ok\n$/);
    assert(!log.includes("apt-get"), log);
  }));

Deno.test("./run --help, unknown options and commands set nothing up", () =>
  withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
    const help = machine.run(["--help"]);
    assertEquals([help.code, help.log], [0, ""]);
    assertStringIncludes(help.stdout, "./run test");
    const option = machine.run(["--force"]);
    assertEquals([option.code, option.log], [1, ""]);
    assertStringIncludes(option.stderr, "Unknown option --force.");
    machine.put("driver");
    assertStringIncludes(machine.run(["dcv"]).stderr, "There is no command dcv here.");
  }));

Deno.test("./run repairs a set-up that was broken off", async (t) => {
  await t.step("while installing", () =>
    withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
      machine.put("driver");
      machine.put("no-network");
      const broken = machine.run();
      assertEquals(broken.code, 1);
      assertStringIncludes(broken.stderr, "No route to host");
      assertStringIncludes(broken.stderr, "call ./run again");
      Deno.removeSync(join(machine.folder, "no-network"));
      const repaired = machine.run();
      assertEquals(repaired.code, 0);
      assertStringIncludes(repaired.log, "-m venv");
      assertStringIncludes(repaired.log, REPRODUCE);
    }));
  await t.step(
    "other versions, a moved clone, a deleted program",
    () =>
      withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
        machine.put("driver");
        machine.run();
        machine.put("clone/requirements.txt", "dvc==4\n");
        assertStringIncludes(machine.run().log, "pip install");
        Deno.removeSync(join(machine.folder, "clone/.venv/bin/deno"));
        assertStringIncludes(machine.run().log, "pip install");
        Deno.renameSync(join(machine.folder, "clone"), join(machine.folder, "moved"));
        Deno.symlinkSync(join(machine.folder, "moved"), join(machine.folder, "clone"));
        assertStringIncludes(machine.run().log, "pip install");
        assertEquals(machine.run().log, REPRODUCE);
      }),
  );
});

Deno.test("./run installs what is missing where it may, and says so", async (t) => {
  await t.step(
    "as root: python, git and driver, package lists first",
    () =>
      withMachine(["uname", "id of root", "apt-get"], (machine) => {
        const { code, stderr, log } = machine.run();
        assertEquals(code, 0, stderr);
        assertStringIncludes(stderr, "git is missing. Installing git with apt-get.");
        assertStringIncludes(stderr, "Python is missing. Installing python3 python3-venv");
        assertStringIncludes(stderr, "There is no WebGPU adapter");
        assertStringIncludes(stderr, "Installing mesa-vulkan-drivers with apt-get.");
        assertStringIncludes(log, "apt-get -q update");
        assert(log.endsWith(REPRODUCE), log);
        assertEquals(machine.run().log, REPRODUCE);
      }),
  );
  await t.step(
    "with sudo that asks for no password",
    () =>
      withMachine([...DEBIAN_USER, "sudo without password", "python3"], (machine) => {
        const { code, log } = machine.run();
        assertEquals(code, 0);
        assertStringIncludes(log, "install -y --no-install-recommends mesa-vulkan-drivers");
      }),
  );
  await t.step("python3-venv alone", () =>
    withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
      machine.put("driver");
      machine.put("no-ensurepip");
      const { code, stderr } = machine.run();
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, "ensurepip is missing");
    }));
});

Deno.test("./run stops with the exact command where it may not install", async (t) => {
  const cases: [title: string, has: string[], command: string][] = [
    ["Debian, no root", [...DEBIAN_USER, "python3"], "sudo apt-get install mesa-vulkan-drivers"],
    ["Debian, no Python", DEBIAN_USER, "sudo apt-get install python3 python3-venv"],
    ["Debian, no git", ["uname", "id of a user", "apt-get"], "sudo apt-get install git"],
    [
      "Fedora",
      ["git", "uname", "id of root", "dnf", "python3"],
      "sudo dnf install mesa-vulkan-drivers vulkan-loader",
    ],
    [
      "Arch",
      ["git", "uname", "pacman", "python3"],
      "sudo pacman -S vulkan-swrast vulkan-icd-loader",
    ],
    ["openSUSE", ["git", "uname", "zypper", "python3"], "sudo zypper install libvulkan_lvp"],
    ["macOS, no Python", ["git", "uname of macOS", "brew"], "brew install python"],
    ["macOS, no adapter", ["git", "uname of macOS", "brew", "python3"], "no adapter"],
    ["no package manager", ["git", "uname", "python3"], "Install mesa-vulkan-drivers"],
  ];
  for (const [title, has, command] of cases) {
    await t.step(title, () =>
      withMachine(has, (machine) => {
        const { code, stderr, log } = machine.run();
        assertEquals(code, 1);
        assertStringIncludes(stderr, command);
        assert(!/(apt-get|dnf) .*install/.test(log), log);
        assert(!log.includes("dvc"), log);
      }));
  }
});

Deno.test("./run names the variable that hides an adapter, and installs none", async (t) => {
  for (const [name, value] of [["DENO_WEBGPU_BACKEND", "dx12"], ["VK_DRIVER_FILES", "/no.json"]]) {
    await t.step(name, () =>
      withMachine([...DEBIAN_ROOT, "python3"], (machine) => {
        machine.put("driver");
        const { code, stderr, log } = machine.run([], "clone", { [name]: value });
        assertEquals(code, 1);
        assertStringIncludes(stderr, `where ${name} is '${value}', and there is one without.`);
        assert(!log.includes("apt-get"), log);
        assertEquals(machine.run().code, 0);
      }));
  }
});

Deno.test("./run refuses what cannot work, before it tries", async (t) => {
  await t.step("musl", () =>
    withMachine([...DEBIAN_ROOT, "python3", "ldd of musl"], (machine) => {
      const { code, stderr, log } = machine.run();
      assertEquals(code, 1);
      assertStringIncludes(stderr, "musl");
      assert(!log.includes("venv"), log);
    }));
  await t.step(
    "an old Python",
    () =>
      withMachine([...DEBIAN_ROOT, "python3 of 2019"], (machine) => {
        const { code, stderr, log } = machine.run();
        assertEquals(code, 1);
        assertStringIncludes(stderr, "Python 3.10 or newer is needed, found 3.7.3");
        assertStringIncludes(stderr, "PYTHON=");
        assert(!log.includes("apt-get"), log);
      }),
  );
});

/** `deno task report` in a folder that has a run's results, or lacks them. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));
const LINKED = ["pipeline", "deno.json", "deno.lock"];

/** @param openers the shell that each program of the desktop is */
async function report(
  args: string[],
  { page = true, direct = '{"scenes": {"epe_px": 0.656}}', openers = {} }: {
    page?: boolean;
    direct?: string;
    openers?: Record<string, string>;
  } = {},
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const write = (path: string, text: string, mode = 0o644) => {
    Deno.mkdirSync(join(folder, path, ".."), { recursive: true });
    Deno.writeTextFileSync(join(folder, path), text, { mode });
  };
  try {
    for (const name of LINKED) Deno.symlinkSync(join(ROOT, name), join(folder, name));
    // The program finds results/ beside the folder that it lies in.
    for (
      const path of [
        "report.ts",
        "report/headline.ts",
        "report/browser.ts",
        "failure.ts",
        "given_arguments.ts",
        "run_command.ts",
      ]
    ) {
      write(`commands/${path}`, Deno.readTextFileSync(join(ROOT, "commands", path)));
    }
    write(
      "results/evaluate/summary.json",
      '{"scenes": {"epe_px": 1.234, "zero_flow_epe_px": 3.3}}',
    );
    write("results/direct/summary.json", direct);
    if (page) write("results/report/index.html", "<p>");
    for (const [name, script] of Object.entries(openers)) {
      write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "report", ...args],
      cwd: folder,
      env: { PATH: `${folder}/bin:${join(Deno.execPath(), "..")}` },
    }).output();
    const text = (bytes: Uint8Array) =>
      new TextDecoder().decode(bytes).replaceAll(`${folder}/`, "/clone/");
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PRINTED =
  "End-point error on the test scenes: network 1.23 px, direct 0.66 px, zero flow 3.30 px\n" +
  "The page of this run: file:///clone/results/report/index.html\n" +
  "The flow of pictures of your own, by the general model: ./run deno task flow FRAME1 FRAME2\n";

Deno.test("deno task report prints three numbers and the link of the page", async () => {
  assertEquals(await report([]), { code: 0, stdout: PRINTED, stderr: "" });
});

Deno.test("deno task report --open hands the link to the first program that takes it", async () => {
  const { code, stdout, stderr } = await report(["--open"], {
    openers: {
      "xdg-open": "exit 3",
      wslview: `case "$*" in file:///*/results/report/index.html) exit 0 ;; *) exit 1 ;; esac`,
    },
  });
  assertEquals([code, stdout, stderr], [0, PRINTED, ""]);
});

Deno.test("deno task report --open says so where there is no browser", async () => {
  const machines: Record<string, string>[] = [{ "xdg-open": "exit 3", wslview: "exit 1" }, {}];
  for (const openers of machines) {
    const { code, stdout, stderr } = await report(["--open"], { openers });
    assertEquals([code, stdout], [1, PRINTED]);
    assertEquals(stderr, "No browser could be opened from here: open that link in one.\n");
  }
});

Deno.test("deno task report says what is missing and what makes it", async () => {
  const unpulled = await report([], { page: false });
  assertEquals(unpulled, {
    code: 1,
    stdout: "",
    stderr: "There is no results/report/index.html yet. ./run fetches or makes it.\n",
  });
  assertStringIncludes((await report([], { direct: "{}" })).stderr, "no number scenes.epe_px");
});

Deno.test("deno task report --help and unknown arguments", async () => {
  const help = await report(["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--open");
  const wrong = await report(["--opne"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /^Unknown argument --opne\.\n/);
});

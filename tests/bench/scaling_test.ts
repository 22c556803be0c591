/** `deno task bench:scaling`: what it plans and derives, by hand, and its quick sections as a command. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { parseOptions } from "../../bench/scaling.ts";
import { shareOfIteration } from "../../bench/scaling/curves.ts";
import { mostAlive, planMemory } from "../../bench/scaling/memory.ts";
import denoConfig from "../../deno.json" with { type: "json" };
import { scratchStorage } from "../../pipeline/compute/gpu/tensor.ts";
import { inFolder, ROOT } from "../stages/_run.ts";

Deno.test("mostAlive() counts a value from the dispatch that writes it to the last one that reads it", () => {
  const [a, b, c, d] = [160, 320, 640, 16].map((bytes, i) => scratchStorage(`${i}`, bytes));
  const kept = { label: "kept", bytes: 1e6, buffer: {} as GPUBuffer };
  const dispatches = [
    { reads: [kept], writes: [a] }, // a: 160
    { reads: [a], writes: [b] }, // a, b: 480
    { reads: [b], writes: [c] }, // b, c: 960; a has ended
    { reads: [c], writes: [d] }, // c, d: 656
    { reads: [d], writes: [kept] },
  ];
  assertEquals(mostAlive(dispatches), 960);
  // Read once more at the end, a is alive all the time.
  assertEquals(mostAlive([...dispatches, { reads: [a], writes: [kept] }]), 1120);
  assertEquals(mostAlive([]), 0);
});

Deno.test("planMemory() states no less than what is alive, and pictures, flow and parameters besides", () => {
  const rows = planMemory({ width: 0.25, crop: [64, 128], batch: 2 });
  assertEquals(rows.map(({ family }) => family), ["cpu", "gpu"]);
  for (const { planned, alive, ratio, persistent, total } of rows) {
    assert(planned >= alive && alive > 1e6, `${planned} bytes for ${alive}`);
    assertAlmostEquals(ratio, planned / alive);
    assertEquals(total, planned + persistent);
    // Pictures and flow have a vec4 of each pixel of four frames.
    const pixels = 4 * 64 * 128 * 16;
    assert(persistent > 2 * pixels && persistent < 2 * pixels + 8e6, `${persistent} bytes stay`);
  }
});

Deno.test("shareOfIteration() is what an iteration adds by the step with one", () => {
  const rows = [[1, 0.5, 100], [3, 0.8, 99], [5, 1.3, 102]].map(([iterations, cost, step]) => ({
    iterations,
    cost,
    step,
  }));
  assertAlmostEquals(shareOfIteration(rows), 0.8 / 4 / 100);
});

Deno.test("parseOptions() of scaling takes sections in their order, and says what it does not know", () => {
  const { only, size } = parseOptions(["--only=memory,batch", "--crop=64x128"])!;
  assertEquals({ only, crop: size.crop }, { only: ["batch", "memory"], crop: [64, 128] });
  assertEquals(parseOptions([])!.size, { width: 0.25, crop: [64, 64], batch: 4 });
  const wrong = {
    "--only=time": '--only knows no "time"',
    "--crop=100": "--crop must be a side or HEIGHTxWIDTH, multiples of 64",
    "--crop=64x64x64": "--crop must be a side or HEIGHTxWIDTH",
    "--batch=1.5": "--batch must be a whole number, 1 to 64",
    "--width=": "--width must be 0.0625 to 4",
    "--crop=1e300": "multiples of 64 up to 65536",
    "--json=": "--json must name a file",
    "--fast": "Unknown argument --fast",
  };
  for (const [argument, message] of Object.entries(wrong)) {
    assertThrows(() => parseOptions([argument]), RangeError, message);
  }
});

Deno.test("bench:scaling measures a start from an empty cache, and memory without any device", () =>
  inFolder(async (folder) => {
    const json = join(folder, "scaling.json");
    const [program, ...options] = denoConfig.tasks["bench:scaling"].command.split(" ");
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...options, "--only=start,memory", "--batch=1", `--json=${json}`],
      cwd: ROOT,
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const { start, memory } = JSON.parse(await Deno.readTextFile(json));
    const [cpu] = memory;
    const mebibytes = Math.round(cpu.total / 2 ** 20);
    assertStringIncludes(new TextDecoder().decode(stdout), `that stay ${mebibytes}\n`);
    const [empty, filled] = start;
    assertEquals([empty.cache, filled.cache], ["empty", "filled"]);
    assertEquals(empty.pipelines, filled.pipelines);
    assert(empty.pipelines > 50 && empty.processorSeconds > 2 * filled.processorSeconds);
  }));

Deno.test("bench:scaling --only=run sets nothing up", () =>
  inFolder(async (folder) => {
    const [program, ...options] = denoConfig.tasks["bench:scaling"].command.split(" ");
    const script = join(ROOT, options.pop()!);
    const { code, stderr } = await new Deno.Command(program, {
      args: [...options, `--config=${join(ROOT, "deno.json")}`, script, "--only=run"],
      cwd: folder,
    }).output();
    const wanted = "Cannot time ./run with nothing to do: it would set up .venv here";
    assertStringIncludes(new TextDecoder().decode(stderr), wanted);
    assertEquals([code, ...Deno.readDirSync(folder)], [1]);
  }));

/** `deno task tune` as people start it, with kernels for GPUs on the CPU driver: what it writes, says and refuses. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parsePlan } from "../../pipeline/compute/gpu/plan.ts";
import { plannedPass } from "../../pipeline/compute/network/ops/convolution/planned.ts";
import { sizesOf } from "../../tools/tune/layer_passes.ts";
import { layersOfPwclite } from "../../tools/tune/layers.ts";
import { PlanWriter } from "../../tools/tune/plan_writer.ts";

function tune(...args: string[]): Deno.Command {
  const flags = ["--quiet", "--no-prompt", "--allow-read", "--allow-write"];
  return new Deno.Command("deno", {
    args: ["run", ...flags, "tools/tune.ts", ...args],
    stdout: "piped",
    stderr: "piped",
  });
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const TINY = ["--family", "gpu", "--shape", "0.25,1,64,64", "--tile", "32x32x16", "--name", "toy"];

async function readPlan(folder: string) {
  const plan = await parsePlan("toy", await Deno.readTextFile(`${folder}/toy.json`));
  plannedPass(plan, sizesOf(layersOfPwclite(0.25, 1, 64, 64)[0]), "forward");
  return plan;
}

Deno.test("tune measures the cases asked for, and writes a plan that can be read", async () => {
  const folder = await Deno.makeTempDir();
  const given = [...TINY, "--tile", "64x32x16", "--case", "dWeight k1 s1 d1 ci24 co4"];
  const { code, stdout, stderr } = await tune(...given, "--out", folder).output();
  assertEquals(code, 0, decode(stderr));
  assertMatch(decode(stdout), /\n1\/1 dWeight k1 s1 d1 ci24 co4 m2\^1: .*, of [23] kernels\n/);
  assertMatch(
    decode(stdout),
    /toy\.json: 1 of 1 cases measured, [01] beat the rules, [01] in the plan;/,
  );
  assertStringIncludes(decode(stdout), "left out: 0 kernels and 0 layers");
  const { adapter, made, cases } = await readPlan(folder);
  assertMatch(adapter!.description, /\w/);
  assertMatch(made!.kernels, /^sha256:[0-9a-f]{64}$/);
  assert(Object.keys(cases).every((key) => key === "dWeight k1 s1 d1 ci24 co4 m2^1"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tune keeps what it has at Ctrl-C", async () => {
  const folder = await Deno.makeTempDir();
  const process = tune(...TINY, "--case", "forward k1", "--out", folder).spawn();
  let said = "";
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    if (/^1\/26 /m.test(text) && !/^1\/26 /m.test(said)) process.kill("SIGINT");
    said += text;
  }
  const { code } = await process.status;
  assertEquals(
    decode(new Uint8Array(await new Response(process.stderr).arrayBuffer())),
    "SIGINT: ends after the case at hand.\n",
  );
  assertEquals(code, 130, said);
  assert(!said.includes("26/26"), said);
  assertMatch(said, /toy\.json: \d+ of 26 cases measured/);
  await readPlan(folder);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tune refuses a CPU driver, and arguments that make no sense", async (t) => {
  const cases: [args: string[], status: number, message: string][] = [
    [[], 1, "it is a CPU driver, whose kernels no plan chooses"],
    [["--family", "gpu"], 2, "--family gpu needs --out FOLDER"],
    [["--family", "cpu"], 2, "--family must be gpu, got cpu."],
    [["--shape", "1,4,100,64"], 2, "sides multiples of 64, such as 0.25,4,64,64; got 1,4,100,64."],
    [["--tile", "7x7"], 2, "There is no tile 7x7; there are 128x128x16,"],
    [["--name", "../x"], 2, "--name must be small letters, digits and _, got ../x."],
    [[...TINY, "--out", "x", "--case", "no such"], 1, "no case has no such in its name."],
    [["--family", "gpu", "--out", ""], 2, "--out needs a value."],
    [["--fast"], 2, "Unknown argument --fast."],
  ];
  for (const [args, status, message] of cases) {
    await t.step(args.join(" ") || "no arguments", async () => {
      const { code, stderr } = await tune(...args).output();
      assertStringIncludes(decode(stderr), message);
      assertEquals(code, status);
    });
  }
});

Deno.test("PlanWriter goes on from a file of the same adapter and kernels, and says why it does not", async () => {
  const folder = await Deno.makeTempDir();
  const adapter = {
    vendor: "1",
    device: "2",
    description: "toy",
    subgroup: [8, 8] as [number, number],
  };
  const made = { deno: "1", kernels: "sha256:1" };
  const open = (changes: object = {}, kernels = "sha256:1") =>
    PlanWriter.open(folder, "toy", {
      adapter: { ...adapter, ...changes },
      made: { ...made, kernels },
    });
  const evidence: [string, number] = ["", 1];
  const found = {
    use: "direct",
    tile: "64x64x16",
    chunks: 1,
    us: 1,
    rule: evidence,
    next: evidence,
  } as const;
  const { writer } = await open();
  await writer.put("forward k1 s1 d1 ci4 co4 m2^1", found);
  await writer.put("forward k1 s1 d1 ci4 co4 m2^2", found);
  const again = await open();
  assertEquals([again.writer.count, again.givenUp], [2, undefined]);
  await again.writer.put("forward k1 s1 d1 ci4 co4 m2^1", undefined);
  assertEquals(Object.keys((await readPlan(folder)).cases), ["forward k1 s1 d1 ci4 co4 m2^2"]);
  // Two at once: each keeps what the other has found.
  await writer.put("forward k1 s1 d1 ci4 co4 m2^3", found);
  assertEquals(Object.keys((await readPlan(folder)).cases), [
    "forward k1 s1 d1 ci4 co4 m2^2",
    "forward k1 s1 d1 ci4 co4 m2^3",
  ]);
  const other = await open({ device: "3" }, "sha256:2");
  assertEquals([other.writer.count, other.givenUp], [
    0,
    "its 2 cases are of another adapter and other kernels.",
  ]);
  await Deno.writeTextFile(`${folder}/toy.json`, "{");
  assertStringIncludes((await open()).givenUp!, "it is not JSON");
  await Deno.remove(folder, { recursive: true });
});

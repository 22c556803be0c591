/** The command `deno task crate`: what it writes is valid, whole, the same every time, and only of a committed run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { folderHash, hashFile } from "../../commands/lineage/hashes.ts";
import { type Project, withProject } from "./lineage/_project.ts";
import { assertCrateIsWhole, Crate, METADATA } from "./_crate.ts";
import { makeCrate } from "./_tasks.ts";
import { Validator } from "./_validator.ts";

async function written(project: Project, out: string): Promise<Crate> {
  const { code, stdout, stderr } = await makeCrate(project, "--out", out);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, `${out}: `);
  return new Crate(out);
}

Deno.test("deno task crate", (t) =>
  withProject(async (fresh) => {
    const project = await fresh();
    const out = `${project.folder}_crate`;
    const crate = await written(project, out);
    await t.step("describes every file with its hashes", () => assertCrateIsWhole(crate));
    await t.step("says what dvc.lock says", () => assertSaysTheLock(crate, project));
    await t.step("tells what ran, with what, on what", () => assertTellsTheRun(crate));
    await t.step("gives the same bytes again, over an earlier crate", async () => {
      assertEquals((await written(project, out)).text, crate.text);
      const clone = `${project.folder}_clone`;
      await project.must("cp", "-a", project.folder, clone);
      assertEquals((await written(await fresh(), `${clone}_crate`)).text, crate.text);
    });
    await t.step("goes on from one that was interrupted", async () => {
      const partial = `${out}.partial`;
      Deno.mkdirSync(partial);
      Deno.copyFileSync(join(out, METADATA), join(partial, METADATA));
      Deno.writeTextFileSync(join(partial, "LICENSE"), "Apa");
      assertCrateIsWhole(await written(project, out));
      assertEquals(
        [...Deno.readDirSync(`${out}/..`)].some(({ name }) => /partial/.test(name)),
        false,
      );
    });
    await t.step("passes all required checks of roc-validator, which finds planted faults", () =>
      assertValid(out));
    await t.step("refuses what is not the committed run", async () =>
      refusals(await fresh()));
  }));

function assertSaysTheLock(crate: Crate, project: Project): void {
  const { stages } = parse(project.read("dvc.lock"));
  for (
    const [name, stage] of Object.entries<Record<string, { path: string; md5: string }[]>>(stages)
  ) {
    for (const { path, md5 } of [...stage.outs, ...stage.deps]) {
      if (path.startsWith("results/download") || path === "archives") {
        assertEquals(crate.get(`#${path}`).identifier, `md5:${md5}`);
      } else if (md5.endsWith(".dir")) {
        const folder = crate.get(`${path}/`);
        assertEquals(folder.identifier, `md5:${md5}`);
        const entries = crate.ids(folder, "hasPart").map((id) => ({
          md5: hashFile(join(crate.folder, id), "md5"),
          relpath: id.slice(path.length + 1),
        }));
        assertEquals(folderHash(entries), md5, `${path} of stage ${name}`);
      } else assertEquals(crate.get(path).md5, md5);
    }
  }
}

function assertTellsTheRun(crate: Crate): void {
  const root = crate.get("./");
  assertEquals(root.datePublished, "2026-01-02T03:04:05+00:00");
  const workflow = crate.get(root.mainEntity["@id"]);
  assertEquals(workflow["@id"], "dvc.yaml");
  const steps = crate.ids(workflow, "step").map((id) => crate.get(id));
  assertEquals(
    steps.map((step) => [step.position, step.workExample["@id"]]),
    [["1", "stages/download/download.ts"], ["2", "stages/train/train.ts"], [
      "3",
      "stages/evaluate/evaluate.ts",
    ]],
  );
  assertEquals(crate.ids(crate.get("stages/train/train.ts"), "hasPart"), [
    "deno.lock",
    "kernels/README.md",
    "kernels/compute/warp.wgsl",
    "kernels/smoothness/huber.wgsl",
    "kernels/smoothness/smoothness.wgsl",
    "pipeline/common/rng.ts",
    "stages/common/read.ts",
  ]);
  const folder = crate.get("kernels/");
  assertEquals(folder.description, "Code that is part of stage train");
  assertEquals(
    crate.ids(folder, "hasPart").map((id) => crate.get(id)).map((file) => [
      file["@id"],
      [file["@type"]].flat().includes("SoftwareSourceCode"),
    ]),
    [
      ["kernels/README.md", false],
      ["kernels/compute/warp.wgsl", true],
      ["kernels/smoothness/huber.wgsl", true],
      ["kernels/smoothness/smoothness.wgsl", true],
    ],
  );
  const run = crate.get("#run/train");
  assertEquals(run.instrument["@id"], "stages/train/train.ts");
  assertEquals(crate.ids(run, "object"), [
    "#results/download/kitti2015_sample.zip",
    "#results/download/manifest.json",
    "#value/train.seed",
    "#value/train.unroll_iterations",
    "#value/train.weight_decay",
  ]);
  assertEquals(crate.get("#value/train.weight_decay").value, 0.000001);
  assertEquals(crate.ids(run, "result"), [
    "results/train/adapter.json",
    "results/train/loss.tsv",
    "results/train/model.safetensors",
    "results/train/pictures/",
  ]);
  const [connection] = crate.ids(steps[2], "connection").map((id) => crate.get(id));
  assertEquals(connection.sourceParameter["@id"], "#output/results/train/model.safetensors");
  assertEquals(
    connection.targetParameter["@id"],
    "#input/evaluate/results/train/model.safetensors",
  );
  const archive = crate.get("data/kitti2015_sample.zip");
  assertEquals(crate.get(archive.license["@id"]).name, "CC BY-NC-SA 3.0");
  assertEquals(crate.get("results/train/adapter.json").about["@id"], "#run/train");
}

async function assertValid(out: string): Promise<void> {
  const validator = await Validator.open(`${out}_validator`);
  const sound = await validator.validate(out);
  assertEquals([sound.issues, sound.skipped, sound.passed], [[], 0, true]);
  // As many as version 0.13.0 knows: fewer would mean that the profile was not found.
  assertEquals(sound.checks, 85);

  const metadata = join(out, METADATA);
  const text = Deno.readTextFileSync(metadata);
  const faults: [title: string, from: string, to: string, check: RegExp][] = [
    [
      "a step without tool",
      '"workExample": {\n        "@id": "stages/train/train.ts"\n      },',
      "",
      /^provenance/,
    ],
    ["a stray term", '"contentSize"', '"sizeOfContent"', /^ro-crate-1\.1/],
    ["a missing file", '"results/train/loss.tsv"', '"results/train/lost.tsv"', /^ro-crate-1\.1/],
  ];
  for (const [title, from, to, check] of faults) {
    assert(text.includes(from), `the crate has no ${from}`);
    Deno.writeTextFileSync(metadata, text.replaceAll(from, to));
    const { passed, issues } = await validator.validate(out);
    assert(!passed && issues.some((issue) => check.test(issue)), `${title}: ${issues.join("\n")}`);
  }
  Deno.writeTextFileSync(metadata, text);
}

async function refusals(project: Project): Promise<void> {
  const refusal = async (...args: string[]) => {
    const { code, stdout, stderr } = await makeCrate(project, ...args);
    assertEquals([code, stdout], [1, ""]);
    return stderr;
  };
  project.edit("params.yaml", "pictures: 2", "pictures: 3");
  assertStringIncludes(await refusal(), "evaluate.pictures was 2 in the run of stage evaluate");
  await project.must("git", "checkout", "--quiet", "params.yaml");
  project.write("kernels/smoothness/huber.wgsl", "// other\n");
  assertMatch(
    await refusal(),
    /kernels is not what stage train read: .* kernels\/smoothness\/huber\.wgsl has changed\n/,
  );
  await project.must("git", "checkout", "--quiet", "kernels");
  project.edit("LICENSE", "2.0", "3.0");
  assertStringIncludes(await refusal(), "of what is not committed: LICENSE");
  await project.must("git", "checkout", "--quiet", "LICENSE");
  assertStringIncludes(await refusal("--out", "stages"), "it holds other files");
  // Somebody else's crate, and a file that was put into one of ours.
  const foreign = (name: string, ...files: string[]) =>
    `Cannot write a crate to ${project.path(name)}: it holds other files, ${
      files.map((file) => `"${file}"`).join(", ")
    }, that no crate of this project describes.`;
  project.write("theirs/data.csv", "1\n");
  project.write(`theirs/${METADATA}`, "{}");
  assertStringIncludes(await refusal("--out", "theirs"), foreign("theirs", "data.csv", METADATA));
  assertEquals(project.read("theirs/data.csv"), "1\n");
  assertEquals((await makeCrate(project, "--out", "ours")).code, 0);
  project.write("ours/results/notes.txt", "mine\n");
  assertStringIncludes(await refusal("--out", "ours"), foreign("ours", "results/notes.txt"));
  assertEquals(project.read("ours/results/notes.txt"), "mine\n");
  assertStringIncludes(await refusal("--out", "ours/LICENSE"), "it is a file. Name a folder");
  Deno.removeSync(project.path("results/train/model.safetensors"));
  assertStringIncludes(await refusal(), "model.safetensors into the crate: it is not here");
  assertEquals((await makeCrate(project, "somewhere")).code, 2);
}

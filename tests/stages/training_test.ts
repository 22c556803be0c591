/**
 * The stages pretrain and train by their commands in dvc.yaml, on a few small scenes: what they write, and that a run which
 * was killed or interrupted ends with the same bytes as one that was not.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { makeTrainingProject } from "../../tools/soak/project.ts";
import { listCheckpoints } from "../commands/_checkpoints.ts";
import { inFolder, names, ROOT, runStage, stageArguments } from "./_run.ts";

async function outputs(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const collect = async (path: string) => {
    for await (const { name, isFile } of Deno.readDir(join(folder, path))) {
      if (isFile) files.set(join(path, name), await Deno.readFile(join(folder, path, name)));
      else await collect(join(path, name));
    }
  };
  await collect("results/pretrain");
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Far more than a start takes on a machine that has much else to do. */
const PATIENCE_MS = 300_000;

/** Pretrain with something beside it: see _at_checkpoint.ts. */
async function startWith(preloaded: string, folder: string): Promise<Deno.ChildProcess> {
  const [run, ...args] = await stageArguments("pretrain");
  return new Deno.Command(Deno.execPath(), {
    args: [run, `--preload=${join(ROOT, `tests/stages/${preloaded}`)}`, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stderr: "piped",
    stdout: "null",
  }).spawn();
}

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !await holds();) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("stages pretrain and train", async (t) => {
  await inFolder(async (folder) => {
    await makeTrainingProject(ROOT, folder);
    const unbroken = await runStage("pretrain", folder);
    assertEquals(unbroken.code, 0, unbroken.stderr);
    const wanted = await outputs(folder);
    const checkpoints = () => names(join(folder, "checkpoints"));

    await t.step(
      "pretrain writes model, curves and metrics, and leaves no checkpoint",
      async () => {
        const files = [...wanted.keys()].map((path) => path.replace("results/pretrain/", ""));
        assertEquals(files, [
          "adapter.json",
          "curves/loss.tsv",
          "curves/validation.tsv",
          "metrics.json",
          "model.safetensors",
        ]);
        assertEquals(await checkpoints(), []);
        const text = (name: string) =>
          new TextDecoder().decode(wanted.get(`results/pretrain/${name}`));
        assertEquals(text("curves/loss.tsv").split("\n").map((line) => line.split("\t")[0]), [
          "step",
          "4",
          "8",
          "12",
          "",
        ]);
        assertEquals(text("curves/validation.tsv").split("\n").map((line) => line.split("\t")[0]), [
          "step",
          "6",
          "12",
          "",
        ]);
        assertEquals(JSON.parse(text("metrics.json")).steps_count, 12);
        assertEquals(
          JSON.parse(text("adapter.json")).backend,
          Deno.env.get("DENO_WEBGPU_BACKEND") ?? "default",
        );
        const model = readModel(wanted.get("results/pretrain/model.safetensors")!, "model");
        assertEquals((model.madeBy.pretrain as Record<string, unknown>).steps, 12);
        assertMatch(unbroken.stderr, /peak device memory [\d.]+ .?i?B/);
      },
    );

    const assertResumes = async () => {
      const resumed = await runStage("pretrain", folder);
      assertEquals(resumed.code, 0, resumed.stderr);
      assertMatch(resumed.stderr, /goes on from step [1-9]/);
      const got = await outputs(folder);
      assertEquals([...got.keys()], [...wanted.keys()]);
      for (const [path, bytes] of wanted) assertEquals(got.get(path), bytes, path);
      assertEquals(await checkpoints(), []);
    };

    await t.step(
      "kill -9 after a checkpoint: the next run goes on and ends with the same bytes",
      async () => {
        await Deno.remove(join(folder, "results/pretrain"), { recursive: true });
        // It comes no further before it is killed, however fast it is.
        const child = await startWith("_stand_still.ts", folder);
        await waitFor(
          "the first checkpoint",
          async () => (await checkpoints()).some((name) => name.endsWith(".safetensors")),
        );
        child.kill("SIGKILL");
        await child.stderr.cancel();
        assertEquals((await child.status).signal, "SIGKILL");
        assertEquals(await names(join(folder, "results/pretrain")), []);
        await assertResumes();
      },
    );

    /** Starts pretrain anew, and does something when its device is open. @returns its exit status and what it said */
    const stopped = async (command: string[], stop: (child: Deno.ChildProcess) => void) => {
      await Deno.remove(join(folder, "results/pretrain"), { recursive: true });
      const [program, ...args] = command;
      const child = new Deno.Command(program, {
        args,
        cwd: folder,
        env: { NO_COLOR: "1" },
        stderr: "piped",
        stdout: "null",
      }).spawn();
      let said = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        const before = said;
        said += text;
        const opened = "peak device memory";
        if (said.includes(opened) && !before.includes(opened)) stop(child);
      }
      return { code: (await child.status).code, said };
    };
    const pretrain = [Deno.execPath(), ...await stageArguments("pretrain")];

    for (
      const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const
    ) {
      await t.step(
        `${signal} saves, exits with ${status}, and the next run ends with the same bytes`,
        async () => {
          const { code, said } = await stopped(pretrain, (child) => child.kill(signal));
          assertEquals(code, status, said);
          assertStringIncludes(said, "Saves a checkpoint after the step at hand, then stops.");
          assertMatch(
            said,
            /pretrain stopped at step \d+ of 12; the same command goes on from there/,
          );
          const [name, ...others] = await checkpoints();
          assertEquals(others, []);
          const listed = await listCheckpoints(folder);
          assertMatch(listed.stdout, new RegExp(`^pretrain .* present run +checkpoints/${name}\n`));
          assertEquals(await names(join(folder, "results/pretrain")), []);
          await assertResumes();
        },
      );
    }

    await t.step("a run whose parent is killed saves, and writes no output", async () => {
      const shell = ["sh", "-c", '"$@"; true', "sh", ...pretrain];
      const { said } = await stopped(shell, (child) => child.kill("SIGKILL"));
      assertStringIncludes(said, "the process that started it is gone. Saves a checkpoint");
      assertMatch(said, /pretrain stopped at step \d+ of 12/);
      assertEquals(await names(join(folder, "results/pretrain")), []);
      await assertResumes();
    });

    for (
      const [what, blow, message] of [
        ["a device that is lost", "lose", "The device was lost: "],
        ["memory that runs out", "exhaust", "Not enough memory on "],
      ] as const
    ) {
      await t.step(
        `${what} ends with the sizes, keeps the checkpoint, and the next run ends with the same bytes`,
        async () => {
          await Deno.remove(join(folder, "results/pretrain"), { recursive: true });
          const child = await startWith(`_${blow}_device.ts`, folder);
          const { code, stderr } = await child.output();
          const said = new TextDecoder().decode(stderr);
          assertEquals(code, 1, said);
          assertStringIncludes(said, message);
          assertMatch(
            said,
            /\. Lower pretrain\.batch = \d+, pretrain\.crop = \d+ or pretrain\.width = [\d.]+\. Or raise pretrain\.micro_batches = 1, into/,
          );
          assertMatch((await checkpoints()).join(" "), /^pretrain-\S+\.safetensors( |$)/);
          assertEquals(await names(join(folder, "results/pretrain")), []);
          await assertResumes();
        },
      );
    }

    await t.step(
      "a damaged checkpoint is named, and the run ends with the same bytes",
      async () => {
        await stopped(pretrain, (child) => child.kill("SIGINT"));
        const [name] = await checkpoints();
        const path = join(folder, "checkpoints", name);
        const bytes = await Deno.readFile(path);
        bytes[bytes.length >> 1] ^= 16;
        await Deno.writeFile(path, bytes);
        const { code, stderr } = await runStage("pretrain", folder);
        assertEquals(code, 0, stderr);
        const size = bytes.length;
        assertStringIncludes(
          stderr,
          `pretrain: Cannot read checkpoints/${name}: its ${size} bytes are not those that were saved, ` +
            "by their SHA-256. Starting anew.\n",
        );
        assertEquals(await outputs(folder), wanted);
        assertEquals(await checkpoints(), []);
      },
    );

    await t.step(
      "train goes on from the pretrained weights and records both sections",
      async () => {
        const { code, stderr } = await runStage("train", folder);
        assertEquals(code, 0, stderr);
        const model = readModel(
          await Deno.readFile(join(folder, "results/train/model.safetensors")),
          "model",
        );
        assertEquals(Object.keys(model.madeBy), ["pretrain", "train"]);
        const before = readModel(wanted.get("results/pretrain/model.safetensors")!, "model");
        const name = "flow_estimators.conv1.0.weight";
        const moved = model.weights.get(name)!.map((value, i) =>
          Math.abs(value - before.weights.get(name)![i])
        );
        assert(
          Math.max(...moved) > 1e-4 && Math.max(...moved) < 0.1,
          `largest change ${Math.max(...moved)}`,
        );
      },
    );
  });
});

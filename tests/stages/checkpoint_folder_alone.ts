/**
 * The folder of checkpoints: the last ones are kept, damaged ones are passed over aloud, others are left alone, and what a save could
 * not replace is refused at the start.
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { Checkpoint } from "../../pipeline/train/checkpoint.ts";
import { CheckpointFolder } from "../../stages/training/checkpoint_folder.ts";
import { names } from "./_run.ts";
import { inWorkingFolder } from "./_working_folder.ts";

const SHORT_KEY = "ab12".repeat(4);
const RUN = { key: "ab12".repeat(16), steps: 9, floats: 4, terms: 4, averaged: false };
const KEPT = 2;
const name = (step: number) => `train-${SHORT_KEY}-${step}.safetensors`;
const path = (step: number) => `checkpoints/${name(step)}`;

function checkpoint(step: number): Checkpoint {
  const values = (first: number) => new Float32Array([first, 2, 3, 4]);
  return {
    state: {
      step,
      parameters: values(step),
      firstMoments: values(-step),
      secondMoments: values(step ** 2),
    },
    progress: {
      pending: [],
      lossRows: [{ step, losses: [1, 2, 3, 4], learningRate: 1e-3 }],
      validationRows: [],
    },
  };
}

async function inEmptyFolder(
  test: (folder: CheckpointFolder, load: () => Promise<[number?, ...string[]]>) => Promise<void>,
): Promise<void> {
  await inWorkingFolder(async () => {
    // What a new process finds: its step, and what it was warned of.
    const load = async (): Promise<[number?, ...string[]]> => {
      const said: string[] = [];
      const found = await new CheckpointFolder("train", RUN, KEPT).load((text) => said.push(text));
      return [found?.state.step, ...said];
    };
    await test(new CheckpointFolder("train", RUN, KEPT), load);
  });
}

Deno.test("save() keeps the checkpoint before, and no older one; the last is loaded", () =>
  inEmptyFolder(async (folder, load) => {
    assertEquals(await load(), [undefined]);
    for (const step of [2, 4, 6]) await folder.save(checkpoint(step));
    assertEquals(await names("checkpoints"), [name(4), name(6)]);
    assertEquals(await load(), [6]);
    await folder.removeAll();
    assertEquals(await names("checkpoints"), []);
  }));

Deno.test("save() keeps as many as were asked for, also of those that a run before it left", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(1));
    await folder.save(checkpoint(2));
    const three = new CheckpointFolder("train", RUN, 3);
    assertEquals((await three.load(() => {}))?.state.step, 2);
    for (const [step, kept] of [[3, [1, 2, 3]], [4, [2, 3, 4]], [5, [3, 4, 5]]] as const) {
      await three.save(checkpoint(step));
      assertEquals(await names("checkpoints"), kept.map(name));
    }
    // An earlier one is gone on from where those after it were taken away.
    await Deno.remove(path(5));
    await Deno.remove(path(4));
    assertEquals(await load(), [3]);
  }));

Deno.test("load() passes over damaged checkpoints, in one line each, and a save removes them", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(4));
    await folder.save(checkpoint(6));
    const bytes = await Deno.readFile(path(6));
    const size = bytes.length;
    bytes[size - 3] ^= 4;
    await Deno.writeFile(path(6), bytes);
    const refused = (step: number, length = size) =>
      `Cannot read ${
        path(step)
      }: its ${length} bytes are not those that were saved, by their SHA-256.`;
    assertEquals(await load(), [4, `${refused(6)} Going on from step 4.`]);
    await Deno.truncate(path(4), 100);
    assertEquals(await load(), [
      undefined,
      `${refused(6)} Starting anew.`,
      `${refused(4, 100)} Starting anew.`,
    ]);
    const anew = new CheckpointFolder("train", RUN, KEPT);
    await anew.load(() => {});
    await anew.save(checkpoint(2));
    await anew.save(checkpoint(5));
    await anew.save(checkpoint(7));
    assertEquals(await names("checkpoints"), [name(5), name(7)]);
  }));

Deno.test("load() refuses a checkpoint under the name of another step, and passes over a link that leads nowhere", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(4));
    await Deno.rename(path(4), path(8));
    const refused = `Cannot read ${path(8)}: it is at step 4. Starting anew.`;
    assertEquals(await load(), [undefined, refused]);
    await Deno.symlink("nowhere", path(3));
    const [step, ...said] = await load();
    assertEquals([step, said.length, said[0]], [undefined, 2, refused]);
    await folder.save(checkpoint(9));
    assertEquals(await names("checkpoints"), [name(9)]);
  }));

Deno.test("load() names what a save could neither replace nor remove", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(4));
    for (const other of [path(2), path(6), `${path(6)}.partial`]) {
      await Deno.mkdir(`${other}/inner`, { recursive: true });
      const message =
        `Cannot use ${other}: it has the name of a checkpoint and is a folder. Move it away.`;
      await assertRejects(load, Error, message);
      await Deno.remove(other, { recursive: true });
    }
    // Reading it would wait for ever.
    await new Deno.Command("mkfifo", { args: [path(6)] }).output();
    await assertRejects(load, Error, `${path(6)}: it has the name of a checkpoint and is no file.`);
    await Deno.remove(path(6));
    assertEquals(await load(), [4]);
  }));

Deno.test("load() names a folder of checkpoints that is none; a link to one will do", () =>
  inEmptyFolder(async (folder, load) => {
    await Deno.writeTextFile("checkpoints", "mine");
    await assertRejects(
      load,
      Error,
      "Cannot use checkpoints/ for checkpoints: it is a file, not a",
    );
    await Deno.remove("checkpoints");
    await Deno.symlink("elsewhere", "checkpoints");
    await assertRejects(
      load,
      Error,
      "checkpoints: it is a link that leads nowhere. Make the folder",
    );
    await Deno.mkdir("elsewhere");
    assertEquals(await load(), [undefined]);
    await folder.save(checkpoint(4));
    assertEquals([await names("elsewhere"), await load()], [[name(4)], [4]]);
  }));

Deno.test("what belongs to other runs stays, what a kill left of this one goes", () =>
  inEmptyFolder(async (folder) => {
    const others = [`pretrain-${SHORT_KEY}-3.safetensors`, `train-${"0".repeat(16)}-3.safetensors`];
    await Deno.mkdir("checkpoints");
    for (const other of [...others, `${name(3)}.partial`]) {
      await Deno.writeTextFile(`checkpoints/${other}`, "cut");
    }
    await folder.save(checkpoint(4));
    assertEquals(await names("checkpoints"), [...others, name(4)].sort());
    await folder.removeAll();
    assertEquals(await names("checkpoints"), others.sort());
  }));

Deno.test("a checkpoint that cannot be written leaves those before, and says so", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(4));
    await Deno.mkdir(`${path(6)}.partial/in-the-way`, { recursive: true });
    await assertRejects(
      () => folder.save(checkpoint(6)),
      Error,
      `Cannot save the checkpoint ${path(6)}: those before stay`,
    );
    await Deno.remove(`${path(6)}.partial`, { recursive: true });
    assertEquals(await load(), [4]);
  }));

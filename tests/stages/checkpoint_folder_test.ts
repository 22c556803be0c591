/** The folder of checkpoints: two are kept, damaged ones are passed over aloud, others are left alone. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Checkpoint } from "../../pipeline/train/checkpoint.ts";
import { CheckpointFolder } from "../../stages/training/checkpoint_folder.ts";
import { inFolder, names } from "./_run.ts";

const SHORT_KEY = "ab12".repeat(4);
const RUN = { key: "ab12".repeat(16), steps: 9, floats: 4 };
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
  const before = Deno.cwd();
  await inFolder(async (folder) => {
    Deno.chdir(folder);
    try {
      // What a new process finds: its step, and what it was warned of.
      const load = async (): Promise<[number?, ...string[]]> => {
        const said: string[] = [];
        const found = await new CheckpointFolder("train", RUN).load((text) => said.push(text));
        return [found?.state.step, ...said];
      };
      await test(new CheckpointFolder("train", RUN), load);
    } finally {
      Deno.chdir(before);
    }
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
    const anew = new CheckpointFolder("train", RUN);
    await anew.load(() => {});
    await anew.save(checkpoint(2));
    await anew.save(checkpoint(5));
    await anew.save(checkpoint(7));
    assertEquals(await names("checkpoints"), [name(5), name(7)]);
  }));

Deno.test("load() refuses a checkpoint under the name of another step, and a folder in its place", () =>
  inEmptyFolder(async (folder, load) => {
    await folder.save(checkpoint(4));
    await Deno.rename(path(4), path(8));
    assertEquals(await load(), [
      undefined,
      `Cannot read ${path(8)}: it is at step 4. Starting anew.`,
    ]);
    await Deno.remove(path(8));
    await Deno.mkdir(path(3));
    const [step, message = ""] = await load();
    assertEquals(step, undefined);
    assertMatch(message, /^Cannot read checkpoints\/train-\w+-3\.safetensors: .* Starting anew\.$/);
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
    assertEquals(await load(), [4]);
  }));

/** `deno task checkpoints` by its command in deno.json, in a folder with checkpoints of the present and of other runs. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { checkpointName, writeCheckpoint } from "../../pipeline/train/checkpoint.ts";
import { inFolder, names, ROOT } from "../stages/_run.ts";
import { listCheckpoints } from "./_checkpoints.ts";

const SHORT = "0123456789abcdef";
const DVC = `stages:
  pretrain: {cmd: "", deps: [deno.lock], outs: []}
  train: {cmd: "", deps: [deno.lock, results/pretrain/model.safetensors], outs: []}
`;

async function save(folder: string, stage: string, key: string, step: number): Promise<string> {
  const values = new Float32Array(1000).fill(step);
  const bytes = await writeCheckpoint(key, {
    state: { step, parameters: values, firstMoments: values, secondMoments: values },
    progress: { pending: [], lossRows: [], validationRows: [] },
  });
  const path = join(
    folder,
    "checkpoints",
    checkpointName({ stage, shortKey: key.slice(0, 16), step }),
  );
  await Deno.writeFile(path, bytes);
  return path;
}

/** The key that the present run has in this folder, as the stages compute it. */
async function presentKey(folder: string): Promise<string> {
  const program = join(folder, "key.ts");
  const module = new URL("../../commands/checkpoints/present.ts", import.meta.url).href;
  await Deno.writeTextFile(
    program,
    `import { presentKey } from "${module}"; console.log((await presentKey("pretrain")).key);`,
  );
  const { stdout } = await new Deno.Command("deno", {
    args: ["run", "--quiet", "--ignore-env", "--config", join(ROOT, "deno.json"), "--allow-read=."]
      .concat("--allow-env=DENO_WEBGPU_BACKEND", program),
    cwd: folder,
  }).output();
  await Deno.remove(program);
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("deno task checkpoints", (t) =>
  inFolder(async (folder) => {
    await Deno.copyFile(join(ROOT, "params.yaml"), join(folder, "params.yaml"));
    await Deno.writeTextFile(join(folder, "dvc.yaml"), DVC);
    await Deno.writeTextFile(join(folder, "deno.lock"), "{}");

    await t.step("without any", async () => {
      const { code, stdout } = await listCheckpoints(folder);
      assertEquals([code, stdout], [0, "No checkpoints in checkpoints/.\n"]);
    });

    const folderOf = join(folder, "checkpoints");
    await t.step("a file, or a link that leads nowhere, in place of the folder", async () => {
      await Deno.writeTextFile(folderOf, "mine");
      const file = await listCheckpoints(folder);
      await Deno.remove(folderOf);
      await Deno.symlink(join(folder, "nowhere"), folderOf);
      const link = await listCheckpoints(folder);
      await Deno.remove(folderOf);
      const start = "Cannot use checkpoints/ for checkpoints: it is a";
      assertEquals(
        [file.code, file.stderr, link.code, link.stderr],
        [
          1,
          `${start} file, not a folder. Move it away; a stage makes the folder.\n`,
          1,
          `${start} link that leads nowhere. Make the folder that it leads to, or remove the link.\n`,
        ],
      );
    });

    const key = await presentKey(folder);
    assertMatch(key, /^[0-9a-f]{64}$/);
    const build = async () => {
      await Deno.mkdir(folderOf, { recursive: true });
      const present = [
        await save(folder, "pretrain", key, 200),
        await save(folder, "pretrain", key, 100),
      ];
      await Deno.truncate(present[0], 500);
      await save(folder, "pretrain", SHORT.repeat(4), 7);
      await save(folder, "train", SHORT.repeat(4), 3);
      await Deno.writeTextFile(join(folderOf, `pretrain-${SHORT}-8.safetensors.partial`), "cut");
      await Deno.writeTextFile(join(folderOf, `train-${SHORT}.safetensors`), "of an older code");
      await Deno.writeTextFile(join(folderOf, "notes.txt"), "mine");
    };

    await t.step(
      "lists stage, step, size, time and run, names what is damaged, removes nothing",
      async () => {
        await build();
        const before = await names(folderOf);
        const { code, stdout, stderr } = await listCheckpoints(folder);
        assertEquals(code, 0, stderr);
        const date = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d  `;
        const short = key.slice(0, 16);
        for (
          const [start, size, rest] of [
            [
              "pretrain     step 200 ",
              "500 B",
              `present run, damaged +checkpoints/pretrain-${short}-200\\.safetensors\n`,
            ],
            [
              "pretrain     step 100 ",
              "12.* kiB",
              `present run +checkpoints/pretrain-${short}-100`,
            ],
            [
              "pretrain     step 8 ",
              "3 B",
              `abandoned run, half written +checkpoints/pretrain-${SHORT}-8`,
            ],
            ["pretrain     step 7 ", "12.* kiB", `abandoned run +checkpoints/pretrain-${SHORT}-7`],
            ["train        step 3 ", "12.* kiB", `run not known +checkpoints/train-${SHORT}-3`],
            ["train        step \\? ", "16 B", "abandoned run, of an earlier format "],
          ]
        ) {
          assertMatch(stdout, new RegExp(`^${start} +${size} +${date}${rest}`, "m"));
        }
        assertMatch(
          stdout,
          /^Which run of train is the present one is not known: .*model\.safetensors/m,
        );
        assertStringIncludes(stdout, "Not checkpoints, and left alone: notes.txt\n");
        assertMatch(
          stdout,
          /^6 files, [\d.]+ kiB; of abandoned runs 3 files, 1\d\.\d+ kiB, which --clean removes\.$/m,
        );
        assertEquals(await names(folderOf), before);
      },
    );

    await t.step("--clean removes what no run will go on from", async () => {
      const { code, stdout } = await listCheckpoints(folder, "--clean");
      assertEquals(code, 0);
      assertMatch(stdout, /; removed 3 files, 1\d\.\d+ kiB\.$/m);
      assertEquals(
        await names(folderOf),
        [
          "notes.txt",
          `pretrain-${key.slice(0, 16)}-100.safetensors`,
          `pretrain-${key.slice(0, 16)}-200.safetensors`,
          `train-${SHORT}-3.safetensors`,
        ].sort(),
      );
      const again = await listCheckpoints(folder, "--clean");
      assertStringIncludes(again.stdout, "none of an abandoned run, nothing removed");
    });

    await t.step("--all removes every one", async () => {
      const { code, stdout } = await listCheckpoints(folder, "--all");
      assertEquals(code, 0);
      assertStringIncludes(stdout, "; removed 3 files, ");
      assertEquals(await names(folderOf), ["notes.txt"]);
    });

    await t.step(
      "what has the name of a checkpoint and is no file is named and left alone",
      async () => {
        const inTheWay = `pretrain-${SHORT}-9.safetensors`;
        await Deno.mkdir(join(folderOf, inTheWay, "inner"), { recursive: true });
        await Deno.symlink("nowhere", join(folderOf, `pretrain-${SHORT}-8.safetensors`));
        const { code, stdout, stderr } = await listCheckpoints(folder, "--all");
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout, /^pretrain +step 8 .* abandoned run, damaged /m);
        assertStringIncludes(
          stdout,
          `left alone: notes.txt, ${inTheWay} (a folder: move it away)\n`,
        );
        assertEquals(await names(folderOf), ["notes.txt", inTheWay]);
      },
    );

    await t.step("--help, and wrong usage", async () => {
      const help = await listCheckpoints(folder, "--help");
      assertEquals(help.code, 0);
      assertMatch(help.stdout, /^deno task checkpoints \[--clean \| --all\]\n/);
      for (
        const [args, message] of [
          [["--old"], "Unknown argument --old."],
          [["--clean", "--all"], "Either, not both."],
        ] as [string[], string][]
      ) {
        const { code, stderr } = await listCheckpoints(folder, ...args);
        assertEquals([code, stderr.split("\n")[0]], [2, message]);
      }
    });
  }));

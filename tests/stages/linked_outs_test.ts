/**
 * What a stage may read it can read too where DVC lays out files as links into its cache, which lies outside of that: every stage of
 * dvc.yaml and sweep/dvc.yaml, by the permissions of its command.
 */
import { assertEquals } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { parse } from "yaml";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import { inFolder, ROOT, write } from "./_run.ts";

const SCENES = ["scenes_train", "scenes_validation", "scenes_test"];
const SPLITS = [
  ...["real_train", "real_validation", "scenes_test"].map((split) => `results/preprocess/${split}`),
  ...["scenes_train", "scenes_validation"].map((split) => `models/results/quick_scenes/${split}`),
  ...SCENES.map((split) => `results/sweep/scenes/${split}`),
];
const FILES = [
  "results/direct/viewer.safetensors",
  "results/evaluate/viewer.safetensors",
  "results/pretrain/model.safetensors",
  "results/sweep/pretraining/model.safetensors",
  "results/train/model.safetensors",
  "results/sweep/direct/l1/pairs.tsv",
];
const FRAME = Uint8Array.from({ length: 18 }, (_, i) => 3 * i);

const module = (path: string) => new URL(`../../stages/${path}`, import.meta.url).href;

/** Tries every file below `results` that the permissions name, and every split; prints what it read. */
const PROBE = `
import { readWhole } from "${module("common/read_whole.ts")}";
import { readSplit } from "${module("common/stage.ts")}";
import { openFrames } from "${module("training/frames.ts")}";
for (const path of JSON.parse(Deno.args[0])) {
  const [, splits, split] = /^(.*)\\/((?:real|scenes)_\\w+)$/.exec(path) ?? [];
  if (split === undefined) console.log(path, (await readWhole(path)).length);
  else {
    const [pair] = await readSplit(split, splits);
    const frames = await openFrames(split, splits);
    console.log(path, pair.frame2[9], (await frames.rows(frames.pairs[0], "frame2", 1, 1))[0]);
  }
}
`;

interface Stage {
  readonly cmd: string;
}

async function commands(): Promise<[name: string, cmd: string][]> {
  const all = await Promise.all(["dvc.yaml", "sweep/dvc.yaml"].map(async (file) => {
    const { stages } = parse(await Deno.readTextFile(join(ROOT, file)));
    return Object.entries<Stage>(stages).map(([name, { cmd }]): [string, string] => [name, cmd]);
  }));
  return all.flat();
}

/** Puts every file of a folder into a cache beside it, and links in their places. */
async function link(folder: string, path: string): Promise<void> {
  const object = join(folder, "cache", path.replaceAll("/", "_"));
  await Deno.mkdir(dirname(object), { recursive: true });
  await Deno.rename(join(folder, path), object);
  await Deno.symlink(object, join(folder, path));
}

Deno.test("every stage reads outs that are links into the cache", () =>
  inFolder(async (folder) => {
    const pair = { name: "p", scene: "s", dataset: "d", width: 3, height: 2 };
    for (const place of SPLITS) {
      await packSplit(
        basename(place),
        [{ ...pair, frame1: FRAME, frame2: FRAME }],
        (name, bytes) => write(join(folder, place, name), bytes),
      );
      for (const name of ["index.json", "00000.safetensors"]) {
        await link(folder, `${place}/${name}`);
      }
    }
    for (const path of FILES) {
      await write(join(folder, path), new Uint8Array(7));
      await link(folder, path);
    }
    await Deno.writeTextFile(join(folder, "probe.ts"), PROBE);
    let tried = 0;
    for (const [name, cmd] of await commands()) {
      const permissions = cmd.split(/\s+/).filter((word) => word.startsWith("--allow-read="));
      const readable = permissions.flatMap((word) => word.replace(/.*?=/, "").split(","));
      const paths = [...FILES, ...SPLITS]
        .filter((path) => readable.some((own) => path === own || path.startsWith(`${own}/`)));
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--quiet", `--config=${join(ROOT, "deno.json")}`]
          .concat(permissions, join(folder, "probe.ts"), JSON.stringify(paths)),
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      const expected = paths.map((path) => `${path} ${FILES.includes(path) ? "7" : "27 27"}\n`);
      const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assertEquals([name, decode(stdout), decode(stderr)], [name, expected.join(""), ""]);
      tried += paths.length;
    }
    assertEquals(tried >= 20, true, `only ${tried} files were read`);
  }));

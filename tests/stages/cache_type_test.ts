/**
 * The stages that read archives, run by DVC in a small project, for each way in which DVC can lay out files from its cache: a link
 * into the cache leads out of all that a stage may read, and a file that is a link must not be written through.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { stringify } from "yaml";
import { picture, zip } from "../fetch/_archives.ts";
import { copyArchive, Project } from "../commands/lineage/_project.ts";
import { inFolder, stageArguments, write, writeParams } from "./_run.ts";

/** The two stages with their commands and permissions, both of their outs kept by DVC. */
async function pipeline(): Promise<string> {
  const command = async (name: string) => ["deno", ...await stageArguments(name)].join(" ");
  return stringify({
    stages: {
      download: {
        cmd: await command("download"),
        params: ["download"],
        deps: ["archives", "data"],
        outs: ["results/download"],
      },
      preprocess: {
        cmd: await command("preprocess"),
        params: ["preprocess"],
        deps: ["results/download"],
        outs: ["results/preprocess"],
      },
    },
  });
}

async function smallProject(folder: string, type: string): Promise<Project> {
  const project = new Project(join(folder, "clone"));
  Deno.mkdirSync(project.folder);
  await project.must("git", "init", "--quiet");
  await project.must("dvc", "init", "--quiet");
  await project.must("dvc", "config", "cache.type", type);
  await copyArchive(project);
  await project.must("dvc", "add", "--quiet", "data");
  await writeParams(project.folder, [
    [/ {4}- middlebury_sample\n.*\n/, ""],
    ["- kitti2015_sample", "- kitti2015_sample\n    - frames"],
    ["scenes_test: 48", "scenes_test: 1"],
    ["scene_size: 128", "scene_size: 64"],
  ]);
  project.write("dvc.yaml", await pipeline());
  await write(join(folder, "elsewhere/mine.zip"), await frames(1));
  Deno.mkdirSync(project.path("archives"));
  Deno.symlinkSync(join(folder, "elsewhere/mine.zip"), project.path("archives/frames.zip"));
  return project;
}

const frames = (seed: number) =>
  zip({ "a/1.png": picture(80, 70, seed), "a/2.png": picture(80, 70, seed + 1) });

/** Objects of the cache whose bytes are not those of their name. */
async function damaged(project: Project): Promise<string> {
  const sums = await project.must(
    "sh",
    "-c",
    "cd .dvc/cache/files/md5 && find . -type f | while read -r path; do " +
      `sum=$(md5sum <"$path"); echo "$path $sum"; done`,
  );
  return sums.split("\n").filter((line) => {
    const [, folder, name, sum] = /^\.\/(\w\w)\/(\w+)(?:\.dir)? (\w+)/.exec(line) ?? [];
    return line !== "" && folder + name !== sum;
  }).join("\n");
}

for (const type of ["symlink", "hardlink", "copy"]) {
  Deno.test(`stages download and preprocess run with cache.type ${type}`, () =>
    inFolder(async (folder) => {
      const project = await smallProject(folder, type);
      await project.must("dvc", "repro", "--quiet", "--no-run-cache");
      const info = await Deno.lstat(project.path("results/download/kitti2015_sample.zip"));
      assertEquals([info.isSymlink, info.nlink! > 1], [type === "symlink", type === "hardlink"]);
      const lock = project.read("dvc.lock");
      const ran = await project.must("dvc", "repro", "--force", "--no-run-cache");
      assertEquals([...ran.matchAll(/Running stage '(\w+)'/g)].map(([, name]) => name), [
        "download",
        "preprocess",
      ]);
      assertEquals(project.read("dvc.lock"), lock);
      assertEquals(await damaged(project), "");
      await write(join(folder, "elsewhere/mine.zip"), await frames(5));
      assertEquals((await project.must("dvc", "status")).match(/modified: +archives/)?.length, 1);
    }));
}

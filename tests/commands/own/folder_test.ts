/** deno task own --prepare: a folder of pictures becomes a pipeline, and follows it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import denoConfig from "../../../deno.json" with { type: "json" };
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { smallModel } from "../../flow/_waves.ts";
import { filesBelow, wavesPng } from "../flow/_flow.ts";
import { inFolder, ROOT, write, writeParams } from "../../stages/_run.ts";

function own(folder: string, ...args: string[]) {
  return ownWithin("unlimited", folder, ...args);
}

/** @param blocks largest size of a file, of 512 bytes or of 1024, as the shell counts */
async function ownWithin(blocks: string, folder: string, ...args: string[]) {
  const [program, command, ...flags] = denoConfig.tasks.own.command.split(" ");
  const script = join(ROOT, flags.pop()!);
  const deno = [program, command, `--config=${join(ROOT, "deno.json")}`, ...flags, script, ...args];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`, "sh", ...deno],
    cwd: folder,
    env: { NO_COLOR: "1", INIT_CWD: folder },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("deno task own makes a pipeline of a folder of pictures, and follows its changes", async (t) => {
  await inFolder(async (folder) => {
    await writeParams(folder, []);
    await Deno.writeFile(join(folder, "m.safetensors"), writeModel(smallModel()));
    for (const name of ["a/1.png", "a/2.PNG", "b/1.png"]) {
      await write(join(folder, "my clips", name), wavesPng(1, 0, 20, 10));
    }
    await write(join(folder, "my clips/notes.mp4"), new Uint8Array(3));
    const params = join(folder, "own/my_clips/params.yaml");
    const frames = () => filesBelow(join(folder, "own/my_clips/frames"));

    await t.step("with its frames, a start and parameters", async () => {
      const { code, stderr } = await own(
        folder,
        ...["my clips", "--model", "m.safetensors", "--steps", "7", "--prepare"],
      );
      assertEquals(code, 0, stderr);
      assertStringIncludes(
        stderr,
        "own/my_clips/frames: 3 pictures, 3 of them new or changed; 0 removed.",
      );
      assertStringIncludes(stderr, "left out pictures: ");
      assertEquals(frames(), ["a/1.png", "a/2.PNG", "b/1.png"]);
      assertEquals(
        filesBelow(join(folder, "own/my_clips")).filter((path) => !path.startsWith("frames/")),
        [
          ".gitignore",
          "dvc.yaml",
          "frames.sha256",
          "params.yaml",
          "start.safetensors",
        ],
      );
      assertMatch(await Deno.readTextFile(params), /\n {2}steps: 7\n/);
    });
    await t.step("again, it takes what has changed and keeps parameters and start", async () => {
      const text = await Deno.readTextFile(params);
      await Deno.writeTextFile(params, text.replace("viewer_pairs: 12", "viewer_pairs: 3"));
      await Deno.remove(join(folder, "my clips/b/1.png"));
      await Deno.remove(join(folder, "my clips/a/1.png"));
      await write(join(folder, "my clips/a/1.png"), wavesPng(2, 0, 20, 10));
      const { code, stderr } = await own(folder, "my clips", "--prepare");
      assertEquals(code, 0, stderr);
      assertEquals(
        stderr.split("\n").slice(-2)[0],
        "own/my_clips/frames: 2 pictures, 1 of them new or changed; 1 removed.",
      );
      assertEquals(frames(), ["a/1.png", "a/2.PNG"]);
      assertEquals(
        await Deno.readFile(join(folder, "own/my_clips/frames/a/1.png")),
        await Deno.readFile(join(folder, "my clips/a/1.png")),
      );
      assertMatch(
        await Deno.readTextFile(params),
        /steps: 7\n[^]*viewer_pairs: 3\n|viewer_pairs: 3\n[^]*steps: 7\n/,
      );
    });
    await t.step("what cannot be used is named, and nothing is made of it", async () => {
      await Deno.mkdir(join(folder, "empty"));
      await Deno.writeFile(join(folder, "film.mp4"), new Uint8Array(9));
      await Deno.symlink("gone", join(folder, "lost"));
      const cases: [string[], number, RegExp][] = [
        [[], 2, /^One folder of pictures is needed, got 0 names\.\n/],
        [
          ["my clips", "--name", "../x"],
          2,
          /^--name must be of letters, digits, _ and -, .* got \.\.\/x\.\n/,
        ],
        [
          ["my clips", "--steps", "many"],
          2,
          /^--steps must be a whole number of steps from 1 on, got many\.\n/,
        ],
        [["lost", "--name", "n"], 1, /^Cannot read .*lost: it is a link to .*gone, which does not/],
        [["nowhere"], 1, /^Cannot read nowhere: there is no such folder\.\n$/],
        [["film.mp4"], 1, /^Cannot read film\.mp4: it is no folder\. Name one with the pictures/],
        [["empty"], 1, /^Cannot use .*empty\/?: it holds no PNG, JPEG or PPM picture/],
        [
          ["my clips", "--name", "n", "--model", "no"],
          1,
          /Cannot read no: there is no such file\./,
        ],
        [["."], 2, /^--name must be of letters/],
        [[".", "--name", "n"], 1, /^Cannot use \.: own\/n lies in it\./],
      ];
      for (const [args, status, message] of cases) {
        const { code, stderr } = await own(folder, ...args, "--prepare");
        assertEquals(code, status, stderr);
        assertMatch(stderr, message);
      }
      assertEquals([...Deno.readDirSync(join(folder, "own"))].map(({ name }) => name), [
        "my_clips",
      ]);
    });
  });
});

Deno.test("deno task own removes no picture but its own copies", async (t) => {
  await inFolder(async (folder) => {
    await writeParams(folder, []);
    await Deno.writeFile(join(folder, "m.safetensors"), writeModel(smallModel()));
    const png = (name: string, u: number) => write(join(folder, name), wavesPng(u, 0, 20, 10));
    for (const name of ["a/1.png", "a/2.png", "b/1.png"]) await png(`clips/${name}`, 1);
    const run = (source: string, name: string) =>
      own(folder, source, "--name", name, "--model", "m.safetensors", "--prepare");
    assertEquals((await run("clips", "cells")).code, 0);
    const pictures = () => filesBelow(folder).filter((path) => path.endsWith(".png"));
    const refused = async (source: string, message: RegExp, name = "cells") => {
      const before = pictures();
      const { code, stderr } = await run(source, name);
      assertEquals(code, 1, stderr);
      assertMatch(stderr, message);
      assertEquals(pictures(), before);
    };
    const frames = join(folder, "own/cells/frames");

    await t.step(
      "where the pictures are the copies, or links lead from one to the other",
      async () => {
        const inOwn = /^Cannot use .*: it lies in own, where deno task own keeps copies\./;
        await refused("own/cells/frames/a", inOwn);
        await refused("own/cells/frames", inOwn);
        await refused("own/cells/frames", inOwn, "other");
        await refused("own/cells", /^Cannot use own\/cells: own\/cells lies in it\./);
        await Deno.symlink(".", join(folder, "root_link"));
        await refused("root_link", /^Cannot use root_link: own\/cells lies in it\./);
        await Deno.symlink("own", join(folder, "own_link"));
        await refused("own_link", /^Cannot use own_link: own\/cells lies in it\./);
        await refused("own_link/cells/frames", inOwn);
        await Deno.symlink("../clips", join(folder, "own/linked"));
        await refused("clips/a", /^Cannot use clips\/a: it lies in own\/linked, where/, "linked");
        await refused("clips", /^Cannot use clips: own\/linked lies in it\./, "linked");
      },
    );
    await t.step("where frames is a link", async () => {
      await Deno.mkdir(join(folder, "own/third"));
      await png("originals/9.png", 3);
      await Deno.symlink("../../originals", join(folder, "own/third/frames"));
      await refused(
        "clips",
        /^Cannot write to own\/third\/frames: it is a link, .* away\.\n$/,
        "third",
      );
    });
    await t.step("where somebody put or changed a picture", async () => {
      await png("own/cells/frames/c/7.png", 4);
      await refused("clips", /: 1 file in it would be lost .* \(c\/7\.png\)\. Move them away/);
      await Deno.remove(join(frames, "c/7.png"));
      await png("own/cells/frames/a/1.png", 5);
      await refused("clips", /: 1 file in it would be lost .* \(a\/1\.png\)\./);
      assertEquals(
        await Deno.readFile(join(frames, "a/1.png")),
        wavesPng(5, 0, 20, 10),
      );
      await Deno.remove(join(frames, "a/1.png"));
      await Deno.symlink("../../../originals", join(frames, "d"));
      await refused("clips", /\(d\)\./);
      await Deno.remove(join(frames, "d"));
    });
    await t.step("where the list of copies is gone or damaged; what is equal stays", async () => {
      const list = `${frames}.sha256`;
      const text = await Deno.readTextFile(list);
      await Deno.writeTextFile(list, "x\n");
      await refused(
        "clips",
        /^Cannot read own\/cells\/frames\.sha256: line 1 is no hash with a path\./,
      );
      await Deno.remove(list);
      const { code, stderr } = await run("clips", "cells");
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, "3 pictures, 1 of them new or changed; 0 removed.");
      assertEquals(await Deno.readTextFile(list), text);
    });
    await t.step("and a run after a kill knows the copies of the one before", async () => {
      const list = `${frames}.sha256`;
      const old = await Deno.readTextFile(list);
      await png("clips/a/1.png", 6);
      assertEquals((await run("clips", "cells")).code, 0);
      // As it stands when the first copy was made and the last was not: both hashes are listed.
      await Deno.writeTextFile(list, old + await Deno.readTextFile(list));
      await png("own/cells/frames/a/2.png", 1);
      await Deno.remove(join(folder, "clips/a"), { recursive: true });
      const { code, stderr } = await run("clips", "cells");
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, "1 pictures, 0 of them new or changed; 2 removed.");
    });
  });
});

Deno.test("deno task own leaves no half of a file, and goes on from none", async (t) => {
  await inFolder(async (folder) => {
    await writeParams(folder, []);
    const whole = writeModel(smallModel());
    await Deno.writeFile(join(folder, "m.safetensors"), whole);
    for (const name of ["1.png", "2.png"]) {
      await write(join(folder, "clip", name), wavesPng(1, 0, 20, 10));
    }
    const place = (name: string) => join(folder, "own/clip", name);
    const model = ["--model", "m.safetensors"];
    const refused = async (message: RegExp, ...args: string[]) => {
      const { code, stderr } = await own(folder, "clip", "--prepare", ...args);
      assertEquals(code, 1, stderr);
      assertMatch(stderr, message);
    };

    await t.step("where the disk is full for the model, or for a picture", async () => {
      // The model has 190 kB.
      const { code, stderr } = await ownWithin("100", folder, "clip", "--prepare", ...model);
      assertEquals(code, 1, stderr);
      assertMatch(
        stderr,
        /\nCannot write own\/clip\/start\.safetensors: File too large\. Nothing was written\.\n$/,
      );
      assertEquals(filesBelow(place("")), ["frames.sha256", "frames/1.png", "frames/2.png"]);
      await write(join(folder, "clip/3.png"), new Uint8Array(200_000));
      const copied = await ownWithin("100", folder, "clip", "--prepare", ...model);
      assertEquals(copied.code, 1);
      assertMatch(
        copied.stderr,
        /^Cannot copy .*\/clip\/3\.png to own\/clip\/frames\/3\.png: File too large\.\n$/,
      );
      assertEquals(filesBelow(place("")), ["frames.sha256", "frames/1.png", "frames/2.png"]);
      await Deno.remove(join(folder, "clip/3.png"));
    });
    await t.step("where dvc.yaml is a folder", async () => {
      await Deno.mkdir(place("dvc.yaml"));
      await refused(
        /\nCannot write own\/clip\/dvc\.yaml: it is a folder\. Nothing was written\.\n$/,
        ...model,
      );
      await Deno.remove(place("dvc.yaml"));
      assertEquals(filesBelow(place("")), ["frames.sha256", "frames/1.png", "frames/2.png"]);
    });
    await t.step("where the start or the parameters are cut", async () => {
      await Deno.writeFile(place("start.safetensors"), whole.subarray(0, 1000));
      await refused(
        /^Cannot read own\/clip\/start\.safetensors: .* Name the model to start from with --model\.\n$/,
      );
      assertEquals((await own(folder, "clip", "--prepare", ...model)).code, 0);
      assertEquals(await Deno.readFile(place("start.safetensors")), whole);
      await Deno.writeTextFile(place("params.yaml"), "");
      await refused(/^Cannot use own\/clip\/params\.yaml: one value is not allowed\./);
    });
    await t.step("where a file has the folder's name", async () => {
      await Deno.writeTextFile(join(folder, "own/file"), "");
      await refused(
        /^Cannot read own\/file\/frames: a part of its path is no folder\.\n$/,
        ...["--name", "file", ...model],
      );
    });
  });
});

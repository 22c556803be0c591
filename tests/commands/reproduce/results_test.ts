/** What of dvc.lock's results is gone or another, and what Git gives back: no stage runs anew for it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { folderHash, hashBytes } from "../../../commands/lineage/hashes.ts";
import { mayMissData, rememberPins } from "../../../commands/reproduce/missing.ts";
import { restoreFromGit } from "../../../commands/reproduce/results.ts";
import { inFolder } from "../../stages/_run.ts";

const md5 = (text: string) => hashBytes(text, "md5");
const FILES = {
  "results/train/curves/loss.tsv": "loss",
  "results/train/curves/validation.tsv": "validation",
  "results/train/.gitignore": "/model",
  "results/train/model": "weights",
};
const CURVES = folderHash([
  { md5: md5("loss"), relpath: "loss.tsv" },
  { md5: md5("validation"), relpath: "validation.tsv" },
]);

/** A clone after a run that ended well; Git has all but the model. */
function inClone(
  test: (write: (path: string, text: string) => void, root: string) => Promise<void>,
) {
  return inFolder(async (root) => {
    const write = (path: string, text: string) => {
      Deno.mkdirSync(join(root, path, ".."), { recursive: true });
      Deno.writeTextFileSync(join(root, path), text);
    };
    for (const [path, text] of Object.entries(FILES)) write(path, text);
    write("dvc.yaml", "stages:\n  train:\n    cmd: train\n");
    write("data.dvc", "outs: []\n");
    write(
      "dvc.lock",
      `stages:\n  train:\n    outs:\n    - path: results/train/curves\n      md5: ${CURVES}\n` +
        `    - path: results/train/model\n      md5: ${md5("weights")}\n`,
    );
    write(".dvc/cache/files/md5/x", "");
    write(".gitignore", ".cache\n.dvc/cache\n");
    const git = async (...args: string[]) => {
      const { success } = await new Deno.Command("git", {
        args: ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args],
        cwd: root,
      }).output();
      assertEquals(success, true, args.join(" "));
    };
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "all");
    await rememberPins(root);
    await test(write, root);
  });
}

async function restored(root: string): Promise<string[]> {
  const said: string[] = [];
  await restoreFromGit(root, (sentence) => said.push(sentence));
  return said;
}

Deno.test("restoreFromGit() brings back what is gone of a folder, and .gitignore beside it", () =>
  inClone(async (write, root) => {
    assertEquals(await restored(root), []);
    await Deno.remove(join(root, "results"), { recursive: true });
    const [curves, ...others] = Object.keys(FILES).slice(0, 3);
    const [sentence, ...more] = await restored(root);
    assertEquals(sentence, `Missing, restored from Git: ${[curves, ...others].join(", ")}`);
    assertEquals([more, Deno.readTextFileSync(join(root, curves))], [[], "loss"]);
    // What lies there stays, also where it is another one.
    await Deno.remove(join(root, curves));
    write(others[0], "newer");
    assertEquals(await restored(root), [`Missing, restored from Git: ${curves}`]);
    assertEquals(Deno.readTextFileSync(join(root, others[0])), "newer");
  }));

Deno.test("restoreFromGit() leaves a folder alone of which dvc.lock means another one", () =>
  inClone(async (write, root) => {
    const lock = Deno.readTextFileSync(join(root, "dvc.lock"));
    write("dvc.lock", lock.replace(CURVES, folderHash([{ md5: md5("new"), relpath: "loss.tsv" }])));
    await Deno.remove(join(root, "results/train/curves/loss.tsv"));
    assertEquals(await restored(root), []);
  }));

Deno.test("mayMissData() sees a result that is gone or another one, another lock, and that the cache is gone", () =>
  inClone(async (write, root) => {
    assertEquals(await mayMissData(root), false);
    const changes: [change: () => void, back: () => void][] = [
      // As an experiment leaves it, of which git checkout has taken back all but this.
      [
        () => write("results/train/model", "of an experiment"),
        () => write("results/train/model", "weights"),
      ],
      [
        () => Deno.removeSync(join(root, "results/train/model")),
        () => write("results/train/model", "weights"),
      ],
      [
        () => Deno.removeSync(join(root, ".dvc/cache/files"), { recursive: true }),
        () => write(".dvc/config.local", "[cache]\n    dir = ../cache of all clones\n"),
      ],
      [() => write("data.dvc", "outs: []\n# other\n"), () => write("data.dvc", "outs: []\n")],
    ];
    for (const [change, back] of changes) {
      change();
      assertEquals(await mayMissData(root), true, change.toString());
      back();
      assertEquals(await mayMissData(root), false, back.toString());
    }
  }));

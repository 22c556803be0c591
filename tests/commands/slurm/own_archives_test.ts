/** The script of a job brings archives of the submitter's own, which no commit has, and says when it cannot. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { sweepWithSlurm } from "../_tasks.ts";
import { Experiment } from "./_experiment.ts";

const T = ["-S", "train.unroll_iterations=5", "--name", "own", "--remote", "shared"];

Deno.test("the script of a job brings own archives", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const experiment = new Experiment(folder);
    const { submitter } = experiment;
    await experiment.build();
    const big = join(folder, "a disk/it's big.txt");
    Deno.mkdirSync(join(folder, "a disk"));
    Deno.writeTextFileSync(big, "10");
    Deno.symlinkSync(big, submitter.path("archives/it's big.txt"));
    submitter.write("archives/frames/a/1.txt", "a picture");
    await submitter.must("dvc", "repro", "--quiet");
    await submitter.must("dvc", "push", "--quiet");
    await submitter.commit("Own archives");
    await submitter.must("git", "push", "--quiet");
    Deno.mkdirSync(join(folder, "jobs"));
    const run = async () => {
      const { stdout, stderr, code } = await sweepWithSlurm(submitter, {}, ...T, "--dry-run");
      assertEquals([code, stderr], [0, ""]);
      return async () => {
        const output = await new Deno.Command("setsid", {
          args: ["sh", "-c", stdout],
          env: { SLURM_ARRAY_TASK_ID: "1", TMPDIR: join(folder, "jobs"), SLURM_TMPDIR: "" },
        }).output();
        const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        return [output.code, decode(output.stdout), decode(output.stderr)] as const;
      };
    };
    await t.step("links files, copies folders: the stage reads what it read here", async () => {
      const [code, stdout, stderr] = await (await run())();
      assertEquals(code, 0, stdout + stderr);
      assertEquals(await experiment.arrived(), ["own-1"]);
      await submitter.must("git", "fetch", "--quiet", "origin", "refs/exps/*:refs/exps/*");
      const [ref] =
        (await submitter.must("git", "for-each-ref", "--format=%(refname)", "refs/exps"))
          .split("\n").filter((name) => name.endsWith("/own-1"));
      const { stages } = parse(await submitter.must("git", "show", `${ref}:dvc.lock`));
      const here = parse(submitter.read("dvc.lock")).stages;
      assertEquals(stages.preprocess.deps, here.preprocess.deps);
      assertEquals(stages.preprocess.deps[0].nfiles, 2);
    });
    await t.step("ends with the file's name where the machine does not see it", async () => {
      const job = await run();
      Deno.removeSync(big);
      const [code, , stderr] = await job();
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        `Cannot see ${
          submitter.path("archives/it's big.txt")
        } on this machine. It is in no commit: let it ` +
          "lie, and what it links to, on a disk that all machines share.\n",
      );
      assertEquals([...Deno.readDirSync(join(folder, "jobs"))], []);
    });
    await t.step("what DVC would not see is refused before", async () => {
      const { code, stderr } = await sweepWithSlurm(submitter, {}, ...T, "--dry-run");
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        `Cannot read archives/it's big.txt: it is a link to ${big}, which does not exist.`,
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

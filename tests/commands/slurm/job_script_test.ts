/** The #SBATCH lines of a job script, as they are written and as a real sbatch reads them. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { jobScript, type Sweep } from "../../../commands/slurm/job_script.ts";
import {
  directiveWord,
  outputFolder,
  readableShellWord,
  shellWord,
} from "../../../commands/slurm/words.ts";
import { Cluster, hasSlurm } from "./_cluster.ts";

const SWEEP: Sweep = {
  name: "unroll",
  cells: [["train.unroll_iterations=3"]],
  repository: "/origin.git",
  commit: "0".repeat(40),
  remote: { name: "shared", url: "/shared" },
  root: "/clone",
  own: [],
  logs: "/clone/.cache/slurm/unroll",
  options: [],
};
/** What readers of words take for something else. */
const AWKWARD = `a b's "c" #1 $HOME \`d\` é`;

Deno.test("directiveWord() quotes what sbatch would take apart, and nothing else", () => {
  assertEquals(directiveWord("--gres=gpu:2,tmp:1"), "--gres=gpu:2,tmp:1");
  assertEquals(directiveWord("--comment=a b"), '"--comment=a b"');
  assertEquals(directiveWord(String.raw`#"\'`), String.raw`"#\"\\'"`);
  assertEquals(directiveWord(""), '""');
});

Deno.test("jobScript() refuses what would become a line of the shell, by its name", () => {
  for (const letter of ["\n", "\r", "\0"]) {
    const option = `--comment=a${letter}rm b`;
    assertThrows(
      () => jobScript({ ...SWEEP, options: ["--time=10", option] }),
      Error,
      `Cannot pass ${JSON.stringify(option)} on to Slurm: a line #SBATCH`,
    );
  }
  for (const folder of ["/a\nb", "/a\\b"]) {
    assertThrows(
      () => jobScript({ ...SWEEP, logs: folder }),
      Error,
      `Cannot let jobs write into ${JSON.stringify(folder)}: Slurm's --output holds no backslash`,
    );
  }
});

Deno.test("outputFolder() keeps % from being filled in", () => {
  assertEquals(outputFolder("/100%/a b"), "/100%%/a b");
});

Deno.test("shellWord() and readableShellWord() are one word to a shell", async () => {
  assertEquals(readableShellWord("/a/b.sh"), "/a/b.sh");
  for (const word of [shellWord(AWKWARD), readableShellWord(AWKWARD)]) {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf '[%s]' ${word}`] })
      .output();
    assertEquals(new TextDecoder().decode(stdout), `[${AWKWARD}]`);
  }
});

Deno.test("sbatch reads options and folders with blanks, quotes and signs as they were given", async (t) => {
  if (!await hasSlurm(t)) return;
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    Deno.chmodSync(folder, 0o711);
    Deno.mkdirSync(join(folder, "slurm"));
    const logs = join(folder, `100% ${AWKWARD}`);
    Deno.mkdirSync(logs);
    const cluster = await Cluster.start(join(folder, "slurm"));
    try {
      const comment = String.raw`${AWKWARD} \e`;
      const options = [`--comment=${comment}`, "--time", "7:00"];
      const [directives] = jobScript({ ...SWEEP, logs, options }).split("\nset -eu");
      const script = join(folder, "job.sh");
      Deno.writeTextFileSync(script, `${directives}\nscontrol show job "$SLURM_JOB_ID"\n`);
      const job = (await cluster.must("sbatch", "--parsable", script)).trim();
      await cluster.finished();
      const said = Deno.readTextFileSync(join(logs, `1_${job}.log`));
      assertStringIncludes(said, `\n   Comment=${comment} \n`);
      assertStringIncludes(said, "TimeLimit=00:07:00");
    } finally {
      await cluster.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/**
 * What `./run` does once everything is set up: fetches what is pushed (dvc pull), runs what changed (dvc repro), and says
 * so in one line a stage, with the numbers and the page at the end. Only DVC's standard output is read. Its errors, and
 * the progress of the stages, go to this program's own standard error, which a stage sees as the terminal that it is.
 * `./run dvc repro` is DVC without this.
 */
import { TextLineStream } from "@std/streams";
import { explain } from "./failure.ts";
import { formatHeadline, PAGE, readHeadline } from "./report/headline.ts";
import { changedDataHint } from "./reproduce/changed_data.ts";
import { fetchProblem, removeHalfFiles } from "./reproduce/fetched.ts";
import { heal } from "./reproduce/heal.ts";
import { LockCopies } from "./reproduce/lock_copies.ts";
import { mayMissData, rememberPins } from "./reproduce/missing.ts";
import { restoreFromGit, resultProblems } from "./reproduce/results.ts";
import { runDvc } from "./reproduce/run_dvc.ts";
import { otherWarnings, pulledStages, StageLines } from "./reproduce/stage_lines.ts";

const ROOT = ".";
/** Of a DVC that SIGTERM or SIGHUP has ended. */
const STOPPED = [143, 129];
const CONFIRMATION = /without confirmation/;

let interrupted = false;
const say = (sentence: string) => console.error(sentence);

/** @returns the stages of which something came, or the exit status of a DVC that could not fetch */
async function pull(): Promise<Set<string> | number> {
  const start = performance.now();
  const terminal = Deno.stderr.isTerminal();
  const show = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  const tell = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    show(`\r\x1b[KFetching what is pushed${seconds > 0 ? `, ${seconds} s` : ""}`);
  };
  if (terminal) tell();
  const timer = terminal ? setInterval(tell, 1000) : undefined;
  const { code, stdout, stderr } = await new Deno.Command("dvc", {
    args: ["pull", "--allow-missing"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  clearInterval(timer);
  if (terminal) show("\r\x1b[K");
  await removeHalfFiles(ROOT);
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (interrupted) return code || 130;
  if (code === 0) {
    const warnings = otherWarnings(errors);
    if (warnings !== "") console.error(warnings);
    const problem = await fetchProblem(ROOT);
    if (problem === undefined) return pulledStages(output);
    console.error(problem);
    return 1;
  }
  console.error(errors.trimEnd());
  if (CONFIRMATION.test(errors)) {
    console.error("These files stay as they are; the run goes on with them.");
    return new Set();
  }
  console.error("Cannot fetch what is pushed (see above). Without fetching: ./run dvc repro");
  return code;
}

/** @returns DVC's exit status */
async function reproduce(lines: StageLines): Promise<number> {
  const code = await runDvc(["repro"], {
    root: ROOT,
    say,
    read: async (output) => {
      const texts = output.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
      for await (const line of texts) lines.add(line);
    },
  });
  if (STOPPED.includes(code)) interrupted = true;
  lines.end(code === 0 ? "ran" : interrupted ? "stopped" : "failed");
  return code;
}

async function main(): Promise<number> {
  Deno.addSignalListener("SIGINT", () => {
    interrupted = true;
  });
  await heal(new LockCopies(ROOT), say);
  await restoreFromGit(ROOT, say);
  const pulled = await mayMissData(ROOT) ? await pull() : new Set<string>();
  if (typeof pulled === "number") return pulled;
  const lines = new StageLines({
    print: (line) => console.log(line),
    now: () => performance.now(),
    pulled,
  });
  const code = await reproduce(lines);
  if (code !== 0) {
    const hint = interrupted ? undefined : await changedDataHint(ROOT);
    if (hint !== undefined) say(hint);
    return code;
  }
  const problems = await resultProblems(ROOT);
  if (problems.length > 0) {
    say(
      `DVC says that everything is done, but not all results are what dvc.lock says:\n` +
        problems.map(({ path, stage, what }) => `  ${path} ${what} (stage ${stage})\n`).join("") +
        `Make them anew with: ./run dvc repro --force --single-item ${
          [...new Set(problems.map(({ stage }) => stage))].join(" ")
        }`,
    );
    return 1;
  }
  await rememberPins(ROOT);
  const headline = await readHeadline((path) => Deno.readTextFile(path));
  console.log(`\n${formatHeadline(headline, new URL(`../${PAGE}`, import.meta.url).href)}`);
  if (lines.lockChanged) {
    console.log("dvc.lock has changed. ./run dvc metrics diff says by how much.");
  }
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(explain(error));
    Deno.exit(1);
  }
}

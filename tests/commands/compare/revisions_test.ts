/** deno task compare of two commits: tables from Git, pictures from what DVC keeps. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { hashBytes } from "../../../commands/lineage/hashes.ts";
import { packPair } from "../../../pipeline/picture/viewer/pack.ts";
import { writeViewer } from "../../../pipeline/picture/viewer/viewer_file.ts";
import { drawnPair } from "../../picture/viewer/_pair.ts";
import { predictedFlow } from "../../report/_page_input.ts";
import { inFolder, write } from "../../stages/_run.ts";
import { git, runCompare } from "./_compare.ts";

const VIEWER = "results/evaluate/viewer.safetensors";
const encode = (text: string) => new TextEncoder().encode(text);

/** A run whose seven pairs have an error of so many px. */
async function commitRun(folder: string, error: number): Promise<string> {
  const rows = Array.from(
    { length: 7 },
    (_, i) => `drawn\tpair_${i}\t${100 + i}\t${error + i / 8}\t3\n`,
  );
  const table = `dataset\tpair\tpixels_all_count\tepe_px\tzero_flow_epe_px\n${rows.join("")}`;
  await write(join(folder, "results/evaluate/pairs.tsv"), encode(table));
  const pair = drawnPair("pair_3");
  const predicted = predictedFlow(pair.flow!).map((value) => value * error);
  const viewer = writeViewer({ drawn: { flowMaximum: 8, pairs: [packPair(pair, predicted)] } });
  const md5 = hashBytes(viewer, "md5");
  await write(join(folder, ".dvc/cache/files/md5", md5.slice(0, 2), md5.slice(2)), viewer);
  const lock = `schema: '2.0'\nstages:\n  evaluate:\n    cmd: evaluate\n    outs:\n` +
    `    - path: ${VIEWER}\n      hash: md5\n      md5: ${md5}\n      size: ${viewer.length}\n`;
  await Deno.writeTextFile(join(folder, "dvc.lock"), lock);
  await git(folder, "add", "results/evaluate/pairs.tsv", "dvc.lock");
  await git(folder, "commit", "-qm", `error ${error}`);
  return md5;
}

Deno.test("deno task compare sets two commits side by side", async (t) => {
  await inFolder(async (folder) => {
    await git(folder, "init", "-q");
    const md5 = await commitRun(folder, 2);
    await commitRun(folder, 1);
    await t.step("with an interval, and the pictures that both kept", async () => {
      const { code, stdout, stderr } = await runCompare(folder, "HEAD~1", "HEAD", "--out", "to");
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^A {2}commit [0-9a-f]{7}\nB {2}commit [0-9a-f]{7}\n/);
      assertMatch(
        stdout,
        /\ndrawn, 7 pairs\n.*\nEPE, px +2\.380 +1\.380 +7 of 7 +-42\.0 % \[-4\d\.\d, -[34]\d\.\d\]: lower\n/,
      );
      assertStringIncludes(stdout, "those that both kept are shown.");
      const page = await Deno.readTextFile(join(folder, "to/index.html"));
      assertStringIncludes(
        page,
        '"caption":"drawn pair_3: A 2.38 px, B 1.38 px, zero flow 3.00 px"',
      );
      assertMatch(page, /"second":"[A-Za-z0-9+/=]{100,}"/);
      assertEquals([...Deno.readDirSync(join(folder, "to"))].map(({ name }) => name).sort(), [
        "differences.tsv",
        "index.html",
        "pairs.tsv",
      ]);
    });
    await t.step("what lies here can be one of them", async () => {
      const { code, stdout } = await runCompare(folder, "HEAD", "workspace");
      assertEquals(code, 0);
      assertStringIncludes(stdout, "0.0 % [0.0, 0.0]");
      assertStringIncludes(stdout, "no difference shown");
    });
    await t.step("without pictures, why is said and the numbers stay", async () => {
      await Deno.remove(join(folder, ".dvc/cache/files/md5", md5.slice(0, 2)), { recursive: true });
      const { code, stdout } = await runCompare(folder, "HEAD~1", "HEAD");
      assertEquals(code, 0);
      assertMatch(
        stdout,
        /No pictures: results\/evaluate\/viewer\.safetensors of commit [0-9a-f]{7} is not on this machine\./,
      );
      const page = await Deno.readTextFile(join(folder, ".cache/compare/index.html"));
      assert(!page.includes('id="viewer"') && page.includes('id="differences"'));
    });
    await t.step("its own folder is written again, another's never", async () => {
      const again = await runCompare(folder, "HEAD", "HEAD~1", "--out", "to");
      assertEquals([again.code, again.stderr], [0, ""]);
      const table = join(folder, "results/evaluate/pairs.tsv");
      const before = await Deno.readTextFile(table);
      const refused = async (out: string, message: RegExp) => {
        const { code, stdout, stderr } = await runCompare(folder, "HEAD", "HEAD~1", "--out", out);
        assertEquals([code, stdout], [1, ""]);
        assertMatch(stderr, message);
      };
      await refused(
        "results/evaluate",
        /^Cannot write to results\/evaluate: deno task compare did not make it, .* \(pairs\.tsv\)\. Name a new/,
      );
      await write(join(folder, "site/index.html"), encode("<p>mine"));
      await refused("site", /it is not empty \(index\.html\)\./);
      await write(join(folder, "dvc.yaml"), encode("stages: {e: {outs: [results/evaluate/m]}}"));
      for (const out of ["results/evaluate", "results/new", "."]) {
        await refused(out, /: the outputs of .*\/dvc\.yaml lie there\./);
      }
      assertEquals(await Deno.readTextFile(table), before);
      assertEquals(await Deno.readTextFile(join(folder, "site/index.html")), "<p>mine");
      await Deno.remove(join(folder, "dvc.yaml"));
    });
    await t.step("what cannot be compared is named", async () => {
      const cases: [string[], number, RegExp][] = [
        [["HEAD"], 2, /^Two models or two revisions are needed, got 1 names\.\n/],
        [["HEAD", "HEAD~1", "--fast"], 2, /^Unknown argument --fast\.\n/],
        [["HEAD", "nowhere"], 1, /^There is no commit, branch or experiment named nowhere\./],
        [
          ["HEAD", "dvc.lock"],
          1,
          /^Cannot compare HEAD with dvc\.lock: dvc\.lock is a file and HEAD is none\./,
        ],
        [["HEAD~1", "HEAD", "--on", "sintel"], 1, /^Cannot compare on sintel: .* only drawn\.\n$/],
        [
          ["HEAD~1", "HEAD", "--table", "results/direct/pairs.tsv"],
          1,
          /^Cannot read results\/direct\/pairs\.tsv of commit [0-9a-f]{7}: there is no such file\. Name another/,
        ],
        [
          ["HEAD~1", "HEAD", "--table", "dvc.lock"],
          1,
          /^Cannot read dvc\.lock of commit .{7}: .* no column dataset/,
        ],
      ];
      for (const [args, status, message] of cases) {
        const { code, stderr } = await runCompare(folder, ...args);
        assertEquals(code, status, stderr);
        assertMatch(stderr, message);
      }
    });
  });
});

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { isWholeLock, lockDamage } from "../../../commands/reproduce/lock_damage.ts";
import { ROOT } from "./_program.ts";

/** As DVC writes it, before and after a run in which everything changed and a stage was added. */
const lock = (digit: string, added = "") =>
  `schema: '2.0'
stages:
  download:
    cmd: get it
    deps:
    - path: data
      hash: md5
      md5: ${digit.repeat(32)}.dir
      size: ${digit}
    params:
      params.yaml:
        download.sources:
        - sample
    outs:
    - path: results/download
      hash: md5
      md5: ${digit.repeat(32)}.dir
  train@0:
    cmd: train
    outs:
    - path: results/train/model
      hash: md5
      md5: ${digit.repeat(32)}
      size: 1${digit}
    - path: results/train/loss.tsv
      hash: md5
      md5: ${digit.repeat(32)}
      size: 2${digit}
${added}`;
const BEFORE = lock("1");
const AFTER = lock("7");

Deno.test("lockDamage() sees every cut of a file that had the same stages before", () => {
  const unseen: string[] = [];
  for (let length = 0; length < AFTER.length; length++) {
    const cut = AFTER.slice(0, length);
    if (lockDamage(cut, BEFORE) === undefined) unseen.push(cut);
  }
  assertEquals(unseen, []);
  assertEquals(lockDamage(AFTER, BEFORE), undefined);
});

Deno.test("lockDamage() says how one sees it", () => {
  const upTo = (text: string) => AFTER.slice(0, AFTER.indexOf(text));
  assertEquals(lockDamage("", BEFORE), "is empty");
  assertEquals(lockDamage(" \n\n"), "is empty");
  assertEquals(lockDamage(AFTER.slice(0, 200)), "ends in the middle of a line");
  assertEquals(lockDamage("schema: '2.0'\n"), "has no stages");
  assertEquals(lockDamage("stages: {}\n"), "does not begin with its schema");
  assertEquals(lockDamage("schema: '2.0\nstages: {}\n"), "is not YAML");
  assertEquals(lockDamage(upTo("    cmd: train")), "ends in the stage train@0");
  assertEquals(lockDamage(upTo("  train@0"), BEFORE), "ends before the stage train@0");
  assertEquals(
    lockDamage(upTo("    - path: results/train/loss"), BEFORE),
    "ends in the stage train@0",
  );
  // Without an earlier text, a file that ends between two stages looks whole.
  assertEquals(lockDamage(upTo("  train@0")), undefined);
});

Deno.test("lockDamage() takes nothing for damage that DVC, Git or a person did", () => {
  const added = "  report:\n    cmd: report\n    outs:\n    - path: results/report\n";
  assertEquals(lockDamage(lock("7", added), BEFORE), undefined);
  const withoutFirst = AFTER.replace(/ {2}download:\n( {4}.*\n)+/, "");
  assert(withoutFirst.length < 400 && isWholeLock(withoutFirst));
  assertEquals(lockDamage(withoutFirst, BEFORE), undefined);
  const withoutLast = AFTER.slice(0, AFTER.indexOf("  train@0"));
  assertEquals(lockDamage(withoutLast, BEFORE, new Set(["download"])), undefined);
  assertEquals(
    lockDamage(withoutLast, BEFORE, new Set(["download", "train"])),
    "ends before the stage train@0",
  );
  const fewerParameters = AFTER.replace(/ {4}params:\n( {6}.*\n)+/, "");
  assertEquals(lockDamage(fewerParameters, BEFORE), undefined);
  const conflict = AFTER.replace(
    "    cmd: train\n",
    "<<<<<<< HEAD\n    cmd: train\n=======\n>>>>>>> b\n",
  );
  assertEquals([lockDamage(conflict, BEFORE), isWholeLock(conflict)], [undefined, false]);
});

Deno.test("isWholeLock() takes the committed files, and not their first half", async (t) => {
  for (const path of ["dvc.lock", "sweep/dvc.lock"]) {
    await t.step(path, () => {
      const text = Deno.readTextFileSync(join(ROOT, path));
      assert(isWholeLock(text));
      for (const length of [0, 529, 8192, text.length - 1]) {
        assert(!isWholeLock(text.slice(0, length)), `${length} bytes of it`);
      }
    });
  }
});

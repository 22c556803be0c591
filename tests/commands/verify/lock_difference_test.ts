import { assertEquals, assertRejects } from "@std/assert";
import { describeDifference } from "../../../commands/verify/explain_difference.ts";
import { culprits, sameRuns } from "../../../commands/verify/lock_difference.ts";
import type { LockedStage } from "../../../commands/lineage/lock.ts";
import type { Snapshot } from "../../../commands/lineage/snapshot.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A stage whose cmd is its name, with files as "path md5". */
function stage(name: string, deps: string[], outs: string[], params = {}): LockedStage {
  const files = (list: string[]) =>
    list.map((file) => ({ path: file.split(" ")[0], md5: file.split(" ")[1] }));
  return {
    name,
    pipeline: "dvc.yaml",
    lock: "dvc.lock",
    cmd: name,
    deps: files(deps),
    outs: files(outs),
    params: { "params.yaml": params },
  };
}

/** Folders by their hash. */
function snapshot(folders: Record<string, string[]> = {}): Snapshot {
  const entries = (md5: string) =>
    Promise.resolve(
      folders[md5]?.map((file) => {
        const [relpath, hash] = file.split(" ");
        return { relpath, md5: hash };
      }),
    );
  return { objects: { entries } } as unknown as Snapshot;
}

Deno.test("culprits() blames equal inputs with unequal outputs, not what follows from them", async () => {
  const first = [
    stage("make", ["data d"], ["a 1", "b 2"]),
    stage("use", ["b 2"], ["c 3"]),
    stage("apart", ["data d"], ["e 5"]),
  ];
  const second = [
    stage("make", ["data d"], ["a 1", "b 9"]),
    stage("use", ["b 9"], ["c 8"]),
    stage("apart", ["data d"], ["e 6"]),
  ];
  const found = await culprits(
    { stages: first, snapshot: snapshot() },
    { stages: second, snapshot: snapshot() },
  );
  assertEquals(found.map(({ stage, files }) => [stage, files]), [
    ["make", [{ path: "b", md5: "9", other: "2" }]],
    ["apart", [{ path: "e", md5: "6", other: "5" }]],
  ]);
});

Deno.test("culprits() takes other parameters for other inputs", async () => {
  const [first, second] = [1, 2].map((seed) => ({
    stages: [stage("make", [], [`a ${seed}`], { seed })],
    snapshot: snapshot(),
  }));
  assertEquals(await culprits(first, second), []);
});

Deno.test("culprits() names the files of a folder", async () => {
  const [found] = await culprits(
    {
      stages: [stage("make", [], ["out 1.dir"])],
      snapshot: snapshot({ "1.dir": ["same s", "changed x", "gone g"] }),
    },
    {
      stages: [stage("make", [], ["out 2.dir"])],
      snapshot: snapshot({ "2.dir": ["same s", "changed y", "new n"] }),
    },
  );
  assertEquals(found.files, [
    { path: "out/changed", md5: "y", other: "x" },
    { path: "out/gone", md5: "absent", other: "g" },
    { path: "out/new", md5: "n", other: undefined },
  ]);
});

Deno.test("culprits() refuses runs of other stages", async () => {
  await assertRejects(
    () =>
      culprits(
        { stages: [], snapshot: snapshot() },
        { stages: [stage("make", [], [])], snapshot: snapshot() },
      ),
    Error,
    "Only one of the runs has a stage make.",
  );
});

Deno.test("sameRuns() does not care for order, and does for every hash", () => {
  const [a, b] = [stage("a", ["x 1"], ["y 2", "z 3"]), stage("b", ["y 2"], ["w 4"])];
  assertEquals(sameRuns([a, b], [b, stage("a", ["x 1"], ["z 3", "y 2"])]), true);
  assertEquals(sameRuns([a, b], [a, stage("b", ["y 2"], ["w 5"])]), false);
  assertEquals(sameRuns([a, b], [a]), false);
});

Deno.test("describeDifference() shows the line of a text, the byte of anything else", () => {
  assertEquals(
    describeDifference(bytes("one\ntwo\nthree\n"), bytes("one\ntwo\nfour\n")),
    'line 3 is "three" in the first run and "four" in the second run',
  );
  assertEquals(
    describeDifference(bytes("one\n"), bytes("one\nmore\n")),
    'line 2 is "" in the first run and "more" in the second run',
  );
  const long = `start ${"a".repeat(200)}`;
  assertEquals(
    describeDifference(bytes(`${long}1.27 px`), bytes(`${long}1.07 px`), ["here", "there"]),
    `line 1 is "…${"a".repeat(38)}1.27 px" in here and "…${"a".repeat(38)}1.07 px" in there`,
  );
  assertEquals(
    describeDifference(Uint8Array.of(0, 1, 2, 255), Uint8Array.of(0, 1, 3, 255)),
    "differs from byte 2 on, 4 bytes each",
  );
  assertEquals(
    describeDifference(Uint8Array.of(0, 1), Uint8Array.of(0, 1, 2)),
    "differs from byte 2 on, 2 and 3 bytes",
  );
});

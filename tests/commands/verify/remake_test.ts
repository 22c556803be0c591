/** The step remake on a toy experiment: numbers that nothing reads, edited together with their hashes. */
import { assertStringIncludes } from "@std/assert";
import { verifyCommit } from "../_tasks.ts";
import { assertNamed, CHEAP, withFaults } from "./_toy.ts";

Deno.test("verify makes the comparison of the sweep again", async (t) => {
  await withFaults(t, async (fault) => {
    await fault(
      "names an edited comparison of the sweep, its hash edited too or not",
      async (toy) => {
        const committed = toy.read("results/sweep/all.txt");
        const [first] = committed.split("\n");
        toy.edit("results/sweep/all.txt", first, "9.5");
        await toy.commit("A better rate");
        const line =
          `results/sweep/all.txt: line 1 is "9.5" in the commit and "${first}" in the new run`;
        assertNamed(await verifyCommit(toy, "--only", "lock", "--only", "remake"), {
          lock: ["results/sweep/all.txt is not what stage sweep/dvc.yaml:compare wrote"],
          remake: [`${line}; the lock does not know the former\n`],
        });
        await toy.must("dvc", "commit", "--quiet", "--force", "sweep/dvc.yaml:compare");
        await toy.publish("And its hash");
        const rest = await verifyCommit(toy, ...CHEAP, "--only", "remake");
        assertNamed(rest, { remake: [`${line}\n`, "kept: .cache/verify/remake/clone"] });
        assertStringIncludes(rest.stdout, "3 of 4 hold.");
        // The hash alone.
        toy.write("results/sweep/all.txt", committed);
        await toy.commit("The file as it was");
        assertNamed(await verifyCommit(toy, "--only", "remake"), {
          remake: [
            /^results\/sweep\/all\.txt: the same bytes, recorded as md5 \w+ in the commit and /m,
          ],
        });
      },
    );

    await fault("names the code of a comparison that has changed since", async (toy) => {
      toy.edit("stages/sweep/compare.ts", 'join("")', 'join("\\n")');
      await toy.commit("Empty lines");
      assertNamed(await verifyCommit(toy, "--only", "remake"), {
        remake: [
          'results/sweep/all.txt: line 2 is "',
          "Stage compare has other inputs than dvc.lock says (see the step lock): stages/sweep/compare.ts",
        ],
      });
    });

    await fault(
      "tells that no comparison was made yet, and misses one in the lock",
      async (toy) => {
        const lock = toy.read("sweep/dvc.lock");
        toy.write("sweep/dvc.lock", lock.slice(0, lock.indexOf("  compare:")));
        await toy.commit("No comparison");
        assertNamed(await verifyCommit(toy, "--only", "remake"), {
          remake: ["the lock has no run of stage sweep/dvc.yaml:compare"],
        });
        await Deno.remove(toy.path("sweep/dvc.lock"));
        await toy.commit("No sweep");
        const result = await verifyCommit(toy, "--only", "remake");
        assertNamed(result, {});
        assertStringIncludes(
          result.stdout,
          "nothing to make again: there is no stage report; sweep/dvc.yaml has never been run",
        );
      },
    );
  });
});

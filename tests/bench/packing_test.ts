import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../stages/_run.ts";

Deno.test("packing takes less than 500 MB, however much is packed", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bench:packing", "--frames", "51"],
    cwd: ROOT,
  }).output();
  const text = new TextDecoder();
  const { pairs, packed_mb, peak_rss_mb } = JSON.parse(text.decode(stdout) || text.decode(stderr));
  // 50 pairs with truth, since no frame stands alone, their frames once more, and 8 for validation: more than two shards.
  assertEquals(pairs, 50 + 50 + 8);
  assert(packed_mb > 250, `packed are ${packed_mb} MB`);
  assert(peak_rss_mb < 500, `the peak is ${peak_rss_mb} MB`);
});

import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import { type KernelPlan, parsePlan, planFor } from "../../../pipeline/compute/gpu/plan.ts";
import { trackedPlanFor, trackedPlans } from "../../../pipeline/compute/gpu/plans.ts";
import { testGpu } from "../../_adapter.ts";

const H100 = { vendor: "4318", device: "9008", subgroupMinSize: 32, subgroupMaxSize: 32 };
const FILE = {
  format: 1,
  adapter: { vendor: "4318", device: "9008", description: "H100", subgroup: [32, 32] },
  made: { deno: "2.9.8", kernels: "sha256:0" },
  default: "rules v2",
  cases: { "forward": { use: "direct" } },
};

const plan = (name: string, changes: Partial<Record<keyof typeof FILE, unknown>> = {}) =>
  parsePlan(name, JSON.stringify({ ...FILE, ...changes }));

Deno.test("parsePlan() names a plan by its file and the hash of its text", async () => {
  const text = JSON.stringify(FILE);
  const { id, file, cases } = await parsePlan("h100", text);
  assertEquals(id.slice(0, 12), "h100 sha256:");
  assertEquals(id.length, 12 + 64);
  assertEquals(file, "kernels/plans/h100.json");
  assertEquals(cases, { forward: { use: "direct" } });
  assertNotEquals((await parsePlan("h100", `${text}\n`)).id, id);
});

Deno.test("parsePlan() says what is wrong with a file, and what to do", async (t) => {
  const mend = "Write it again on its adapter: deno task tune";
  const cases: [name: string, text: string, message: string][] = [
    ["no JSON", "{", "it is not JSON (line 1, column 2"],
    ["another format", JSON.stringify({ ...FILE, format: 2 }), "format must be 1, got 2"],
    ["a missing key", JSON.stringify({ ...FILE, default: undefined }), "default must be text"],
    ["an unknown key", JSON.stringify({ ...FILE, sums: 1 }), 'it must not hold "sums"'],
    [
      "one size of subgroups",
      JSON.stringify({ ...FILE, adapter: { ...FILE.adapter, subgroup: [32] } }),
      "adapter.subgroup",
    ],
    [
      "cases for every adapter",
      JSON.stringify({ ...FILE, adapter: null }),
      'in its cases, without an adapter, it must not hold "forward"',
    ],
  ];
  for (const [name, text, message] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => parsePlan("h100", text), Error, message);
      assertEquals(error.message.startsWith("Cannot read kernels/plans/h100.json: "), true);
      assertEquals(error.message.endsWith(`. ${mend}`), true, error.message);
    });
  }
});

Deno.test("planFor() goes by vendor, device and sizes of subgroups, else takes the plan for all", async () => {
  const generic = await plan("generic", { adapter: null, cases: {} });
  const h100 = await plan("h100");
  const plans = [generic, h100];
  const chosen = (changes: Partial<typeof H100>) => planFor(plans, { ...H100, ...changes });
  assertEquals(chosen({}), h100);
  assertEquals(chosen({ vendor: "4098" }), generic);
  assertEquals(chosen({ device: "9009" }), generic);
  assertEquals(chosen({ subgroupMinSize: 16 }), generic);
  assertEquals(chosen({ subgroupMaxSize: 64 }), generic);
});

Deno.test("planFor() refuses two plans for one adapter, and none for all", async () => {
  const plans: KernelPlan[] = [await plan("h100"), await plan("again")];
  assertThrows(
    () => planFor(plans, H100),
    Error,
    "Cannot read kernels/plans/again.json: it is for the same adapter as kernels/plans/h100.json.",
  );
  assertThrows(() => planFor([plans[0]], { ...H100, device: "1" }), Error, "none of them");
});

Deno.test("the tracked plans are plans, and an unknown GPU gets rules alone", async () => {
  const names = (await trackedPlans()).map(({ file }) => file);
  const there = [...Deno.readDirSync("kernels/plans")].map(({ name }) => `kernels/plans/${name}`);
  assertEquals(names.toSorted(), there.toSorted());
  const { file, cases } = await trackedPlanFor({ ...H100, vendor: "none" });
  assertEquals([file, cases], ["kernels/plans/generic.json", {}]);
});

Deno.test("a device says the plan that chooses its kernels, and a CPU driver has none", async () => {
  const { device, adapter, plan: none } = await testGpu();
  assertEquals([none, adapter.plan], [undefined, undefined]);
  const given = await plan("h100");
  const gpu = new Gpu(device, { ...adapter, fallback: false }, given);
  assertEquals([gpu.adapter.plan, gpu.plan], [given.id, given]);
  const derived = new Gpu(device, gpu.adapter);
  assertEquals([derived.adapter.plan, "plan" in derived.adapter], [undefined, false]);
});

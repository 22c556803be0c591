import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { writeSafetensors } from "../../pipeline/io/safetensors.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** Runs the stage in a folder of its own with what the stages before it would have left there. */
async function runReport(folder: string): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--config=${join(ROOT, "deno.json")}`,
      "--ignore-env",
      "--allow-read=params.yaml,results",
      "--allow-write=results/report",
      join(ROOT, "stages/report.ts"),
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function prepare(folder: string): Promise<void> {
  const write = async (path: string, content: string | Uint8Array) => {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(folder, path), bytes);
  };
  await write("params.yaml", await Deno.readTextFile(join(ROOT, "params.yaml")));
  await write("results/pretrain/metrics.json", '{"loss": 0.5}\n');
  await write("results/train/metrics.json", '{"loss": 0.25}\n');
  await write("results/train/pictures/b.png", "");
  await write("results/train/pictures/a.png", "");
  await write(
    "results/train/model.safetensors",
    writeSafetensors([["weight", { shape: [2, 3], data: new Float32Array(6) }]], {
      settings: '{"width":0.25}',
      made_by: '{"train":{"steps":400}}',
    }),
  );
  await write("results/evaluate/metrics.json", '{"a": {"epe_px": 1, "zero_flow_epe_px": 2}}\n');
  await write(
    "results/evaluate/pairs.tsv",
    "dataset\tpair\tepe_px\tzero_flow_epe_px\na\tx/1\t1\t2\na\tx/2\t1\t2\n",
  );
  await write("results/evaluate/pictures/a_x_1.png", "");
}

Deno.test("stage report", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await prepare(folder);
    const read = () => Deno.readTextFile(join(folder, "results/report/report.md"));

    await t.step("writes a page that links the pictures where they lie", async () => {
      assertEquals(await runReport(folder), { code: 0, stderr: "" });
      const report = await read();
      assertStringIncludes(report, "| EPE, all pixels (px) | 1.000 | 2.000 |");
      assertStringIncludes(report, "| parameters | 6 |");
      const links = [...report.matchAll(/\]\((.*?)\)/g)].map(([, path]) => path);
      assertEquals(links, [
        "../evaluate/pictures/a_x_1.png",
        "../train/pictures/a.png",
        "../train/pictures/b.png",
      ]);
      for (const link of links) await Deno.stat(join(folder, "results/report", link));
    });
    await t.step("names what is damaged", async () => {
      await Deno.writeTextFile(join(folder, "results/evaluate/pairs.tsv"), "dataset\tpair\na\n");
      const { code, stderr } = await runReport(folder);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Cannot read results/evaluate/pairs.tsv: row 1 has 1 values");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

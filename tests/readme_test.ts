/** README.md: its numbers are those of the committed run, and its commands are run by CI or by a test. */
import { assert, assertGreater } from "@std/assert";

const readme = Deno.readTextFileSync("README.md");
const json = (path: string) => JSON.parse(Deno.readTextFileSync(path));

Deno.test("the README's table of results holds the numbers of the committed metrics", () => {
  const network = json("results/evaluate/metrics.json"),
    direct = json("results/direct/metrics.json");
  const rows: [string, string, string][] = [
    ["scenes", "epe_px", "all |"],
    ["scenes", "epe_noc_px", "visible in both frames |"],
    ["scenes", "epe_occ_px", "occluded |"],
    ["scenes", "epe_boundary_px", "near motion boundaries |"],
    ["sintel_final", "epe_px", "half size | all |"],
    ["kitti2015", "epe_px", "half size | all |"],
  ];
  for (const [dataset, key, label] of rows) {
    const digits = dataset === "scenes" ? 2 : 1;
    const scores = network[dataset];
    const cells = [scores[key], direct[dataset]?.[key], scores[`zero_flow_${key}`]]
      .map((value) => value?.toFixed(digits) ?? "");
    const row = `${label} ${cells.join(" | ")} |`.replaceAll(/ +/g, " ");
    assert(readme.includes(row), `README.md lacks the row "... ${row}" of ${dataset}.${key}`);
  }
});

Deno.test("the README's rows of Middlebury hold the numbers of the committed pairs", () => {
  const [header, ...rows] = Deno.readTextFileSync("results/evaluate/pairs.tsv").trim().split("\n")
    .map((line) => line.split("\t"));
  const column = (row: string[], name: string) => Number(row[header.indexOf(name)]).toFixed(2);
  for (const row of rows.filter(([dataset]) => dataset === "middlebury")) {
    const wanted = `${row[1]}, half size | all | ${column(row, "epe_px")} | | ${
      column(row, "zero_flow_epe_px")
    } |`;
    assert(readme.includes(wanted), `README.md lacks "${wanted}"`);
  }
});

Deno.test("every command of the README is run by CI or by a test", () => {
  const runners = [
    ".ci/run",
    "tools/tiny_experiment.sh",
    "tools/tiny_sweep.sh",
    "tools/tiny_models.sh",
    "deno.json",
  ]
    .map((path) => Deno.readTextFileSync(path)).join("\n") + testSources();
  const commands = [...readme.matchAll(/^\.\/run ?([^#\n]*)/gm)].map(([, command]) =>
    command.trim()
  );
  assertGreater(commands.length, 10);
  for (const command of commands) {
    // A task or program, or a subcommand of DVC: the words before its first option or value.
    const words = command.split(/\s+/).filter((word) => word !== "");
    const options = words.findIndex((word) => word.startsWith("-"));
    const name = words.slice(0, options < 0 ? 3 : Math.min(options, 3)).join(" ")
      .replace(/^deno task /, "").replace(/^(trace|crate|sweep:slurm|own|compare) .*/, "$1");
    assert(runners.includes(name), `Nothing runs the README's command "./run ${command}"`);
  }
});

function testSources(): string {
  const read = (folder: string): string =>
    [...Deno.readDirSync(folder)].filter(({ name }) => name !== "golden").map(
      ({ name, isDirectory }) => {
        const path = `${folder}/${name}`;
        if (isDirectory) return read(path);
        return name.endsWith(".ts") && name !== "readme_test.ts" ? Deno.readTextFileSync(path) : "";
      },
    ).join("\n");
  return read("tests");
}

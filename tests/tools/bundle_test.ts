/** `deno task bundle`: its parts, and a whole bundle that trains where there is no network. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { parseModelsParams } from "../../stages/check/models_params.ts";
import { parseParams } from "../../stages/check/params.ts";
import { pinnedDeno } from "../../tools/bundle/contents.ts";
import { bundleName } from "../../tools/bundle/name.ts";
import { measure, pack } from "../../tools/bundle/pack.ts";
import { lockedPackages } from "../../tools/bundle/packages.ts";
import { changedModels, changedParams } from "../../tools/bundle/train.ts";
import { waitUntil } from "../commands/reproduce/_program.ts";
import { inFolder, names, ROOT } from "../stages/_run.ts";

const PARAMS = await Deno.readTextFile(join(ROOT, "params.yaml"));
const MODELS = await Deno.readTextFile(join(ROOT, "models/params.yaml"));

async function run(command: readonly string[], cwd: string) {
  const [program, ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const bundle = (...args: string[]) =>
  run([...denoConfig.tasks.bundle.command.split(" "), ...args], ROOT);

/** Starts a program as this user in a network of its own, which has no way out. */
async function withoutNetwork(): Promise<string[]> {
  const sudo =
    "exec sudo -n unshare --net setpriv --reuid $(id -u) --regid $(id -g) --clear-groups";
  const ways = [
    ["unshare", "--map-root-user", "--net"],
    ["sh", "-c", `${sudo} "$@"`, "sh"],
  ];
  for (const way of ways) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", '"$@" true', "sh", ...way],
      stderr: "null",
    }).output();
    if (success) return way;
  }
  throw new Error(
    "Cannot try a bundle without network: this user may make no network namespace. On Ubuntu, call: " +
      "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0. In a container, allow it user namespaces.",
  );
}

Deno.test("a bundle tests and trains without network, home folder, Python and DVC", () =>
  inFolder(async (folder) => {
    const { code, stdout, stderr } = await bundle("--dirty", "--fast", "--out", folder);
    assertEquals([code, stderr.replace(/^Without the Vulkan loader.*\n/, "")], [0, ""]);
    const [file, size, sum] = stdout.split("\n");
    assertEquals(size, `${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB`);
    assertEquals(sum, `SHA-256 ${(await measure(file)).sha256}`);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => join(folder, name)), [file]);

    assertEquals((await run(["tar", "xf", file], folder)).code, 0);
    const home = file.replace(/\.tar\.xz$/, "");
    assertStringIncludes(home, Deno.build.arch);
    const environment = ["env", "-i", "PATH=/usr/bin:/bin", "NO_COLOR=1"];
    const isolated = [...await withoutNetwork(), ...environment];
    const interfaces = await run([...isolated, "cat", "/proc/net/dev"], home);
    assertEquals(interfaces.stdout.match(/\w+(?=:)/g), ["lo"]);
    const inside = (...args: string[]) => run([...isolated, "./run", ...args], home);

    const doctor = await inside("deno", "task", "doctor");
    assertEquals(doctor.code, 0, doctor.stderr);
    assertStringIncludes(doctor.stdout, "passed");
    const kernels = await inside("deno", "task", "kernels");
    assertEquals([kernels.code, /Download/.test(kernels.stderr)], [0, false], kernels.stderr);

    const measured = await inside(
      "bench/on_gpu",
      "--tiny",
      "--only=adapter,gate",
      "--out=measured",
    );
    assertEquals(measured.code, 0, measured.stdout + measured.stderr);
    const report = Deno.readTextFileSync(`${home}/measured/on_gpu.md`);
    assertStringIncludes(report, `\n\n${home.split("/").pop()}, Deno `);
    assertStringIncludes(report, "| 2 | 0 | 0 |");

    const steps = ["-S", "pretrain.steps=4", "-S", "train.steps=4"];
    const trained = await inside("train", "--tiny", ...steps);
    assertEquals(trained.code, 0, trained.stderr);
    assertEquals(trained.stdout, `${home}/results/train/model.safetensors\n`);
    assert(!trained.stderr.includes("Download"), trained.stderr);
    const rows = Deno.readTextFileSync(`${home}/results/train/curves/loss.tsv`).trim().split("\n");
    assertEquals(rows.slice(1).map((row) => row.split("\t")[0]), ["2", "4"]);

    // As where modules of a cluster are loaded.
    const modules = [...isolated, "LD_LIBRARY_PATH=/nowhere"];
    const again = await run([...modules, "./run", "train", "-S", "train.rho=0.2"], home);
    assertStringIncludes(again.stderr, "preprocess: up to date\npretrain: up to date\ntrain: ");
    assertEquals([again.code, again.stderr.includes("train 4/4")], [0, true], again.stderr);
    const complete = await inside("train");
    assertEquals(
      [complete.code, complete.stderr.split("\n").slice(1)],
      [0, ["preprocess: up to date", "pretrain: up to date", "train: up to date", ""]],
    );
    await Deno.remove(`${home}/results/pretrain/metrics.json`);
    assertStringIncludes((await inside("train")).stderr, "pretrain 4/4");

    assertEquals((await inside()).stdout, (await inside("--help")).stdout);
    const unknown = await inside("dvc", "repro");
    assertEquals(
      [unknown.code, unknown.stderr],
      [1, "There is no command dvc here. See ./run --help.\n"],
    );
    await Deno.writeTextFile(`${home}/bin/deno`, "of another machine");
    const foreign = await inside("train");
    assertEquals(foreign.code, 1);
    assertStringIncludes(foreign.stderr, `This is ${home.split("/").pop()}, for glibc`);
  }));

Deno.test("bundle leaves nothing behind when it is ended or has no place", () =>
  inFolder(async (folder) => {
    const [program, ...flags] = denoConfig.tasks.bundle.command.split(" ");
    const name = await bundleName(ROOT, true);
    const ends = [
      ["SIGINT", 130, `.${name}`],
      // Many files are on their way then.
      ["SIGTERM", 143, `.${name}/${name}/deno_dir`],
    ] as const;
    for (const [signal, status, begun] of ends) {
      const process = new Deno.Command(program, {
        args: [...flags, "--dirty", "--fast", "--out", folder],
        cwd: ROOT,
        stdout: "null",
        stderr: "null",
      }).spawn();
      await waitUntil("it has begun", () => existsSync(join(folder, begun)));
      process.kill(signal);
      assertEquals((await process.status).code, status);
      assertEquals(await names(folder), []);
    }
    await Deno.writeTextFile(join(folder, "file"), "");
    const { code, stderr } = await bundle("--dirty", "--out", join(folder, "file"));
    assertEquals(code, 1);
    assertStringIncludes(stderr, ": a part of its path is no folder.");
    assertEquals((await bundle("--out", "")).stderr.split("\n")[0], "--out needs a value.");
  }));

Deno.test("pack() gives the same bytes whatever the order, the times and the rights of files", () =>
  inFolder(async (folder) => {
    const sums: string[] = [];
    for (
      const [parent, names, mode] of [["a", ["x", "y"], 0o600], ["b", ["y", "x"], 0o664]] as const
    ) {
      const packed = join(folder, parent, "bundle");
      await Deno.mkdir(packed, { recursive: true });
      for (const name of names) await Deno.writeTextFile(join(packed, name), name, { mode });
      await Deno.utime(join(packed, "x"), mode, mode);
      const file = join(folder, `${parent}.tar.xz`);
      await pack(packed, file, 0);
      sums.push((await measure(file)).sha256);
      const { stdout } = await run(["tar", "tvf", file, "--utc"], folder);
      assertEquals(
        stdout.match(/\S+ \S+ +\d 1970-01-01 00:00 bundle\/x/)?.[0].slice(0, 14),
        "-rw-r--r-- 0/0",
      );
    }
    assertEquals(sums[0], sums[1]);
  }));

Deno.test("bundleName() tells commit, change and platform, and refuses what nobody could name", () =>
  inFolder(async (folder) => {
    const git = async (...args: string[]) =>
      (await run(["git", "-c", "user.name=n", "-c", "user.email=e", ...args], folder)).stdout;
    await git("init", "-q");
    await Deno.writeTextFile(join(folder, "a"), "");
    await git("add", "a");
    await git("commit", "-qm", "first");
    const commit = (await git("rev-parse", "HEAD")).slice(0, 12);
    const platform = { os: "linux", arch: "aarch64" } as const;
    assertEquals(await bundleName(folder, false, platform), `optical-flow-${commit}-linux-aarch64`);
    assertEquals(await bundleName(folder, true, platform), `optical-flow-${commit}-linux-aarch64`);
    await Deno.writeTextFile(join(folder, "b"), "");
    assertEquals(
      await bundleName(folder, true, platform),
      `optical-flow-${commit}-dirty-linux-aarch64`,
    );
    const error = await assertRejects(() => bundleName(folder, false, platform), Error);
    assertStringIncludes(error.message, "what is in it:\n?? b\nCommit, or add --dirty.");
    await assertRejects(
      () => bundleName(folder, false, { os: "darwin", arch: "aarch64" }),
      Error,
      "Cannot bundle on darwin",
    );
  }));

Deno.test("lockedPackages() lists scoped packages, and those with peers once a version", () => {
  const npm = { "@a/b@1.0.0": {}, "c@2.0.0-0_d@3.0.0": {}, "c@2.0.0-0_d@4.0.0": {}, "d@4.0.0": {} };
  assertEquals(
    lockedPackages(JSON.stringify({ version: "5", npm })),
    [
      { name: "@a/b", version: "1.0.0" },
      { name: "c", version: "2.0.0-0" },
      { name: "d", version: "4.0.0" },
    ],
  );
  assertThrows(() => lockedPackages("{"), Error, "deno.lock");
  assertThrows(() => lockedPackages("{}"), Error, "deno.lock");
});

Deno.test("pinnedDeno() finds the version of requirements.txt", () => {
  assertEquals(pinnedDeno("dvc==3.67.1\ndeno==2.9.8\n"), "2.9.8");
  assertThrows(() => pinnedDeno("dvc==3.67.1\n"), Error, "it has no line deno==VERSION");
});

Deno.test("changedParams() sets what is given over the tiny profile, and refuses what no bundle can do", () => {
  const read = (settings: string[], tiny = false) =>
    parseParams(changedParams(PARAMS, settings, tiny));
  assertEquals(read([]), parseParams(PARAMS));
  const { pretrain, train, preprocess } = read(["pretrain.steps=40", "train.smoothness=l1"], true);
  assertEquals([pretrain.steps, train.steps, train.real_share], [40, 6, 0]);
  assertEquals([train.smoothness, preprocess.scenes_test], ["l1", 3]);
  const group = "{from_step:3,w_l1:0,w_ssim:0,w_census:1,occlusion:splat}";
  assertEquals(
    read([`train.later_loss=${group}`, "train.later_loss.from_step=4"]).train.later_loss,
    { from_step: 4, w_l1: 0, w_ssim: 0, w_census: 1, occlusion: "splat" },
  );
  const cases: [string, string][] = [
    ["train.steps", "Cannot read -S train.steps: write SECTION.KEY=VALUE, or models/params.yaml:"],
    ["train.steps.a=1", "a part of train.steps.a is a value"],
    ["train.stepss=1", "Did you mean train.steps?"],
    ["train.steps=[", "-S train.steps=["],
    ["pretrain.real_share=0.5", "pretrain.real_share = 0.5: a bundle has no real frames."],
  ];
  for (const [setting, message] of cases) assertThrows(() => read([setting]), Error, message);
  const chosen = ["preprocess.real_validation_pairs=2", "train.validation=sintel_final"];
  assertThrows(
    () => read(chosen),
    Error,
    "train.validation = sintel_final: a bundle has no real frames.",
  );
});

Deno.test("changedModels() sets what scenes a bundle draws", () => {
  const read = (settings: string[], tiny = false) =>
    parseModelsParams(changedModels(MODELS, settings, tiny)).quick_scenes;
  const wanted = read(["quick_scenes.scenes_train=7"], true);
  assertEquals(wanted, { ...read([], true), scenes_train: 7 });
  assertEquals(changedModels(MODELS, [], false), MODELS);
  assertThrows(() => read(["quick_scenes.pairs=7"]), Error, "quick_scenes.pairs");
});

Deno.test("deno task bundle explains itself and refuses unknown arguments", async () => {
  const help = await bundle("--help");
  assertEquals([help.code, help.stdout.split(" [")[0]], [0, "deno task bundle"]);
  const wrong = await bundle("--compress");
  assertEquals([wrong.code, wrong.stderr.split("\n")[0]], [2, "Unknown argument --compress."]);
});

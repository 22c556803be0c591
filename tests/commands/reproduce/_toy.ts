/** A small project of three stages with the real DVC, whose dvc.lock is so large that writing it takes a while. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { commandOf, decoded, linkPrograms } from "./_program.ts";

/** Each stage notes its runs beside what DVC sees, waits while the test holds it, and copies its input. */
const stage = (name: string, from: string, extra = "") =>
  `  ${name}:
    cmd: echo ${name} >> .cache/ran; while [ -e .cache/hold_${name} ]; do sleep 0.05; done; cp ${from} ${name}.txt
    deps: [${from}]
${extra}    outs: [${name}.txt: {cache: false}]
`;
const STAGES = "stages:\n" + stage("first", "source", "    params: [many.yaml: ]\n") +
  stage("second", "first.txt") + stage("third", "second.txt");

export class Toy {
  constructor(readonly folder: string) {}

  static async make(folder: string): Promise<Toy> {
    const toy = new Toy(folder);
    linkPrograms(folder);
    const many = Array.from({ length: 1500 }, (_, index) => `key_${index}: ${index}\n`).join("");
    toy.write("many.yaml", many);
    toy.write("dvc.yaml", STAGES);
    toy.write("source", "1\n");
    toy.write(".gitignore", "/.cache\n");
    Deno.mkdirSync(join(folder, "inner"));
    Deno.mkdirSync(join(folder, ".cache"));
    for (const command of ["git init -q", "dvc init -q", "dvc config core.analytics false"]) {
      await toy.must(...command.split(" "));
    }
    assertEquals((await toy.dvc("repro", "-q")).code, 0);
    await toy.commit();
    return toy;
  }

  write(path: string, text: string): void {
    Deno.writeTextFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return Deno.readTextFileSync(join(this.folder, path));
  }

  /** Keeps a stage from its end until it is let go. */
  hold(name: string): void {
    this.write(`.cache/hold_${name}`, "");
  }

  letGo(name: string): void {
    Deno.removeSync(join(this.folder, `.cache/hold_${name}`));
  }

  /** Stages in the order in which they ran since the last call. */
  ran(): string[] {
    const names = this.read(".cache/ran").split("\n").filter((name) => name !== "");
    this.write(".cache/ran", "");
    return names;
  }

  async must(...[program, ...args]: string[]): Promise<void> {
    const output = decoded(await new Deno.Command(program, { args, cwd: this.folder }).output());
    assertEquals(output.code, 0, output.stderr);
  }

  async commit(): Promise<void> {
    await this.must("git", "add", "-A");
    const user = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"];
    await this.must("git", ...user, "commit", "-qm", "State");
  }

  /** What ./run dvc starts, in a session of its own. */
  start(args: string[], cwd = ".", env: Record<string, string> = {}): Deno.ChildProcess {
    const [program, ...options] = commandOf("dvc");
    return new Deno.Command("setsid", {
      args: [program, ...options, join(this.folder, cwd), ...args],
      cwd: this.folder,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async dvc(...args: string[]) {
    return decoded(await this.start(args).output());
  }
}

/** Runs a test in a project of its own. */
export async function inToy(
  test: (toy: Toy, t: Deno.TestContext) => Promise<void>,
  t: Deno.TestContext,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(await Toy.make(folder), t);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

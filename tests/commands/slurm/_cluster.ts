/**
 * A real Slurm on this machine, for a test: munged, slurmctld and slurmd with one node of two slots, all of their files
 * in a temporary folder, bound to the loopback address, stopped at the end. No cgroups, no other user than the one
 * who runs the test.
 */
import { assert } from "@std/assert";
import { join } from "@std/path";
import type { CommandResult } from "../lineage/_project.ts";

const PROGRAMS = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"];
export const SYSTEM_PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;

/** Whether Slurm is on this machine; where not, the report of the test says so. */
export async function hasSlurm(t: Deno.TestContext): Promise<boolean> {
  const folders = SYSTEM_PATH.split(":");
  const missing = PROGRAMS.filter((program) =>
    !folders.some((folder) => exists(join(folder, program)))
  );
  if (missing.length === 0) return true;
  const message = `NOT TESTED, Slurm is not installed (no ${missing.join(", ")}): ` +
    "sudo apt-get install slurm-wlm munge";
  // CI installs it.
  assert(Deno.env.get("CI") === undefined, message);
  await t.step(message, () => {});
  return false;
}

/** On a machine that has much else to do. */
const PATIENCE_MS = 600_000;
/** Ports that Linux gives to nobody who asks for any, of which other tests ask for many. */
const FIRST_PORT = 20_000, PORTS_COUNT = 10_000;

function exists(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The first free one from a place on that the name decides: other clusters look elsewhere. */
function freePort(name: string): number {
  let place = 0;
  for (const letter of name) place = (31 * place + letter.charCodeAt(0)) % PORTS_COUNT;
  for (;; place = (place + 1) % PORTS_COUNT) {
    const port = FIRST_PORT + place;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

export class Cluster {
  readonly #daemons: { program: string; process: Deno.ChildProcess }[] = [];
  /** A daemon that is no more. */
  #ended?: string;

  private constructor(readonly folder: string) {}

  static async start(folder: string): Promise<Cluster> {
    const cluster = new Cluster(folder);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    for (const name of ["controller", "node", "munge"]) {
      Deno.mkdirSync(join(this.folder, name), { mode: 0o755, recursive: true });
    }
    const key = join(this.folder, "munge/key");
    await this.must("mungekey", "--create", `--keyfile=${key}`);
    const host = (await this.must("hostname", "-s")).trim();
    const configuration = this.#configuration(host, await this.user());
    Deno.writeTextFileSync(join(this.folder, "slurm.conf"), configuration);
    // From Slurm 24 on, slurmd does not start where cgroups are not mounted, even if they limit nothing; before, it does not know this.
    const [, year] = /(\d+)\./.exec(await this.must("slurmd", "-V")) ?? [];
    if (Number(year) >= 24) {
      Deno.writeTextFileSync(join(this.folder, "cgroup.conf"), "CgroupPlugin=disabled\n");
    }
    const munge = join(this.folder, "munge");
    this.#daemon("munged", "--foreground", "--num-threads=1", `--key-file=${key}`, ...[
      `--socket=${munge}/socket`,
      `--pid-file=${munge}/pid`,
      `--log-file=${munge}/log`,
      `--seed-file=${munge}/seed`,
    ]);
    await this.until("munged listens", () => exists(join(munge, "socket")));
    this.#daemon("slurmctld", "-D");
    this.#daemon("slurmd", "-D", "-N", "node");
    await this.until("the node is idle", async () => {
      const { stdout } = await this.run("sinfo", "--noheader", "--format=%T");
      return stdout.trim() === "idle";
    });
  }

  async user(): Promise<string> {
    return (await this.must("id", "-un")).trim();
  }

  #configuration(host: string, user: string): string {
    return `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${freePort(`${this.folder}/controller`)}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${this.folder}/munge/socket
CredType=cred/munge
StateSaveLocation=${this.folder}/controller
SlurmctldPidFile=${this.folder}/controller/pid
SlurmctldLogFile=${this.folder}/controller/log
SlurmdSpoolDir=${this.folder}/node
SlurmdPidFile=${this.folder}/node/pid
SlurmdLogFile=${this.folder}/node/log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=60
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=node NodeHostname=${host} NodeAddr=127.0.0.1 Port=${freePort(`${this.folder}/node`)} CPUs=2
PartitionName=all Nodes=node Default=YES MaxTime=INFINITE State=UP
`;
  }

  /** What programs need to find this cluster; jobs inherit it. */
  get environment(): Record<string, string> {
    return { PATH: SYSTEM_PATH, SLURM_CONF: join(this.folder, "slurm.conf") };
  }

  async run(program: string, ...args: string[]): Promise<CommandResult> {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      env: this.environment,
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }

  async must(program: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, ...args);
    assert(code === 0, `${program} ${args.join(" ")} exited with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Waits until no job is queued or running. */
  async finished(): Promise<void> {
    await this.until(
      "all jobs are done",
      async () => (await this.must("squeue", "--noheader")).trim() === "",
    );
  }

  /** @throws {Error} when a daemon has ended, and after far too long, with what the daemons logged last */
  async until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const start = performance.now();
    while (!await isTrue()) {
      if (this.#ended !== undefined || performance.now() - start > PATIENCE_MS) {
        const why = this.#ended === undefined ? "" : `: ${this.#ended} has ended`;
        throw new Error(`Waited in vain until ${what}${why}.\n${this.#logs()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #logs(): string {
    const daemons = this.#daemons.map(({ program }) => `${program}.log`);
    const names = [...daemons, "controller/log", "node/log", "munge/log"];
    return names.map((name) => join(this.folder, name)).filter(exists).map((path) => {
      const lines = Deno.readTextFileSync(path).trim().split("\n").slice(-10);
      return `${path}:\n${lines.join("\n")}`;
    }).join("\n");
  }

  #daemon(program: string, ...args: string[]): void {
    // A shell, so that what a daemon complains of before it logs can be shown as well.
    const log = join(this.folder, `${program}.log`);
    const command = `exec "$0" "$@" >'${log}' 2>&1`;
    const process = new Deno.Command("sh", {
      args: ["-c", command, program, ...args],
      env: this.environment,
      stdin: "null",
    }).spawn();
    this.#daemons.push({ program, process });
    process.status.then(() => this.#ended ??= program);
  }

  /** Ends jobs and daemons, the last one that was started first. */
  async stop(): Promise<void> {
    if (this.#daemons.length > 2) await this.run("scancel", "--user", await this.user());
    for (const { process } of this.#daemons.reverse()) {
      try {
        process.kill("SIGTERM");
      } catch (error) {
        // It ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      await process.status;
    }
  }
}

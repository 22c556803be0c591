/**
 * A machine that lacks something: a copy of ./run in an empty folder, with a PATH of made-up programs that write down how
 * they were called. Nothing is installed.
 */
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const SYSTEM = [
  "sh",
  "cat",
  "cksum",
  "ls",
  "mkdir",
  "dirname",
  "env",
  "cp",
  "rm",
  "readlink",
  "touch",
  "true",
];

/** Programs that a machine may have; $HERE is the folder of the machine, $HERE/log what was called. */
const PROGRAMS: Record<string, string> = {
  git: "",
  uname: `case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac`,
  "uname of macOS": `case $1 in -m) echo arm64 ;; *) echo Darwin ;; esac`,
  "ldd of musl": `echo "musl libc (x86_64)" >&2; exit 1`,
  "id of root": `echo 0`,
  "id of a user": `echo 1000`,
  "sudo without password": `shift; exec "$@"`,
  "python3": `case "$*" in
    *version_info*) exit 0 ;;
    --version) echo "Python 3.11.2" ;;
    *ensurepip*) [ ! -e "$HERE/no-ensurepip" ] ;;
    *"-m venv"*)
      mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *"-m pip"*)
      [ ! -e "$HERE/pip-user" ] || [ "\${PIP_USER-}" = 0 ] || { echo "Can not perform --user" >&2; exit 1; }
      [ ! -e "$HERE/pip-target" ] || exit 0
      [ ! -e "$HERE/no-network" ] || { echo "No route to host" >&2; exit 1; }
      cp "$HERE/bin/.deno" "\${0%/*}/deno"; cp "$HERE/bin/.dvc" "\${0%/*}/dvc" ;;
  esac`,
  "python3 of 2019": `case "$*" in *version_info*) exit 1 ;; *platform*) echo 3.7.3 ;; esac`,
  // As commands/dvc.ts, without what it does around DVC.
  ".deno": `case "$*" in *commands/dvc.ts*)
      while [ "$1" != commands/dvc.ts ]; do shift; done
      cd "$2" && shift 2 && exec dvc "$@" ;; esac
    case "$*" in *check_configuration.ts*) [ ! -e "$HERE/redirected" ] || exit 1 ;; esac
    case "$*" in *doctor.ts*)
      [ -e "$HERE/driver" ] && [ "$DENO_WEBGPU_BACKEND" = vulkan ] && [ -z "\${VK_DRIVER_FILES-}" ] || { echo "no adapter" >&2; exit 1; } ;; esac`,
  ".dvc": `case $1 in pull) [ ! -e "$HERE/no-network" ] || { echo "ERROR: no bucket" >&2; exit 3; }
    mkdir "$HERE/clone/data" ;; esac`,
  // Knows no package before update, as in a fresh container; what it installs appears.
  "apt-get": `case "$*" in
    *update*) touch "$HERE/updated" ;;
    *install*) [ -e "$HERE/updated" ] || exit 100
      case "$*" in *python3-venv*) rm -f "$HERE/no-ensurepip"; cp "$HERE/spare" "$HERE/bin/python3" ;; esac
      case "$*" in *chromium*) cp "$HERE/bin/.dvc" "$HERE/bin/chromium" ;; esac
      case "$*" in *git*) cp "$HERE/bin/.dvc" "$HERE/bin/git" ;; esac
      case "$*" in *mesa*) touch "$HERE/driver" ;; esac ;;
  esac`,
  dnf: "",
  pacman: "",
  zypper: "",
  brew: "",
};

/** What is called when ./run has no arguments and everything is set up. */
export const REPRODUCE =
  "deno run --quiet --no-prompt --frozen --ignore-env --allow-read=. --allow-sys=statfs " +
  "--allow-write=.cache,.dvc/tmp,dvc.lock,sweep/dvc.lock,models/dvc.lock,models/sweep/dvc.lock --allow-run=dvc,git,python " +
  "commands/reproduce.ts\n";

export class Machine {
  /** @param has names of PROGRAMS; what follows " of " or " without " only tells variants apart */
  constructor(readonly folder: string, has: readonly string[]) {
    Deno.mkdirSync(join(folder, "bin"));
    Deno.mkdirSync(join(folder, "clone", ".git"), { recursive: true });
    Deno.mkdirSync(join(folder, "clone", "tools"));
    for (
      const file of [
        "run",
        "requirements.txt",
        "requirements-dev.txt",
        "tools/setup.sh",
        "tools/whole_lock.py",
      ]
    ) {
      Deno.copyFileSync(join(ROOT, file), join(folder, "clone", file));
    }
    const paths = Deno.env.get("PATH")!.split(":");
    for (const name of SYSTEM) {
      const real = paths.map((path) => join(path, name)).find((path) => exists(path));
      Deno.symlinkSync(real!, join(folder, "bin", name));
    }
    for (const name of [".deno", ".dvc", ...has]) this.program(`bin/${name.split(" ")[0]}`, name);
    this.program("spare", "python3");
  }

  program(path: string, name: string): void {
    const label = name.replace(/^\./, "").split(" ")[0];
    Deno.writeTextFileSync(
      join(this.folder, path),
      `#!/bin/sh\nHERE='${this.folder}'\necho "${label} $*" >>"$HERE/log"\n${PROGRAMS[name]}\n`,
      { mode: 0o755 },
    );
  }

  put(name: string, text = ""): void {
    Deno.writeTextFileSync(join(this.folder, name), text);
  }

  /** Calls ./run; the log holds the calls of this time only. */
  run(args: string[] = [], cwd = "clone", environment: Record<string, string> = {}) {
    this.put("log");
    const { code, stdout, stderr } = new Deno.Command(join(this.folder, "clone/run"), {
      args,
      cwd: join(this.folder, cwd),
      env: { PATH: join(this.folder, "bin"), ...environment },
      clearEnv: true,
    }).outputSync();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const whole = Deno.readTextFileSync(join(this.folder, "log")).replace(/^(uname|id) .*\n/gm, "");
    // What ./run dvc starts is in its way the same as DVC, which it calls.
    const log = whole.replace(/^deno run .* commands\/dvc\.ts .*\n/gm, "");
    return { code, stdout: decode(stdout), stderr: decode(stderr), log, whole };
  }
}

export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

export async function withMachine(
  has: string[],
  test: (machine: Machine) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(new Machine(folder, has));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export const DEBIAN_ROOT = ["git", "uname", "id of root", "apt-get"];
export const DEBIAN_USER = ["git", "uname", "id of a user", "apt-get"];

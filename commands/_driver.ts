/**
 * What the doctor knows about drivers: how to get an adapter on each system, which version of Mesa is
 * installed, and when its CPU driver (lavapipe) is old and slow. Speeds were measured on two cores: kernels of
 * this network at width 0.25 on a processor with AVX-512, Mesa 22.3 about 0.32 s a step, 25.0 0.32 s, 26.2 0.23 s;
 * a step of the sweep on an AMD EPYC of 2017, which has AVX2, Mesa 22.3 0.40 s, 26.1 0.125 s.
 */

/** One or two sentences that follow "There is no WebGPU adapter." */
export function howToGetAnAdapter(system: string): string {
  if (system === "darwin") {
    return "macOS has one since Metal: update macOS, and do not run as a service.";
  }
  if (system === "windows") return "Install the graphics driver of the card's maker.";
  return "Mesa's CPU driver works everywhere; install it with one of\n" +
    "  sudo apt-get install mesa-vulkan-drivers            Debian, Ubuntu\n" +
    "  sudo dnf install mesa-vulkan-drivers vulkan-loader  Fedora\n" +
    "  sudo pacman -S vulkan-swrast vulkan-icd-loader      Arch\n" +
    "  sudo zypper install libvulkan_lvp libvulkan1        openSUSE";
}

/** Mesa's version by the system's package manager, such as "22.3.6"; undefined if none knows. */
export async function mesaVersion(): Promise<string | undefined> {
  const queries = [
    ["dpkg-query", "-W", "-f=${Version}", "mesa-vulkan-drivers"],
    ["rpm", "-q", "--qf", "%{VERSION}", "mesa-vulkan-drivers"],
    ["pacman", "-Q", "vulkan-swrast"],
  ];
  for (const [program, ...args] of queries) {
    try {
      const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" })
        .output();
      const version = new TextDecoder().decode(stdout).match(/\d+\.\d+(\.\d+)?/);
      if (success && version) return version[0];
    } catch (error) {
      // Not on this system; Deno grants nothing for a program that it cannot find.
      const { NotFound, NotCapable } = Deno.errors;
      if (!(error instanceof NotFound || error instanceof NotCapable)) throw error;
    }
  }
  return undefined;
}

export interface Driver {
  /** Mesa's CPU driver and not a GPU. */
  onCpu: boolean;
  /** vulkan, metal, dx12, gl or unknown. */
  backend: string;
  /** Mesa's version, where it is known. */
  mesa?: string;
  /** Subgroups of exactly eight lanes, which the fast convolutions on the CPU need. */
  eightLanes: boolean;
}

/** What a user should know or install, a paragraph each; empty when nothing could be better. */
export function driverAdvice({ onCpu, backend, mesa, eightLanes }: Driver): string[] {
  const advice: string[] = [];
  if (backend === "gl") {
    advice.push(
      "OpenGL is slow here and lacks features. Install a Vulkan driver: " +
        "sudo apt-get install mesa-vulkan-drivers",
    );
  }
  if (!onCpu) return advice;
  const [major, minor] = (mesa ?? "0.0").split(".").map(Number);
  if (mesa && major < 22 || major === 22 && minor < 3) {
    advice.push(
      `Mesa ${mesa} is old and slow, and this project was never tried with it. Debian 12 brings 22.3; ` +
        "the best ordinary choice is Debian 13 with Mesa 26 from its backports:\n" +
        "  sudo apt-get install -t trixie-backports mesa-vulkan-drivers",
    );
  } else if (major >= 22 && major < 25) {
    advice.push(
      `Mesa ${mesa} is old: it works, but a training step takes a third longer than with Mesa 26, on older processors ` +
        "(AMD of 2017) three times as long. Not worth the trouble on Debian 12 (25.0 from its backports compiles five " +
        "times slower); on Debian 13:\n  sudo apt-get install -t trixie-backports mesa-vulkan-drivers",
    );
  } else if (major === 25) {
    advice.push(
      `Mesa ${mesa} compiles kernels slowly (half a minute to two, once, then cached). Mesa 26 needs less of that, and ` +
        "is up to a quarter faster; on Debian 13 from its backports:\n" +
        "  sudo apt-get install -t trixie-backports mesa-vulkan-drivers",
    );
  }
  if (!eightLanes) {
    advice.push(
      "Subgroups of eight lanes are missing (a processor without AVX, or LP_NATIVE_VECTOR_WIDTH is not 256): slower " +
        "convolutions are used, and results differ in their last digits from those of other machines.",
    );
  }
  return advice;
}

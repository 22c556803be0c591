/**
 * The WebGPU device and what the kernels need to know of its adapter. WebGPU reports errors silently;
 * here they are collected and thrown by the next foreground call.
 */

/** What the results of a run depend on besides its inputs; goes into adapter.json. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** True for a CPU driver such as lavapipe. */
  readonly fallback: boolean;
  /** True when the device runs subgroups of exactly eight lanes and allows their built-ins. */
  readonly subgroupsOfEight: boolean;
}

/** Shown wherever no adapter can be had. */
export const NO_ADAPTER_MESSAGE =
  "No WebGPU adapter was found. Install a Vulkan driver, for example Mesa's CPU driver on Debian or Ubuntu: " +
  "apt-get install mesa-vulkan-drivers. Then run: deno task doctor";

export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  /** Compiled pipelines by kernel identity, shared by all programs of this device. */
  readonly pipelines: Map<string, GPUComputePipeline> = new Map();
  /** Buffers for intermediate values, largest first, shared by all programs since they run one after another. */
  readonly scratch: GPUBuffer[] = [];
  readonly #errors: string[] = [];
  #destroyed = false;

  constructor(device: GPUDevice, adapter: AdapterDescription) {
    this.device = device;
    this.adapter = adapter;
    device.addEventListener("uncapturederror", (event) => {
      this.#errors.push((event as GPUUncapturedErrorEvent).error.message);
    });
    device.lost.then((info) => {
      if (!this.#destroyed) {
        this.#errors.push(`The device was lost: ${info.message || info.reason}.`);
      }
    });
  }

  /** Whom kernels are chosen for: the cores of a CPU driver, or a GPU. */
  get family(): "cpu" | "gpu" {
    return this.adapter.fallback ? "cpu" : "gpu";
  }

  /** @throws {Error} with the messages of all WebGPU errors since the last call */
  check(): void {
    if (this.#errors.length === 0) return;
    const messages = this.#errors.splice(0).join("\n");
    throw new Error(`WebGPU reported on ${this.adapter.description}:\n${messages}`);
  }

  /** Waits for all submitted work. @throws {Error} as {@link check} */
  async finished(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  destroy(): void {
    this.#destroyed = true;
    this.device.destroy();
  }
}

/** What kernels may need more of than every device grants. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const;

/**
 * Opens the fastest adapter with its full limits.
 * @throws {Error} when there is no adapter, with how to get one
 */
export async function openGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error(NO_ADAPTER_MESSAGE);
  const requiredLimits = Object.fromEntries(
    LIMITS.map((name) => [name, adapter.limits[name]]),
  );
  const { info } = adapter;
  const lanes = info as unknown as { subgroupMinSize?: number; subgroupMaxSize?: number };
  let device: GPUDevice | undefined;
  let subgroupsOfEight = false;
  if (lanes.subgroupMinSize === 8 && lanes.subgroupMaxSize === 8) {
    // Deno does not list the feature on the adapter, yet grants it.
    try {
      device = await adapter.requestDevice({
        requiredLimits,
        requiredFeatures: ["subgroups" as GPUFeatureName],
      });
      subgroupsOfEight = true;
    } catch {
      // Refused: the variants without subgroups are used.
      device = undefined;
    }
  }
  device ??= await adapter.requestDevice({ requiredLimits });
  return new Gpu(device, {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    fallback: info.isFallbackAdapter,
    subgroupsOfEight,
  });
}

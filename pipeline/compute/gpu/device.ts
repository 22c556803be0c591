/**
 * The WebGPU device and what the kernels need to know of its adapter. WebGPU reports errors silently;
 * here they are collected and thrown by the next foreground call, a lost device before all that follows from it.
 */
import type { KernelPlan } from "./plan.ts";
import { trackedPlanFor } from "./plans.ts";

/** What the results of a run depend on besides its inputs; goes into adapter.json. */
export interface AdapterDescription {
  /** The graphics interface that was asked for, such as "vulkan"; WebGPU itself does not tell. */
  readonly backend: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** True for a CPU driver such as lavapipe. */
  readonly fallback: boolean;
  /** True when the device runs subgroups of exactly eight lanes and allows their built-ins. */
  readonly subgroupsOfEight: boolean;
  /** Lanes of the smallest and of the largest subgroup; 0 where WebGPU does not tell. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Name and hash of the plan that chooses kernels; absent where none does, as on a CPU driver. */
  readonly plan?: string;
}

/** Shown wherever no adapter can be had. */
export const NO_ADAPTER_MESSAGE =
  "No WebGPU adapter was found. Install a Vulkan driver, for example Mesa's CPU driver on Debian or Ubuntu: " +
  "apt-get install mesa-vulkan-drivers. Then run: deno task doctor";

/** What was asked for does not fit into the device: a single buffer, or all together. The caller knows what to lower. */
export class TooLargeError extends Error {
  override name = "TooLargeError";
}

/** The device is gone, and all that lay on it. The caller knows which sizes it was asked for. */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";
}

const DEVICE_LOST_ADVICE =
  "Its driver stopped: memory ran out, a kernel took too long, or the system slept or reset it; the system's log " +
  "says which, and deno task doctor whether it computes correctly. Run the same command again. If it happens again, " +
  "lower the sizes.";

export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  /** Choices of kernels for this adapter; absent: by rules alone. */
  readonly plan: KernelPlan | undefined;
  /** Compiled pipelines by kernel identity, shared by all programs of this device. */
  readonly pipelines: Map<string, GPUComputePipeline> = new Map();
  /** Buffers for intermediate values, largest first, shared by all programs since they run one after another. */
  readonly scratch: GPUBuffer[] = [];
  readonly #errors: GPUError[] = [];
  #lost: GPUDeviceLostInfo | undefined;
  #destroyed = false;

  constructor(device: GPUDevice, adapter: Omit<AdapterDescription, "plan">, plan?: KernelPlan) {
    this.device = device;
    // Of one that is derived from another device's description only what is so here.
    const { plan: _, ...own } = adapter as AdapterDescription;
    this.adapter = plan ? { ...own, plan: plan.id } : own;
    this.plan = plan;
    device.addEventListener("uncapturederror", (event) => {
      this.#errors.push((event as GPUUncapturedErrorEvent).error);
    });
    device.lost.then((info) => {
      if (!this.#destroyed) this.#lost = info;
    });
  }

  /** Whom kernels are chosen for: the cores of a CPU driver, or a GPU. */
  get family(): "cpu" | "gpu" {
    return this.adapter.fallback ? "cpu" : "gpu";
  }

  /** Bytes of the largest storage that a kernel can use. */
  get largestStorage(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /**
   * @throws {DeviceLostError} when the device was lost, now and ever after
   * @throws {Error} with the messages of all WebGPU errors since the last call
   * @throws {TooLargeError} when one of them is that memory ran out
   */
  check(): void {
    const { description } = this.adapter;
    const errors = this.#errors.splice(0);
    const messages = errors.map(({ message }) => message);
    if (this.#lost) {
      const { message, reason } = this.#lost;
      const details = [`reason: ${reason}`, ...message ? [message] : [], ...messages].join("; ");
      throw new DeviceLostError(
        `The device was lost: ${description} (${details}). ${DEVICE_LOST_ADVICE}`,
      );
    }
    const memory = errors.find((error) => error instanceof GPUOutOfMemoryError);
    if (memory) throw new TooLargeError(`Not enough memory on ${description}: ${memory.message}.`);
    if (errors.length > 0) {
      throw new Error(`WebGPU reported on ${description}:\n${messages.join("\n")}`);
    }
  }

  /** Waits for all submitted work. @throws {Error} as {@link check} */
  async finished(): Promise<void> {
    await this.awaiting(this.device.queue.onSubmittedWorkDone());
    this.check();
  }

  /**
   * Waits for what WebGPU gives. A lost device refuses it in words of its own, often before it says that it is lost.
   * @throws {Error} as {@link check}, which knows more, else what `given` was rejected with
   */
  async awaiting<T>(given: Promise<T>): Promise<T> {
    try {
      return await given;
    } catch (error) {
      // What comes of it does not matter: it gives WebGPU the time to report the loss.
      await this.device.queue.onSubmittedWorkDone().catch(() => {});
      this.check();
      throw error;
    }
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

/** Deno does not list all features on the adapter, yet grants them: asking tells, first for all of them. */
async function requestDevice(
  adapter: GPUAdapter,
  wanted: readonly string[],
): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(
    LIMITS.map((name) => [name, adapter.limits[name]]),
  );
  const subsets = wanted.reduce<string[][]>(
    (smaller, feature) => [...smaller.map((features) => [...features, feature]), ...smaller],
    [[]],
  );
  for (const features of subsets.slice(0, -1)) {
    try {
      const requiredFeatures = features as GPUFeatureName[];
      return await adapter.requestDevice({ requiredLimits, requiredFeatures });
    } catch {
      // Refused: what needs them does without.
    }
  }
  return await adapter.requestDevice({ requiredLimits });
}

/**
 * Opens the fastest adapter with its full limits.
 * @param backend what the environment asks for, if anything; the library cannot know
 * @param options timestamps: asks for the times of passes, which measurements want
 * @throws {Error} when there is no adapter, with how to get one; when a tracked plan is damaged
 */
export async function openGpu(
  backend = "default",
  { timestamps = false }: { timestamps?: boolean } = {},
): Promise<Gpu> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error(NO_ADAPTER_MESSAGE);
  const { info } = adapter;
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = info as Partial<
    Record<"subgroupMinSize" | "subgroupMaxSize", number>
  >;
  const eight = subgroupMinSize === 8 && subgroupMaxSize === 8;
  const device = await requestDevice(adapter, [
    ...eight ? ["subgroups"] : [],
    ...timestamps ? ["timestamp-query"] : [],
  ]);
  const description = {
    backend,
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    fallback: info.isFallbackAdapter,
    subgroupsOfEight: eight && device.features.has("subgroups"),
    subgroupMinSize,
    subgroupMaxSize,
  };
  const plan = description.fallback ? undefined : await trackedPlanFor(description);
  return new Gpu(device, description, plan);
}

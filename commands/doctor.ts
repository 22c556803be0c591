/**
 * `deno task doctor`: which WebGPU adapter this machine offers, whether it computes correctly, and what to
 * install if there is none or the driver is slow. Exits 1 without a usable adapter.
 * `--quiet` prints only what is wrong; ./run asks that way. Imports nothing from a registry, so it works offline.
 */
import prefixSums from "./doctor.wgsl" with { type: "text" };
import { driverAdvice, howToGetAnAdapter, mesaVersion } from "./_driver.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { runCommand } from "./run_command.ts";

const HELP = `deno task doctor [--quiet]
  shows and checks the WebGPU adapter
  --quiet  says only what is wrong
  Exit status: 0 it works; 1 there is none, or it computes wrongly; 2 wrong usage`;

const CELLS = 1001;
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** The device, with subgroups if it has them: the adapter does not list them, asking tells. */
async function openDevice(adapter: GPUAdapter): Promise<[GPUDevice, boolean]> {
  try {
    const requiredFeatures = ["subgroups" as GPUFeatureName];
    return [await adapter.requestDevice({ requiredFeatures }), true];
  } catch {
    return [await adapter.requestDevice(), false];
  }
}

/** Runs the kernel whose answer is known; undefined when right, else what was wrong. */
async function selfCheck(device: GPUDevice): Promise<string | undefined> {
  device.pushErrorScope("validation");
  const buffer = (usage: number) => device.createBuffer({ size: CELLS * 4, usage });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const numbers = buffer(STORAGE | COPY_DST), output = buffer(STORAGE | COPY_SRC);
  const result = buffer(COPY_DST | MAP_READ);
  device.queue.writeBuffer(numbers, 0, Float32Array.from({ length: CELLS }, (_, i) => i));
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: prefixSums }) },
  });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [numbers, output].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(Math.ceil(CELLS / 64));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, result, 0, CELLS * 4);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) return error.message;
  await result.mapAsync(GPUMapMode.READ);
  const got = new Float32Array(result.getMappedRange());
  const wrong = got.findIndex((value, i) => value !== i * (i + 1) / 2);
  return wrong < 0
    ? undefined
    : `cell ${wrong} should be ${wrong * (wrong + 1) / 2}, got ${got[wrong]}`;
}

/** The graphics interface in use: as chosen by the environment, else the first that names the same adapter. */
async function backendName(description: string): Promise<string> {
  const chosen = Deno.env.get("DENO_WEBGPU_BACKEND");
  if (chosen) return chosen;
  for (const backend of ["vulkan", "metal", "dx12", "gl"]) {
    const probe = await new Deno.Command("deno", {
      args: ["run", "--no-prompt", "--ignore-env", import.meta.filename!, "--name"],
      env: { DENO_WEBGPU_BACKEND: backend },
      stderr: "null",
    }).output();
    if (new TextDecoder().decode(probe.stdout).trim() === description) return backend;
  }
  return "unknown";
}

interface DoctorRequest {
  readonly quiet: boolean;
  /** Gives the adapter's name alone: so it asks itself which backend is in use. */
  readonly name: boolean;
}

function parseRequest(args: readonly string[]): Parsed<DoctorRequest> {
  const given = givenArguments(args, { switches: ["quiet", "name"] });
  return given === "help" || "wrong" in given ? given : given.switches;
}

/** @returns the exit status */
async function main({ quiet, name }: DoctorRequest): Promise<number> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Error(`There is no WebGPU adapter. ${howToGetAnAdapter(Deno.build.os)}`);
  }
  const { info } = adapter;
  if (name) {
    console.log(info.description);
    return 0;
  }

  const [device, subgroups] = await openDevice(adapter);
  const wrong = await selfCheck(device);
  if (wrong) {
    throw new Error(
      `The adapter ${info.description} computes wrongly: ${wrong}. ` +
        `Update its driver, or use Mesa's CPU driver. ${howToGetAnAdapter(Deno.build.os)}`,
    );
  }
  if (quiet) return 0;

  const mesa = await mesaVersion();
  const lanes = subgroups ? `${info.subgroupMinSize} to ${info.subgroupMaxSize} lanes` : "no";
  const backend = await backendName(info.description);
  const lines: [string, string][] = [
    ["adapter", `${info.description} (${info.isFallbackAdapter ? "runs on the CPU" : "GPU"})`],
    ["vendor", `${info.vendor} ${info.architecture} ${info.device}`],
    ["backend", backend],
    ["driver", mesa ? `Mesa ${mesa}` : "version unknown"],
    ["subgroups", lanes],
    ["features", [...adapter.features].join(", ")],
    ...LIMITS.map((name): [string, string] => [name, adapter.limits[name].toLocaleString("en")]),
    ["self-check", "passed"],
    ["deno", Deno.version.deno],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) console.log(`${name.padEnd(width)}  ${value}`);
  const advice = driverAdvice({
    onCpu: info.isFallbackAdapter,
    backend,
    mesa,
    eightLanes: subgroups && info.subgroupMinSize === 8 && info.subgroupMaxSize === 8,
  });
  for (const line of advice) console.log(`\n${line}`);
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);

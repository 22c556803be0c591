/** The doctor: what it says with and without an adapter, and its advice on drivers. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { driverAdvice, howToGetAnAdapter } from "../../commands/_driver.ts";

async function doctor(args: string[], backend?: string) {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "--quiet", "--no-prompt", "--allow-env=DENO_WEBGPU_BACKEND"]
      .concat("--allow-run=deno,dpkg-query,rpm,pacman", "commands/doctor.ts", args),
    env: backend ? { DENO_WEBGPU_BACKEND: backend } : {},
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("the doctor names the adapter and passes its self-check", async () => {
  const { code, stdout } = await doctor([]);
  assertEquals(code, 0, stdout);
  const lines = ["adapter", "backend", "driver", "subgroups", "features", "maxBufferSize"];
  for (const name of lines) assertMatch(stdout, new RegExp(`^${name} +\\S`, "m"));
  assertMatch(stdout, /^self-check +passed$/m);
  assert(!/^backend +unknown$/m.test(stdout), stdout);
});

Deno.test("the doctor --quiet says nothing when all is well", async () => {
  const { code, stdout } = await doctor(["--quiet"]);
  assertEquals([code, stdout], [0, ""]);
});

Deno.test("the doctor says what it does, and what is wrong with its arguments", async () => {
  const help = await doctor(["--help"]);
  assertEquals(help.code, 0);
  assertMatch(help.stdout, /^deno task doctor \[--quiet\]\n/);
  for (const wrong of ["--quite", "adapter", "--quiet=1"]) {
    const { code, stdout, stderr } = await doctor([wrong]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, wrong.split("=")[0]);
    assertStringIncludes(stderr, "Exit status:");
  }
});

Deno.test("the doctor fails without an adapter and says how to get one", async () => {
  // A backend that this system cannot have.
  const absent = Deno.build.os === "darwin" ? "dx12" : "metal";
  const { code, stderr } = await doctor(["--quiet"], absent);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "There is no WebGPU adapter.");
  assertStringIncludes(stderr, howToGetAnAdapter(Deno.build.os));
});

Deno.test("driverAdvice() tells old and slow drivers from good ones", async (t) => {
  const onCpu = { onCpu: true, backend: "vulkan", eightLanes: true };
  await t.step("Mesa 26: nothing to say", () => {
    assertEquals(driverAdvice({ ...onCpu, mesa: "26.1.6" }), []);
  });
  await t.step("Debian 12: old, and what to install", () => {
    const [advice, ...more] = driverAdvice({ ...onCpu, mesa: "22.3.6" });
    assertEquals(more, []);
    assertStringIncludes(advice, "Mesa 22.3.6 is old");
    assertStringIncludes(advice, "apt-get install -t trixie-backports mesa-vulkan-drivers");
  });
  await t.step("Debian 13: slow to compile", () => {
    assertStringIncludes(driverAdvice({ ...onCpu, mesa: "25.0.7" })[0], "compiles kernels slowly");
  });
  await t.step("older than any that was tried", () => {
    assertStringIncludes(driverAdvice({ ...onCpu, mesa: "20.3.5" })[0], "never tried");
    assertStringIncludes(driverAdvice({ ...onCpu, mesa: "22.2.5" })[0], "never tried");
  });
  await t.step("unknown version: no guess", () => assertEquals(driverAdvice(onCpu), []));
  await t.step("no subgroups of eight lanes", () => {
    const [advice] = driverAdvice({ ...onCpu, mesa: "26.1.6", eightLanes: false });
    assertStringIncludes(advice, "Subgroups of eight lanes are missing");
  });
  await t.step("a GPU needs none of this, OpenGL does", () => {
    assertEquals(driverAdvice({ ...onCpu, onCpu: false, mesa: "22.3.6", eightLanes: false }), []);
    assertEquals(driverAdvice({ ...onCpu, onCpu: false, backend: "gl" }).length, 1);
  });
});

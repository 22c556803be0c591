import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import peersConfig from "../../bench/peers/deno.json" with { type: "json" };
import { checkAgreement, summary, timeInTurns } from "../../bench/peers/compare.ts";
import { CONTESTS } from "../../bench/peers/contests.ts";
import { parseOptions } from "../../bench/peers/options.ts";
import { Peer, type Side } from "../../bench/peers/peer.ts";
import config from "../../deno.json" with { type: "json" };

const SETTINGS = { inputs: "none", device: "cpu", threads: 1 } as const;

function talking(script: string): Promise<Peer> {
  const args = ["eval", "--no-config", "--no-lock", "--quiet", script];
  return Peer.start({ name: "a peer", command: "deno", args }, SETTINGS);
}

Deno.test("checkAgreement() lets pass what differs by less than the tolerance, and shows it", () => {
  assertEquals(checkAgreement("step", { loss: 1e-4 }, { loss: 2 }, { loss: 2.0001 }), [
    "loss ours 2, theirs 2.0001, relative difference 5.0e-5",
  ]);
});

Deno.test("checkAgreement() refuses another loss, none, and one that is no number", () => {
  const differing = () => checkAgreement("step", { loss: 1e-4 }, { loss: 2 }, { loss: 2.0003 });
  const error = assertThrows(differing, Error, "Cannot compare step");
  assertStringIncludes(error.message, "difference 1.5e-4, allowed is 0.0001");
  for (const theirs of [{}, { loss: NaN }] as Record<string, number>[]) {
    assertThrows(() => checkAgreement("step", { loss: 1e-4 }, { loss: 2 }, theirs), Error, "NaN");
  }
});

Deno.test("summary() takes medians, and theirs by ours", () => {
  const times = { ours: [4, 90, 5], theirs: [8, 1, 10, 9] };
  assertEquals(summary(times), { ours: 5, theirs: 8.5, ratio: 1.7 });
});

Deno.test("timeInTurns() takes turns of a second, and does not warm up again what runs so long", async () => {
  const asked: string[] = [];
  const side = (name: string, milliseconds: number): Side => ({
    prepared: { results: {}, versions: {}, device: name },
    time: (count) => {
      asked.push(`${name} ${count}`);
      return Promise.resolve(milliseconds);
    },
    [Symbol.asyncDispose]: async () => {},
  });
  const times = await timeInTurns(side("ours", 100), side("theirs", 3000), 2);
  assertEquals(times, { ours: [100, 100], theirs: [3000, 3000] });
  const rounds = ["ours 10", "theirs 1"];
  assertEquals(asked, ["ours 1", "ours 10", "theirs 1", ...rounds, ...rounds]);
});

Deno.test("a peer's process is prepared once, asked for times, and ends with its input", async () => {
  const prepared = { results: { loss: 1.5 }, versions: { x: "1" }, device: "cpu" };
  await using peer = await talking(`
    let lines = 0;
    for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
      console.log(lines++ === 0
        ? ${JSON.stringify(JSON.stringify(prepared))}
        : JSON.stringify({ milliseconds: 2 * JSON.parse(text).count }));
    }`);
  assertEquals(peer.prepared, prepared);
  assertEquals([await peer.time(3), await peer.time(7)], [6, 14]);
});

Deno.test("a peer that ends or says something else is named", async () => {
  await assertRejects(
    () => talking("Deno.exit(3)"),
    Error,
    "Cannot time a peer: its process ended with status 3",
  );
  await assertRejects(() => talking("console.log('Welcome!')"), Error, "answer of a peer");
  await assertRejects(() => talking(`console.log('{"results": 1}')`), Error, "answer of a peer");
});

Deno.test("parseOptions() takes the contests that are named, and says what it does not know", () => {
  assertEquals(parseOptions([]).contests, CONTESTS);
  const { contests, rounds, json } = parseOptions([
    "--only=convolution.jax-js,step.1_128",
    "--rounds=3",
    "--json=x.json",
  ]);
  assertEquals(contests.map(({ name }) => name), ["step.1_128", "convolution.jax-js"]);
  assertEquals({ rounds, json }, { rounds: 3, json: "x.json" });
  const wrong = {
    "--only=step.2_64": '--only knows no "step.2_64"',
    "--rounds=0": "--rounds must be a whole number from 1 to 1000",
    "--correlation=fast": "--correlation must be one of fused, slices",
    "--json=": "--json must name a file",
    "--gpu": "Unknown argument --gpu",
  };
  for (const [argument, message] of Object.entries(wrong)) {
    assertThrows(() => parseOptions([argument]), RangeError, message);
  }
});

Deno.test("the peers' packages are pinned, and what both configurations have is the same version", () => {
  const peers: Record<string, string> = peersConfig.imports,
    ours: Record<string, string> = config.imports;
  for (const [name, specifier] of Object.entries(peers)) {
    assertEquals(/@\d+\.\d+\.\d+$/.test(specifier), true, `${specifier} must name one version`);
    if (name in ours) assertEquals(specifier, ours[name]);
  }
});

/** What the record of a pair goes by, and what a folder says of deep pictures. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type FolderRequest, parseRequest } from "../../../commands/flow/arguments.ts";
import { keyOf } from "../../../commands/flow/folder_pair.ts";
import { encodePng } from "../../../pipeline/common/io/png.ts";
import { sha256 } from "../../../pipeline/common/sha256.ts";
import { waves } from "../../flow/_waves.ts";
import { inFlowFolder, runFlow, wavesPng } from "./_flow.ts";

const QUICK = ["--model", "m.safetensors", "--looks", "1", "--no-sharpen"];

/** The picture of waves in 16 bits, each value made one of these. */
function deepWaves(u: number, of8: (value: number) => number): Uint8Array<ArrayBuffer> {
  const { data, ...size } = waves(u, 0, 40, 30);
  return encodePng({ ...size, channels: 3, data: Uint16Array.from(data, of8) });
}

/** As keys were before 16 bits were looked at. */
async function formerKey(request: FolderRequest, [frame1, frame2]: Uint8Array<ArrayBuffer>[]) {
  const { scale, looks, sharpen, refine, format, backward } = request;
  const inputs = { model: "m", frame1: await sha256(frame1), frame2: await sha256(frame2) };
  const options = { scale, looks, sharpen, refine, format, backward };
  return await sha256(new TextEncoder().encode(JSON.stringify({ ...inputs, ...options })));
}

Deno.test("records of 8 bits stay valid, those of 16 from before used bits were looked at do not", async () => {
  const request = parseRequest(["in", "--out", "o"]) as FolderRequest;
  const eight = wavesPng(0, 0, 40, 30), deep = deepWaves(0, (value) => 16 * value);
  assertEquals(await keyOf(request, "m", [eight, eight]), await formerKey(request, [eight, eight]));
  for (const pair of [[deep, deep], [eight, deep], [deep, eight]] as const) {
    assertNotEquals(await keyOf(request, "m", [...pair]), await formerKey(request, [...pair]));
  }
});

Deno.test("a folder's run says of all its deep pairs which bits are seen, and again when they are there already", () =>
  inFlowFolder(async (folder) => {
    await Deno.mkdir(join(folder, "in"));
    const write = (name: string, bytes: Uint8Array) =>
      Deno.writeFile(join(folder, "in", name), bytes);
    await write("a_1.png", deepWaves(0, (value) => 4 * value));
    await write("a_2.png", deepWaves(1, (value) => 4 * value + 3));
    await write("a_3.png", deepWaves(2, (value) => 16 * value));
    await write("a_4.png", wavesPng(3, 0, 40, 30));
    await write("a_5.png", wavesPng(4, 0, 40, 30));
    await write("b_1.png", deepWaves(0, (value) => 257 * value));
    await write("b_2.png", deepWaves(1, (value) => 257 * value));
    for (const before of [0, 5]) {
      const { code, stdout } = await runFlow(folder, "in", "--out", "out", ...QUICK);
      assertEquals(code, 0);
      assertStringIncludes(
        stdout,
        `5 flows, ${5 - before} estimated now and ${before} from before; 0 pairs without one
2 pairs of 16 bits, of which the lower 10 to 12 are used: the network sees the upper 8 of these
1 pair of 8 and 16 bits, the latter not all used: they may differ in brightness
`,
      );
    }
    const depthOf = async (name: string) =>
      JSON.parse(await Deno.readTextFile(join(folder, `out/records/${name}.json`))).depth;
    assertEquals(await depthOf("a_2"), { bits: 12, unequal: false });
    assertEquals(await depthOf("b_1"), { bits: 16, unequal: false });
    assertEquals(await depthOf("a_4"), undefined);
  }));

/** Checkpoints put together by hand, whole, of other networks, and damaged at every place. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { importPwcLite } from "../../pipeline/torch/import_pwclite.ts";
import { bytesOf, joinBytes } from "../../tools/fuzz/reader.ts";
import {
  dictionary,
  FALSE,
  legacyFile,
  legacyHead,
  list,
  little,
  MAGIC,
  NONE,
  number,
  type Part,
  pickle,
  sampleNetwork,
  SMALLEST_WIDTH,
  storage,
  type Storages,
  tensor,
  text,
  zipFile,
} from "../../tools/fuzz/torch_parts.ts";

const PAPER = { normaliseFeatures: false, centreInput: false };
const FORMATS = { legacy: legacyFile, zip: zipFile };
const FIRST = "feature_pyramid_extractor.convs.0.0.0.weight";
const FIRST_SHAPE = [4, 3, 3, 3];

const read = (bytes: Uint8Array) => importPwcLite(bytes, "x.pth.tar", PAPER);

async function refusal(bytes: Uint8Array): Promise<string> {
  return (await assertRejects(() => read(bytes), Error)).message;
}

/** The smallest network, in both formats, with a change. */
function* changed(
  change: (entries: [string, Part][], storages: Map<string, Uint8Array>) => Part | void,
): Generator<[format: string, bytes: Uint8Array]> {
  for (const [format, write] of Object.entries(FORMATS)) {
    const { entries, storages } = sampleNetwork();
    const value = change(entries, storages) ?? dictionary(entries);
    yield [format, write(value, storages)];
  }
}

const floats = (values: ArrayLike<number>) => new Uint8Array(Float32Array.from(values).buffer);

Deno.test("importPwcLite() takes a plain dictionary, one under state_dict, and names of several GPUs", async () => {
  const { storages } = sampleNetwork();
  for (const [format, bytes] of changed(() => {})) {
    const { weights, settings, from, leftOut, ...others } = await read(bytes);
    assertEquals(settings, { width: SMALLEST_WIDTH, ...PAPER });
    assertEquals([from, leftOut], ["the whole dictionary", []]);
    assertEquals(others, { format, rounded: 0 });
    const inOrder = [...weights.values()].map((values) => new Uint8Array(values.buffer));
    assertEquals(inOrder, [...storages.values()]);
  }
  const wrapped = changed((entries) =>
    dictionary([
      ["epoch", number(97)],
      ["state_dict", dictionary(entries.map(([name, part]) => [`module.${name}`, part]))],
      ["optimizer", dictionary([["state", list()]])],
    ])
  );
  for (const [, bytes] of wrapped) {
    const { weights, from, leftOut } = await read(bytes);
    assertEquals(from, 'state_dict, names without "module."');
    assertEquals(leftOut, ['"epoch" (the number 97)', '"optimizer" (a dictionary of 1)']);
    assertEquals(weights.get(FIRST)?.length, 108);
  }
});

Deno.test("importPwcLite() respects offsets, strides and storages that several tensors share", async () => {
  const bias = "feature_pyramid_extractor.convs.0.0.0.bias";
  const files = changed((entries, storages) => {
    // [co, ci, k, k] stored as [k, k, co, ci], as channels-last networks are, five elements in, and the bias among them.
    storages.set("both", floats(Array.from({ length: 120 }, (_, i) => i)));
    const both = storage("both", 120);
    entries[0] = [FIRST, tensor(both, FIRST_SHAPE, { offset: 5, strides: [3, 1, 36, 12] })];
    entries[1] = [bias, tensor(both, [4], { offset: 3, strides: [10] })];
    storages.delete("0");
    storages.delete("1");
  });
  for (const [, bytes] of files) {
    const { weights } = await read(bytes);
    const wanted = Array.from({ length: 108 }, (_, i) => {
      const [co, ci, y, x] = [
        Math.floor(i / 27),
        Math.floor(i / 9) % 3,
        Math.floor(i / 3) % 3,
        i % 3,
      ];
      return 5 + 3 * co + ci + 36 * y + 12 * x;
    });
    assertEquals([...weights.get(FIRST)!], wanted);
    assertEquals([...weights.get(bias)!], [3, 13, 23, 33]);
  }
});

Deno.test("importPwcLite() lists what is missing, superfluous and of another shape", async () => {
  const files = changed((entries, storages) => {
    entries.splice(1, 1);
    entries[0] = [FIRST, tensor(storage("0", 108), [4, 3, 9])];
    entries.push(["flow_estimators.conv6.0.bias", tensor(storage("more", 2), [2])]);
    storages.delete("1");
    storages.set("more", floats([1, 2]));
  });
  for (const [, bytes] of files) {
    const message = await refusal(bytes);
    const lines = [
      "Cannot use x.pth.tar: its weights are not those of PWC-Lite of width 0.04",
      `${FIRST} is [4,3,9], wanted is [4,3,3,3]`,
      "feature_pyramid_extractor.convs.0.0.0.bias [4] is missing",
      "flow_estimators.conv6.0.bias [2] is unknown",
      "n_frames: 2, reduce_dense: true",
    ];
    for (const line of lines) assertStringIncludes(message, line);
    assertEquals(message.split("\n").length, 5);
  }
});

Deno.test("importPwcLite() knows the width by all channels, not by the coarsest alone", async () => {
  // 0.05 has 8 coarsest channels as 1/24 has, but 8 in the first layer of the estimator instead of 4.
  const { entries, storages } = sampleNetwork(0.05);
  const { settings } = await read(zipFile(dictionary(entries), storages));
  assertEquals(settings.width, 0.05);
});

Deno.test("importPwcLite() refuses weights that are no numbers or no tensors", async () => {
  const cases: [change: Parameters<typeof changed>[0], message: string][] = [
    [(_, storages) => {
      storages.set("0", floats(Array(108).fill(NaN)));
    }, `${FIRST} holds NaN at element 0, wanted are numbers`],
    [(entries) => {
      entries[0] = [FIRST, tensor(storage("0", 108, "torch IntStorage"), FIRST_SHAPE)];
    }, "is of torch.IntStorage, wanted are floating-point numbers"],
    [(entries) => {
      entries.push(["epoch", number(3)]);
    }, 'among its weights "epoch" is the number 3, wanted are tensors by name'],
    [(entries) => {
      entries.push(["x".repeat(201), entries[0][1]]);
    }, "a tensor has a name of 201 characters"],
    [() => list(), "it holds a list of 0, wanted is a dictionary"],
    [
      () => dictionary([["epoch", NONE], ["model", text("PWCLite")]]),
      'it holds neither a dictionary state_dict nor tensors; its keys are: "epoch", "model"',
    ],
  ];
  for (const [change, message] of cases) {
    // Storages that no tensor uses are named sooner in the older format.
    const [, zip] = [...changed(change)][1];
    assertStringIncludes(await refusal(zip), message);
  }
});

Deno.test("importPwcLite() refuses files that end too early, at every fiftieth", async () => {
  for (const [format, whole] of changed(() => {})) {
    for (let part = 0; part < 50; part++) {
      const cut = whole.slice(0, Math.floor(whole.length * part / 50));
      const message = await refusal(cut);
      assertStringIncludes(message, "x.pth.tar", `${format}, ${part}/50`);
      assertEquals(message.startsWith("Cannot "), true, message);
    }
  }
});

Deno.test("importPwcLite() refuses a changed byte of a zip archive's weights by its checksum", async () => {
  const [, [, bytes]] = [...changed(() => {})];
  bytes[bytes.indexOf(0x3c, 20_000)] ^= 1;
  assertStringIncludes(await refusal(bytes), "the entry is damaged");
});

Deno.test("importPwcLite() refuses other kinds of files, saying what they are", async () => {
  const none = dictionary([]);
  const entry = (name: string, content: Uint8Array) => [{ name, content }];
  const storages = (...given: [string, Uint8Array][]): Storages => new Map(given);
  const tarHeader = joinBytes(new Uint8Array(257).fill(65), bytesOf("ustar"), new Uint8Array(250));
  const cases: [bytes: Uint8Array, message: string][] = [
    [new Uint8Array(0), "it is empty"],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), "it is compressed by gzip"],
    [tarHeader, "it is a tar archive"],
    [joinBytes(little(2, 8), bytesOf("{}")), "it is not a file of PyTorch's torch.save()"],
    [
      joinBytes(little(9, 8), bytesOf('{"a": {}}')),
      "it is a safetensors file, which needs no import",
    ],
    [bytesOf("<!doctype html>"), "it is a web page"],
    [pickle(number(5)), "its magic number is the number 5, wanted is 119547037146038801333356"],
    [legacyFile(none, new Map(), legacyHead(7n)), "its magic number is the number 7"],
    [
      joinBytes(legacyHead(MAGIC, FALSE), pickle(none)),
      "it was written on a big-endian machine, and only little-endian numbers are read",
    ],
    [joinBytes(legacyHead(MAGIC, NONE), pickle(none)), "it does not say which order"],
    [
      zipFile(none, new Map(), entry("archive/byteorder", bytesOf("big"))),
      'its byteorder is "big"',
    ],
    [zipFile(none, new Map(), entry("b/data.pkl", pickle(none))), "with 2 times FOLDER/data.pkl"],
    [joinBytes(legacyFile(none), Uint8Array.of(0)), "1 bytes lie behind its last storage"],
    [
      legacyFile(none, storages(["9", new Uint8Array(4)])),
      'its list of storages names the text "9", which no tensor uses',
    ],
    [
      legacyFile(storage("9", 3), storages(["9", new Uint8Array(16)])),
      'its storage "9" has 4 elements, its tensors say 3',
    ],
    [legacyFile(storage("9", 3)), 'its list of storages lacks 1 that tensors use, such as "9"'],
  ];
  for (const [bytes, message] of cases) assertStringIncludes(await refusal(bytes), message);
});

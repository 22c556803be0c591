import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { flowToColour } from "../../../pipeline/common/io/colour_wheel.ts";
import { readFlo } from "../../../pipeline/common/io/flo.ts";
import { readKittiFlow } from "../../../pipeline/common/io/kitti_flow.ts";
import { decodePng, encodePng } from "../../../pipeline/common/io/png.ts";
import { colour } from "../../../tools/fuzz/jpeg_samples.ts";
import { meanError, waves } from "../../flow/_waves.ts";
import { filesBelow, inFlowFolder, runFlow, wavesPng } from "./_flow.ts";

const MODEL = ["--model", "m.safetensors"];

Deno.test("deno task flow writes the flow of two pictures in both directions", () =>
  inFlowFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.png"), wavesPng(0, 0));
    await Deno.writeFile(join(folder, "b.png"), wavesPng(1.5, -0.75));
    const outputs = [
      "--out",
      "to/x.flo",
      "--picture",
      "p.png",
      "--occlusion",
      "o.png",
      "--backward",
    ];
    const { code, stdout, stderr } = await runFlow(
      folder,
      ...["a.png", "b.png", ...MODEL, ...outputs, "--refine", "60"],
    );
    assertEquals([code, stderr.replace(/^flow .*\n/gm, "")], [0, ""], stderr);
    const read = (name: string) => Deno.readFile(join(folder, name));
    const { flow, width, height } = readFlo(await read("to/x.flo"), "x");
    assertEquals([width, height], [96, 80]);
    assertLess(meanError(flow, 1.5, -0.75), 0.3);
    assertLess(meanError(readFlo(await read("to/x.backward.flo"), "x").flow, -1.5, 0.75), 0.3);
    const mask = decodePng(await read("o.png"), "o");
    assertEquals([mask.channels, mask.data[0], mask.data[95]], [1, 255, 255]);
    assertEquals(filesBelow(folder), [
      ...["a.png", "b.png", "m.safetensors", "o.backward.png", "o.png", "p.backward.png", "p.png"],
      ...["to/x.backward.flo", "to/x.flo"],
    ]);
    assertMatch(
      stdout,
      /^pictures {3}a\.png, b\.png: 96 x 80 pixels\nadapter {4}\S.*\nmodel {6}m\.saf/,
    );
    const [, first, warm] =
      /\ntime {7}([\d.]+) s(, [\d.]+ s once kernels are compiled)? with 60 steps of ref/.exec(
        stdout,
      )!;
    // What took long is not done twice for a second time.
    assert(warm === undefined ? Number(first) >= 20 : Number(first) <= 20, stdout);
    const [, largest, median] = /\nmotion {5}largest ([\d.]+) px, median ([\d.]+) px\n/.exec(
      stdout,
    )!;
    assert(Math.abs(Number(median) - Math.hypot(1.5, 0.75)) < 0.2, median);
    assert(Number(largest) >= Number(median));
    assertMatch(stdout, /\nagreement {2}forward and back, a pixel is 0\.\d\d px from/);
    const [, maximum] = /wrote .*full colour at ([\d.]+) px\n/.exec(stdout)!;
    assert(Math.abs(Number(maximum) - 2) < 1, maximum);
    const picture = decodePng(await read("p.png"), "p");
    // Full colour is told to a tenth of a pixel.
    const differences = Array.from({ length: 11 }, (_, i) => {
      const expected = flowToColour(flow, 96, 80, Number(maximum) + (i - 5) / 100);
      const sum = expected.reduce((sum, value, k) => sum + Math.abs(value - picture.data[k]), 0);
      return sum / expected.length;
    });
    assertLess(Math.min(...differences), 1);
  }));

Deno.test("deno task flow reads grey, alpha, 16 bits, JPEG and PPM, and writes KITTI's format", () =>
  inFlowFolder(async (folder) => {
    const { width, height, data } = waves(0, 0, 21, 13);
    const grey = data.filter((_, i) => i % 3 === 0);
    const files: Record<string, Uint8Array> = {
      "colour.jpg": colour.file,
      "grey.png": encodePng({ width, height, channels: 1, data: grey }),
      "alpha.png": encodePng({
        width,
        height,
        channels: 4,
        data: Uint16Array.from({ length: 4 * grey.length }, (_, i) => grey[i >> 2] * 257),
      }),
      "plain.ppm": Uint8Array.of(...new TextEncoder().encode("P6 21 13 255\n"), ...data),
    };
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(join(folder, name), bytes);
    }
    for (const [first, second] of [["colour.jpg", "grey.png"], ["plain.ppm", "alpha.png"]]) {
      const { code, stdout, stderr } = await runFlow(
        folder,
        ...[first, second, ...MODEL, "--out", "k.png"],
      );
      // Nothing but how far it is.
      assertEquals([code, stderr.replaceAll(/^flow \d+\/100.*\n/gm, "")], [0, ""]);
      assertStringIncludes(stdout, "21 x 13 pixels");
      const { flow, valid } = readKittiFlow(await Deno.readFile(join(folder, "k.png")), "k");
      assertEquals([flow.length, valid.every((value) => value === 1)], [2 * 21 * 13, true]);
    }
    // Grey and the grey of alpha are the same picture.
    const { stdout } = await runFlow(folder, "grey.png", "alpha.png", ...MODEL);
    assertStringIncludes(
      stdout,
      "The pictures are the same in 8 bits, pixel for pixel: this is the model's error.",
    );
    assertStringIncludes(stdout, "wrote      nothing: --out, --picture and --occlusion name files");
  }));

Deno.test("deno task flow sees the bits that cameras use of 16, in two pictures and in folders", () =>
  inFlowFolder(async (folder) => {
    await Deno.mkdir(join(folder, "clip"));
    for (const [index, picture] of [waves(0, 0, 40, 30), waves(1, 0, 40, 30)].entries()) {
      const size = { width: 40, height: 30, channels: 3 };
      const plain = encodePng({ ...size, data: picture.data });
      const twelve = encodePng({
        ...size,
        data: Uint16Array.from(picture.data, (v) => 16 * v + 3),
      });
      await Deno.writeFile(join(folder, `${index}.png`), plain);
      await Deno.writeFile(join(folder, `clip/${index}.png`), twelve);
    }
    const quick = [...MODEL, "--looks", "1", "--no-sharpen"];
    assertEquals((await runFlow(folder, "0.png", "1.png", ...quick, "--out", "8.flo")).code, 0);
    const deep = await runFlow(folder, "clip/0.png", "clip/1.png", ...quick, "--out", "12.flo");
    assertStringIncludes(
      deep.stdout,
      "depth      16 bits, of which the lower 12 are used: the network sees the upper 8 of these\n",
    );
    const all = await runFlow(folder, "clip", ...quick, "--out", "flows");
    assertStringIncludes(
      all.stdout,
      "1 pair of 16 bits, of which the lower 12 are used: the network sees the upper 8 of these\n",
    );
    const read = (name: string) => Deno.readFile(join(folder, name));
    const [name] = filesBelow(join(folder, "flows/flow"));
    assertEquals(await read("12.flo"), await read("8.flo"));
    assertEquals(await read(`flows/flow/${name}`), await read("8.flo"));
  }));

Deno.test("deno task flow tells of frames what they share in 8 bits alone, and of depths that hardly fit", () =>
  inFlowFolder(async (folder) => {
    const size = { width: 40, height: 30, channels: 1 };
    const write = (name: string, valueAt: (i: number) => number) =>
      Deno.writeFile(
        join(folder, name),
        encodePng({ ...size, data: Uint16Array.from({ length: 1200 }, (_, i) => valueAt(i)) }),
      );
    await write("full1.png", (i) => 54 * i);
    await write("full2.png", (i) => (54 * i) ^ (i === 700 ? 1 : 0));
    await write("twelve.png", (i) => 3 * i);
    await Deno.writeFile(join(folder, "eight.png"), wavesPng(0, 0, 40, 30));
    const quick = [...MODEL, "--looks", "1", "--no-sharpen"];
    const { stdout } = await runFlow(folder, "full1.png", "full2.png", ...quick);
    assertStringIncludes(stdout, "depth      16 bits: the network sees the upper 8 of them\n");
    assertStringIncludes(stdout, "The pictures are the same in 8 bits, pixel for pixel");
    const mixed = await runFlow(folder, "eight.png", "twelve.png", ...quick);
    assertStringIncludes(
      mixed.stdout,
      "One picture has 8 bits, the other does not use all of its 16: they may differ in brightness.",
    );
  }));

Deno.test("deno task flow refuses bad files, and writes nothing then", async (t) => {
  await inFlowFolder(async (folder) => {
    const write = (name: string, bytes: Uint8Array) => Deno.writeFile(join(folder, name), bytes);
    await write("a.png", wavesPng(0, 0));
    await write("b.png", wavesPng(1, 0));
    await write("small.png", wavesPng(0, 0, 40, 30));
    await write("cut.png", wavesPng(0, 0).subarray(0, 900));
    await write("cut.jpg", colour.file.subarray(0, 300));
    await write("text.png", new TextEncoder().encode("<html>"));
    await write(
      "thin.png",
      encodePng({ width: 1, height: 5, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5) }),
    );
    await write(
      "other.png",
      encodePng({ width: 1, height: 5, channels: 1, data: new Uint8Array(5) }),
    );
    await write(
      "bad.safetensors",
      (await Deno.readFile(join(folder, "m.safetensors"))).subarray(0, 999),
    );
    await Deno.mkdir(join(folder, "taken.flo"));
    await Deno.symlink(".", join(folder, "link"));
    await Deno.symlink("nothing.png", join(folder, "gone.png"));
    await Deno.symlink("circle.png", join(folder, "circle.png"));
    const cases: [title: string, args: string[], message: string, code?: number][] = [
      ["no such file", ["a.png", "c.png"], "Cannot read c.png: there is no such file."],
      [
        "a link to nothing",
        ["a.png", "gone.png"],
        `Cannot read gone.png: it is a link to ${folder}/nothing.png, which does not exist. Remove the link, or put`,
      ],
      [
        "a link in a circle",
        ["circle.png", "a.png"],
        "Cannot read circle.png: it is a link that leads in a circle.",
      ],
      [
        "a file for a folder",
        ["a.png", "b.png", ...MODEL, "--out", "a.png/x.flo"],
        "Cannot write a.png/x.flo: ",
      ],
      ["a folder", ["a.png", "taken.flo"], "Cannot read taken.flo: it is no file."],
      [
        "unequal sizes",
        ["a.png", "small.png"],
        "Cannot use small.png: it is 40 x 30, but a.png is 96 x 80.",
      ],
      [
        "too small",
        ["thin.png", "other.png"],
        "Cannot use thin.png: it is 1 x 5, a flow needs 2 x 2 pixels or more.",
      ],
      ["a cut PNG", ["cut.png", "a.png"], "Cannot read cut.png: the PNG is "],
      ["a cut JPEG", ["a.png", "cut.jpg"], "Cannot read cut.jpg: it ends before its picture does."],
      [
        "no picture",
        ["text.png", "a.png"],
        "Cannot read text.png: it does not start like a PNG, JPEG",
      ],
      [
        "no model",
        ["a.png", "b.png", "--model", "n.safetensors"],
        "Cannot read n.safetensors: there is no",
      ],
      [
        "a cut model",
        ["a.png", "b.png", "--model", "bad.safetensors"],
        "Cannot read bad.safetensors",
      ],
      [
        "a checkpoint for a model",
        ["a.png", "b.png", "--model", "w.pth.tar"],
        "Cannot use w.pth.tar as a model: by its name it is a checkpoint of PyTorch. Make a model of it with: " +
        "./run deno task import-weights w.pth.tar",
      ],
      ["a picture for a model", ["a.png", "b.png", "--model", "a.png"], "Cannot read a.png"],
      [
        "a folder in the way",
        ["a.png", "b.png", ...MODEL, "--out", "taken.flo"],
        "Cannot write taken.flo: it is a folder.",
      ],
      [
        "a file for a folder",
        ["a.png", "b.png", ...MODEL, "--picture", "a.png/p.png"],
        "Cannot write a.png/p.png: a part of its path is no folder. Name another file.",
      ],
      ["one picture", ["a.png"], "A folder of pictures needs --out FOLDER", 2],
      [
        "three",
        ["a.png", "b.png", "a.png"],
        "Two pictures or one folder are needed, got 3 names.",
        2,
      ],
      ["an unknown option", ["a.png", "b.png", "--fast"], "Unknown argument --fast.", 2],
      [
        "an ending",
        ["a.png", "b.png", "--out", "x.tif"],
        "--out must end in .flo or .png, got x.tif.",
        2,
      ],
      [
        "an input for output",
        ["a.png", "b.png", "--picture", "./a.png"],
        "Cannot write ./a.png: it is one of the files that are read. Name another.",
      ],
      [
        "the model for output",
        ["a.png", "m.png", "--model", "m.png", "--picture", "m.png"],
        "Cannot write m.png: it is one of the files",
      ],
      [
        "an input by another name",
        ["link/a.png", "b.png", "--picture", "a.png"],
        "Cannot write a.png: it is one of the files that are read. Name another.",
      ],
      [
        "one output twice",
        ["a.png", "b.png", "--out", "x.png", "--picture", "x.png"],
        "Cannot write x.png: two outputs would be one file. Name another.",
      ],
      [
        "one output and the other direction of another",
        [...["a.png", "b.png", "--backward", "--out", "x.png"], "--picture", "x.backward.png"],
        "Cannot write x.backward.png: two outputs",
      ],
      ["no steps", ["a.png", "b.png", "--refine", "ten"], "--refine must be a whole number", 2],
      ["blank steps", ["a.png", "b.png", "--refine", " "], "--refine must be a whole number", 2],
      ["no value", ["a.png", "b.png", "--out"], "--out needs a value, got --model.", 2],
      ["an option twice", ["a.png", "b.png", "--out", "x.flo", "--out", "y.flo"], "--out is", 2],
      ["a scale", ["a.png", "b.png", "--scale", "9"], "--scale must be a number from 0.01 to 4", 2],
    ];
    const before = filesBelow(folder);
    for (const [title, args, message, expected = 1] of cases) {
      await t.step(title, async () => {
        const all = args.includes("--model") ? args : [...args, ...MODEL];
        const last = all.includes("--out") || expected === 2 ? all : [...all, "--out", "x.flo"];
        const { code, stdout, stderr } = await runFlow(folder, ...last);
        assertStringIncludes(stderr, message);
        assertEquals(code, expected);
        assertEquals(stdout, "", "nothing is estimated first");
        assertEquals(filesBelow(folder), before);
      });
    }
  });
});

Deno.test("deno task flow --help says what it is", async () => {
  const { code, stdout } = await runFlow(".", "--help");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "deno task flow FRAME1 FRAME2 [--out x.flo|x.png]");
});

import { assertEquals, assertThrows } from "@std/assert";
import { type ParameterDescription, Parameters } from "../../pipeline/compute/parameters.ts";
import { testGpu } from "../_adapter.ts";

const DESCRIPTIONS: ParameterDescription[] = [
  { name: "first.weight", kind: "weight", shape: [2, 5, 3, 3], inputSegments: [3, 2] },
  { name: "first.bias", kind: "bias", shape: [2, 1, 1, 1], inputSegments: [1] },
  { name: "second.weight", kind: "weight", shape: [6, 2, 1, 1], inputSegments: [2] },
  { name: "second.bias", kind: "bias", shape: [6, 1, 1, 1], inputSegments: [1] },
];

const values = () =>
  new Map(DESCRIPTIONS.map(({ name, shape }, i) => [
    name,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, j) => 1000 * i + j + 1),
  ]));

Deno.test("Parameters keep values by name, weights before biases", async () => {
  const parameters = new Parameters(await testGpu(), DESCRIPTIONS);
  parameters.write(values());
  assertEquals(await parameters.read(), values());
  assertEquals(parameters.all().map(({ name }) => name), DESCRIPTIONS.map(({ name }) => name));
  assertEquals(parameters.weightFloats, 9 * 8 * 4 + 4 * 8);
  assertEquals(parameters.get("first.bias").offset, parameters.weightFloats);
  assertEquals(parameters.floats, parameters.weightFloats + 4 + 8);
});

Deno.test("Parameters list every name that does not fit", async () => {
  const parameters = new Parameters(await testGpu(), DESCRIPTIONS);
  const wrong = values();
  wrong.delete("second.bias");
  wrong.set("third.bias", new Float32Array(2));
  wrong.set("first.bias", new Float32Array(3));
  const error = assertThrows(() => parameters.write(wrong), Error, "second.bias is missing");
  assertEquals(/first.bias has 3 values, wanted are 2/.test(error.message), true);
  assertEquals(/third.bias is unknown/.test(error.message), true);
  assertThrows(
    () => parameters.get("third.bias"),
    Error,
    "no parameter third.bias; it has first.weight",
  );
});

/** Pickles put together opcode by opcode: what is read, and what is refused, by its name and place. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TorchVocabulary } from "../../pipeline/torch/constructors.ts";
import { readPickle } from "../../pipeline/torch/pickle.ts";
import { TensorReference, Tuple, Unused, type Value } from "../../pipeline/torch/values.ts";
import { bytesOf, joinBytes } from "../../tools/fuzz/reader.ts";
import {
  call,
  dictionary,
  keep,
  kept,
  large,
  list,
  little,
  named,
  NONE,
  number,
  type Part,
  pickle,
  repeat,
  storage,
  tensor,
  text,
  TRUE,
  tuple,
} from "../../tools/fuzz/torch_parts.ts";

const SOURCE = { file: "x.pth", part: "data.pkl", mend: "Save it anew." };
const raw = (...bytes: number[]) => Uint8Array.from(bytes);

const read = (...parts: Part[]): Value =>
  readPickle(pickle(...parts), 0, new TorchVocabulary(), SOURCE).value;

function refusal(...parts: Part[]): string {
  return assertThrows(() => read(...parts), Error).message;
}

Deno.test("readPickle() reads plain values, from any place of a file up to their end", () => {
  const bytes = joinBytes(bytesOf("before"), pickle(number(-3)), bytesOf("behind"));
  const at = (start: number) => readPickle(bytes, start, new TorchVocabulary(), SOURCE);
  assertEquals(at(6), { value: -3, end: 6 + 8 });
  const value = read(dictionary([
    ["whole", list(number(2 ** 31 - 1), number(-(2 ** 31)), raw(0x4b, 200), raw(0x4d, 1, 2))],
    ["long", large(-(2n ** 70n))],
    ["short long", raw(0x8a, 2, 0xfe, 0xff)],
    ["no long", raw(0x8a, 0)],
    ["half", joinBytes(bytesOf("G"), raw(0x3f, 0xe0, 0, 0, 0, 0, 0, 0))],
    ["text", text("ä\n\u{1F600}")],
    ["python 2", joinBytes(bytesOf("U"), raw(2, 0x41, 0xe4))],
    ["bytes", joinBytes(bytesOf("C"), raw(2, 0, 255))],
    ["none", tuple(NONE, TRUE, raw(0x89), tuple())],
    ["short", joinBytes(number(1), number(2), raw(0x86))],
  ]));
  assertEquals(
    value,
    new Map<Value, Value>([
      ["whole", [2147483647, -2147483648, 200, 513]],
      ["long", -(2n ** 70n)],
      ["short long", -2],
      ["no long", 0],
      ["half", 0.5],
      ["text", "ä\n\u{1F600}"],
      ["python 2", "Aä"],
      ["bytes", Uint8Array.of(0, 255)],
      ["none", new Tuple([null, true, false, new Tuple([])])],
      ["short", new Tuple([1, 2])],
    ]),
  );
});

Deno.test("readPickle() keeps what is shared, by both kinds of memory", () => {
  assertEquals(read(tuple(keep(list(number(4)), 900), kept(900))), new Tuple([[4], [4]]));
  // MEMOIZE counts.
  const memoized = joinBytes(text("a"), raw(0x94), text("b"), raw(0x94), raw(0x68, 0));
  assertEquals(read(tuple(memoized)), new Tuple(["a", "b", "a"]));
});

Deno.test("readPickle() makes dictionaries, tensors and sizes, and of NumPy what is of no use", () => {
  const pair = tuple(text("a"), number(1));
  assertEquals(read(call("collections OrderedDict", list(pair))), new Map([["a", 1]]));
  // With versions of its layers as attributes.
  const state = joinBytes(call("collections OrderedDict"), dictionary([["v", NONE]]), bytesOf("b"));
  assertEquals(read(state), new Map());
  assertEquals(read(call("torch Size", tuple(number(2), number(3)))), new Tuple([2, 3]));
  assert(
    read(call("numpy.core.multiarray scalar", call("numpy dtype", text("f8")), NONE)) instanceof
      Unused,
  );
  const made = read(call(
    "torch._utils _rebuild_parameter",
    tensor(storage("7", 24), [2, 3], { offset: 5, strides: [1, 4] }),
    TRUE,
    call("collections OrderedDict"),
  )) as TensorReference;
  assert(made instanceof TensorReference);
  assertEquals([made.shape, made.strides, made.offset], [[2, 3], [1, 4], 5]);
  assertEquals([made.storage.key, made.storage.length, made.storage.elements.bytes], ["7", 24, 4]);
});

Deno.test("readPickle() refuses every other name, before anything is made of it", () => {
  const names: [part: Part, shown: string][] = [
    [call("os system", text("echo broken")), "os.system"],
    [call("builtins eval", text("1")), "builtins.eval"],
    [named("torch.nn.modules.conv Conv2d"), "torch.nn.modules.conv.Conv2d"],
    [named("collections defaultdict"), "collections.defaultdict"],
    [named("__proto__ x"), "__proto__.x"],
    [
      joinBytes(text("torch._utils"), text("_import_dotted_name"), raw(0x93)),
      "_import_dotted_name",
    ],
    [named(`${"y".repeat(500)} x`), `${"y".repeat(80)}...`],
  ];
  for (const [part, name] of names) {
    const message = refusal(list(number(1)), part);
    assertStringIncludes(message, "Cannot read x.pth: in its data.pkl, at byte ");
    assertStringIncludes(message, name);
    assertStringIncludes(message, "none of those that files of weights need. Save it anew.");
  }
  // PROTO, its argument, and the list of seven bytes before.
  assertStringIncludes(refusal(list(number(1)), named("os system")), "at byte 10, stands the name");
});

Deno.test("readPickle() refuses every opcode that it does not know, by its name", () => {
  const known = new Set("\x80\x95.N\x88\x89JKM\x8aGX\x8cTUBC()\x85\x86\x87t]ae}suqr\x94hjc\x93RbQ");
  let names = 0;
  for (let opcode = 0; opcode < 256; opcode++) {
    if (known.has(String.fromCharCode(opcode))) continue;
    const message = refusal(raw(opcode));
    const name = /at byte 2, stands the opcode ([A-Z0-9_]+), which no file/.exec(message)?.[1];
    if (name) names++;
    else {assertStringIncludes(
        message,
        `at byte 2, stands ${opcode}, which is no opcode of a pickle`,
      );}
  }
  // Of 68 that Python knows.
  assertEquals(names, 68 - known.size);
  assertStringIncludes(refusal(bytesOf("(iposix\nsystem\n")), "stands the opcode INST");
});

Deno.test("readPickle() says where a pickle ends too early, whatever is asked for", () => {
  const cases: [part: Part, message: string][] = [
    [bytesOf("X\xff"), "bytes are asked for and"],
    [
      joinBytes(bytesOf("B"), little(2 ** 32 - 1, 4)),
      "4294967295 bytes are asked for and 1 are left",
    ],
    [
      joinBytes(bytesOf("X"), little(2 ** 32 - 1, 4)),
      "a text of 4294967295 bytes, at most 1048576",
    ],
    [joinBytes(bytesOf("X"), little(1, 4), raw(0xff)), "stands a text that is not UTF-8"],
    [joinBytes(raw(0x95), little(2n ** 63n, 8)), "a frame of 9223372036854775808 bytes begins"],
    [bytesOf("cos"), "a line has no end; it is truncated"],
    [raw(0x80, 9), "says that it is of protocol 9"],
    [bytesOf("t"), "a mark is missing from the stack"],
    [bytesOf("0"), "stands the opcode POP"],
    [raw(0x85), "a value is missing from the stack"],
    [kept(5), "value 5 is asked for, and was never kept"],
    [joinBytes(number(1), number(2), bytesOf("a")), "values are appended to the number 1"],
    [joinBytes(list(), bytesOf("("), text("k"), bytesOf("u")), "items are set in a list of 0"],
    [joinBytes(dictionary([]), bytesOf("("), text("k"), bytesOf("u")), "a key has no value"],
    [joinBytes(list(), dictionary([]), bytesOf("b")), "a list of 0 is given a state"],
    [joinBytes(list(), tuple(), bytesOf("R")), "a list of 0 is called with a tuple of 0"],
    [joinBytes(named("torch FloatStorage"), tuple(), bytesOf("R")), "torch.FloatStorage is called"],
    [dictionary([["a", NONE], ["a", NONE]]), 'the text "a" is a key twice in one dictionary'],
    [joinBytes(dictionary([]), list(), NONE, bytesOf("s")), "a list of 0 is a key"],
  ];
  for (const [part, message] of cases) assertStringIncludes(refusal(part), message);
});

Deno.test("readPickle() refuses values that hold themselves, and takes shared ones in no time", () => {
  assertStringIncludes(
    refusal(keep(list(), 1), kept(1), bytesOf("a")),
    "ends a value, a list of 1, that holds itself",
  );
  const inner = joinBytes(keep(dictionary([]), 1), text("a"), tuple(list(kept(1))), bytesOf("s"));
  assertStringIncludes(refusal(inner), "ends a value, a dictionary of 1, that holds itself");
  // 10^60 tuples if each were walked through by itself.
  const laughs = Array.from({ length: 60 }, (_, i) => keep(tuple(repeat(kept(i), 10)), i + 1));
  assertEquals((read(keep(list(), 0), ...laughs) as Tuple).items.length, 10);
  const deep = read(repeat(bytesOf("]"), 100_000), repeat(bytesOf("a"), 99_999));
  assertEquals((deep as Value[]).length, 1);
  assertStringIncludes(refusal(repeat(NONE, 1_000_001)), "it has more than 1000000 opcodes");
});

Deno.test("readPickle() refuses storages and tensors that are none", () => {
  const stored = storage("0", 6);
  const id = (...parts: Part[]) => joinBytes(tuple(...parts), bytesOf("Q"));
  const float = named("torch FloatStorage");
  const cases: [part: Part, message: string][] = [
    [joinBytes(text("x"), bytesOf("Q")), 'stands for the text "x" outside of the pickle'],
    [id(text("storage"), number(1), text("0")), "outside of the pickle, which is no storage"],
    [
      id(text("storage"), named("torch Size"), text("0"), NONE, number(1)),
      "of the type torch.Size",
    ],
    [id(text("storage"), float, text("0"), NONE, number(-1)), "wanted is a whole number from 0 on"],
    [id(text("storage"), float, text("0"), NONE), 'the storage "0" holds None'],
    [id(text("storage"), float, text("0"), NONE, number(1), tuple()), "a part of another one"],
    [
      tuple(stored, storage("0", 7)),
      'the storage "0" has 7 elements of torch.FloatStorage, and else',
    ],
    [tuple(stored, storage("0", 6, "torch IntStorage")), "and elsewhere 6 of torch.FloatStorage"],
    [call("torch._utils _rebuild_tensor_v2"), "a tensor is made of None, wanted is a storage"],
    [call("torch._utils _rebuild_parameter", NONE), "a parameter is made of None"],
    [
      tensor(stored, [7]),
      "a tensor [7] with offset 0 and strides [1] ends behind its storage of 6",
    ],
    [tensor(stored, [2, 2], { offset: 2 }), ""],
    [tensor(stored, [2, 2], { strides: [5, 1] }), "strides [5,1] ends behind its storage"],
    [tensor(stored, [2, 2], { strides: [-1, 1] }), "the strides of a tensor holds the number -1"],
    [tensor(stored, [2], { strides: [1, 1] }), "has the shape [2] and the strides [1,1]"],
    [tensor(stored, Array(17).fill(1)), "the shape of a tensor has 17 sides"],
    [
      call("collections OrderedDict", list(tuple(text("a")))),
      "an entry of an OrderedDict is a tuple",
    ],
  ];
  for (const [part, message] of cases) {
    if (message === "") assert(read(part) instanceof TensorReference);
    else assertStringIncludes(refusal(part), message);
  }
  const empty = read(tensor(stored, [0, 2 ** 30], { strides: [2 ** 30, 1] }));
  assert(empty instanceof TensorReference);
});

import { assertEquals } from "@std/assert";
import { parseRequest } from "../../../commands/flow/arguments.ts";

Deno.test("deno task flow sharpens unless told not to, pairs and folders", () => {
  const sharpenOf = (...args: string[]) => {
    const request = parseRequest(args);
    if (request === "help" || "wrong" in request) return request;
    return request.sharpen;
  };
  assertEquals(sharpenOf("a.png", "b.png"), true);
  assertEquals(sharpenOf("a.png", "--no-sharpen", "b.png"), false);
  assertEquals(sharpenOf("clip", "--out", "flows", "--no-sharpen"), false);
  assertEquals(sharpenOf("a.png", "b.png", "--no-sharpen=x"), {
    wrong: '--no-sharpen takes no value, got "x".',
  });
});

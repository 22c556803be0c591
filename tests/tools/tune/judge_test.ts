import { assertEquals } from "@std/assert";
import { judge } from "../../../tools/tune/judge.ts";

const timed = (name: string, ...rounds: number[]) => ({ name, rounds });

Deno.test("judge() takes the fastest of those that beat the rules by 5 % in both rounds", () => {
  const rule = timed("rule", 100, 200);
  const fast = timed("fast", 90, 150), faster = timed("faster", 94, 100);
  assertEquals(judge(rule, [fast, faster]), { winner: faster, next: fast });
  assertEquals(judge(rule, [timed("slow", 120, 300), fast]), { winner: fast, next: rule });
});

Deno.test("judge() leaves it to the rules where one round is less than 5 % better", () => {
  const rule = timed("rule", 100, 100);
  assertEquals(judge(rule, [timed("lucky", 10, 96), timed("unlucky", 95.5, 20)]), undefined);
  assertEquals(judge(rule, [timed("just", 95, 95)])?.winner.name, "just");
  assertEquals(judge(rule, []), undefined);
});

Deno.test("judge() does not take a faster kernel that one round was lucky for", () => {
  const rule = timed("rule", 100, 100), steady = timed("steady", 80, 80);
  const { winner, next } = judge(rule, [timed("lucky", 1, 99), steady])!;
  assertEquals([winner.name, next.name], ["steady", "lucky"]);
});

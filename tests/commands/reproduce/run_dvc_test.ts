/**
 * ./run dvc in a small project, with the real DVC: its dvc.lock is so large that writing it takes a while, in which DVC is
 * stopped; what a full disk leaves of .dvc/tmp/rwlock; a changed data.dvc.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { decoded, waitUntil } from "./_program.ts";
import { inToy } from "./_toy.ts";

Deno.test("./run dvc notes a finished stage before it obeys a signal, and none runs twice", (t) =>
  inToy(async (toy) => {
    const cases = [
      ["2", "SIGINT", "group"],
      ["3", "SIGTERM", "./run"],
      ["4", "SIGHUP", "group"],
    ] as const;
    for (const [source, signal, to] of cases) {
      await t.step(`${signal} to ${to}`, async () => {
        toy.ran();
        toy.write("source", `${source}\n`);
        const child = toy.start(["repro"]);
        let said = "";
        const reading = (async () => {
          for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) said += text;
        })();
        // The second time, after first, it is the lock of second that DVC is about to write.
        await waitUntil("second is noted", () => said.split("Updating lock file").length === 3);
        Deno.kill(to === "group" ? -child.pid : child.pid, signal);
        const { code } = await child.status;
        await reading;
        const errors = await new Response(child.stderr).text();
        assert(code !== 0, said);
        assert(!errors.includes("back as"), errors);
        assertEquals(toy.ran(), ["first", "second"]);
        const again = await toy.dvc("repro");
        assertEquals(again.code, 0, again.stderr);
        assertStringIncludes(again.stdout, "Stage 'first' didn't change");
        assertStringIncludes(again.stdout, "Stage 'second' didn't change");
        assertEquals(toy.ran(), ["third"]);
        assertEquals(toy.read("third.txt"), `${source}\n`);
        assertEquals(
          [...Deno.readDirSync(toy.folder)].filter(({ name }) => name.endsWith(".new")),
          [],
        );
      });
    }
  }, t));

Deno.test("SIGTERM and SIGHUP to ./run dvc reach the stage, which is waited for while it saves", (t) =>
  inToy(async (toy) => {
    toy.write(
      "dvc.yaml",
      `stages:
  saves:
    cmd: sh save.sh
    deps: [save.sh]
    outs: [saves.txt: {cache: false}]
`,
    );
    toy.write(
      "save.sh",
      `save() { sleep 1; echo "$1" > .cache/saved; exit "$1"; }
trap 'save 143' TERM
trap 'save 129' HUP
echo > .cache/started
while :; do sleep 0.05; done
`,
    );
    const exists = (path: string) =>
      [...Deno.readDirSync(join(toy.folder, ".cache"))]
        .some(({ name }) => name === path);
    // To ./run alone, and as `timeout` sends it, to all of them.
    // SHELL is what DVC starts a stage's command with; dash, often /bin/sh, waits beside the program where bash makes room.
    const cases = [
      ["TERM", "./run", 143, "/bin/sh"],
      ["HUP", "./run", 129, "/bin/bash"],
      ["TERM", "group", 143, "/bin/sh"],
    ] as const;
    for (const [signal, to, status, shell] of cases) {
      await t.step(`${signal} to ${to}, ${shell}`, async () => {
        for (const name of ["saved", "started"].filter(exists)) {
          Deno.removeSync(join(toy.folder, ".cache", name));
        }
        const child = toy.start(["repro"], ".", { SHELL: shell });
        await waitUntil("the stage runs", () => exists("started"));
        const target = to === "group" ? `-${child.pid}` : `${child.pid}`;
        await new Deno.Command("kill", { args: [`-${signal}`, "--", target] }).output();
        const { code } = decoded(await child.output());
        assertEquals(code, status);
        assertEquals(toy.read(".cache/saved"), `${status}\n`);
      });
    }
  }, t));

Deno.test("a dvc without the changes of tools/whole_lock.py is cut, and ./run dvc puts the last finished stage back", (t) =>
  inToy(async (toy) => {
    const lock = join(toy.folder, "dvc.lock");
    const usual = Deno.statSync(lock).size;
    toy.ran();
    toy.write("source", "2\n");
    // Python without its .pth files, and with the path that they leave.
    const packages = decoded(
      await new Deno.Command("python", {
        args: ["-c", "import dvc, os; print(os.path.dirname(os.path.dirname(dvc.__file__)))"],
      }).output(),
    ).stdout.trim();
    Deno.mkdirSync(join(toy.folder, ".cache/bin"));
    const script = `#!/bin/sh\nexec env PYTHONPATH='${packages}' python -S -m dvc "$@"\n`;
    Deno.writeTextFileSync(join(toy.folder, ".cache/bin/dvc"), script, { mode: 0o755 });
    toy.hold("second");
    const child = toy.start(["repro"], ".", {
      PATH: `${join(toy.folder, ".cache/bin")}:${Deno.env.get("PATH")}`,
    });
    const output = child.output();
    await waitUntil("second runs", () => toy.read(".cache/ran") === "first\nsecond\n");
    const copy = () => JSON.parse(toy.read(".cache/lock_copies/dvc.lock.json")).text;
    await waitUntil("what first has noted is copied", () => copy() === toy.read("dvc.lock"));
    toy.letGo("second");
    await waitUntil("its lock is written", () => Deno.statSync(lock).size < usual / 2);
    Deno.kill(-child.pid, "SIGINT");
    const { stderr } = decoded(await output);
    assertMatch(
      stderr,
      /dvc\.lock (is empty|ends|is not|has no).* It is back as of the last stage/,
    );
    toy.ran();
    const again = await toy.dvc("repro");
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stdout, "Stage 'first' didn't change");
    assertEquals(toy.ran(), ["second", "third"]);
  }, t));

Deno.test("./run dvc mends what it finds, says so, and loses no text", (t) =>
  inToy(async (toy, t) => {
    const whole = toy.read("dvc.lock");
    for (const length of [0, 529, 8192, whole.indexOf("  third:")]) {
      await t.step(`dvc.lock of ${length} bytes`, async () => {
        const cut = whole.slice(0, length);
        toy.write("dvc.lock", cut);
        const { code, stderr } = await toy.dvc("status", "-q");
        assertEquals([code, toy.read("dvc.lock") === whole], [0, true], stderr);
        assertMatch(
          stderr,
          /^\.\/run: dvc\.lock .*: DVC was stopped while it wrote it\. It is back/,
        );
        assertEquals(toy.read(".cache/lock_copies/dvc.lock.damaged"), cut);
      });
    }
    await t.step("without a copy, the committed one", async () => {
      Deno.removeSync(join(toy.folder, ".cache/lock_copies"), { recursive: true });
      toy.write("dvc.lock", "");
      const { stderr } = await toy.dvc("status", "-q");
      assertStringIncludes(
        stderr,
        "dvc.lock is empty: DVC was stopped while it wrote it. It is back as committed.",
      );
      assertEquals(toy.read("dvc.lock"), whole);
    });
    await t.step("a merge's conflict is left to the person", async () => {
      const conflict = whole.replace(
        "  second:\n",
        "<<<<<<< HEAD\n  second:\n=======\n>>>>>>> b\n",
      );
      toy.write("dvc.lock", conflict);
      const { code } = await toy.dvc("status", "-q");
      assertEquals([code === 0, toy.read("dvc.lock") === conflict], [false, true]);
      toy.write("dvc.lock", whole);
    });
    for (const cut of ["", '{"write": {"/a/b": {"pid": 12']) {
      await t.step(`.dvc/tmp/rwlock cut to ${cut.length} bytes`, async () => {
        toy.write(".dvc/tmp/rwlock", cut);
        const { code, stderr } = await toy.dvc("repro", "-q");
        assertEquals(code, 0, stderr);
        assertEquals(
          stderr,
          "./run: .dvc/tmp/rwlock, in which DVC notes what it uses, was cut (was the disk full?). " +
            "No DVC is running here, so it is removed.\n",
        );
        assertEquals(toy.ran().slice(-3), cut === "" ? ["first", "second", "third"] : []);
      });
    }
    await t.step(".dvc/tmp/rwlock is left alone while DVC runs a stage", async () => {
      toy.write("source", "5\n");
      toy.hold("second");
      const child = toy.start(["repro"]);
      const output = child.output();
      await waitUntil("second runs", () => toy.read(".cache/ran") === "first\nsecond\n");
      const text = toy.read(".dvc/tmp/rwlock");
      assertStringIncludes(text, '"pid"');
      toy.write(".dvc/tmp/rwlock", text.slice(0, 20));
      const status = toy.start(["status", "-q"]);
      const sentence =
        /rwlock, .* is cut\. It is left alone, as DVC is running here \(process \d+\)/;
      let stderr = "";
      for await (const said of status.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += said;
        // Before second has ended, when DVC reads the file again.
        if (sentence.test(stderr)) toy.write(".dvc/tmp/rwlock", text);
      }
      await status.stdout.cancel();
      await status.status;
      toy.letGo("second");
      assertMatch(stderr, sentence);
      const ended = decoded(await output);
      assertEquals(ended.code, 0, ended.stderr);
    });
    await t.step("exit status, arguments and folder are those of DVC", async () => {
      const root = decoded(await toy.start(["root"], "inner").output());
      assertEquals([root.code, root.stdout, root.stderr], [0, "..\n", ""]);
      assertEquals((await toy.dvc("no-such-command")).code, 254);
    });
  }, t));

Deno.test("./run dvc says how to get the embedded sample back after a failed download", (t) =>
  inToy(async (toy) => {
    Deno.mkdirSync(join(toy.folder, "data"));
    toy.write("data/a.zip", "right");
    toy.write(
      "dvc.yaml",
      `stages:
  download:
    cmd: mkdir -p results/download && grep right data/a.zip && touch results/download/manifest.json
    deps: [data]
    outs: [results/download]
`,
    );
    await toy.must("dvc", "add", "-q", "data");
    await toy.must("dvc", "remote", "add", "-q", "-d", "kept", join(toy.folder, ".cache/remote"));
    await toy.must("dvc", "repro", "-q");
    await toy.must("dvc", "push", "-q");
    await toy.commit();
    Deno.removeSync(join(toy.folder, "data/a.zip"));
    toy.write("data/a.zip", "wrong");
    const failed = await toy.dvc("repro");
    assert(failed.code !== 0);
    const [, remedy] = failed.stderr.match(/^\.\/run: data\.dvc is not what .*:\n {2}(.*)\n$/m)!;
    assertEquals(remedy, "git checkout data.dvc && ./run dvc pull --force data.dvc");
    for (const command of remedy.replace("./run ", "").split(" && ")) {
      await toy.must(...command.split(" "));
    }
    assertEquals(toy.read("data/a.zip"), "right");
    const mended = await toy.dvc("repro");
    assertEquals([mended.code, mended.stderr], [0, ""]);
  }, t));

Deno.test("./run dvc refuses what lies in archives/ and DVC would skip or end at, before DVC starts", (t) =>
  inToy(async (toy, t) => {
    Deno.mkdirSync(join(toy.folder, "archives/frames/a"), { recursive: true });
    const cases: [target: string, path: string, message: string][] = [
      [
        "gone",
        "archives/x.zip",
        `Cannot read archives/x.zip: it is a link to archives/gone, which does not exist. Remove the link,`,
      ],
      [
        "a",
        "archives/frames/b",
        "Cannot use archives/frames/b: it is a link to the folder " +
        `${await Deno.realPath(
          toy.folder,
        )}/archives/frames/a, and DVC does not look into linked folders`,
      ],
    ];
    for (const [target, path, message] of cases) {
      await t.step(path, async () => {
        Deno.symlinkSync(target, join(toy.folder, path));
        for (const command of ["repro", "status", "exp run --queue", "queue start"]) {
          const { code, stdout, stderr } = await toy.dvc(...command.split(" "));
          assertEquals([code, stdout, stderr.slice(0, message.length)], [1, "", message]);
        }
        assertEquals((await toy.dvc("root")).code, 0);
        Deno.removeSync(join(toy.folder, path));
      });
    }
    assertEquals(toy.ran(), ["first", "second", "third"]);
  }, t));

"""DVC loses nothing that is finished: what it writes is whole or not there, signals wait until a stage is noted, and a value of
a matrix, which stands in the paths of outputs, cannot lead to another folder, which DVC would delete.

DVC 3.67 truncates dvc.lock and writes it again, and obeys signals meanwhile; at SIGTERM it ends and leaves its stage running,
which here gets the signal, saves, and is waited for. A DVC that is killed cannot pass anything on: on Linux its stage gets a
SIGTERM from the system. Set-up copies this file into .venv, with a .pth that imports it whenever Python starts there, so
that it holds for every dvc: of ./run, of queues, of Slurm jobs. It waits for five modules of DVC to be imported and costs
nothing else. A DVC that does so by itself makes it superfluous.
"""

import importlib.abc
import importlib.util
import os
import re
import sys


class Deferred:
    """Keeps SIGTERM and SIGHUP back from the start of a stage's command until dvc.lock is written, SIGINT from its end on."""

    handlers = None
    waiting = None
    child = None

    def begin(self, command=False):
        import signal

        # While a command runs, SIGINT reaches it by itself, and DVC ignores it.
        numbers = [signal.SIGTERM, signal.SIGHUP] + ([] if command else [signal.SIGINT])
        self.handlers = self.handlers or {}
        for number in numbers:
            if number in self.handlers:
                continue
            try:
                handler = signal.getsignal(number)
                # What is ignored stays ignored (nohup), what another language handles stays there.
                if handler not in (None, signal.SIG_IGN):
                    signal.signal(number, self.remember)
                    self.handlers[number] = handler
            except ValueError:  # not the main thread, which alone gets signals
                pass

    def remember(self, number, _frame):
        self.waiting = self.waiting or number
        if self.child is not None:
            self.child.send_signal(number)

    def end(self):
        import signal

        handlers, self.handlers = self.handlers or {}, None
        for number, handler in handlers.items():
            signal.signal(number, handler)
        number, self.waiting = self.waiting, None
        if number is not None:
            os.kill(os.getpid(), number)


deferred = Deferred()


def whole_files(module):
    """dvc.utils.serialize._common: a file beside the old one, which it then replaces."""
    original = module._dump_data

    def dump_whole(path, data, dumper, fs=None, **arguments):
        if fs is not None and fs.protocol != "local":
            return original(path, data, dumper, fs=fs, **arguments)
        target = os.path.realpath(path)
        temporary = f"{target}.{os.getpid()}.new"
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                dumper(data, file, **arguments)
                file.flush()
                os.fsync(file.fileno())
            if os.path.exists(target):
                os.chmod(temporary, os.stat(target).st_mode & 0o7777)
            os.replace(temporary, target)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise

    module._dump_data = dump_whole


# A program and its arguments in one line, of which a shell would make nothing else; in a first word = would set a variable.
PROGRAM = re.compile(r"[ \t]*([\w@%+:,./-]+)([ \t]+[\w@%+=:,./-]+)*[ \t]*")
# A shell's own may differ from the program of that name.
OWN = {"echo", "false", "kill", "printf", "pwd", "test", "time", "true"}


def in_place_of_the_shell(command):
    """Some shells (dash) wait beside the only program of a command, and keep the signals that are meant for it."""
    import shutil

    program = PROGRAM.fullmatch(command)
    alone = program and program[1] not in OWN and shutil.which(program[1])
    return f"exec {command}" if alone else command


def ends_with(parent):
    """What a new process does before its program starts: on Linux it asks for SIGTERM at the end of its parent (of the
    thread, which waits for it). A stage looks for its parent, too, but takes for it whom it finds when it first looks."""
    import signal

    try:
        from ctypes import CDLL, c_ulong

        prctl = CDLL(None).prctl
    except (ImportError, OSError, TypeError, AttributeError):  # another system
        return None
    set_parent_death_signal, number = 1, c_ulong(signal.SIGTERM)

    def ask():
        # Until the program starts, a handler of DVC would take the signal and do nothing with it here.
        if signal.getsignal(signal.SIGTERM) != signal.SIG_IGN:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        prctl(set_parent_death_signal, number)
        if os.getppid() != parent:  # it ended before
            os._exit(128 + signal.SIGTERM)

    return ask


def signals_reach_the_command(module):
    """dvc.stage.run"""
    original, make_cmd, subprocess = module.cmd_run, module._make_cmd, module.subprocess

    class Popen(subprocess.Popen):
        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, preexec_fn=ends_with(os.getpid()), **keywords)
            deferred.child = self
            if deferred.waiting is not None:  # it came while this was starting
                self.send_signal(deferred.waiting)

    class Module:
        def __getattr__(self, name):
            return Popen if name == "Popen" else getattr(subprocess, name)

    def cmd_run(stage, dry=False, run_env=None):
        if dry:
            return original(stage, dry=dry, run_env=run_env)
        deferred.begin(command=True)
        try:
            original(stage, dry=dry, run_env=run_env)
        finally:
            deferred.child = None
        deferred.begin()

    module._make_cmd = lambda executable, command: make_cmd(
        executable, command if executable is None else in_place_of_the_shell(command)
    )
    module.subprocess = Module()
    module.cmd_run = cmd_run


def signals_wait_no_longer_after_failure(module):
    """dvc.stage"""
    original = module.Stage.reproduce

    def reproduce(self, *arguments, **keywords):
        try:
            return original(self, *arguments, **keywords)
        except BaseException:
            deferred.end()
            raise

    module.Stage.reproduce = reproduce


def signals_wait_for_lock(module):
    """dvc.dvcfile"""
    original = module.Lockfile.dump_stages

    def dump_stages(self, stages, **keywords):
        deferred.begin()
        try:
            return original(self, stages, **keywords)
        finally:
            deferred.end()

    module.Lockfile.dump_stages = dump_stages


def values_are_plain_names(module):
    """dvc.parsing: DVC 3.67 deletes the outputs of a stage before it runs it, even outside of the repository, and before it
    looks whether there is anything to run it with; so this cannot wait for a stage that checks parameters."""
    original = module.MatrixDefinition._resolve_matrix_data

    def unsafe(node):
        """The first value in a tree of lists and sections that is more, or less, than a name."""
        if hasattr(node, "data"):
            inner = node.data.values() if isinstance(node.data, dict) else node.data
            return next((found for found in map(unsafe, inner) if found is not None), None)
        text = str(node)
        return node if text in ("", ".", "..") or "/" in text or "\\" in text else None

    def resolve(self):
        lists = original(self)
        for key, values in lists.items():
            value = unsafe(values)
            if value is None:
                continue
            meta = getattr(value, "meta", None)
            written = meta and meta.source
            where = f"{meta.path()} of {meta.source}" if written else f"{key} in the matrix of {self.relpath}"
            raise module.ResolveError(
                f'Cannot use {where}: "{value}" is no plain name. It is a part of the paths that the stages '
                f"{self.name} of {self.relpath} write, and DVC would delete another folder. "
                "Correct the file, or the -S option of dvc exp run"
            )
        return lists

    module.MatrixDefinition._resolve_matrix_data = resolve


CHANGES = {
    "dvc.utils.serialize._common": whole_files,
    "dvc.stage.run": signals_reach_the_command,
    "dvc.stage": signals_wait_no_longer_after_failure,
    "dvc.dvcfile": signals_wait_for_lock,
    "dvc.parsing": values_are_plain_names,
}


class Changing(importlib.abc.MetaPathFinder):
    """Finds these modules as always, and changes each once it is loaded."""

    looking = False

    def find_spec(self, name, _path=None, _target=None):
        if name not in CHANGES or self.looking:
            return None
        self.looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.looking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            CHANGES[name](module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Changing())

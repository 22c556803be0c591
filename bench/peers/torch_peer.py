"""What the PyTorch programs share: settings from the first line of standard input, then timings on demand, as JSON lines."""

import json
import platform
import struct
import sys
import time

import torch

DTYPE_OF_FILE = "F32"
ROUNDS = 5
ROUND_SECONDS = 0.05
MOST_RUNS = 100


def choose_device(settings):
    """CUDA, without TF32, when the other side computes on a GPU too and there is CUDA; else the CPU, on all its threads."""
    torch.set_num_threads(settings["threads"])
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    # All sizes stay the same: cuDNN may try its kernels in the first run and keep the fastest.
    torch.backends.cudnn.benchmark = True
    if settings["device"] == "gpu" and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


def place(tensor, device):
    """On the device, four-dimensional ones with channels last, which oneDNN and cuDNN convolve fastest."""
    if tensor.ndim == 4:
        return tensor.to(device, memory_format=torch.channels_last)
    return tensor.to(device)


def device_name(device):
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else "cpu"


def read_safetensors(path, device):
    """All tensors of a file by name, float32, on the device: read here, since a Python with CUDA need not have safetensors."""
    with open(path, "rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != DTYPE_OF_FILE:
            raise ValueError(f"Cannot read {path}: {name} is {entry['dtype']}, wanted is F32.")
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        # Cloned: a view would begin where no vector instruction likes to.
        tensors[name] = place(values.reshape(entry["shape"]).clone(), device)
    return tensors


def wait(device):
    """Until the device has done all that it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(run, device):
    """The median of some rounds, each of so many runs that waiting does not matter."""

    def timed(count):
        wait(device)
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait(device)
        return (time.perf_counter() - start) / count

    timed(2)
    count = max(1, min(MOST_RUNS, round(ROUND_SECONDS / max(1e-6, timed(2)))))
    return sorted(timed(count) for _ in range(ROUNDS))[ROUNDS // 2]


def say(values):
    print(json.dumps(values), flush=True)


def serve(prepare):
    """
    Answers until standard input ends. `prepare(settings, device)` gives what the other side compares, and a function that
    runs once; its answer is waited for.
    """
    settings = json.loads(sys.stdin.readline())
    device = choose_device(settings)
    results, run = prepare(settings, device)

    versions = {"torch": torch.__version__, "python": platform.python_version()}
    say({"results": results, "versions": versions, "device": device_name(device)})
    for line in sys.stdin:
        count = json.loads(line)["count"]
        wait(device)
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait(device)
        say({"milliseconds": 1000 * (time.perf_counter() - start) / count})

"""What PyTorch reaches on the device: square products of float32, TF32 off, and a copy. Settings from standard input, JSON lines out."""

import json
import sys

import torch
from torch_peer import choose_device, say, seconds_of


def main():
    settings = json.loads(sys.stdin.read())
    device = choose_device(settings)
    for side in settings["sides"]:
        a, b = (torch.rand(side, side, device=device) for _ in range(2))
        out = torch.empty_like(a)
        seconds = seconds_of(lambda: torch.mm(a, b, out=out), device)
        say({"what": f"torch.mm {side}", "rate": 2e-9 * side**3 / seconds, "unit": "GFLOP/s"})
    source = torch.rand(settings["copyBytes"] // 4, device=device)
    target = torch.empty_like(source)
    seconds = seconds_of(lambda: target.copy_(source), device)
    say({"what": "torch copy", "rate": 2e-9 * settings["copyBytes"] / seconds, "unit": "GB/s"})


main()

"""
Convolutions and their gradients in PyTorch, pass by pass, in both layouts of memory. Settings from standard input; a JSON line
for each time, in microseconds.
"""

import json
import sys

import torch
import torch.nn.functional as F
from torch_peer import choose_device, say, seconds_of

LAYOUTS = {"channels_first": torch.contiguous_format, "channels_last": torch.channels_last}


def passes_of(layer, device, layout):
    """By name, what computes each pass of a layer; without the gradient of the input where nobody wants it."""
    batch, height, width = (layer[key] for key in ("batch", "height", "width"))
    side, stride, dilation = (layer[key] for key in ("kernel", "stride", "dilation"))
    padding = dilation * (side // 2)

    def noise(*shape):
        return (torch.rand(*shape, device=device) - 0.5).to(memory_format=layout)

    image = noise(batch, layer["input"], height, width)
    weight = noise(layer["output"], layer["input"], side, side)
    bias = torch.rand(layer["output"], device=device)
    gradient = noise(*F.conv2d(image, weight, bias, stride, padding, dilation).shape)

    def backward(*wanted):
        return torch.ops.aten.convolution_backward(
            *(gradient, image, weight, [layer["output"]]),
            *([stride] * 2, [padding] * 2, [dilation] * 2, False, [0, 0], 1, list(wanted)),
        )

    passes = {
        "forward": lambda: F.conv2d(image, weight, bias, stride, padding, dilation),
        "dInput": lambda: backward(True, False, False),
        "dWeight": lambda: backward(False, True, True),
    }
    if layer["first"]:
        del passes["dInput"]
    return passes


def main():
    settings = json.loads(sys.stdin.read())
    device = choose_device(settings)
    with torch.no_grad():
        for index, layer in enumerate(settings["layers"]):
            for name, layout in LAYOUTS.items():
                for name_of_pass, run in passes_of(layer, device, layout).items():
                    us = 1e6 * seconds_of(run, device)
                    say({"layer": index, "pass": name_of_pass, "layout": name, "us": us})


main()

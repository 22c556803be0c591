"""The convolution of convolution_size.ts with its gradients in PyTorch."""

import torch
import torch.nn.functional as F

from torch_peer import read_safetensors, serve


def prepare(settings, device):
    tensors = read_safetensors(settings["inputs"], device)
    operands = [tensors[name].requires_grad_() for name in ("input", "weight", "bias")]
    seed = tensors["seed"]

    def run():
        output = F.conv2d(*operands, padding=1)
        return output, *torch.autograd.grad(output, operands, seed)

    output, d_input, d_weight, d_bias = (value.double().norm().item() for value in run())
    return {"output": output, "d_input": d_input, "d_weight": d_weight, "d_bias": d_bias}, run


serve(prepare)

"""
Writes weights as training programs save them with torch.save(), in both formats of file, and beside each what is in it,
as safetensors: write_checkpoints.py WEIGHTS.safetensors FOLDER
"""
import collections
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

weights = load_file(sys.argv[1])
folder = Path(sys.argv[2])


def save(name, value, tensors=weights, **options):
    """tensors: what is in it, of any type"""
    plain = {key: tensor.detach().float().contiguous() for key, tensor in tensors.items()}
    save_file(plain, folder / f"{name}.safetensors")
    torch.save(value, folder / f"{name}.zip.pth", **options)
    torch.save(value, folder / f"{name}.legacy.pth", _use_new_zipfile_serialization=False, **options)


def converted(change):
    return collections.OrderedDict((name, change(tensor)) for name, tensor in weights.items())


class Network(torch.nn.Module):
    """Has these parameters by these names, in modules of modules."""

    def __init__(self):
        super().__init__()
        for name, tensor in weights.items():
            *path, last = name.split(".")
            module = self
            for part in path:
                if part not in module._modules:
                    module.add_module(part, torch.nn.Module())
                module = module._modules[part]
            module.register_parameter(last, torch.nn.Parameter(tensor.clone()))


network = Network()
save("state_dict", network.state_dict())

optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
sum(parameter.square().sum() for parameter in network.parameters()).backward()
save(
    "training",
    {
        "epoch": 97,
        "state_dict": torch.nn.DataParallel(network).state_dict(),
        "optimizer": optimiser.state_dict(),
        "best_EPE": numpy.float64(2.5),
        "lr": 1e-4,
        "done": False,
    },
)
optimiser.step()
after = {name: tensor.clone() for name, tensor in network.state_dict().items()}
save("trained", {"state_dict": network.state_dict(), "optimizer": optimiser.state_dict()}, after)
save("parameters", dict(Network().named_parameters()))

flat = torch.cat([tensor.flatten() for tensor in weights.values()])
parts = flat.split([tensor.numel() for tensor in weights.values()])
save(
    "shared",
    {name: part.view(tensor.shape) for (name, tensor), part in zip(weights.items(), parts)},
)
save(
    "channels_last",
    converted(lambda t: t.to(memory_format=torch.channels_last) if t.ndim == 4 else t),
)
for name, dtype in ("half", torch.float16), ("bfloat16", torch.bfloat16), ("double", torch.float64):
    tensors = converted(lambda t: t.to(dtype))
    save(name, tensors, tensors)
for protocol in 3, 4, 5:
    save(f"protocol_{protocol}", {"state_dict": network.state_dict()}, after, pickle_protocol=protocol)
save("whole_module", network)

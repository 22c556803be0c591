"""
The objective in plain PyTorch, after sections 1, 4 and 5 of the method: census with occlusion by splatting over the four
finest levels, and the unrolled smoothness at quarter resolution.
"""

import torch
import torch.nn.functional as F

from pwclite import swap_halves, warp

LEVELS = 4
VISIBLE_FROM = 0.2
GRAY = (0.2989, 0.5870, 0.1140)


def splat_visibility(flow):
    """1 where at least a share of 0.2 of the other frame's pixels lands. flow [2B, 2, H, W] -> [2B, 1, H, W]"""
    landing = swap_halves(flow)
    batch, _, height, width = landing.shape
    whole = landing.floor()
    right, down = (landing - whole).unbind(1)
    columns = torch.arange(width, device=flow.device) + whole[:, 0].long()
    rows = torch.arange(height, device=flow.device)[:, None] + whole[:, 1].long()
    images = torch.arange(batch, device=flow.device)[:, None, None] * height
    coverage = flow.new_zeros(batch * height * width)
    for dy, vertical in ((0, 1 - down), (1, down)):
        for dx, horizontal in ((0, 1 - right), (1, right)):
            y, x = rows + dy, columns + dx
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            cells = ((images + y.clamp(0, height - 1)) * width + x.clamp(0, width - 1)).flatten()
            coverage.index_add_(0, cells, (vertical * horizontal * inside).flatten())
    return (coverage >= VISIBLE_FROM).to(flow.dtype).reshape(batch, 1, height, width)


def differences(image):
    """Of each pixel's eight neighbours to it, in gray values of 0 to 255. [N, 3, H, W] -> [N, 8, H - 2, W - 2]"""
    gray = 255 * (image * image.new_tensor(GRAY)[:, None, None]).sum(1)
    height, width = gray.shape[1:]
    centre = gray[:, 1:-1, 1:-1]
    neighbours = [
        gray[:, y : y + height - 2, x : x + width - 2]
        for y in range(3)
        for x in range(3)
        if (y, x) != (1, 1)
    ]
    return torch.stack(neighbours, 1) - centre[:, None]


def census(image, warped, mask):
    """[N, 1, H, W], the outer pixel 0"""
    first, second = differences(image * mask), differences(warped * mask)
    first = first * torch.rsqrt(0.81 + first * first)
    second = second * torch.rsqrt(0.81 + second * second)
    squares = (first - second) ** 2
    # The centre, always 0, is the ninth of the mean.
    return F.pad((squares / (0.1 + squares)).sum(1, keepdim=True) / 9, (1, 1, 1, 1))


def photometric(images, flows, grid):
    """The mean of both directions, summed over the levels."""
    with torch.no_grad():
        visible = splat_visibility(flows[0])
    total = 0
    for level, flow in enumerate(flows[:LEVELS]):
        factor = 2**level
        image = F.avg_pool2d(images, factor) if level > 0 else images
        mask = visible[:, :, ::factor, ::factor]
        warped = warp(swap_halves(image), flow, grid(flow))
        difference = census(image, warped, mask)
        for penalty, seen in zip(difference.chunk(2), mask.chunk(2)):
            total = total + penalty.mean() / (seen.mean() + 1e-7) / 2
    return total


def sobel(value):
    """Along x and along y, zero padding. [N, C, h, w] -> two of the same shape"""
    across = value.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    batch, channels, height, width = value.shape
    kernels = torch.stack((across, across.T))[:, None]
    both = F.conv2d(value.reshape(batch * channels, 1, height, width), kernels, padding=1)
    return both.reshape(batch, channels, 2, height, width).unbind(2)


def unrolled_smoothness(images, quarter_flow, rho, threshold, edge_alpha, iterations):
    """Steps 1 to 5 of section 1, first order, eta 1."""
    small = F.avg_pool2d(images, 4)
    derivatives = [
        slope * torch.exp(-edge_alpha * edge.abs().mean(1, keepdim=True))
        for slope, edge in zip(sobel(quarter_flow), sobel(small))
    ]
    c = torch.cat(derivatives, 1)
    beta, total = torch.zeros_like(c), c * c
    for _ in range(iterations):
        q = F.softshrink(c - beta, threshold)
        beta = beta + (q - c)
        total = total + (q - c + beta) ** 2
    return rho / 2 * total.mean() / (iterations + 1)

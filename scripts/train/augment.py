"""Camera damage on whole batches of head patches at once (PyTorch, CPU or CUDA): what the head classifier is trained with.

Everything is drawn from one generator, so that a batch depends on its seed alone. Pictures are float 0-255, [B, 3, H, W].
"""
import math
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F

PATCH, HEAD = 104, 40  # a patch shows 2.6 x the head box; the head is 40 px of 104
CROP = 64
GREY = 114.0
LUMA_TABLE = (16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
              18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99)
CHROMA_TABLE = (17, 18, 24, 47) + (99,) * 4 + (18, 21, 26, 66) + (99,) * 4 + (24, 26, 56) + (99,) * 5 + (47, 66) + (99,) * 38  # both: ISO/IEC 10918-1, annex K


@dataclass(frozen=True)
class Recipe:
    """What the ablation changes."""
    recolour: float = 0.15  # share of the crops that take the colours of another
    shrink: bool = True  # to heads of 9-48 px and back, with blur, noise and JPEG
    jitter: float = 1.0  # of box, scale and angle
    occlude: float = 0.15  # share with something in front
    mixup: float = 0.0  # parameter of the beta distribution; 0 = none
    swap: float = 0.3  # share of the crops that take another crop's surroundings
    grow: float = 1.6  # side of the crop in head boxes; the service cuts 1.6


class Draws:
    """Random numbers on one device from one seed."""

    def __init__(self, seed, device):
        self.device = device
        self.generator = torch.Generator(device=device).manual_seed(seed)

    def uniform(self, n, low=0.0, high=1.0, *shape):
        return torch.rand((n, *shape), generator=self.generator, device=self.device) * (high - low) + low

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator, device=self.device)

    def chance(self, n, p):
        return self.uniform(n) < p

    def log_uniform(self, n, low, high):
        return self.uniform(n, math.log(low), math.log(high)).exp()


def only(mask, changed, x):
    """The changed picture where the mask [B] holds, else the picture."""
    return torch.where(mask[:, None, None, None], changed, x)


def pixel_grid(n, device):
    """Pixel centres -> x, y [1, n, n] in px."""
    at = torch.arange(n, device=device, dtype=torch.float32) + 0.5
    return at[None, None, :].expand(1, n, n), at[None, :, None].expand(1, n, n)


def lamps(x, draws, p=0.2):
    """Soft round lights on patches without a head: lamps and bokeh are what reads as a helmet."""
    n, size = len(x), x.shape[-1]
    gx, gy = pixel_grid(size, x.device)
    centre, axes = size / 2 + 4 * draws.normal(n, 2), HEAD / 2 * draws.uniform(n, 0.6, 1.2, 2)
    angle = draws.uniform(n, 0, math.pi)
    dx, dy = gx - centre[:, 0, None, None], gy - centre[:, 1, None, None]
    c, s = angle.cos()[:, None, None], angle.sin()[:, None, None]
    r = (((c * dx + s * dy) / axes[:, 0, None, None]) ** 2 + ((c * dy - s * dx) / axes[:, 1, None, None]) ** 2).sqrt()
    blob = torch.sigmoid((1 - r) * axes.mean(1)[:, None, None] * 1.7 / draws.uniform(n, 1, 8)[:, None, None]) * draws.uniform(n, 0.3, 1)[:, None, None]
    light = draws.uniform(n, 120, 255, 3)[:, :, None, None]
    return only(draws.chance(n, p), x + (light - x) * blob[:, None], x)


def recolour(x, other, draws, p):
    """Mean and spread of another patch's colours (Reinhard et al. 2001, in RGB), at seven tenths."""
    mean, std = x.mean((2, 3), keepdim=True), x.std((2, 3), keepdim=True)
    mean_o, std_o = other.mean((2, 3), keepdim=True), other.std((2, 3), keepdim=True)
    return only(draws.chance(len(x), p), (0.3 * x + 0.7 * ((x - mean) / (std + 4) * (std_o + 4) + mean_o)).clamp(0, 255), x)


def surroundings(x, other, draws, p):
    """Another patch around the head: the background says nothing about what is on the head."""
    n = len(x)
    gx, gy = pixel_grid(PATCH, x.device)
    rx, ry = (HEAD * draws.uniform(n, 0.6, 0.8)[:, None, None] for _ in range(2))
    r = (((gx - PATCH / 2) / rx) ** 2 + ((gy - PATCH / 2) / ry) ** 2).sqrt()
    inside = torch.sigmoid((1 - r) * 12) * (1 - torch.sigmoid((gy - PATCH / 2 - 0.75 * HEAD) / 3))
    inside = torch.maximum(inside, torch.sigmoid((gy - PATCH / 2) / 3) * (r < 1.6).float())  # neck and shoulders stay
    return only(draws.chance(n, p), other + (x - other) * inside[:, None], x)


def cut(x, draws, stretched, jitter, grow=1.6, shift=0.08):
    """Patches [B, 3, 104, 104] -> crops [B, 3, 64, 64] with the box misplaced, mis-sized, turned and mirrored."""
    n = len(x)
    scale = (draws.uniform(n, math.log(0.78), math.log(1.28)) * jitter).exp()
    aspect = (draws.normal(n) * jitter * (0.05 + 0.07 * stretched)).exp()
    angle = draws.uniform(n, -13, 13) * jitter * math.pi / 180
    flip = 1 - 2 * draws.chance(n, 0.5).float()
    move = draws.normal(n, 2) * shift * jitter * HEAD
    extent = grow * HEAD / PATCH * scale
    c, s = angle.cos() * extent, angle.sin() * extent
    theta = torch.stack([torch.stack([c / aspect * flip, s, move[:, 0] / (PATCH / 2)], 1), torch.stack([-s * flip, c * aspect, move[:, 1] / (PATCH / 2)], 1)], 1)
    grid = F.affine_grid(theta, (n, 3, CROP, CROP), align_corners=False)
    return F.grid_sample(x - GREY, grid, mode="bilinear", padding_mode="zeros", align_corners=False) + GREY


def occlude(x, draws, p):
    """Something in front: one colour, or a piece of the same crop upside down."""
    n = len(x)
    gx, gy = pixel_grid(CROP, x.device)
    w, h = draws.uniform(n, 8, 30), draws.uniform(n, 8, 30)
    left, top = draws.uniform(n) * (CROP - w), 24 + draws.uniform(n) * (40 - h)
    inside = (gx > left[:, None, None]) & (gx < (left + w)[:, None, None]) & (gy > top[:, None, None]) & (gy < (top + h)[:, None, None])
    plain = draws.uniform(n, 0, 255, 3)[:, :, None, None].expand_as(x)
    return only(draws.chance(n, p), torch.where(inside[:, None], only(draws.chance(n, 0.5), plain, x.flip(2)), x), x)


def filtered(x, kernels):
    """Every picture with its own kernel [B, k, k], edges repeated."""
    n, c, h, w = x.shape
    k = kernels.shape[-1]
    padded = F.pad(x, (k // 2,) * 4, mode="replicate").reshape(1, n * c, h + k - 1, w + k - 1)
    weight = kernels[:, None].expand(n, c, k, k).reshape(n * c, 1, k, k)
    return F.conv2d(padded, weight, groups=n * c).reshape(n, c, h, w)


def gauss(sigma, k):
    """[B] -> kernels [B, k]"""
    at = torch.arange(k, device=sigma.device, dtype=torch.float32) - k // 2
    g = torch.exp(-0.5 * (at[None] / sigma.clamp(min=0.05)[:, None]) ** 2)
    return g / g.sum(1, keepdim=True)


def lower_resolution(x, side):
    """Crops shown on side x side pixels: averaged like a smaller picture, in the top left corner; beyond it the border is repeated."""
    r = (CROP / side).clamp(min=1)
    g = gauss(torch.sqrt((r ** 2 - 1).clamp(min=0) / 12), 7)  # the spread of a box of r px
    x = filtered(x, g[:, :, None] * g[:, None, :])
    gx, gy = pixel_grid(CROP, x.device)
    step = (2 / side)[:, None, None]
    grid = torch.stack([(gx * step - 1).expand(len(x), CROP, CROP), (gy * step - 1).expand(len(x), CROP, CROP)], 3)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


def enlarged(x, side):
    """The inverse of lower_resolution: the top left side x side pixels over the whole crop, bilinear."""
    gx, gy = pixel_grid(CROP, x.device)
    half = 0.5 / CROP
    share = (side / CROP)[:, None, None]
    place = [torch.minimum(torch.maximum(g * share / CROP, torch.full_like(share, half)), share - half) * 2 - 1 for g in (gx, gy)]
    return F.grid_sample(x, torch.stack(place, 3), mode="bilinear", padding_mode="border", align_corners=False)


def damage(x, draws):
    """Gamma, colour cast, faded colours, blur of movement or focus, noise."""
    n = len(x)
    gain = (draws.uniform(n, 0.75, 1.25)[:, None] * draws.uniform(n, 0.9, 1.1, 3))[:, :, None, None]
    gamma = (0.3 * draws.normal(n)).exp()[:, None, None, None]
    x = only(draws.chance(n, 0.6), 255 * (x * gain / 255).clamp(1e-4, 1) ** gamma, x)
    grey = x.mean(1, keepdim=True)
    x = only(draws.chance(n, 0.25), grey + (x - grey) * draws.uniform(n, 0, 1.3)[:, None, None, None], x)
    x = filtered(x, blur_kernels(n, draws))
    noise = draws.normal(*x.shape) * (draws.uniform(n, 1, 9) * draws.chance(n, 0.4))[:, None, None, None]
    return (x + noise).clamp(0, 255)


def blur_kernels(n, draws):
    """[n, 7, 7]: a quarter moved by 1-3 px along a line, as many out of focus, the rest sharp."""
    at = torch.arange(7, device=draws.device, dtype=torch.float32) - 3
    angle, length = draws.uniform(n, 0, math.pi), torch.floor(draws.uniform(n, 1, 4))
    along = at[None, None, :] * angle.cos()[:, None, None] + at[None, :, None] * angle.sin()[:, None, None]
    across = at[None, :, None] * angle.cos()[:, None, None] - at[None, None, :] * angle.sin()[:, None, None]
    line = (1 - across.abs()).clamp(min=0) * (length[:, None, None] + 0.5 - along.abs()).clamp(0, 1)
    g = gauss(draws.uniform(n, 0.3, 1.2), 7)
    kind = draws.uniform(n)[:, None, None]
    sharp = torch.zeros_like(line)
    sharp[:, 3, 3] = 1
    kernels = torch.where(kind < 0.25, line, torch.where(kind < 0.475, g[:, :, None] * g[:, None, :], sharp))
    return kernels / kernels.sum((1, 2), keepdim=True)


@lru_cache
def steps_of(table, device):
    return torch.tensor(table, device=device, dtype=torch.float32).reshape(8, 8)


@lru_cache
def cosine_basis(device):
    k = torch.arange(8, device=device, dtype=torch.float32)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) * 0.5
    basis[0] *= math.sqrt(0.5)
    return basis


def quantised(plane, table, factor):
    """Planes [B, H, W] around 0 through the 8x8 cosine transform with the table scaled by factor [B] and back."""
    n, h, w = plane.shape
    basis = cosine_basis(plane.device)
    blocks = plane.reshape(n, h // 8, 8, w // 8, 8).transpose(2, 3)
    steps = torch.round(steps_of(table, plane.device) * factor[:, None, None]).clamp(1, 255)[:, None, None]
    spectrum = torch.round((basis @ blocks @ basis.T) / steps) * steps
    return (basis.T @ spectrum @ basis).transpose(2, 3).reshape(n, h, w)


def jpeg(x, quality):
    """JPEG of quality [B] (libjpeg's scale) with 4:2:0 colours, without the entropy coding."""
    factor = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    r, g, b = x[:, 0], x[:, 1], x[:, 2]
    y = 0.299 * r + 0.587 * g + 0.114 * b
    cb, cr = ((v[:, None] - y[:, None]) * k for v, k in ((b, 0.564), (r, 0.713)))
    y = quantised(y - 128, LUMA_TABLE, factor) + 128
    cb, cr = (F.interpolate(quantised(F.avg_pool2d(c, 2)[:, 0], CHROMA_TABLE, factor)[:, None], scale_factor=2.0, mode="bilinear")[:, 0] for c in (cb, cr))
    return torch.stack([y + 1.403 * cr, y - 0.344 * cb - 0.714 * cr, y + 1.773 * cb], 1).clamp(0, 255)


def augmented(patches, others, px, empty, stretched, draws, recipe):
    """augment, on the CPU in pieces that stay in the cache."""
    size = len(patches) if patches.is_cuda else 32
    return torch.cat([augment(*(v[k:k + size] for v in (patches, others, px, empty, stretched)), draws, recipe) for k in range(0, len(patches), size)])


def augment(patches, others, px, empty, stretched, draws, recipe):
    """patches uint8 [B, 3, 104, 104], others the same of other heads, px [B] head size in its picture, empty [B] no head in it,
    stretched [B] -> crops float 0-255 [B, 3, 64, 64]"""
    x, others, n = patches.float(), others.float(), len(patches)
    x = only(empty, lamps(x, draws), x)
    if recipe.swap:
        x = only(~empty, surroundings(x, others, draws, recipe.swap), x)
    if recipe.recolour:
        x = recolour(x, others.flip(0), draws, recipe.recolour)
    x = occlude(cut(x, draws, stretched.float(), recipe.jitter, recipe.grow), draws, recipe.occlude)
    if not recipe.shrink:
        return x
    side = torch.round(recipe.grow * torch.minimum(px, draws.log_uniform(n, 9, 48))).clamp(10, CROP)
    side = torch.where(side < 60, side, torch.full_like(side, CROP))
    x = damage(lower_resolution(x, side), draws)
    x = only(draws.chance(n, 0.6), jpeg(x, draws.uniform(n, 18, 80)), x)
    return enlarged(x, side)

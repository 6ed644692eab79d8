"""Trains the head classifier (worn / bare / unreadable), from scratch: W/classifier/checkpoint.pt.

python3 train_classifier.py --work W [--steps 3000] [--init FILE]
"""
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import nets
from data import degrade, head_rect, load, read, sample
from start import initialise
from step import Step, arguments, fit, infer

PATCH, HEAD = 104, 40  # a patch shows 2.6 x the head box; the head is 40 px of 104
WORN, BARE, UNREADABLE = 0, 1, 2


STREET = {"helmet_motor", "kaggle764", "nckh", "neg_cars"}


@dataclass
class Item:
    """A head, or a place without one."""
    patch: np.ndarray  # uint8 [104, 104, 3]
    px: float  # longer side of the head box in its picture
    label: int
    source: str  # "sim" and "site" stand for all simulated and all own pictures
    stretched: bool = False
    mined: bool = False
    facts: str = ""  # sub, colour … for the confusion tables
    path: str = ""


def items_of(images, seed=5):
    """Heads, and at most eight places of head size without a head, of every picture."""
    out, rng = [], np.random.default_rng(seed)
    for im in images:
        heads = [b for b in im["boxes"] if b["name"] in ("helmet", "bare_head")]
        picture, source = read(im["path"]), "site" if im["tag"] == "site" else im["source"]
        for b in heads:
            px = max(b["box"][2:])
            patch = sample(picture, head_rect(b["box"], 2.6), (PATCH, PATCH))
            if b.get("recommended", 1) == 1 and px >= 7 and patch.max() > 40:
                facts = " ".join(str(b[k]) for k in ("sub", "kind", "helmet_colour", "colour") if b.get(k))
                out.append(Item(patch, px, BARE if b["name"] == "bare_head" else WORN, source, im["stretched"], facts=facts, path=im["path"]))
        taken = heads + [b for b in im["boxes"] if b["name"] == "hidden_head"]
        out += [Item(sample(picture, head_rect(box, 2.6), (PATCH, PATCH)), box[2], UNREADABLE, source, path=im["path"])
                for box in negative_boxes(im, taken, rng)]
    return out


def negative_boxes(im, heads, rng, count=8):
    """Boxes of head size that show no head: only where the heads of the picture are known."""
    w, h = im["size"]
    boxes, tries = [], 0
    low = 0.0
    if im["source"] == "kaggle764":
        low = max([0.5] + [(b["box"][1] + 1.5 * b["box"][3]) / h for b in heads])
    elif not {"helmet", "bare_head"} <= im["exhaustive"]:
        return []
    while len(boxes) < count and tries < 60 and low < 0.9:
        tries += 1
        m = float(np.exp(rng.uniform(np.log(14), np.log(0.22 * min(w, h)))))
        cx, cy = rng.uniform(0, w), rng.uniform(low * h, h)
        if heads and rng.random() < 0.5:  # shoulders, hands, chest
            hx, hy, hw, hh = heads[int(rng.integers(len(heads)))]["box"]
            m = max(hw, hh) * rng.uniform(0.7, 1.3)
            cx, cy = hx + hw / 2 + rng.normal(0, 1.5) * m, hy + hh / 2 + rng.uniform(0.9, 4) * m
        if not (0 <= cx < w and 0 <= cy < h):
            continue
        if all(max(abs(cx - b["box"][0] - b["box"][2] / 2), abs(cy - b["box"][1] - b["box"][3] / 2)) >
               0.55 * max(b["box"][2:]) + 0.35 * m for b in heads):
            boxes.append([cx - m / 2, cy - m / 2, m, m])
    return boxes


def lamp(patch, rng):
    """A soft round light on a background patch: lamps and bokeh are what reads as a helmet."""
    blob = np.zeros(patch.shape[:2], np.float32)
    centre, axes = rng.normal(PATCH / 2, 4, 2), HEAD / 2 * rng.uniform(0.6, 1.2, 2)
    cv2.ellipse(blob, tuple(int(v) for v in centre), tuple(int(v) for v in axes), float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    blob = cv2.GaussianBlur(blob, (0, 0), rng.uniform(1, 8))[..., None] * rng.uniform(0.3, 1)
    return (patch * (1 - blob) + rng.uniform(120, 255, 3) * blob).astype(np.uint8)


@dataclass(frozen=True)
class Recipe:
    """What the ablation changes."""
    recolour: float = 0.15  # share of the crops that take the colours of another
    shrink: bool = True  # to heads of 9-48 px and back, with blur, noise and JPEG
    jitter: float = 1.0  # of box, scale and angle


class Sampler:
    """Draws labels, then sources by the square root of their size under the shares of README.md."""

    def __init__(self, items, recipe=Recipe()):
        self.rng, self.items, self.recipe, self.pools = None, items, recipe, {}
        for k, i in enumerate(items):
            self.pools.setdefault(i.label, {}).setdefault("mined" if i.mined else i.source, []).append(k)
        self.weights = {label: self._weights(label, pool) for label, pool in self.pools.items()}

    @staticmethod
    def _weights(label, pool):
        root = {s: len(ids) ** 0.5 for s, ids in pool.items()}
        fixed = {"sim": 0.25, "mined": 0.5, "site": 0.5}  # beside 1 for all other sources together
        near = sum(v for s, v in root.items() if s in STREET)
        far = sum(v for s, v in root.items() if s not in STREET and s not in fixed)
        share = {WORN: 0.4, BARE: 0.6, UNREADABLE: 0.4}[label]  # of heads/
        w = {s: fixed[s] if s in fixed else v * ((1 - share) / near if s in STREET else share / far) for s, v in root.items()}
        if label == WORN and "nckh" in w:
            w["nckh"] = 0.08  # more teaches "from behind = helmet"
        total = sum(w.values())
        return list(w), np.array(list(w.values())) / total

    def shares(self):
        return "\n".join(f"{name}: " + ", ".join(f"{s} {len(self.pools[label][s])} ({q:.2f})" for s, q in zip(*self.weights[label]))
                         for label, name in enumerate(nets.CLASSIFIER_LABELS) if label in self.weights)

    def draw(self, rng, n):
        """-> crops uint8 [n, 3, 64, 64], labels [n]"""
        self.rng = rng
        p = np.array([q if k in self.pools else 0 for k, q in enumerate((0.36, 0.42, 0.22))])
        labels = rng.choice(3, n, p=p / p.sum())
        crops = np.empty((n, 3, 64, 64), np.uint8)
        for k, label in enumerate(labels):
            names, q = self.weights[int(label)]
            ids = self.pools[int(label)][names[int(rng.choice(len(names), p=q))]]
            crops[k] = self.augment(self.items[ids[int(rng.integers(len(ids)))]]).transpose(2, 0, 1)
        return crops, labels

    def augment(self, item):
        rng, patch, j = self.rng, item.patch, self.recipe.jitter
        if item.label == UNREADABLE and rng.random() < 0.2:
            patch = lamp(patch, rng)
        if rng.random() < self.recipe.recolour:
            patch = self.recolour(patch)
        scale = 64 / (1.6 * HEAD) / np.exp(j * rng.uniform(np.log(0.78), np.log(1.28)))
        aspect = np.exp(j * rng.normal(0, 0.12 if item.stretched else 0.05))
        angle, flip = j * np.deg2rad(rng.uniform(-13, 13)), -1 if rng.random() < 0.5 else 1
        m = np.array([[np.cos(angle) * aspect * flip, -np.sin(angle)], [np.sin(angle) * flip, np.cos(angle) / aspect]]) * scale
        shift = j * rng.normal(0, 0.08, 2) * HEAD
        t = 32 - m @ (PATCH / 2 + shift)
        crop = cv2.warpAffine(patch, np.hstack([m, t[:, None]]), (64, 64), flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_CONSTANT, borderValue=(114,) * 3)
        if rng.random() < 0.15:  # something in front
            w, h = rng.integers(8, 30, 2)
            x, y = rng.integers(0, 64 - w), rng.integers(24, 64 - h) if h < 40 else 24
            crop[y:y + h, x:x + w] = rng.integers(0, 255, 3) if rng.random() < 0.5 else crop[::-1][y:y + h, x:x + w]
        if not self.recipe.shrink:
            return crop
        head_px = min(item.px, float(np.exp(rng.uniform(np.log(9), np.log(48)))))
        side = max(10, int(round(1.6 * head_px)))
        small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA) if side < 60 else crop
        return cv2.resize(degrade(small, rng), (64, 64), interpolation=cv2.INTER_LINEAR) if side < 60 else degrade(small, rng)

    def recolour(self, patch):
        other = self.items[int(self.rng.integers(len(self.items)))].patch.reshape(-1, 3).astype(np.float32)
        flat = patch.reshape(-1, 3).astype(np.float32)
        out = (flat - flat.mean(0)) / (flat.std(0) + 4) * (other.std(0) + 4) + other.mean(0)
        return np.clip(0.3 * flat + 0.7 * out, 0, 255).astype(np.uint8).reshape(patch.shape)


def plain_crops(items):
    """The 64x64 crops of the patches as the service cuts them."""
    a = round((PATCH - 1.6 * HEAD) / 2)
    return np.stack([cv2.resize(i.patch[a:-a, a:-a], (64, 64)) for i in items])


def logits_of(net, crops):
    """uint8 [N, 64, 64, 3] -> logits [N, 3]"""
    return np.concatenate([infer(net, crops[k:k + 256].transpose(0, 3, 1, 2).astype(np.float32) / 255) for k in range(0, len(crops), 256)])


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def auc(scores, positive):
    """Chance that a positive scores higher than a negative; ties count half."""
    order, p, n = np.argsort(scores, kind="stable"), positive.sum(), (~positive).sum()
    values, first, counts = np.unique(np.asarray(scores)[order], return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    return float((ranks[positive[order]].sum() - p * (p + 1) / 2) / max(p * n, 1))


def scores(logits, labels, thresholds=(0.5, 0.7, 0.9)):
    """-> {heads, bare, auc, P and R of bare among the heads by bare / (bare + worn), refused: share of no-heads called unreadable}"""
    head, bare, junk = labels != UNREADABLE, labels == BARE, labels == UNREADABLE
    row = {"heads": int(head.sum()), "bare": int(bare.sum())}
    if 0 < bare.sum() < head.sum():
        odds = logits[:, 1] - logits[:, 0]
        row["auc"] = auc(odds[head], bare[head])
        for t in thresholds:
            hit = head & (odds >= np.log(t / (1 - t)))
            row[f"P@{t}"], row[f"R@{t}"] = (hit & bare).sum() / max(hit.sum(), 1), (hit & bare).sum() / bare.sum()
    if junk.any():
        row["refused"] = (logits.argmax(1)[junk] == UNREADABLE).mean()
    return {k: round(float(v), 4) if isinstance(v, (float, np.floating)) else v for k, v in row.items()}


def report(logits, items):
    """-> {source: scores}, with all and all street pictures"""
    labels, sources = np.array([i.label for i in items]), np.array([i.source for i in items])
    rows = {s: sources == s for s in sorted(set(sources))}
    rows["street"], rows["all"] = np.isin(sources, ["helmet_motor", "kaggle764", "nckh", "site"]), sources != ""
    return {s: scores(logits[pick], labels[pick]) for s, pick in rows.items() if pick.any()}


def load_items(step):
    """-> training items with the mined ones, val items"""
    train, val = (items_of([i for i in load(step.work, split) if i["source"] != "neg_coco128"]) for split in ("train", "val"))
    mined = np.load(step.need("mine/mined.npz"))
    train += [Item(p, float(px), UNREADABLE, str(s), mined=True) for p, px, s in zip(mined["patches"], mined["sizes"], mined["sources"])]
    return train, val


def train(step, items, val, recipe=Recipe(), net=None):
    """-> (net, metrics on val)"""
    sampler, crops = Sampler(items, recipe), plain_crops(val)
    step.say(sampler.shares())
    if net is None:
        net = nets.HeadClassifier()
        net = initialise(net, step.args.init) if step.args.init else net

    def loss(net, batch):
        x = (batch[0].float() / 255).contiguous(memory_format=torch.channels_last)
        return F.cross_entropy(net(x), batch[1], label_smoothing=0.05)

    return fit(step, net, lambda rng: sampler.draw(rng, step.args.batch), loss, lambda ema: report(logits_of(ema, crops), val),
               step.args.lr, weight_decay=0.02)


def main():
    step = Step("classifier", arguments(__doc__, steps=3000, batch=96, lr=2e-3, init="").parse_args())
    items, val = load_items(step)
    _, metrics = train(step, items, val)
    step.finish(metrics, items=len(items), mined=sum(i.mined for i in items))


if __name__ == "__main__":
    main()

"""Trains the garment classifier on hand-made labels (garments.json), one source held out whole: W/garment/net.pt, W/garment/table.json.

python3 train_garment.py --work W [--steps 2000] [--views 8] [--held-out helmet_motor] [--folds 3]

The labels are few, so the first half of the COCO network is the start: its first three stages stay as they are and see each crop in eight damaged views once;
dark4 and the classes are trained on what they make of them.

Temperature and bars come from the folds: every crop that is not held out is judged once by a network that never saw its group.
"""
import copy
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import nets
from data import degrade, garment_rect, load, read, sample
from loso import part_of
from operating import temperature_of
from step import Step, arguments, fit, infer, write
from train_classifier import softmax

WIDTH, HEIGHT = 80, 96  # of the crop
MARGIN = 1.35  # a patch shows so much more than the crop, each way
PATCH = (round(WIDTH * MARGIN), round(HEIGHT * MARGIN))
UNREADABLE = nets.GARMENT_LABELS.index("unreadable")
SAME = {"down_jacket": "jacket"}  # what the labels tell apart and the network need not
SHARE = {"t_shirt": 0.21, "shirt": 0.15, "jacket": 0.22, "vest": 0.12, "unreadable": 0.3}  # of the draws
PRECISION, MIN_CALLS = 0.95, 15  # what a bar must reach, on at least so many crops called by that name
LABELS = Path(__file__).parent / "garments.json"


@dataclass
class Item:
    patch: np.ndarray  # uint8 [130, 108, 3]
    px: float  # longer side of the head box
    label: int
    name: str  # the finer name it was given by hand
    source: str
    group: str
    row: int = 0  # its place among the views


def label_of(name):
    name = SAME.get(name, name)
    return nets.GARMENT_LABELS.index(name) if name in nets.GARMENT_LABELS else UNREADABLE


def rows_of(images, labels):
    """-> (picture, [(head box, garment)]) of every labelled picture."""
    by_file = {}
    for set_name, file, box, name, *_ in labels:
        by_file.setdefault((set_name, file), []).append((box, name))
    for im in images:
        path = Path(im["path"])
        rows = by_file.get((f"{im['tag']}/{im['split']}", f"{path.parent.name}/{path.name}"), [])
        if rows:
            yield im, rows


def items_of(images, labels):
    out = []
    for im, rows in rows_of(images, labels):
        picture = read(im["path"])
        for box, name in rows:
            patch = sample(picture, garment_rect(box, MARGIN), PATCH)
            out.append(Item(patch, max(box[2:]), label_of(name), name, im["source"], im["group"]))
    for row, item in enumerate(out):
        item.row = row
    return out


class Sampler:
    """Draws labels by SHARE, then sources by the square root of their size, then one of the damaged views of a crop."""

    def __init__(self, items, views):
        self.items, self.views, self.pools = items, views, {}
        for k, i in enumerate(items):
            self.pools.setdefault(i.label, {}).setdefault(i.source, []).append(k)
        share = np.array([SHARE[name] if k in self.pools else 0 for k, name in enumerate(nets.GARMENT_LABELS)])
        self.share = share / share.sum()

    def draw(self, rng, n):
        """-> what the frozen layers make of n views [n, 64, 12, 10], labels [n]"""
        labels = rng.choice(len(self.share), n, p=self.share)
        rows = np.empty(n, int)
        for k, label in enumerate(labels):
            pool = self.pools[int(label)]
            root = np.array([len(ids) ** 0.5 for ids in pool.values()])
            ids = list(pool.values())[int(rng.choice(len(pool), p=root / root.sum()))]
            rows[k] = self.items[ids[int(rng.integers(len(ids)))]].row
        return np.stack([self.views[int(v), r] for v, r in zip(rng.integers(len(self.views), size=n), rows)]).astype(np.float32), labels


class Damage:
    """What a camera, a colour and a pose could make of a patch."""

    def __call__(self, item, rng):
        """-> crop uint8 [96, 80, 3]"""
        patch = self.recolour(item.patch, rng)
        scale = np.exp(rng.uniform(np.log(0.85), np.log(1.2)))
        angle, flip, aspect = np.deg2rad(rng.uniform(-9, 9)), -1 if rng.random() < 0.5 else 1, np.exp(rng.normal(0, 0.05))
        m = np.array([[np.cos(angle) * aspect * flip, -np.sin(angle)], [np.sin(angle) * flip, np.cos(angle) / aspect]]) * scale
        shift = rng.normal(0, 0.04, 2) * (WIDTH, HEIGHT)
        t = np.array([WIDTH, HEIGHT]) / 2 - m @ (np.array(PATCH) / 2 + shift)
        crop = cv2.warpAffine(patch, np.hstack([m, t[:, None]]), (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_CONSTANT, borderValue=(114,) * 3)
        if rng.random() < 0.15:  # something in front: a mirror, a bag
            w, h = rng.integers(8, 26, 2)
            x, y = rng.integers(0, WIDTH - w), rng.integers(HEIGHT // 3, HEIGHT - h)
            crop[y:y + h, x:x + w] = rng.integers(0, 255, 3)
        head_px = min(item.px, float(np.exp(rng.uniform(np.log(11), np.log(60)))))
        width = int(round(3.4 * head_px))
        if width >= WIDTH:
            return degrade(crop, rng)
        small = degrade(cv2.resize(crop, (width, round(width * HEIGHT / WIDTH)), interpolation=cv2.INTER_AREA), rng)
        return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)

    @staticmethod
    def recolour(patch, rng):
        """A garment is no colour: hues turned, saturation and channels changed."""
        if rng.random() < 0.5:
            hsv = cv2.cvtColor(patch, cv2.COLOR_RGB2HSV)
            hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(180))) % 180
            hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.3, 1.4), 0, 255)
            return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
        if rng.random() < 0.2:
            return np.repeat(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
        return patch


def plain_crops(items):
    """The crops of the patches as the service cuts them."""
    x, y = round((PATCH[0] - WIDTH) / 2), round((PATCH[1] - HEIGHT) / 2)
    return np.stack([i.patch[y:y + HEIGHT, x:x + WIDTH] for i in items])


def views_of(step, net, items):
    """-> float16 [1 + views, items, 64, 12, 10]: what the frozen layers make of every crop, plain and damaged. Computed once, W/garment/views.npy."""
    path = step.folder / "views.npy"
    if not path.exists():
        net, part = net.to(step.device).eval(), path.with_suffix(".part")
        shape = (1 + step.args.views, len(items), 64, HEIGHT // 8, WIDTH // 8)
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=shape)
        for v in step.progress(range(len(out))):
            rng, damage = np.random.default_rng([step.args.seed, v]), Damage()
            crops = np.stack([damage(i, rng) for i in items]) if v else plain_crops(items)
            for k in range(0, len(items), 128):
                out[v, k:k + 128] = infer(net.trunk, crops[k:k + 128].transpose(0, 3, 1, 2).astype(np.float32))
        out.flush()
        part.replace(path)
    views = np.load(path, mmap_mode="r")
    if views.shape[:2] != (1 + step.args.views, len(items)):
        raise SystemExit(f"{path}: made for other labels or another number of views; delete {step.folder}")
    return views


def logits_of(net, features):
    return np.concatenate([infer(net, features[k:k + 256].astype(np.float32)) for k in range(0, len(features), 256)])


def train(step, name, items, held):
    """-> (top, logits of the held-out crops)"""
    step.say(f"{name}: {len(items)} crops, {dict(Counter(nets.GARMENT_LABELS[i.label] for i in items))}")
    sampler, plain = Sampler(items, step.views), step.views[0][[i.row for i in held]]
    labels = np.array([i.label for i in held])

    def loss(top, batch):
        x = batch[0] if torch.rand(()) < 0.5 else batch[0].flip(3)
        return F.cross_entropy(top(F.dropout2d(x, 0.1)), batch[1], label_smoothing=0.1)

    def draw(rng):
        x, y = sampler.draw(rng, step.args.batch)
        return torch.from_numpy(x), torch.from_numpy(y)

    top, _ = fit(part_of(step, name), copy.deepcopy(step.net.top), draw, loss,
                 lambda ema: {name: {"right": round(float((logits_of(ema, plain).argmax(1) == labels).mean()), 3)}}, step.args.lr, weight_decay=0.05)
    return top, logits_of(top, plain)


def fold_of(group, folds):
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def bars(prob, labels):
    """-> {label: the lowest probability from which on a look calls it with the wanted precision}; without those that never reach it."""
    found = {}
    for k, name in enumerate(nets.GARMENT_LABELS):
        mine = np.where(prob.argmax(1) == k, prob[:, k], 0)
        for bar in np.round(np.arange(0.3, 0.99, 0.01), 2):
            called = mine >= bar
            if k != UNREADABLE and called.sum() >= MIN_CALLS and (labels[called] == k).mean() >= PRECISION:
                found[name] = float(bar)
                break
    return found


def said(prob, found):
    """-> index of the garment that a look names, UNREADABLE where it names none"""
    best = prob.argmax(1)
    bar = np.array([found.get(name, 2.0) for name in nets.GARMENT_LABELS])
    return np.where(prob[np.arange(len(prob)), best] >= bar[best], best, UNREADABLE)


def scores(prob, items, found):
    """-> {garment: {n, called, right, precision, recall}} and how many of the people with a garment are named"""
    labels, word = np.array([i.label for i in items]), said(prob, found)
    table = {}
    for k, name in enumerate(nets.GARMENT_LABELS):
        if k == UNREADABLE:
            continue
        called, right = int((word == k).sum()), int(((word == k) & (labels == k)).sum())
        wrong = Counter(i.name for i, w in zip(items, word) if w == k and i.label != k)
        table[name] = {"n": int((labels == k).sum()), "called": called, "right": right, "precision": round(right / max(called, 1), 3),
                       "recall": round(right / max((labels == k).sum(), 1), 3), "taken for it": dict(wrong), "argmax": round(float((prob.argmax(1) == labels)[labels == k].mean()), 3) if (labels == k).any() else None}
    named = word != UNREADABLE
    table["all"] = {"n": len(items), "called": int(named.sum()), "right": int((named & (word == labels)).sum()),
                    "precision": round(float((word == labels)[named].mean()), 3) if named.any() else None, "named": round(float(named.mean()), 3),
                    "argmax": round(float((prob.argmax(1) == labels).mean()), 3)}
    return table


def main():
    step = Step("garment", arguments(__doc__, steps=2000, batch=64, lr=2e-3, views=8, held_out="helmet_motor", folds=3).parse_args())
    step.net = nets.GarmentClassifier()
    nets.load_coco(step.net, Path(step.args.weights) / "yolox_nano.onnx", beginning=True)
    items = items_of(load(step.work), json.loads(LABELS.read_text())["labels"])
    step.views = views_of(step, step.net, items)
    held = [i for i in items if i.source == step.args.held_out]
    rest = [i for i in items if i.source != step.args.held_out]
    parts, order = [], []
    for fold in range(step.args.folds):
        out = [i for i in rest if fold_of(i.group, step.args.folds) == fold]
        order += out
        parts.append(train(step, f"fold{fold}", [i for i in rest if fold_of(i.group, step.args.folds) != fold], out)[1])
    logits, labels = np.concatenate(parts), np.array([i.label for i in order])
    temperature = temperature_of(logits, labels)
    prob = softmax(logits / temperature)
    found = bars(prob, labels)
    step.net.top, unseen = train(step, "net", rest, held)
    torch.save(step.net.state_dict(), step.folder / "net.pt")
    unseen = softmax(unseen / temperature)
    np.savez(step.folder / "probabilities.npz", folds=prob, fold_rows=[i.row for i in order], unseen=unseen, unseen_rows=[i.row for i in held])
    tables = {"folds": scores(prob, order, found), step.args.held_out: scores(unseen, held, found)}
    for source in sorted({i.source for i in order}):
        pick = [k for k, i in enumerate(order) if i.source == source]
        tables[source] = scores(prob[pick], [order[k] for k in pick], found)
    write(step.folder / "table.json", json.dumps({"temperature": temperature, "bars": found, "tables": tables}, indent=1))
    for name, table in tables.items():
        step.say(name + "\n" + "\n".join(f"  {k}: {v}" for k, v in table.items()))
    step.finish(tables, temperature=temperature, bars=found)


if __name__ == "__main__":
    main()

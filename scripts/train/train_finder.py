"""Trains the head finder on scale-normalised crops of rider groups, from scratch: W/finder/checkpoint.pt.

python3 train_finder.py --work W [--steps 6000] [--init FILE]
"""
import json

import cv2
import numpy as np
import torch

from data import average_precision, degrade, group_rect, iou, load, sample
from labels import by_name, share, street_labels
from nets import FinderExport, HeadFinder
from start import initialise
from step import Step, arguments, fit, infer

SHARES = {"helmet_motor": 0.2, "kaggle764": 0.25, "nckh": 0.15, "hard_hat_workers": 0.12, "hh_especial": 0.06, "neg_cars": 0.04, "sim": 0.2, "site": 0.3}  # of the crops, scaled to those present


def views_of(im, teacher):
    """-> list of rider-group boxes to crop around; where a picture has none, boxes as large as a group with that head would be."""
    heads = by_name(im, "helmet", "bare_head")
    groups = [g for g in street_labels(im, teacher)["rider_group"] if max(g[3], 0.8 * g[2]) > 40]
    if not im["boxes"] and {"helmet", "bare_head"} <= im["exhaustive"]:
        w, h = im["size"]
        return [[w * f, h * 0.3, h * 0.3, h * 0.5] for f in (0.1, 0.4, 0.7)]
    if {"rider_with_vehicle", "person_on_two_wheeler"} & im["exhaustive"]:
        return groups
    free = [h for h in heads if not share(h, groups).sum() > 0.5 and max(h[2:]) > 8]
    return groups + [[x + w / 2 - 1.5 * max(w, h), y - 0.3 * h, 3 * max(w, h), 5.5 * max(w, h)] for x, y, w, h in free]


def masked(im, teacher):
    """-> (areas without negative loss, the only areas with negative loss or None for everywhere), source px."""
    heads = by_name(im, "helmet", "bare_head")
    if "bare_head" not in im["exhaustive"]:  # nckh: bare heads are there without a label
        groups = by_name(im, "rider_with_vehicle")
        return by_name(im, "hidden_head"), [[x, y + 0.45 * h, w, 0.55 * h] for x, y, w, h in groups] + \
            [[x - 0.3 * w, y - 0.3 * h, 1.6 * w, 1.6 * h] for x, y, w, h in heads]
    if im["source"] == "kaggle764":  # crowds: not every head is labelled
        people = [d["box"] for d in teacher.get(im["path"], []) if d["name"] == "person" and d["score"] > 0.15]
        tops = [[x - 0.1 * w, y - 0.1 * h, 1.2 * w, 0.5 * h] for x, y, w, h in people]
        return by_name(im, "hidden_head") + [t for t in tops if not any(share(h, [t])[0] > 0.5 for h in heads)], None
    return by_name(im, "hidden_head"), None


class Crops:
    """Makes training crops and their targets."""

    def __init__(self, images, teacher, sim_share=SHARES["sim"]):
        self.rng, self.pools = None, {}
        for im in images:
            views = views_of(im, teacher)
            if views:
                hide, allow = masked(im, teacher)
                with open(im["path"], "rb") as f:
                    entry = (np.frombuffer(f.read(), np.uint8), views, by_name(im, "helmet", "bare_head"), hide, allow)
                self.pools.setdefault("site" if im["tag"] == "site" else im["source"], []).append(entry)
        self.names = [s for s in SHARES if s in self.pools]
        p = np.array([{**SHARES, "sim": sim_share}[s] for s in self.names])
        self.p = p / p.sum()

    def crop(self, entry, view, jitter):
        """-> crop uint8 [128, 160, 3], heads in crop px, heat weight [32, 40]"""
        rng = self.rng
        data, _, heads, hide, allow = entry
        picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        view = np.array(view, float)
        if jitter:
            size = max(view[3], 0.8 * view[2])
            grow = np.exp(rng.normal(0, 0.16, 2))
            centre = view[:2] + view[2:] / 2 + rng.normal(0, 0.06, 2) * size
            view[2:] *= grow
            view[:2] = centre - view[2:] / 2
        rect, s = group_rect(view)
        crop = sample(picture, rect, (160, 128))
        flip = jitter and rng.random() < 0.5

        def to_crop(boxes):
            b = (np.array(boxes, float).reshape(-1, 4) - [rect[0], rect[1], 0, 0]) * s
            if flip:
                b[:, 0] = 160 - b[:, 0] - b[:, 2]
            return b

        weight = np.zeros((32, 40), np.float32) if allow is not None else np.ones((32, 40), np.float32)
        for boxes, value in ((allow or [], 1), (hide, 0)):
            for x, y, w, h in to_crop(boxes) / 4:
                weight[max(0, int(y)):max(0, int(np.ceil(y + h))), max(0, int(x)):max(0, int(np.ceil(x + w)))] = value
        if flip:
            crop = crop[:, ::-1]
        if jitter:
            if rng.random() < 0.25:
                crop = add_lamps(crop, to_crop(heads), weight, rng)
            if rng.random() < 0.5:
                f = np.exp(rng.uniform(np.log(0.33), 0))
                small = cv2.resize(crop, (int(160 * f), int(128 * f)), interpolation=cv2.INTER_AREA)
                crop = cv2.resize(degrade(small, rng), (160, 128), interpolation=cv2.INTER_LINEAR)
            else:
                crop = degrade(np.ascontiguousarray(crop), rng)
        return crop, to_crop(heads), weight

    def draw(self, rng, n):
        """-> crops uint8 [n, 3, 128, 160], targets [n, 6, 32, 40], near a head's centre [n, 32, 40]"""
        self.rng = rng
        crops = np.empty((n, 3, 128, 160), np.uint8)
        targets = np.zeros((n, 6, 32, 40), np.float32)  # heat, heat weight, dx, dy, log w, log h
        inside = np.zeros((n, 32, 40), bool)
        for k in range(n):
            pool = self.pools[self.names[int(self.rng.choice(len(self.names), p=self.p))]]
            entry = pool[int(self.rng.integers(len(pool)))]
            crop, heads, weight = self.crop(entry, entry[1][int(self.rng.integers(len(entry[1])))], True)
            crops[k] = crop.transpose(2, 0, 1)
            fill_targets(targets[k], inside[k], heads, weight)
        return crops, targets, inside


def add_lamps(crop, heads, weight, rng):
    """Paints up to three round blobs clear of every head: lamps, mirrors and bokeh are what the finder takes for helmets."""
    for _ in range(int(rng.integers(1, 4))):
        r = rng.uniform(7, 22) * np.exp(rng.normal(0, 0.15, 2))
        x, y = rng.uniform(0, 160), rng.uniform(0, 128)
        if any(abs(x - hx - hw / 2) < hw / 2 + r[0] + 8 and abs(y - hy - hh / 2) < hh / 2 + r[1] + 8 for hx, hy, hw, hh in heads):
            continue
        blob = np.zeros(crop.shape[:2], np.float32)
        cv2.ellipse(blob, (int(x), int(y)), (int(r[0]), int(r[1])), float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
        blob = cv2.GaussianBlur(blob, (0, 0), rng.uniform(0.5, 4))[..., None] * rng.uniform(0.4, 1)
        colour = rng.uniform(150, 255, 3) if rng.random() < 0.6 else rng.uniform(0, 255, 3)
        crop = (crop * (1 - blob) + colour * blob).astype(np.uint8)
        j, i = int(y / 4), int(x / 4)
        weight[max(0, j - 5):j + 6, max(0, i - 5):i + 6] = 1
    return crop


def fill_targets(target, inside, heads, weight):
    target[1] = weight
    yy, xx = np.mgrid[0:32, 0:40]
    for x, y, w, h in heads:
        cx, cy = (x + w / 2) / 4, (y + h / 2) / 4
        i, j = int(cx), int(cy)
        if not (0 <= cx < 40 and 0 <= cy < 32):
            continue
        if max(w, h) < 10 or max(w, h) > 90:  # outside the scales that are to be found
            target[1, max(0, j - 6):j + 7, max(0, i - 6):i + 7] = 0
            continue
        sigma = max(0.7, 0.11 * (w + h) / 2 / 4 * 2)
        target[0] = np.maximum(target[0], np.exp(-((xx - i) ** 2 + (yy - j) ** 2) / (2 * sigma ** 2)))
        target[1, max(0, j - 2):j + 3, max(0, i - 2):i + 3] = 1
        near = (np.abs(xx - i) <= 1) & (np.abs(yy - j) <= 1)
        target[2][near], target[3][near] = (cx - xx)[near], (cy - yy)[near]
        target[4][near], target[5][near] = np.log(w / 32), np.log(h / 32)
        inside |= near


def loss_of(raw, targets, inside):
    heat, weight = targets[:, 0], targets[:, 1]
    p = torch.sigmoid(raw[:, 0]).clamp(1e-4, 1 - 1e-4)
    pos = (heat > 0.999).float() * weight
    n = pos.sum().clamp(min=1)
    focal = -(pos * (1 - p) ** 2 * p.log() + (1 - pos) * weight * (1 - heat) ** 4 * p ** 2 * (1 - p).log()).sum() / n
    box = (raw[:, 1:] - targets[:, 2:]).abs().sum(1)
    return focal + 0.6 * (box * inside).sum() / inside.sum().clamp(min=1)


def nms(boxes, limit=0.45):
    """Rows score, cx, cy, w, h by falling score -> rows kept."""
    kept = []
    for b in boxes[np.argsort(-boxes[:, 0])]:
        xywh = [[b[1] - b[3] / 2, b[2] - b[4] / 2, b[3], b[4]]]
        if not kept or iou(xywh, [[k[1] - k[3] / 2, k[2] - k[4] / 2, k[3], k[4]] for k in kept]).max() < limit:
            kept.append(b)
    return np.array(kept).reshape(-1, 5)


def evaluate(net, crops, names, threshold=0.3):
    """-> {source: {heads, AP50, recall and precision at the threshold}} over every val view; heads outside the crop's scales are ignored."""
    export, table = FinderExport(net).eval(), {}
    export.grid = export.grid.to(next(net.parameters()).device)
    for source in [n for n in names if n in crops.pools]:
        hits, total = [], 0
        for entry in crops.pools.get(source, []):
            for view in entry[1]:
                crop, heads, weight = crops.crop(entry, view, False)
                found = infer(export, crop[None])[0]
                found = nms(found[found[:, 0] > 0.05])
                centre = heads[:, :2] + heads[:, 2:] / 2
                size = heads[:, 2:].max(1) if len(heads) else np.zeros(0)
                whole = (centre > 4).all(1) & (centre < [156, 124]).all(1) & (size >= 12) & (size <= 80)
                total += int(whole.sum())
                left = set(range(len(heads)))
                for s, cx, cy, w, h in found:
                    scores = iou([[cx - w / 2, cy - h / 2, w, h]], heads)[0]
                    best = max(left, key=lambda k: scores[k], default=None)
                    if best is not None and scores[best] >= 0.5:
                        left.discard(best)
                        if whole[best]:
                            hits.append((s, 1))
                    elif weight[min(31, max(0, int(cy / 4))), min(39, max(0, int(cx / 4)))] > 0 and not (len(scores) and scores.max() > 0.3 and not whole[scores.argmax()]):
                        hits.append((s, 0))
        over = [h for s, h in hits if s >= threshold]
        table[source] = {"heads": total, "AP50": average_precision(hits, total), f"R@{threshold}": round(sum(over) / max(total, 1), 3),
                         f"P@{threshold}": round(sum(over) / max(len(over), 1), 3)}
    return table


def main():
    step = Step("finder", arguments(__doc__, steps=6000, batch=32, lr=2e-3, init="", sim_share=SHARES["sim"]).parse_args())
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    crops, val = (Crops([i for i in load(step.work, split) if i["source"] in SHARES or i["tag"] == "site"], teacher, step.args.sim_share) for split in ("train", "val"))
    counts = {s: {"pictures": len(p), "crops": sum(len(e[1]) for e in p)} for s, p in crops.pools.items()}
    step.say(f"crops: {counts}")
    net = initialise(HeadFinder(), step.args.init) if step.args.init else HeadFinder()

    def loss(net, batch):
        x = (batch[0].float() - 127.5) / 127.5
        return loss_of(net(x.contiguous(memory_format=torch.channels_last)), *batch[1:])

    _, metrics = fit(step, net, lambda rng: crops.draw(rng, step.args.batch), loss,
                     lambda ema: evaluate(ema, val, ["helmet_motor", "kaggle764", "nckh", "hard_hat_workers", "site"]), step.args.lr, weight_decay=0.02)
    step.finish(metrics, pictures=counts)


if __name__ == "__main__":
    main()

"""Trains the head classifier (worn / bare / unreadable) on one thread; resumes from --out/classifier.pt.

python3 train_classifier.py --out WORK [--steps 3000] [--sim DIR] [--mined FILE.npz] [--leave-out SOURCE] [--no-probe]
"""
import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from data import degrade, head_rect, load_set, read, sample, show
from nets import HeadClassifier, load_probe

PATCH, HEAD = 104, 40  # a patch shows 2.6 x the head box; the head is 40 px of 104
WORN, BARE, UNREADABLE = 0, 1, 2


def head_patches(images, rng, with_negatives):
    """-> list of (patch uint8 [104, 104, 3], native head px, label, source, stretched)"""
    out = []
    for im in images:
        heads = [b for b in im["boxes"] if b["name"] in ("helmet", "bare_head")]
        groups = [b["box"] for b in im["boxes"] if b["name"] == "rider_with_vehicle"]
        picture = read(im["path"])
        for b in heads:
            x, y, w, h = b["box"]
            if b.get("recommended", 1) != 1 or max(w, h) < 7:
                continue
            if im["source"] == "nckh" and not any(
                    gx <= x + w / 2 <= gx + gw and gy - h <= y + h / 2 <= gy + 0.33 * gh for gx, gy, gw, gh in groups):
                continue  # helmets hanging on bikes
            patch = sample(picture, head_rect(b["box"], 2.6), (PATCH, PATCH))
            if patch.max() > 40:
                out.append((patch, max(w, h), BARE if b["name"] == "bare_head" else WORN, im["source"], im["stretched"]))
        if with_negatives:
            out += [(sample(picture, head_rect(box, 2.6), (PATCH, PATCH)), box[2], UNREADABLE, im["source"], False)
                    for box in negative_boxes(im, heads + [b for b in im["boxes"] if b["name"] == "hidden_head"], rng)]
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


class Sampler:
    """Draws labels, then sources by the square root of their size under the shares of README.md."""

    def __init__(self, items, rng):
        self.rng, self.items = rng, items
        self.pools = {}
        for k, (_, _, label, source, _) in enumerate(items):
            self.pools.setdefault(label, {}).setdefault(source, []).append(k)
        self.weights = {label: self._weights(label, pool) for label, pool in self.pools.items()}

    def _weights(self, label, pool):
        w = {s: len(ids) ** 0.5 for s, ids in pool.items()}
        street = {"helmet_motor", "kaggle764", "nckh", "neg_cars"}
        share = {WORN: 0.4, BARE: 0.6, UNREADABLE: 0.4}[label]  # of heads/
        far = sum(v for s, v in w.items() if s not in street and s not in ("sim", "mined"))
        near = sum(v for s, v in w.items() if s in street)
        for s in w:
            if s == "sim":
                w[s] = 0.25
            elif s == "mined":
                w[s] = 0.5
            else:
                w[s] *= (1 - share) / near if s in street else share / far
        if label == WORN and "nckh" in w:
            w["nckh"] = 0.08
        total = sum(w.values())
        return list(w), np.array([w[s] / total for s in w])

    def draw(self, n):
        labels = self.rng.choice(3, n, p=[0.36, 0.42, 0.22])
        crops = np.empty((n, 3, 64, 64), np.float32)
        for k, label in enumerate(labels):
            names, p = self.weights[int(label)]
            ids = self.pools[int(label)][names[int(self.rng.choice(len(names), p=p))]]
            crops[k] = self.augment(self.items[ids[int(self.rng.integers(len(ids)))]]).transpose(2, 0, 1) / 255.0
        return torch.from_numpy(crops), torch.from_numpy(labels)

    def augment(self, item):
        patch, native, label, source, stretched = item
        rng = self.rng
        if label == UNREADABLE and rng.random() < 0.2:
            patch = lamp(patch, rng)
        if rng.random() < 0.15:
            patch = self.recolour(patch)
        scale = 64 / (1.6 * HEAD) / np.exp(rng.uniform(np.log(0.78), np.log(1.28)))
        aspect = np.exp(rng.normal(0, 0.12 if stretched else 0.05))
        angle, flip = np.deg2rad(rng.uniform(-13, 13)), -1 if rng.random() < 0.5 else 1
        m = np.array([[np.cos(angle) * aspect * flip, -np.sin(angle)], [np.sin(angle) * flip, np.cos(angle) / aspect]]) * scale
        shift = rng.normal(0, 0.08, 2) * HEAD
        t = 32 - m @ (PATCH / 2 + shift)
        crop = cv2.warpAffine(patch, np.hstack([m, t[:, None]]), (64, 64), flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_CONSTANT, borderValue=(114,) * 3)
        if rng.random() < 0.15:  # something in front
            w, h = rng.integers(8, 30, 2)
            x, y = rng.integers(0, 64 - w), rng.integers(24, 64 - h) if h < 40 else 24
            crop[y:y + h, x:x + w] = rng.integers(0, 255, 3) if rng.random() < 0.5 else crop[::-1][y:y + h, x:x + w]
        head_px = min(native, float(np.exp(rng.uniform(np.log(9), np.log(48)))))
        side = max(10, int(round(1.6 * head_px)))
        small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA) if side < 60 else crop
        return cv2.resize(degrade(small, rng), (64, 64), interpolation=cv2.INTER_LINEAR) if side < 60 else degrade(small, rng)

    def recolour(self, patch):
        other = self.items[int(self.rng.integers(len(self.items)))][0].reshape(-1, 3).astype(np.float32)
        flat = patch.reshape(-1, 3).astype(np.float32)
        out = (flat - flat.mean(0)) / (flat.std(0) + 4) * (other.std(0) + 4) + other.mean(0)
        return np.clip(0.3 * flat + 0.7 * out, 0, 255).astype(np.uint8).reshape(patch.shape)


def val_crops(items):
    """The plain 64x64 crops of the patches."""
    a = round((PATCH - 1.6 * HEAD) / 2)
    return np.stack([cv2.resize(i[0][a:-a, a:-a], (64, 64)) for i in items])


def logits_of(net, crops):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(torch.from_numpy(crops[k:k + 256].transpose(0, 3, 1, 2)).float() / 255)
                          for k in range(0, len(crops), 256)])


def auc(scores, positive):
    ranks = np.argsort(np.argsort(scores)) + 1
    p, n = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - p * (p + 1) / 2) / max(p * n, 1))


def report(net, items, crops, temperature=1.0):
    """-> {source: {heads, bare, auc, P@t and R@t of bare over heads and rejects, share of rejects refused}}"""
    z = logits_of(net, crops) / temperature
    prob, z = torch.softmax(z, 1).numpy(), z.numpy()
    labels, sources = np.array([i[2] for i in items]), np.array([i[3] for i in items])
    out = {}
    for s in sorted(set(sources)) + ["riders", "all"]:
        pick = np.isin(sources, ["helmet_motor", "kaggle764", "nckh"]) if s == "riders" else (sources == s) | (s == "all")
        head, bare = pick & (labels != UNREADABLE), pick & (labels == BARE)
        row = out[s] = {"heads": int(head.sum()), "bare": int(bare.sum())}
        if 0 < bare.sum() < head.sum():
            row["auc"] = auc(z[head, 1] - z[head, 0], labels[head] == BARE)
            for t in (0.5, 0.7, 0.8, 0.9):
                hit = pick & (prob[:, 1] >= t)
                row[f"P@{t}"], row[f"R@{t}"] = (hit & bare).sum() / max(hit.sum(), 1), (hit & bare).sum() / bare.sum()
        junk = pick & (labels == UNREADABLE)
        if junk.any():
            row["refused"] = (prob.argmax(1)[junk] == UNREADABLE).mean()
        out[s] = {k: round(float(v), 3) for k, v in row.items()}
    return out


def load_items(args, rng):
    train = load_set(Path(args.shared) / "data/riders", "train", "riders") + load_set(Path(args.shared) / "data/heads", "train", "heads")
    train = [i for i in train if i["source"] != args.leave_out and i["source"] != "neg_coco128"]
    items = head_patches(train, rng, True)
    items += head_patches([i for folder in args.sim for i in load_set(folder, "train", "sim")], rng, True)
    if args.mined:
        mined = np.load(args.mined)
        items += [(p, float(m), UNREADABLE, "mined", False) for p, m in zip(mined["patches"], mined["sizes"])]
    val = load_set(Path(args.shared) / "data/riders", "val", "riders") + load_set(Path(args.shared) / "data/heads", "val", "heads")
    if args.leave_out:
        val += [i for i in load_set(Path(args.shared) / "data/riders", "train", "riders") + load_set(Path(args.shared) / "data/heads", "train", "heads")
                if i["source"] == args.leave_out]
    return items, head_patches(val, np.random.default_rng(5), True)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--shared", default="../shared"), ap.add_argument("--out", required=True)
    ap.add_argument("--steps", type=int, default=3000), ap.add_argument("--batch", type=int, default=96)
    ap.add_argument("--lr", type=float, default=2e-3), ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--sim", nargs="*", default=[], help="folders of simulated pictures (train.json); read again at every start"), ap.add_argument("--mined"), ap.add_argument("--leave-out")
    ap.add_argument("--init", help="checkpoint to start from instead of the probe")
    ap.add_argument("--no-probe", action="store_true")
    args = ap.parse_args()
    torch.set_num_threads(1), torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    items, val = load_items(args, rng)
    vcrops, sampler = val_crops(val), Sampler(items, rng)
    for label, (names, p) in sampler.weights.items():
        print(["worn", "bare", "unreadable"][label], [f"{n} {len(sampler.pools[label][n])} {q:.2f}" for n, q in zip(names, p)], flush=True)
    net = HeadClassifier()
    if args.init:
        net.load_state_dict(torch.load(args.init)["ema"])
    elif not args.no_probe:
        load_probe(net, Path(args.shared) / "weights/head_probe.onnx", sampler.draw(512)[0])
    ema = HeadClassifier()
    ema.load_state_dict(net.state_dict())
    opt = torch.optim.AdamW(net.parameters(), args.lr, weight_decay=0.02)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, args.lr, args.steps, pct_start=0.15)
    step, state = 0, out / "classifier.pt"
    if state.exists():
        saved = torch.load(state)
        net.load_state_dict(saved["net"]), ema.load_state_dict(saved["ema"]), opt.load_state_dict(saved["opt"])
        sched.load_state_dict(saved["sched"])
        step = saved["step"]
    print(f"from step {step}\n{show(report(ema, val, vcrops))}", flush=True)
    start, losses = time.time(), []
    while step < args.steps:
        crops, labels = sampler.draw(args.batch)
        net.train()
        loss = F.cross_entropy(net(crops), labels, label_smoothing=0.05)
        opt.zero_grad(), loss.backward(), opt.step(), sched.step()
        step += 1
        losses.append(loss.item())
        decay = min(0.998, (1 + step) / (10 + step))
        for e, p in zip(ema.state_dict().values(), net.state_dict().values()):
            e.mul_(decay).add_(p, alpha=1 - decay) if e.is_floating_point() else e.copy_(p)
        if step % 100 == 0:
            print(f"{step} loss {np.mean(losses[-100:]):.4f} {100 * args.batch / (time.time() - start):.0f} crops/s", flush=True)
            start = time.time()
        if step % 500 == 0 or step == args.steps:
            torch.save({"net": net.state_dict(), "ema": ema.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(),
                        "step": step, "args": vars(args)}, state)
            print(show(report(ema, val, vcrops)), flush=True)


if __name__ == "__main__":
    main()

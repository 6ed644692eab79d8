"""Trains the head classifier (worn / bare / unreadable), from scratch: W/classifier/checkpoint.pt.

python3 train_classifier.py --work W [--steps 2500] [--init FILE] [--teachers 3] [--keep SHARE] [--blend SHARE]

To learn from simulated heads without forgetting cameras: --keep makes what the network of --init says of real crops this share of
their loss (Li and Hoiem, Learning without Forgetting, 2016); --blend takes this share of the trained weights and the rest of --init's
(Wortsman et al., Robust Fine-Tuning of Zero-Shot Models, 2022).
"""
import copy
import os
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import nets
from augment import HEAD, PATCH, Draws, Recipe, augmented
from data import head_rect, load, read, sample
from start import initialise
from step import Step, arguments, copy_of, fit, infer, load_checkpoint, show, spread

WORN, BARE, UNREADABLE = 0, 1, 2


TEACHER_WIDTH = 3
SIM_WEIGHT = 0.25  # of simulated heads, beside 1 for all real ones together
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


class Sampler:
    """Draws labels, then sources by the square root of their size under the shares of README.md."""

    def __init__(self, items, recipe=Recipe(), device="cpu", sim_weight=SIM_WEIGHT):
        self.recipe, self.device, self.pools = recipe, torch.device(device), {}
        for k, i in enumerate(items):
            self.pools.setdefault(i.label, {}).setdefault("mined" if i.mined else i.source, []).append(k)
        self.patches = torch.from_numpy(np.stack([i.patch for i in items])).permute(0, 3, 1, 2).contiguous().to(self.device)
        self.facts = torch.tensor([[i.px, i.label == UNREADABLE, i.stretched] for i in items], dtype=torch.float32).to(self.device)
        self.real = torch.tensor([i.source != "sim" for i in items], dtype=torch.float32).to(self.device)
        self.heads = np.array([k for k, i in enumerate(items) if i.label != UNREADABLE] or range(len(items)))
        self.weights = {label: self._weights(label, pool, sim_weight) for label, pool in self.pools.items()}

    @staticmethod
    def _weights(label, pool, sim_weight):
        root = {s: len(ids) ** 0.5 for s, ids in pool.items()}
        fixed = {"sim": sim_weight, "mined": 0.5, "site": 0.5}  # beside 1 for all other sources together
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
        """-> crops float 0-1 [n, 3, 64, 64], shares of the labels [n, 3], 1 for real crops [n], on the sampler's device"""
        p = np.array([q if k in self.pools else 0 for k, q in enumerate((0.36, 0.42, 0.22))])
        labels, ids = rng.choice(3, n, p=p / p.sum()), np.empty(n, np.int64)
        for label in set(labels):
            names, q = self.weights[int(label)]
            source, place = rng.choice(len(names), n, p=q), rng.random(n)
            for k in np.flatnonzero(labels == label):
                pool = self.pools[int(label)][names[source[k]]]
                ids[k] = pool[int(place[k] * len(pool))]
        others = self.heads[rng.integers(0, len(self.heads), n)]
        crops = self.augmented(ids, others, int(rng.integers(2 ** 62)))
        target = F.one_hot(torch.from_numpy(labels).to(self.device), 3).float()
        if self.recipe.mixup:
            share = float(rng.beta(self.recipe.mixup, self.recipe.mixup))
            crops, target = share * crops + (1 - share) * crops.flip(0), share * target + (1 - share) * target.flip(0)
        return crops, target, self.real[torch.from_numpy(ids).to(self.device)]

    def augmented(self, ids, others, seed):
        """-> crops float 0-1 [n, 3, 64, 64] of the items with these numbers"""
        ids, others = (torch.as_tensor(v, device=self.device) for v in (ids, others))
        facts = self.facts[ids]
        return augmented(self.patches[ids], self.patches[others], facts[:, 0], facts[:, 1] > 0, facts[:, 2] > 0, Draws(seed, self.device), self.recipe) / 255


def plain_crops(items, grow=1.6):
    """The 64x64 crops of the patches as the service cuts them."""
    a = round((PATCH - grow * HEAD) / 2)
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


def items_of_all(images, step):
    """items_of, on all processors where there are more than two."""
    images = [i for i in images if i["source"] != "neg_coco128"]
    parts = [images[k:k + 64] for k in range(0, len(images), 64)]
    return [i for part in spread(lambda k: items_of(parts[k], [5, k]), len(parts), (os.cpu_count() or 1) // 2, step) for i in part]


def load_items(step):
    """-> training items with the mined ones, val items"""
    train, val = (items_of_all(load(step.work, split), step) for split in ("train", "val"))
    mined = np.load(step.need("mine/mined.npz"))
    train += [Item(p, float(px), UNREADABLE, str(s), mined=True) for p, px, s in zip(mined["patches"], mined["sizes"], mined["sources"])]
    return train, val


def train_teachers(step, items, val, count):
    """-> networks three times as wide, each from a seed of its own, in folders of their own"""
    teachers = []
    for k in range(count):
        part = copy.copy(step)
        part.folder, part.args = step.folder / f"teacher-{k + 1}", copy_of(step.args, seed=100 * step.args.seed + k, init="")
        part.folder.mkdir(exist_ok=True)
        step.say(f"teacher {k + 1} of {count}")
        teachers.append(train(part, items, val, net=nets.HeadClassifier.of_width(TEACHER_WIDTH))[0])
    return teachers


def train(step, items, val, recipe=Recipe(), net=None, teachers=()):
    """-> (net, metrics on val). With teachers, half of the loss is what they say of the same crops (Hinton et al. 2015)."""
    keep = getattr(step.args, "keep", 0.0)
    if (keep or getattr(step.args, "blend", 1.0) < 1) and not step.args.init:
        raise SystemExit("--keep and --blend need --init, the network that is kept")
    if keep and teachers:
        raise SystemExit("--keep has a teacher of its own: leave --teachers away")
    sampler, crops = Sampler(items, recipe, step.device, getattr(step.args, "sim_weight", SIM_WEIGHT)), plain_crops(val, recipe.grow)
    step.say(sampler.shares())
    if net is None:
        net = nets.HeadClassifier()
        net = initialise(net, step.args.init) if step.args.init else net
    if keep:
        teachers = [copy.deepcopy(net)]
    for t in teachers:
        t.to(step.device).eval()

    def loss(net, batch):
        x, target, real = batch[0].contiguous(memory_format=torch.channels_last), *batch[1:]
        with torch.autocast(step.device.type, torch.bfloat16, enabled=step.device.type == "cuda"):
            z = net(x)
            if teachers:
                with torch.no_grad():
                    told = torch.stack([torch.softmax(t(x).float(), 1) for t in teachers]).mean(0)
        own = F.cross_entropy(z.float(), target, label_smoothing=0.05, reduction="none")
        if teachers:
            share = keep * real if keep else 0.5
            own = (1 - share) * own + share * F.cross_entropy(z.float(), told, reduction="none")
        return own.mean()

    net, metrics = fit(step, net, lambda rng: sampler.draw(rng, step.args.batch), loss, lambda ema: report(logits_of(ema, crops), val), step.args.lr, weight_decay=0.02, workers=0)
    if getattr(step.args, "blend", 1.0) < 1 and blend(step, net):
        metrics = report(logits_of(net, crops), val)
        step.say(show(metrics))
    return net, metrics


def blend(step, net):
    """Gives the trained network and its checkpoint --blend of their weights and the rest of --init's; once only, however often the step runs. -> whether it did"""
    saved, share = load_checkpoint(step.folder / "checkpoint.pt"), step.args.blend
    if saved.get("blended"):
        return False
    before = initialise(copy.deepcopy(net).cpu(), step.args.init).state_dict()
    mixed = {k: share * v + (1 - share) * before[k] if v.is_floating_point() else v for k, v in saved["ema"].items()}
    net.load_state_dict(mixed)
    step.save(**{k: saved[k] for k in ("net", "opt", "step")}, ema=mixed, blended=1)
    return True



def main():
    step = Step("classifier", arguments(__doc__, steps=2500, batch=512, lr=3e-3, init="", teachers=0, sim_weight=SIM_WEIGHT, keep=0.0, blend=1.0).parse_args())
    items, val = load_items(step)
    _, metrics = train(step, items, val, teachers=train_teachers(step, items, val, step.args.teachers))
    step.finish(metrics, items=len(items), mined=sum(i.mined for i in items))


if __name__ == "__main__":
    main()

"""Trains the rider detector (rider_group, two_wheeler, person) from the COCO YOLOX-nano: W/detector/checkpoint.pt.

python3 train_detector.py --work W [--steps 2600] [--init FILE]
"""
import json
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.ops import batched_nms

from data import GREY, average_precision, iou, load, read, sample, union
from labels import RIDERLESS, by_name, riderless_labels, share, street_labels
from nets import DETECTOR_LABELS, YoloxNano, load_coco, yolox_decode, yolox_grid
from start import initialise
from step import Step, arguments, fit, infer

W, H = 640, 384  # the network's input in service and in evaluation
IGNORE, NO_GROUP = 3, 4  # labels beside the three classes: without loss; certainly no rider_group
TRAIN_W, TRAIN_H = 480, 320  # training frames: the same object sizes with less empty ground
SHARES = {"helmet_motor": 0.2, "kaggle764": 0.24, "nckh": 0.2, "neg_cars": 0.06, "neg_coco128": 0.08, "sim": 0.22, "riderless": 0.16, "site": 0.3}  # of the frames, scaled to those present
COCO_ROWS = [[3], [1, 3], [0]]  # motorcycle; bicycle and motorcycle; person


def pool_of(im):
    return "site" if im["tag"] == "site" else "riderless" if im["source"] in RIDERLESS else im["source"]


def labels_of(im, teacher):
    """-> street labels; None for a picture that cannot be labelled."""
    return (riderless_labels if im["source"] in RIDERLESS else street_labels)(im, teacher)


def pictures(work, split):
    """The pictures a detector learns from or is measured on."""
    return [i for i in load(work, split) if i["tag"] in ("riders", "sim", "site") or i["source"] in RIDERLESS]


def pushed_pairs(labels):
    """Boxes around a person and the two-wheeler beside or under whom nobody rides: what looks most like a rider_group and is none."""
    pairs = [(p, share(p, labels["two_wheeler"])) for p in labels["person"]]
    return [union([p, labels["two_wheeler"][int(s.argmax())]]) for p, s in pairs if s.max(initial=0) > 0.25]


class Frames:
    """Makes 480x320 training frames: single letterboxed pictures and mosaics of four or nine."""

    def __init__(self, images, teacher, sim_share=SHARES["sim"]):
        self.rng, self.pools = None, {}
        for im in images:
            labels = labels_of(im, teacher)
            if labels is None:
                continue
            boxes = [(k, b) for k, name in enumerate([*DETECTOR_LABELS, "ignore"]) for b in labels[name]]
            nobody_rides = im["tag"] == "sim" and not labels["rider_group"]
            pushed = pushed_pairs(labels) if nobody_rides or "person" in im["exhaustive"] else []
            boxes += [(NO_GROUP, b) for b in pushed + labels.get("no_group", [])]
            entry = (np.frombuffer(Path(im["path"]).read_bytes(), np.uint8), boxes)
            self.pools.setdefault(pool_of(im), []).extend([entry] * (3 if pushed else 1))  # pushed bikes are rare and matter
        self.names = [s for s in SHARES if s in self.pools]
        p = np.array([{**SHARES, "sim": sim_share}[s] for s in self.names])
        self.p = p / p.sum()
        self.noise = np.random.default_rng(0).normal(0, 1, (TRAIN_H + 64, TRAIN_W + 64, 3)).astype(np.float32)

    def pick(self):
        pool = self.pools[self.names[int(self.rng.choice(len(self.names), p=self.p))]]
        data, boxes = pool[int(self.rng.integers(len(pool)))]
        image = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        boxes = np.array([[k, *b] for k, b in boxes], np.float32).reshape(-1, 5)
        if self.rng.random() < 0.5:
            image = image[:, ::-1]
            boxes[:, 1] = image.shape[1] - boxes[:, 1] - boxes[:, 3]
        return image, boxes

    def place(self, canvas, tile, focus):
        """Draws one picture into the tile (x, y, w, h); with `focus` at the scale that gives one of its boxes a drawn height."""
        rng, (tx, ty, tw, th) = self.rng, tile
        image, boxes = self.pick()
        ih, iw = image.shape[:2]
        scale = min(tw / iw, th / ih)
        objects = boxes[boxes[:, 0] < 3]
        ox = oy = 0.0
        if focus and len(objects):
            x, y, w, h = objects[int(rng.integers(len(objects))), 1:]
            target = float(np.exp(rng.uniform(np.log(18), np.log(300))))
            scale = float(np.clip(target / max(h, 0.7 * w), 0.75 * scale, max(1.6, scale * 1.5)))
            ox = np.clip((x + w / 2) * scale - tw * rng.uniform(0.25, 0.75), 0, max(0, iw * scale - tw))
            oy = np.clip((y + h / 2) * scale - th * rng.uniform(0.25, 0.75), 0, max(0, ih * scale - th))
        elif focus or rng.random() < 0.5:
            scale *= np.exp(rng.uniform(np.log(0.6), np.log(1.8)))
            ox, oy = rng.uniform(0, max(0, iw * scale - tw) + 1e-3), rng.uniform(0, max(0, ih * scale - th) + 1e-3)
        stretch = np.exp(rng.normal(0, 0.06))
        sx, sy = scale * stretch, scale / stretch
        cw, ch = int(min(tw, iw * sx - ox)), int(min(th, ih * sy - oy))
        if cw < 8 or ch < 8:
            return np.zeros((0, 5), np.float32)
        canvas[ty:ty + ch, tx:tx + cw] = sample(image, (ox / sx, oy / sy, cw / sx, ch / sy), (cw, ch))
        out = []
        for k, x, y, w, h in boxes:
            x, y, w, h = x * sx - ox, y * sy - oy, w * sx, h * sy
            x0, y0, x1, y1 = max(0, x), max(0, y), min(cw, x + w), min(ch, y + h)
            if x1 - x0 < 2 or y1 - y0 < 2:
                continue
            seen = (x1 - x0) * (y1 - y0) / (w * h)
            unclear = seen < 0.35 or max(w, h) < 12 or y0 - y > 0.2 * h  # mostly hidden, tiny, or without its heads
            if k == NO_GROUP and unclear:
                continue
            out.append([IGNORE if unclear else k, x0 + tx, y0 + ty, x1 - x0, y1 - y0])
        return np.array(out, np.float32).reshape(-1, 5)

    def frame(self):
        rng = self.rng
        canvas = np.full((TRAIN_H, TRAIN_W, 3), GREY, np.uint8)
        n = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2]))
        if n == 1:
            boxes = self.place(canvas, (0, 0, TRAIN_W, TRAIN_H), rng.random() < 0.5)
        else:
            xs, ys = [[0, *(int(v * (i + rng.uniform(-0.15, 0.15)) / n) for i in range(1, n)), v] for v in (TRAIN_W, TRAIN_H)]
            boxes = np.concatenate([self.place(canvas, (x0, y0, x1 - x0, y1 - y0), rng.random() < 0.8)
                                    for x0, x1 in zip(xs, xs[1:]) for y0, y1 in zip(ys, ys[1:])])
        return self.degrade(canvas), boxes

    def draw(self, rng, n):
        """-> uint8 [n, 3, 320, 480], per frame the boxes (label, x, y, w, h)"""
        self.rng = rng
        pictures, boxes = zip(*[self.frame() for _ in range(n)])
        return np.stack(pictures).transpose(0, 3, 1, 2).copy(), list(boxes)

    def degrade(self, x):
        rng = self.rng
        if rng.random() < 0.7:
            ramp, gamma = np.arange(256) / 255, np.exp(rng.normal(0, 0.25))
            gain = rng.uniform(0.75, 1.25) * rng.uniform(0.92, 1.08, 3)
            x = cv2.LUT(x, np.clip(255 * np.clip(ramp[:, None] * gain, 0, 1) ** gamma, 0, 255).astype(np.uint8)[:, None])
        if rng.random() < 0.1:
            x = np.repeat(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
        if rng.random() < 0.25:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.3))
        if rng.random() < 0.2:
            i, j = rng.integers(0, 64, 2)
            x = np.clip(x + self.noise[i:i + TRAIN_H, j:j + TRAIN_W] * np.float32(rng.uniform(1, 8)), 0, 255).astype(np.uint8)
        if rng.random() < 0.3:
            x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])[1], cv2.IMREAD_COLOR)
        return x


def assign(pred, scores_logit, gt, cls, cells, strides):
    """SimOTA for one picture. pred [N, 4] cxcywh, gt [G, 4] cxcywh -> (foreground index, matched gt, their IoU)."""
    centre = (cells + 0.5) * strides
    off = (centre[:, None] - gt[None, :, :2]).abs()
    in_box = (off < gt[None, :, 2:] / 2).all(2)
    in_centre = (off < 1.5 * strides[:, None]).all(2)
    idx = (in_box | in_centre).any(1).nonzero()[:, 0]
    p, both = pred[idx], (in_box & in_centre)[idx]
    lt = torch.maximum(p[:, None, :2] - p[:, None, 2:] / 2, gt[None, :, :2] - gt[None, :, 2:] / 2)
    rb = torch.minimum(p[:, None, :2] + p[:, None, 2:] / 2, gt[None, :, :2] + gt[None, :, 2:] / 2)
    inter = (rb - lt).clamp(min=0).prod(2)
    ious = inter / (p[:, None, 2:].prod(2) + gt[None, :, 2:].prod(2) - inter + 1e-6)
    prob = (scores_logit[idx, :1].sigmoid() * scores_logit[idx, 1:].sigmoid()).sqrt().clamp(1e-5, 1 - 1e-5)
    onehot = F.one_hot(cls, 3).float()
    cls_cost = -(onehot[None] * prob.log()[:, None] + (1 - onehot[None]) * (1 - prob).log()[:, None]).sum(2)
    cost = cls_cost - 3 * (ious + 1e-8).log() + 1e5 * (~both).float()
    match = torch.zeros_like(cost, dtype=torch.bool)
    ks = ious.topk(min(10, len(idx)), 0).values.sum(0).int().clamp(min=1)
    nearest = cost.topk(min(10, len(idx)), 0, largest=False).indices  # [10, G]; of each truth its first ks are taken
    match.scatter_(0, nearest, torch.arange(len(nearest), device=cost.device)[:, None] < ks[None])
    twice = match.sum(1) > 1
    match[twice] = F.one_hot(cost[twice].argmin(1), len(gt)).bool()
    rows, which = match.nonzero(as_tuple=True)
    return idx[rows], which, ious[rows, which]


def inside_of(labels, centre):
    """-> mask [N] of the locations inside any of the boxes (label, x, y, w, h)."""
    low, high = labels[:, None, 1:3], labels[:, None, 1:3] + labels[:, None, 3:]
    return ((centre > low) & (centre < high)).all(2).any(0)


def loss_of(raw, frames_boxes, cells, strides):
    box = yolox_decode(raw, cells, strides)
    centre = (cells + 0.5) * strides
    total_box = total_cls = raw.sum() * 0
    obj_target, obj_weight = torch.zeros_like(raw[..., 0]), torch.ones_like(raw[..., 0])
    count = 0
    for k, labels in enumerate(frames_boxes):
        ridden = inside_of(labels[labels[:, 0] == 0], centre)
        obj_weight[k, inside_of(labels[labels[:, 0] == IGNORE], centre)] = 0
        pushed = inside_of(labels[labels[:, 0] == NO_GROUP], centre) & ~ridden
        if pushed.any():
            worst = raw[k, pushed, 5].topk(min(12, int(pushed.sum()))).values
            total_cls = total_cls + 60 * F.softplus(worst).mean()
        labels = labels[labels[:, 0] < 3]
        if not len(labels):
            continue
        gt = torch.cat([labels[:, 1:3] + labels[:, 3:] / 2, labels[:, 3:]], 1)
        cls = labels[:, 0].long()
        with torch.no_grad():
            rows, which, match_iou = assign(box[k].detach(), raw[k, :, 4:].detach(), gt, cls, cells, strides)
        if not len(rows):
            continue
        p, g = box[k, rows], gt[which]
        lt = torch.maximum(p[:, :2] - p[:, 2:] / 2, g[:, :2] - g[:, 2:] / 2)
        rb = torch.minimum(p[:, :2] + p[:, 2:] / 2, g[:, :2] + g[:, 2:] / 2)
        inter = (rb - lt).clamp(min=0).prod(1)
        ious = inter / (p[:, 2:].prod(1) + g[:, 2:].prod(1) - inter + 1e-6)
        total_box = total_box + (1 - ious ** 2).sum()
        target = F.one_hot(cls[which], 3).float() * match_iou[:, None]
        total_cls = total_cls + F.binary_cross_entropy_with_logits(raw[k, rows, 5:], target, reduction="sum")
        obj_target[k, rows], obj_weight[k, rows] = 1.0, 1.0
        count += len(rows)
    obj = (F.binary_cross_entropy_with_logits(raw[..., 4], obj_target, reduction="none") * obj_weight).sum()
    return (5 * total_box + obj + total_cls) / max(count, 1)


def candidates(net, picture, score=0.05, limit=0.6):
    """-> rows (class, score, x, y, w, h in source px) after NMS, the picture letterboxed to 640x384 at the top left."""
    h, w = picture.shape[:2]
    s = min(W / w, H / h)
    cw, ch = round(w * s), round(h * s)
    frame = np.full((H, W, 3), GREY, np.uint8)
    frame[:ch, :cw] = sample(picture, (0, 0, w, h), (cw, ch))
    raw, (cells, strides) = torch.from_numpy(infer(net, frame.transpose(2, 0, 1)[None].astype(np.float32))[0]), yolox_grid(H, W)
    p = raw[:, 4:5].sigmoid() * raw[:, 5:].sigmoid()
    best, cls = p.max(1)
    keep = best > score
    box, best, cls = yolox_decode(raw[keep], cells[keep], strides[keep]), best[keep], cls[keep]
    corners = torch.cat([box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2], 1)
    kept = batched_nms(corners, best, cls, limit)
    xywh = torch.cat([corners[:, :2], box[:, 2:]], 1) / s
    return torch.cat([cls[:, None].float(), best[:, None], xywh], 1)[kept].numpy()


def evaluate(net, images, teacher):
    """-> {source: {share of heads inside a rider_group at .12, .35 and .4, AP50 and false detections of each class}}"""
    table = {}
    for source in sorted({i["source"] for i in images}):
        hits, totals, heads, covered = [[], [], []], [0, 0, 0], 0, {0.12: 0, 0.35: 0, 0.4: 0}
        for im in [i for i in images if i["source"] == source]:
            labels = labels_of(im, teacher)
            if labels is None:
                continue
            rows = candidates(net, read(im["path"]))
            for b in by_name(im, "helmet", "bare_head") if source not in RIDERLESS else []:
                x, y = b[0] + b[2] / 2, b[1] + b[3] / 2
                if source == "nckh" and not any(g[0] < x < g[0] + g[2] and g[1] < y < g[1] + g[3] for g in labels["rider_group"]):
                    continue  # its riders are not all labelled
                heads += 1
                for t in covered:
                    covered[t] += any(r[0] == 0 and r[1] >= t and r[2] < x < r[2] + r[4] and r[3] < y < r[3] + r[5] for r in rows)
            for k, name in enumerate(DETECTOR_LABELS):
                gt = labels[name]
                totals[k] += len(gt)
                left = set(range(len(gt)))
                for r in rows[rows[:, 0] == k]:
                    scores = iou([r[2:]], gt)[0] if gt else np.zeros(0)
                    best = max(left, key=lambda j: scores[j], default=None)
                    if best is not None and scores[best] >= 0.5:
                        left.discard(best)
                        hits[k].append((r[1], 1))
                    elif not (labels["ignore"] and (iou([r[2:]], labels["ignore"])[0].max() > 0.3)):
                        hits[k].append((r[1], 0))
        row = table[source] = {"heads": heads, **{f"heads in a group@{t}": round(c / max(heads, 1), 3) for t, c in covered.items()}}
        for k, name in enumerate(DETECTOR_LABELS):
            if totals[k]:
                row[f"{name} AP50"], row[f"{name} boxes"] = average_precision(hits[k], totals[k]), totals[k]
            row[f"{name} false@0.35"] = sum(1 for s, h in hits[k] if s >= 0.35 and not h)
    return table


def main():
    step = Step("detector", arguments(__doc__, steps=2600, batch=8, lr=1e-3, init="", sim_share=SHARES["sim"]).parse_args())
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    frames = Frames(pictures(step.work, "train"), teacher, step.args.sim_share)
    val = pictures(step.work, "val")
    counts = {s: len(p) for s, p in frames.pools.items()}
    step.say(f"pictures: {counts}")
    net = initialise(YoloxNano(3), step.args.init) if step.args.init else load_coco(YoloxNano(3), Path(step.args.weights) / "yolox_nano.onnx", COCO_ROWS)
    for part in (net.stem, net.dark2):  # edges and textures are COCO's
        part.requires_grad_(False)
    grid = [t.to(step.device) for t in yolox_grid(TRAIN_H, TRAIN_W)]

    def loss(net, batch):
        return loss_of(net(batch[0].float().contiguous(memory_format=torch.channels_last)), batch[1], *grid)

    _, metrics = fit(step, net, lambda rng: frames.draw(rng, step.args.batch), loss, lambda ema: evaluate(ema, val, teacher),
                     step.args.lr, weight_decay=0.01, warm=0.04, clip=10)
    step.finish(metrics, pictures=counts)


if __name__ == "__main__":
    main()

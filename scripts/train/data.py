"""Prepared pictures, and the crop rules shared with src/ (see README.md)."""
import json
from pathlib import Path

import cv2
import numpy as np

cv2.setNumThreads(0)
GREY = 114


def load(work, split=None, tags=None):
    """-> the pictures of W/prepared.json: [{path, tag, split, source, group, size, stretched, exhaustive: set of names, boxes: [{name, box (x, y, w, h), ...}]}]"""
    path = Path(work) / "prepared.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run prepare.py --work {work} first")
    images = [i for i in json.loads(path.read_text())["images"] if (split is None or i["split"] == split) and (tags is None or i["tag"] in tags)]
    for i in images:
        i["exhaustive"] = set(i["exhaustive"])
    return images


def read(path):
    """-> RGB uint8."""
    image = cv2.imread(path)
    if image is None:
        raise SystemExit(f"{path}: cannot be read as a picture")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def sample(image, rect, out_size):
    """The rectangle (x, y, w, h in source px, may leave the picture: grey 114) resampled to out_size (w, h):
    area averaging when shrinking, bilinear when enlarging."""
    x0, y0 = int(round(rect[0])), int(round(rect[1]))
    x1, y1 = max(x0 + 1, int(round(rect[0] + rect[2]))), max(y0 + 1, int(round(rect[1] + rect[3])))
    h, w = image.shape[:2]
    cut = image[max(0, y0):max(0, min(h, y1)), max(0, x0):max(0, min(w, x1))]
    if cut.size == 0:
        return np.full((out_size[1], out_size[0], 3), GREY, np.uint8)
    if x0 < 0 or y0 < 0 or x1 > w or y1 > h:
        cut = cv2.copyMakeBorder(cut, max(0, -y0) if y0 < 0 else 0, max(0, y1 - max(h, y0)), max(0, -x0),
                                 max(0, x1 - max(w, x0)), cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    return cv2.resize(cut, out_size, interpolation=cv2.INTER_AREA if rect[2] > out_size[0] else cv2.INTER_LINEAR)


def group_rect(box):
    """Head-finder crop of a rider_group box: 160x128 px at scale 176 / max(h, 0.8 w). -> rect in source px, scale."""
    x, y, w, h = box
    size = max(h, 0.8 * w)
    s = 176 / size
    return (x + w / 2 - 80 / s, y - 0.12 * size, 160 / s, 128 / s), s


def head_rect(box, grow=1.6):
    """Head-classifier crop: the square of side 1.6 max(w, h) on the head's centre."""
    x, y, w, h = box
    side = grow * max(w, h)
    return x + w / 2 - side / 2, y + h / 2 - side / 2, side, side


def garment_rect(box, grow=1.0):
    """Garment crop of a head box: 3.4 x 4.08 of its longer side, from a fifth above its top: sleeves and hem are seen."""
    x, y, w, h = box
    side = max(w, h)
    width, height = 3.4 * side * grow, 4.08 * side * grow
    return x + w / 2 - width / 2, y + 1.84 * side - height / 2, width, height


def iou(a, b):
    """[N, 4] x [M, 4] (x, y, w, h) -> [N, M]"""
    a, b = np.asarray(a, float).reshape(-1, 4)[:, None], np.asarray(b, float).reshape(-1, 4)[None]
    inter = overlap(a, b)
    return inter / np.maximum(a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - inter, 1e-6)


def overlap(a, b):
    w = np.minimum(a[..., 0] + a[..., 2], b[..., 0] + b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    h = np.minimum(a[..., 1] + a[..., 3], b[..., 1] + b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    return np.clip(w, 0, None) * np.clip(h, 0, None)


def average_precision(hits, total):
    """hits: (score, 1 or 0) of every detection."""
    hits = sorted(hits, reverse=True)
    tp = np.cumsum([h for _, h in hits]) if hits else np.zeros(0)
    precision = np.maximum.accumulate((tp / np.arange(1, len(tp) + 1))[::-1])[::-1] if len(tp) else tp
    return round(float(sum(p for p, (_, h) in zip(precision, hits) if h) / max(total, 1)), 3)


def union(boxes):
    boxes = np.asarray(boxes, float)
    x, y = boxes[:, 0].min(), boxes[:, 1].min()
    return [x, y, (boxes[:, 0] + boxes[:, 2]).max() - x, (boxes[:, 1] + boxes[:, 3]).max() - y]


def degrade(image, rng, strength=1.0):
    """Camera damage on an RGB uint8 picture: gamma, colour cast, blur, noise, JPEG."""
    out = image.astype(np.float32)
    if rng.random() < 0.6 * strength:
        gain = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
        out = 255 * np.clip(out * gain / 255, 0, 1) ** np.exp(rng.normal(0, 0.3))
    if rng.random() < 0.25 * strength:
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0, 1.3)
    if rng.random() < 0.25 * strength:
        k = int(rng.integers(1, 4))
        kernel = np.zeros((2 * k + 1, 2 * k + 1), np.float32)
        angle = rng.uniform(0, np.pi)
        for t in np.linspace(-k, k, 4 * k + 1):
            kernel[int(round(k + t * np.sin(angle))), int(round(k + t * np.cos(angle)))] = 1
        out = cv2.filter2D(out, -1, kernel / kernel.sum())
    elif rng.random() < 0.3 * strength:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.4 * strength:
        out = out + rng.normal(0, rng.uniform(1, 9), out.shape)
    out = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.6 * strength:
        ok, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(18, 80))])
        out = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return out

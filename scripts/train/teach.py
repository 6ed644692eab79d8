"""Runs the COCO YOLOX-nano over riders/ and writes its persons and two-wheelers as one JSON file.

python3 teach.py --out WORK/teacher.json
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torchvision.ops import batched_nms

from data import load_set, read, sample
from nets import YoloxNano, load_coco, yolox_decode, yolox_grid

WANTED = {0: "person", 1: "two_wheeler", 3: "two_wheeler"}


def detect(net, image, long_side):
    """-> boxes (x, y, w, h in source px), scores, classes (0 person, 1 two-wheeler)."""
    h, w = image.shape[:2]
    s = long_side / max(h, w)
    size = [int(np.ceil(v * s / 32)) * 32 for v in (h, w)]
    frame = sample(image, (0, 0, size[1] / s, size[0] / s), (size[1], size[0]))
    cells, strides = yolox_grid(*size)
    with torch.no_grad():
        raw = net(torch.from_numpy(frame.transpose(2, 0, 1).copy()).float()[None])[0]
    p = raw[:, 4:5].sigmoid() * raw[:, 5:].sigmoid()
    score, cls = torch.stack([p[:, 0], torch.maximum(p[:, 1], p[:, 3])], 1).max(1)
    keep = score > 0.08
    return yolox_decode(raw[keep], cells[keep], strides[keep]) / s, score[keep], cls[keep]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--shared", default="../shared"), ap.add_argument("--out", required=True)
    args = ap.parse_args()
    torch.set_num_threads(1)
    riders = Path(args.shared) / "data/riders"
    net = load_coco(YoloxNano(80), Path(args.shared) / "weights/yolox_nano.onnx").eval()
    found = {}
    images = load_set(riders, "train", "riders") + load_set(riders, "val", "riders")
    for k, im in enumerate(images):
        picture = read(im["path"])
        parts = [detect(net, picture, side) for side in ((640, 416) if im["source"] == "kaggle764" else (640,))]
        box, score, cls = (torch.cat(v) for v in zip(*parts))
        corners = torch.cat([box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2], 1)
        keep = batched_nms(corners, score, cls, 0.6)
        found[Path(im["path"]).name] = [
            {"name": ["person", "two_wheeler"][int(cls[i])], "score": round(float(score[i]), 3),
             "box": [round(float(v), 1) for v in (corners[i, 0], corners[i, 1], box[i, 2], box[i, 3])]} for i in keep]
        if k % 200 == 0:
            print(k, len(images), flush=True)
    Path(args.out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()

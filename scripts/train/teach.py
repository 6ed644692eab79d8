"""Runs the COCO YOLOX-nano over street pictures and writes its persons and two-wheelers: W/teach/teacher.json.

python3 teach.py --work W
"""
import json
from pathlib import Path

import numpy as np
import torch
from torchvision.ops import batched_nms

from data import load, read, sample
from nets import YoloxNano, load_coco, yolox_decode, yolox_grid
from step import Step, arguments, infer, write


def detect(net, image, long_side):
    """-> corners and sizes (source px), scores, classes (0 person, 1 two-wheeler)."""
    h, w = image.shape[:2]
    s = long_side / max(h, w)
    size = [int(np.ceil(v * s / 32)) * 32 for v in (h, w)]
    frame = sample(image, (0, 0, size[1] / s, size[0] / s), (size[1], size[0]))
    cells, strides = yolox_grid(*size)
    raw = torch.from_numpy(infer(net, frame.transpose(2, 0, 1)[None].astype(np.float32))[0])
    p = raw[:, 4:5].sigmoid() * raw[:, 5:].sigmoid()
    score, cls = torch.stack([p[:, 0], torch.maximum(p[:, 1], p[:, 3])], 1).max(1)  # COCO: person, bicycle or motorcycle
    keep = score > 0.08
    return yolox_decode(raw[keep], cells[keep], strides[keep]) / s, score[keep], cls[keep]


def main():
    step = Step("teach", arguments(__doc__).parse_args())
    net = load_coco(YoloxNano(80), Path(step.args.weights) / "yolox_nano.onnx").eval().to(step.device)
    images, found = load(step.work, tags=("riders", "site")), {}
    for im in step.progress(images):
        picture = read(im["path"])
        sides = (640, 416) if im["source"] == "kaggle764" else (640,)  # close-ups: large persons, too
        box, score, cls = (torch.cat(v) for v in zip(*[detect(net, picture, side) for side in sides]))
        corners = torch.cat([box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2], 1)
        found[im["path"]] = [
            {"name": ["person", "two_wheeler"][int(cls[i])], "score": round(float(score[i]), 3),
             "box": [round(float(v), 1) for v in (corners[i, 0], corners[i, 1], box[i, 2], box[i, 3])]}
            for i in batched_nms(corners, score, cls, 0.6)]
    write(step.folder / "teacher.json", json.dumps(found))
    step.finish({n: sum(d["name"] == n for f in found.values() for d in f) for n in ("person", "two_wheeler")}, pictures=len(images))


if __name__ == "__main__":
    main()

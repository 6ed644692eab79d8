"""Runs the COCO YOLOX-nano over street pictures and writes its persons and two-wheelers: W/teach/teacher.json.

python3 teach.py --work W [--jobs 1]
"""
import json
from pathlib import Path

import numpy as np
import torch
from torchvision.ops import batched_nms

from data import load, read, sample
from labels import RIDERLESS
from nets import YoloxNano, load_coco, yolox_decode, yolox_grid
from step import Step, arguments, infer, spread, write


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


def wanted(im):
    """Street pictures, people without vehicles, and simulated pictures without labelled persons."""
    return im["tag"] in ("riders", "site") or im["source"] in RIDERLESS or (im["tag"] == "sim" and "person" not in im["exhaustive"])


def persons_and_wheels(net, im):
    picture = read(im["path"])
    sides = (640, 416) if im["source"] == "kaggle764" else (640,)  # close-ups: large persons, too
    box, score, cls = (torch.cat(v) for v in zip(*[detect(net, picture, side) for side in sides]))
    corners = torch.cat([box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2], 1)
    return [{"name": ["person", "two_wheeler"][int(cls[i])], "score": round(float(score[i]), 3),
             "box": [round(float(v), 1) for v in (corners[i, 0], corners[i, 1], box[i, 2], box[i, 3])]}
            for i in batched_nms(corners, score, cls, 0.6)]


def main():
    step = Step("teach", arguments(__doc__, jobs=1).parse_args())
    net = load_coco(YoloxNano(80), Path(step.args.weights) / "yolox_nano.onnx").eval()
    images = [i for i in load(step.work) if wanted(i)]
    found = spread(lambda k: persons_and_wheels(net, images[k]), len(images), step.args.jobs, step)
    write(step.folder / "teacher.json", json.dumps({im["path"]: boxes for im, boxes in zip(images, found)}))
    step.finish({n: sum(d["name"] == n for f in found for d in f) for n in ("person", "two_wheeler")}, pictures=len(images))


if __name__ == "__main__":
    main()

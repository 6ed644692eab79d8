"""Collects the head finder's own false positives on training pictures as `unreadable` examples for the classifier.

python3 mine.py --teacher WORK/teacher.json --finder WORK/finder.pt --out WORK/mined.npz [--sim DIR]
"""
import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from data import group_rect, head_rect, iou, load_set, read, sample
from labels import by_name, share
from nets import FinderExport, HeadFinder
from pipeline import load
from train_classifier import PATCH
from train_finder import masked, nms, views_of


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--shared", default="../shared"), ap.add_argument("--teacher", required=True), ap.add_argument("--finder", required=True)
    ap.add_argument("--out", required=True), ap.add_argument("--sim", nargs="*", default=[], help="folders of simulated pictures (train.json); read again at every start"), ap.add_argument("--score", type=float, default=0.12)
    args = ap.parse_args()
    torch.set_num_threads(1)
    rng, teacher, data = np.random.default_rng(7), json.loads(Path(args.teacher).read_text()), Path(args.shared) / "data"
    finder = FinderExport(load(HeadFinder(), args.finder)).eval()
    images = [i for i in load_set(data / "riders", "train", "riders") + load_set(data / "heads", "train", "heads")
              if i["source"] in ("helmet_motor", "kaggle764", "neg_cars", "hard_hat_workers", "hh_especial")]
    images += [i for folder in args.sim for i in load_set(folder, "train", "sim")]
    patches, sizes, counts = [], [], Counter()
    for im in images:
        views = views_of(im, teacher)
        if not views:
            continue
        picture, heads, hidden = read(im["path"]), by_name(im, "helmet", "bare_head"), masked(im, teacher)[0]
        for k in rng.permutation(len(views))[:2]:
            rect, s = group_rect(views[k])
            with torch.no_grad():
                found = finder(torch.from_numpy(sample(picture, rect, (160, 128))[None].copy()))[0].numpy()
            for score, cx, cy, w, h in nms(found[found[:, 0] > args.score]):
                box = [rect[0] + (cx - w / 2) / s, rect[1] + (cy - h / 2) / s, w / s, h / s]
                near = [[x - 0.25 * hw, y - 0.25 * hh, 1.5 * hw, 1.5 * hh] for x, y, hw, hh in heads]
                if (heads and (iou([box], heads).max() > 0.1 or share(box, near).max() > 0.3)) or (hidden and share(box, hidden).max() > 0.3):
                    continue
                patches.append(sample(picture, head_rect(box, 2.6), (PATCH, PATCH)))
                sizes.append(max(box[2:]))
                counts[im["source"]] += 1
    np.savez(args.out, patches=np.array(patches), sizes=np.array(sizes))
    print(dict(counts))


if __name__ == "__main__":
    main()

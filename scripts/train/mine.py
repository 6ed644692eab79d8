"""Collects what detector and finder take for riders and heads where there are none, as `unreadable` examples: W/mine/mined.npz.

python3 mine.py --work W [--score 0.12] [--every 10] [--detector FILE --finder FILE] [--jobs 1]
"""
import json
from collections import Counter

import numpy as np

from data import head_rect, iou, load, read, sample
from labels import by_name, share, street_labels
from pipeline import Pipeline
from step import Step, arguments, spread
from train_classifier import PATCH
from train_finder import masked, views_of

SOURCES = ("helmet_motor", "kaggle764", "neg_cars", "neg_coco128", "hard_hat_workers", "hh_especial", "sim")
VIEWS = 2  # labelled groups looked at per picture
FALSE_GROUPS = 3  # false rider groups per picture


def false_groups(pipe, im, picture, teacher):
    """Rider groups of the detector on no rider: most heads in them are none."""
    labels = street_labels(im, teacher)
    known = labels["rider_group"] + labels["ignore"] + by_name(im, "person_on_two_wheeler")
    found = [row[2:] for row in pipe.detect(picture, 0.12) if row[0] == 0]
    return [g for g in found if max(g[3], 0.8 * g[2]) > 40 and not (known and share(g, known).max() > 0.3)][:FALSE_GROUPS]


def false_heads(pipe, im, picture, views, teacher, score):
    """-> boxes of finder's heads that are none, source px"""
    heads, (hidden, allow) = by_name(im, "helmet", "bare_head"), masked(im, teacher)
    near = [[x - 0.25 * w, y - 0.25 * h, 1.5 * w, 1.5 * h] for x, y, w, h in heads]
    for view in views:
        for _, *box in pipe.heads(picture, view, score):
            touches = bool(heads) and (iou([box], heads).max() > 0.1 or share(box, near).max() > 0.3)
            if not touches and not (hidden and share(box, hidden).max() > 0.3) and (allow is None or share(box, allow).max() > 0.9):
                yield box


def mined(pipe, im, teacher, score, seed):
    """-> [(patch, size in px, source, kind)] of one picture"""
    picture, views, rng = read(im["path"]), views_of(im, teacher), np.random.default_rng(seed)
    wrong = false_groups(pipe, im, picture, teacher) if im["tag"] != "heads" and {"helmet", "bare_head"} <= im["exhaustive"] else []
    source = "site" if im["tag"] == "site" else im["source"]
    return [(sample(picture, head_rect(box, 2.6), (PATCH, PATCH)), max(box[2:]), source, kind)
            for kind, chosen in (("finder", [views[k] for k in rng.permutation(len(views))[:VIEWS]]), ("detector", wrong))
            for box in false_heads(pipe, im, picture, chosen, teacher, score)]


def main():
    step = Step("mine", arguments(__doc__, score=0.12, detector="", finder="", jobs=1, every=1).parse_args())
    args = step.args
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    pipe = Pipeline(args.detector or step.need("detector/checkpoint.pt"), args.finder or step.need("finder/checkpoint.pt"))
    images = [i for i in load(step.work, "train") if i["source"] in SOURCES or i["tag"] == "site"][::args.every]
    found = [row for rows in spread(lambda k: mined(pipe, images[k], teacher, args.score, [args.seed, k]), len(images), args.jobs, step) for row in rows]
    counts = Counter(f"{source} {kind}" for _, _, source, kind in found)
    part = step.folder / "part.npz"
    np.savez(part, patches=np.array([p for p, *_ in found], np.uint8).reshape(-1, PATCH, PATCH, 3), sizes=np.array([s for _, s, *_ in found], np.float32),
             sources=np.array([s for _, _, s, _ in found], "U32"))
    part.replace(step.folder / "mined.npz")
    step.finish({"false heads": dict(counts)}, pictures=len(images))


if __name__ == "__main__":
    main()

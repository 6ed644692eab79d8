"""Collects what detector and finder take for riders and heads where there are none, as `unreadable` examples: W/mine/mined.npz.

python3 mine.py --work W [--score 0.12] [--detector FILE --finder FILE]
"""
import json
from collections import Counter

import numpy as np

from data import head_rect, iou, load, read, sample
from labels import by_name, share, street_labels
from pipeline import Pipeline
from step import Step, arguments
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


def main():
    step = Step("mine", arguments(__doc__, score=0.12, detector="", finder="").parse_args())
    args, rng = step.args, np.random.default_rng(step.args.seed)
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    pipe = Pipeline(args.detector or step.need("detector/checkpoint.pt"), args.finder or step.need("finder/checkpoint.pt"), device=step.device)
    images = [i for i in load(step.work, "train") if i["source"] in SOURCES or i["tag"] == "site"]
    patches, sizes, sources, counts = [], [], [], Counter()
    for im in step.progress(images):
        picture, views = read(im["path"]), views_of(im, teacher)
        wrong = false_groups(pipe, im, picture, teacher) if im["tag"] != "heads" and {"helmet", "bare_head"} <= im["exhaustive"] else []
        source = "site" if im["tag"] == "site" else im["source"]
        for kind, chosen in (("finder", [views[k] for k in rng.permutation(len(views))[:VIEWS]]), ("detector", wrong)):
            for box in false_heads(pipe, im, picture, chosen, teacher, args.score):
                patches.append(sample(picture, head_rect(box, 2.6), (PATCH, PATCH)))
                sizes.append(max(box[2:]))
                sources.append(source)
                counts[f"{source} {kind}"] += 1
    part = step.folder / "part.npz"
    np.savez(part, patches=np.array(patches, np.uint8).reshape(-1, PATCH, PATCH, 3), sizes=np.array(sizes, np.float32), sources=np.array(sources, "U32"))
    part.replace(step.folder / "mined.npz")
    step.finish({"false heads": dict(counts)}, pictures=len(images))


if __name__ == "__main__":
    main()

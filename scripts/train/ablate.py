"""What each data source, augmentation and size brings: the classifier trained with one thing changed, scored on left-out sources: W/ablate/table.md.

python3 ablate.py --work W [--steps 600] [--seeds 1] [--left-out helmet_motor rd_hnh_vn] [--rows NAME ...] [--jobs 1]
"""
import json
from dataclasses import dataclass
from typing import Callable

import numpy as np

import nets
from loso import markdown, part_of
from step import Step, arguments, copy_of, side_by_side, write
from train_classifier import Recipe, load_items, logits_of, plain_crops, scores, train, train_teachers


@dataclass
class Row:
    keep: Callable = lambda item: True
    recipe: Recipe = Recipe()
    width: float = 1.0
    teachers: int = 0
    length: float = 1.0  # of the steps


ROWS = {
    "no colour transfer": Row(recipe=Recipe(recolour=0)), "no shrinking, blur, noise, JPEG": Row(recipe=Recipe(shrink=False)), "no jitter": Row(recipe=Recipe(jitter=0)),
    "nothing in front": Row(recipe=Recipe(occlude=0)), "something in front of 40 %": Row(recipe=Recipe(occlude=0.4)), "mixup .2": Row(recipe=Recipe(mixup=0.2)),
    "other surroundings for 30 %": Row(recipe=Recipe(swap=0.3)), "colour transfer for 40 %": Row(recipe=Recipe(recolour=0.4)),
    "crop of 1.3 heads": Row(recipe=Recipe(grow=1.3)), "crop of 2 heads": Row(recipe=Recipe(grow=2.0)),
    "width x 0.5": Row(width=0.5), "width x 1.5": Row(width=1.5), "width x 3": Row(width=3), "a quarter of the steps": Row(length=0.25),
    "width x 1.5, three teachers": Row(width=1.5, teachers=3), "three teachers": Row(teachers=3)}


def rows_of(items, left_out):
    rows = {"everything": Row()}
    for s in sorted({i.source for i in items if not i.mined} - set(left_out)):
        rows[f"without {s}"] = Row(keep=lambda i, s=s: i.source != s)
    return {**rows, "without mined": Row(keep=lambda i: not i.mined), **ROWS}


def run_row(step, name, row, seed, items, held):
    """Writes the scores on the held-out sources, unless they are there."""
    part = part_of(step, f"{name.replace(' ', '-').replace(',', '')}-{seed}")
    part.args = copy_of(step.args, seed=seed, steps=max(1, round(step.args.steps * row.length)))
    if (part.folder / "scores.json").exists():
        return
    step.say(f"-- {name}, seed {seed}")
    chosen = [i for i in items if row.keep(i)]
    net, _ = train(part, chosen, held, row.recipe, nets.HeadClassifier.of_width(row.width), train_teachers(part, chosen, held, row.teachers))
    logits = logits_of(net, plain_crops(held, row.recipe.grow))
    labels, sources = np.array([i.label for i in held]), np.array([i.source for i in held])
    per = {s: scores(logits[sources == s], labels[sources == s], (0.9,)) for s in sorted(set(sources))}
    table = {f"{s} {k}": v for s, r in per.items() for k, v in r.items() if k not in ("heads", "bare")}
    write(part.folder / "scores.json", json.dumps({"parameters": sum(p.numel() for p in net.parameters()), **table}, default=float))


def mean_of(step, name):
    """-> the row of the table: the mean over the seeds, of AUC also the spread."""
    parts = [json.loads(p.read_text()) for p in sorted(step.folder.glob(f"{name.replace(' ', '-').replace(',', '')}-[0-9]*/scores.json"))]
    row = {k: round(float(np.mean([p[k] for p in parts])), 4) for k in parts[0]} if parts else {}
    return {**row, **{f"{k} ±": round(float(np.std([p[k] for p in parts])), 4) for k in row if k.endswith("auc") and len(parts) > 1}}


def main():
    ap = arguments(__doc__, steps=600, batch=512, lr=3e-3, init="", seeds=1, jobs=1)
    ap.add_argument("--left-out", nargs="*", default=["helmet_motor", "rd_hnh_vn"]), ap.add_argument("--rows", nargs="*", help="these rows only")
    step = Step("ablate", ap.parse_args())
    items, val = load_items(step)
    out = set(step.args.left_out)
    held, items = [i for i in items + val if i.source in out and not i.mined], [i for i in items if i.source not in out]
    rows = rows_of(items, out)
    unknown = set(step.args.rows or ()) - set(rows)
    if unknown or not held:
        raise SystemExit(f"rows: {', '.join(rows)}; {'not among them: ' + ', '.join(unknown) if unknown else 'no head of the left-out sources in prepared.json'}")
    names = step.args.rows or list(rows)
    side_by_side([lambda n=n, s=s: run_row(step, n, rows[n], s, items, held) for s in range(step.args.seed, step.args.seed + step.args.seeds) for n in names], step.args.jobs)
    table = {n: mean_of(step, n) for n in names}
    write(step.folder / "table.md", markdown(table, f"{step.args.steps} steps, left out: {', '.join(sorted(out))}") + "\n")
    step.say((step.folder / "table.md").read_text())
    step.finish(table)


if __name__ == "__main__":
    main()

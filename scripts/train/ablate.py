"""What each data source, augmentation and size brings: the classifier trained shortly with one thing changed, scored on left-out sources: W/ablate/table.md.

python3 ablate.py --work W [--steps 600] [--left-out helmet_motor rd_hnh_vn] [--rows NAME ...]
"""
import inspect
import json

import numpy as np

import nets
from loso import markdown, part_of
from step import Step, arguments, write
from train_classifier import Recipe, load_items, logits_of, plain_crops, scores, train

WIDTHS = inspect.signature(nets.HeadClassifier).parameters["widths"].default
RECIPES = {"no colour transfer": Recipe(recolour=0), "no shrinking, blur, noise, JPEG": Recipe(shrink=False), "no jitter": Recipe(jitter=0)}
SIZES = {"width x 0.5": 0.5, "width x 1.5": 1.5}


def rows_of(items, left_out):
    """-> {name: (items kept?, recipe, width)}"""
    rows = {"everything": (lambda i: True, Recipe(), 1.0)}
    for s in sorted({i.source for i in items if not i.mined} - set(left_out)):
        rows[f"without {s}"] = (lambda i, s=s: i.source != s, Recipe(), 1.0)
    rows["without mined"] = (lambda i: not i.mined, Recipe(), 1.0)
    rows.update({name: (lambda i: True, recipe, 1.0) for name, recipe in RECIPES.items()})
    rows.update({name: (lambda i: True, Recipe(), f) for name, f in SIZES.items()})
    return rows


def run_row(step, name, row, items, held):
    """-> scores on the held-out sources, trained now or read."""
    keep, recipe, width = row
    part = part_of(step, name.replace(" ", "-").replace(",", ""))
    done = part.folder / "scores.json"
    if not done.exists():
        step.say(f"-- {name}")
        chosen = [i for i in items if keep(i)]
        net = nets.HeadClassifier(tuple(max(8, round(w * width / 8) * 8) for w in WIDTHS))
        net, _ = train(part, chosen, held, recipe, net)
        logits = logits_of(net, plain_crops(held))
        labels, sources = np.array([i.label for i in held]), np.array([i.source for i in held])
        per = {s: scores(logits[sources == s], labels[sources == s], (0.9,)) for s in sorted(set(sources))}
        table = {f"{s} {k}": v for s, r in per.items() for k, v in r.items() if k not in ("heads", "bare")}
        write(done, json.dumps({"parameters": sum(p.numel() for p in net.parameters()), "mean auc": round(float(np.mean([r["auc"] for r in per.values() if "auc" in r])), 4),
                                **table}, default=float))
    return json.loads(done.read_text())


def main():
    ap = arguments(__doc__, steps=600, batch=96, lr=2e-3, init="")
    ap.add_argument("--left-out", nargs="*", default=["helmet_motor", "rd_hnh_vn"]), ap.add_argument("--rows", nargs="*", help="these rows only")
    step = Step("ablate", ap.parse_args())
    items, val = load_items(step)
    out = set(step.args.left_out)
    held, items = [i for i in items + val if i.source in out and not i.mined], [i for i in items if i.source not in out]
    rows, table = rows_of(items, out), {}
    unknown = set(step.args.rows or ()) - set(rows)
    if unknown or not held:
        raise SystemExit(f"rows: {', '.join(rows)}; {'not among them: ' + ', '.join(unknown) if unknown else 'no head of the left-out sources in prepared.json'}")
    for name in step.args.rows or rows:
        table[name] = run_row(step, name, rows[name], items, held)
        write(step.folder / "table.md", markdown(table, f"{step.args.steps} steps, left out: {', '.join(sorted(out))}") + "\n")
        step.say(f"{name}: {table[name]}")
    step.finish(table)


if __name__ == "__main__":
    main()

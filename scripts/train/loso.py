"""Trains the classifier once per left-out source and keeps what it says about that source: W/loso/<source>.npz and table.md.

python3 loso.py --work W [--sources helmet_motor kaggle764 ...] [--steps 2500] [--jobs 1]
"""
import copy
from collections import Counter

import numpy as np

import nets
from operating import words
from step import Step, arguments, side_by_side, write
from train_classifier import BARE, UNREADABLE, WORN, load_items, logits_of, plain_crops, scores, softmax, train, train_teachers

SOURCES = ["helmet_motor", "kaggle764", "rd_hnh_vn", "hard_hat_workers", "hh_especial"]
ROADSIDE = ("helmet_motor", "site")  # thresholds are chosen on these: roadside cameras, what the service sees; web close-ups are reported


def part_of(step, name):
    """The same step with a folder (checkpoint) of its own."""
    part = copy.copy(step)
    part.folder = step.folder / name
    part.folder.mkdir(exist_ok=True)
    return part


def run_one(step, source, items, val):
    """Writes the npz of one left-out source, unless it is there."""
    path = step.folder / f"{source}.npz"
    held = [i for i in items + val if i.source == source]
    if not held or path.exists():
        return
    step.say(f"without {source}: {dict(Counter(nets.CLASSIFIER_LABELS[i.label] for i in held))} left out")
    part, kept = part_of(step, source), [i for i in items if i.source != source]
    net, _ = train(part, kept, held, teachers=train_teachers(part, kept, held, step.args.teachers))
    path_part = part.folder / "part.npz"
    np.savez(path_part, logits=logits_of(net, plain_crops(held)), labels=np.array([i.label for i in held]), px=np.array([i.px for i in held]),
             mined=np.array([i.mined for i in held]), facts=np.array([i.facts for i in held]), paths=np.array([i.path for i in held]))
    path_part.replace(path)


def read_all(folder, sources=None):
    """-> {logits, labels, px, mined, facts, paths, sources} of all left-out sources (or of those named) together."""
    files = [f for f in sorted(folder.glob("*.npz")) if f.stem != "part" and (sources is None or f.stem in sources)]
    parts = [{**dict(np.load(f)), "sources": f.stem} for f in files]
    return {k: np.concatenate([np.full(len(p["labels"]), p[k]) if k == "sources" else p[k] for p in parts]) for k in parts[0]} if parts else None


def confusion(pool, thresholds):
    """-> {fact: {n, said worn, said bare, said unknown}} of the labelled heads."""
    said = words(softmax(pool["logits"]), **thresholds)
    table = {}
    for k in np.flatnonzero(pool["labels"] != UNREADABLE):
        truth = nets.CLASSIFIER_LABELS[pool["labels"][k]]
        for fact in set(str(pool["facts"][k]).split()) or {"(no detail)"}:
            row = table.setdefault(f"{pool['sources'][k]}: {truth}, {fact}", Counter())
            row["n"] += 1
            row[{WORN: "said worn", BARE: "said bare", UNREADABLE: "said unknown"}[said[k]]] += 1
    return {k: dict(v) for k, v in sorted(table.items())}


def sizes(pool, edges=(7, 12, 16, 24, 32, 48, 96, 10000)):
    """-> {head px: scores}"""
    pick = {f"{a}-{b} px" if b < 10000 else f"from {a} px": (pool["px"] >= a) & (pool["px"] < b) & (pool["labels"] != UNREADABLE) for a, b in zip(edges, edges[1:])}
    return {k: scores(pool["logits"][m], pool["labels"][m]) for k, m in pick.items() if m.any()}


def markdown(table, first="left out"):
    names = list(dict.fromkeys(k for row in table.values() for k in row))
    return "\n".join([f"| {first} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"] +
                     [f"| {s} | " + " | ".join(f"{row.get(n, '–')}" for n in names) + " |" for s, row in table.items()])


def main():
    ap = arguments(__doc__, steps=2500, batch=512, lr=3e-3, init="", jobs=1, teachers=0)
    ap.add_argument("--sources", nargs="*", default=SOURCES)
    step = Step("loso", ap.parse_args())
    items, val = load_items(step)
    side_by_side([lambda s=s: run_one(step, s, items, val) for s in step.args.sources], step.args.jobs)
    table = {}
    for source in step.args.sources:
        path = step.folder / f"{source}.npz"
        if not path.exists():
            step.say(f"{source}: no head of this source in prepared.json; skipped")
            continue
        z = np.load(path)
        table[source] = scores(z["logits"], z["labels"])
        step.say(f"{source}: {table[source]}")
    full = [r for r in table.values() if "auc" in r]
    keys = [k for k in (full[0] if full else {}) if k not in ("heads", "bare")]
    rows = {**table, "mean": {k: round(float(np.mean([r[k] for r in full if k in r])), 4) for k in keys},
            "worst": {k: min(r[k] for r in full if k in r) for k in keys}}
    pool = read_all(step.folder, step.args.sources)
    text = [markdown(rows), markdown(sizes(pool), "head size"), markdown(confusion(pool, {"worn": 0.5, "notWorn": 0.5, "unreadable": 0.5}), "at .5")] if pool else []
    write(step.folder / "table.md", "\n\n".join(text) + "\n")
    step.finish(rows)


if __name__ == "__main__":
    main()

"""Temperature, thresholds and metrics of the three checkpoints on val pictures (which trained nothing) -> --out/<name>.json for publish.py.

python3 calibrate.py --teacher T.json --detector D.pt --finder F.pt --classifier C.pt --out W/facts [--sim DIR]
"""
import argparse
import datetime
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import average_precision, iou, load_set, read, show
from labels import by_name
from pipeline import Pipeline
from train_classifier import BARE, UNREADABLE, WORN, head_patches, logits_of, report, val_crops
from train_detector import evaluate as evaluate_detector
from train_finder import Crops
from train_finder import evaluate as evaluate_finder

FINDER_SCORE = 0.4


def temperature_of(logits, labels):
    grid = np.exp(np.linspace(np.log(0.4), np.log(2.5), 60))
    losses = [F.cross_entropy(logits / float(t), labels).item() for t in grid]
    return round(float(grid[int(np.argmin(losses))]), 3)


def lowest_precise(prob, hit, target, floor):
    """The lowest threshold >= floor at which the share of `hit` among prob >= threshold is at least target."""
    for t in np.arange(floor, 0.99, 0.01):
        chosen = prob >= t
        if chosen.sum() == 0 or hit[chosen].mean() >= target:
            return round(float(t), 2)
    return 0.99


def end_to_end(pipe, images, thresholds):
    """Whole frames through all three networks -> AP50 of worn and bare heads, precision and recall of bare at its threshold."""
    hits, totals, bare, table = {"helmet": [], "bare_head": []}, {"helmet": 0, "bare_head": 0}, [0, 0], {}
    for im in images:
        picture = read(im["path"])
        found = []
        for _, score, *box in [r for r in pipe.detect(picture) if r[0] == 0]:
            found += [h for h in pipe.heads(picture, box, 0.1) if not found or iou([h[1:]], [f[1:] for f in found]).max() < 0.5]
        for head, p in zip(found, pipe.classify(picture, [h[1:] for h in found])):
            for name, k in (("helmet", WORN), ("bare_head", BARE)):
                gt = by_name(im, name)
                hits[name].append((float(head[0] * p[k]), int(bool(gt) and iou([head[1:]], gt).max() >= 0.5)))
            if head[0] >= FINDER_SCORE and p[BARE] >= thresholds["notWorn"]:
                bare[1] += 1
                bare[0] += hits["bare_head"][-1][1]
        for name in totals:
            totals[name] += len(by_name(im, name))
    table["helmet AP50"], table["bare AP50"] = (average_precision(hits[n], totals[n]) for n in ("helmet", "bare_head"))
    table["bare precision"], table["bare recall"] = round(bare[0] / max(bare[1], 1), 3), round(bare[0] / max(totals["bare_head"], 1), 3)
    return table


def calibrate_classifier(pipe, street, other, sim):
    """-> thresholds, metrics, temperature (set on the pipeline)"""
    rng = np.random.default_rng(5)
    items = head_patches(street + other, rng, True)
    crops = val_crops(items)
    logits, labels = logits_of(pipe.classifier, crops), np.array([i[2] for i in items])
    pipe.temperature = temperature_of(logits, torch.from_numpy(labels))
    prob = torch.softmax(logits / pipe.temperature, 1).numpy()
    head = labels != UNREADABLE  # precision on street heads alone: the rest has studio pictures of lone helmets
    street_head = head & np.isin([i[3] for i in items], ["helmet_motor", "kaggle764", "nckh"])
    bare = lowest_precise(prob[street_head, BARE], labels[street_head] == BARE, 0.97, 0.7)
    while bare < 0.98 and (prob[~head, BARE] >= bare).mean() > 0.004:
        bare = round(bare + 0.01, 2)
    worn = lowest_precise(prob[head, WORN], labels[head] == WORN, 0.97, 0.5)
    thresholds = {"worn": worn, "notWorn": bare}
    metrics = {"val, exact boxes (real)": report(pipe.classifier, items, crops, pipe.temperature)}
    pick = prob[:, BARE] >= bare
    metrics["at the thresholds, all heads (real)"] = {
        "street bare precision": round(float((labels[pick & street_head] == BARE).mean()), 3),
        "street bare recall": round(float(pick[street_head & (labels == BARE)].mean()), 3),
        "bare precision": round(float((labels[pick & head] == BARE).mean()), 3), "bare recall": round(float(pick[labels == BARE].mean()), 3),
        "worn recall": round(float((prob[labels == WORN, WORN] >= worn).mean()), 3),
        "no-head called bare": round(float(pick[labels == UNREADABLE].mean()), 4)}
    metrics["whole frames, helmet_motor val (real)"] = end_to_end(pipe, [i for i in street if i["source"] == "helmet_motor"], thresholds)
    if sim:
        items = head_patches(sim, rng, True)
        metrics["simulated val"] = report(pipe.classifier, items, val_crops(items), pipe.temperature)["sim"]
    return thresholds, metrics, pipe.temperature


def titled(table):
    return {("simulated val" if k == "sim" else f"{k} val (real)"): v for k, v in table.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--shared", default="../shared"), ap.add_argument("--teacher", required=True), ap.add_argument("--out", required=True)
    ap.add_argument("--detector", required=True), ap.add_argument("--finder", required=True), ap.add_argument("--classifier", required=True)
    ap.add_argument("--only", nargs="*", choices=["head-classifier", "head-finder", "rider-detector"], default=["head-classifier", "head-finder", "rider-detector"])
    ap.add_argument("--sim", nargs="*", default=[], help="folders of simulated pictures (train.json) that trained nothing"), ap.add_argument("--trained-with-sim", action="store_true")
    args = ap.parse_args()
    torch.set_num_threads(1)
    data, out = Path(args.shared) / "data", Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    teacher = json.loads(Path(args.teacher).read_text())
    street, other = load_set(data / "riders", "val", "riders"), load_set(data / "heads", "val", "heads")
    sim = [i for folder in args.sim for i in load_set(folder, "train", "sim")][:80]
    pipe = Pipeline(args.detector, args.finder, args.classifier)

    facts = {}
    if "head-classifier" in args.only:
        facts["head-classifier"] = (*calibrate_classifier(pipe, street, other, sim), args.classifier)
    if "head-finder" in args.only:
        sources = ["helmet_motor", "kaggle764", "nckh", "hard_hat_workers"] + ["sim"] * bool(sim)
        crops = Crops([i for i in street + other + sim if i["source"] in sources], teacher, np.random.default_rng(5))
        facts["head-finder"] = ({"score": FINDER_SCORE, "nmsIou": 0.45}, titled(evaluate_finder(pipe.finder.net, crops, sources, FINDER_SCORE)), 1.0, args.finder)
    if "rider-detector" in args.only:
        table = titled(evaluate_detector(pipe.detector, street + sim, teacher))
        facts["rider-detector"] = ({"track": 0.12, "confirm": 0.4, "nmsIou": 0.6}, table, 1.0, args.detector)

    for name, (limits, measured, temperature, checkpoint) in facts.items():
        saved = torch.load(checkpoint)
        recipe = {k: v for k, v in saved["args"].items() if k in ("steps", "batch", "lr", "no_probe", "leave_out") and v is not None}
        print(name, limits, temperature), print(show({k: v for k, v in measured.items() if not any(isinstance(x, dict) for x in v.values())}))
        (out / f"{name}.json").write_text(json.dumps({
            "date": datetime.date.today().isoformat(), "seed": saved["args"]["seed"], "simulated": args.trained_with_sim,
            "recipe": f"scripts/train, {json.dumps(recipe)}, {saved['step']} steps done", "thresholds": limits, "temperature": temperature,
            "metrics": measured}, indent=1, default=float))


if __name__ == "__main__":
    main()

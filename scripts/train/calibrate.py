"""Temperature, thresholds and metrics of the three networks: W/calibrate/<name>.json for publish.py; the float models: W/float/<name>.onnx.

python3 calibrate.py --work W [--not-worn SHARE]

Temperature and thresholds come from the val pictures, which trained nothing; with too few bare heads in them (fine-tuning on one junction) they are those
of --models. So what val shows at the thresholds is no test of them: that is what W/loso, sources left out of training, shows at the same thresholds.
--not-worn raises the bare bar above what val asks for, to where a left-out camera needs it.
"""
import datetime
import json
from pathlib import Path

import numpy as np

from data import average_precision, iou, load, read
from export import export
from labels import by_name
from loso import read_all
from operating import choose, precision, temperature_of, words
from pipeline import Pipeline
from step import ROOT, Step, arguments, load_checkpoint, show, write
from train_classifier import BARE, UNREADABLE, WORN, items_of, logits_of, plain_crops, report, scores, softmax
from train_detector import evaluate as evaluate_detector
from train_detector import pictures as detector_pictures
from train_finder import Crops
from train_finder import evaluate as evaluate_finder

MIN_BARE = 300  # one error in thirty alerts of a source must be seen
FOLDERS = {"rider-detector": "detector", "head-finder": "finder", "head-classifier": "classifier"}


def published(folder, name):
    """-> value of every threshold and the temperature in a manifest."""
    path = Path(folder) / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run loso.py first, or name the published models with --models")
    manifest = json.loads(path.read_text())
    return {k: v["value"] for k, v in manifest["thresholds"].items()}, manifest["calibration"]["temperature"]


def chosen(step, logits, labels, sources):
    """-> {worn, notWorn, unreadable}, their reason or None where they are the published ones, temperature"""
    bare = int((labels == BARE).sum())
    if bare < MIN_BARE:
        limits, temperature = published(step.args.models, "head-classifier")
        step.say(f"only {bare} bare heads in val ({MIN_BARE} are needed to choose): thresholds and temperature are those of the published model")
        return {k: limits[k] for k in ("worn", "notWorn", "unreadable")}, None, temperature
    temperature = temperature_of(logits, labels)
    prob = softmax(logits / temperature)
    limits, reach = choose(prob, labels, sources)
    if step.args.not_worn > limits["notWorn"]:
        limits = {**limits, "notWorn": step.args.not_worn}
        said = words(prob, **limits)
        reach += f"; raised to {step.args.not_worn} for cameras never seen: precision {precision(said, labels, BARE):.3f}, recall {(said[labels == BARE] == BARE).mean():.2f} on val"
    return limits, reach, temperature


def left_out(step, limits, temperature):
    """-> {source: scores and what the thresholds do} of every source left out of training by loso.py"""
    pool = read_all(step.folder.parent / "loso")
    if pool is None:
        return {}
    said, labels = words(softmax(pool["logits"] / temperature), **limits), pool["labels"]
    rows = {name: pool["sources"] == name for name in sorted(set(pool["sources"]))}
    return {f"{name} left out (real)": {**scores(pool["logits"][pick], labels[pick], ()), **at(said[pick], labels[pick], pool["mined"][pick])} for name, pick in rows.items()}


def at(said, labels, mined):
    """Precision and recall at the thresholds."""
    def share(of, what):
        return round(float((of == what).mean()), 4) if len(of) else None
    head, junk = labels != UNREADABLE, labels == UNREADABLE
    return {"bare precision": share(labels[head & (said == BARE)], BARE), "bare recall": share(said[labels == BARE], BARE),
            "worn precision": share(labels[head & (said == WORN)], WORN), "worn recall": share(said[labels == WORN], WORN),
            "no-head called bare": share(said[junk & ~mined], BARE), "mined no-head called bare": share(said[junk & mined], BARE)}


def end_to_end(pipe, images, limits, finder_score):
    """Whole frames through all three networks -> AP50 of worn and bare heads, precision and recall of bare at the thresholds."""
    hits, totals, called, right = {"helmet": [], "bare_head": []}, {"helmet": 0, "bare_head": 0}, 0, 0
    for im in images:
        picture, found = read(im["path"]), []
        for _, _, *box in [r for r in pipe.detect(picture) if r[0] == 0]:
            found += [h for h in pipe.heads(picture, box, 0.1) if not found or iou([h[1:]], [f[1:] for f in found]).max() < 0.5]
        prob = pipe.classify(picture, [h[1:] for h in found])
        for head, p, word in zip(found, prob, words(prob, **limits) if len(prob) else []):
            for name, k in (("helmet", WORN), ("bare_head", BARE)):
                gt = by_name(im, name)
                hits[name].append((float(head[0] * p[k]), int(bool(gt) and iou([head[1:]], gt).max() >= 0.5)))
            if head[0] >= finder_score and word == BARE:
                called += 1
                right += hits["bare_head"][-1][1]
        for name in totals:
            totals[name] += len(by_name(im, name))
    return {"frames": len(images), **{f"{n} AP50": average_precision(hits[n], totals[n]) for n in hits},
            "bare precision": round(right / max(called, 1), 3), "bare recall": round(right / max(totals["bare_head"], 1), 3)}


def main():
    step = Step("calibrate", arguments(__doc__, models=str(ROOT / "models"), not_worn=0.0).parse_args())
    checkpoints = {name: step.need(f"{folder}/checkpoint.pt") for name, folder in FOLDERS.items()}
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    base = json.loads((Path(__file__).parent / "thresholds.json").read_text())
    pipe = Pipeline(*checkpoints.values(), device=step.device)
    val = load(step.work, "val")
    items = items_of(val)
    logits = logits_of(pipe.classifier, plain_crops(items))
    labels, street = np.array([i.label for i in items]), np.isin([i.source for i in items], ["helmet_motor", "kaggle764", "nckh", "site"])
    limits, reach, temperature = chosen(step, logits, labels, np.array([i.source for i in items]))
    step.say(f"temperature {temperature}, thresholds {limits}" + (f": {reach}" if reach else ""))
    pipe.temperature = temperature
    said, none_mined = words(softmax(logits / temperature), **limits), np.zeros(len(items), bool)
    score = base["head-finder"]["score"]["value"]
    metrics = {"head-classifier": {
        **left_out(step, limits, temperature), **{f"{s} val (real)": r for s, r in report(logits, items).items()},
        "street val at the thresholds (real)": at(said[street], labels[street], none_mined[street]),
        "all val at the thresholds (real)": at(said, labels, none_mined)}}
    for source in ("helmet_motor", "site"):
        frames = [i for i in val if (i["tag"] if source == "site" else i["source"]) == source]
        if frames:
            metrics["head-classifier"][f"whole frames, {source} val (real)"] = end_to_end(pipe, frames, limits, score)
    crops = Crops([i for i in val if i["source"] in ("helmet_motor", "kaggle764", "nckh", "hard_hat_workers") or i["tag"] == "site"], teacher)
    metrics["head-finder"] = {f"{s} val (real)": r for s, r in evaluate_finder(pipe.finder.net, crops, list(crops.pools), score).items()}
    metrics["rider-detector"] = {f"{s} val (real)": r for s, r in evaluate_detector(
        pipe.detector, detector_pictures(step.work, "val"), teacher).items()}
    reasons = {
        "worn": "A single look says worn from here on: lowest share at which 97 % of the val heads called worn are.",
        "notWorn": f"A single look says bare from here on, the lowest share with precision .985 in all and .95 in every source of val: {reach}. Higher than worn, because speaking to the wrong person is the worse error.",
        "unreadable": f"Above this the look says nothing; with it the most bare heads are called at that precision, {reach}."}
    networks = {"rider-detector": pipe.detector, "head-finder": pipe.finder.net, "head-classifier": pipe.classifier}
    (step.work / "float").mkdir(exist_ok=True)
    for name, path in checkpoints.items():
        export(name, networks[name].cpu(), step.work / "float" / f"{name}.onnx", temperature)
        saved = load_checkpoint(path)
        thresholds = {k: {**base[name][k], "value": v, "reason": reasons[k]} for k, v in limits.items()} if name == "head-classifier" and reach else {}
        recipe = {k: Path(v).name if k == "init" else v for k, v in saved["args"].items() if k in ("steps", "batch", "lr", "init", "sim_share", "sim_weight", "keep", "blend") and v != ""}
        write(step.folder / f"{name}.json", json.dumps({
            "date": datetime.date.today().isoformat(), "seed": saved["args"]["seed"], "recipe": f"scripts/train, {json.dumps(recipe)}, {saved['step']} steps done",
            "thresholds": thresholds, "temperature": temperature if name == "head-classifier" else 1.0, "metrics": metrics[name]}, indent=1, default=float))
        step.say(f"{name}\n{show(metrics[name])}")
    step.finish(metrics, thresholds=limits, temperature=temperature)


if __name__ == "__main__":
    main()

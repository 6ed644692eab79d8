"""Temperature, thresholds and metrics of the three networks: W/calibrate/<name>.json for publish.py; the float models: W/float/<name>.onnx.

python3 calibrate.py --work W

Temperature and thresholds come from the out-of-source predictions of W/loso; without them (fine-tuning) they are those of --models. Metrics come
from val pictures, which trained nothing and chose nothing.
"""
import datetime
import json
from pathlib import Path

import numpy as np

from data import average_precision, iou, load, read
from export import export
from labels import by_name
from loso import ROADSIDE, read_all
from operating import choose, temperature_of, words
from pipeline import Pipeline
from step import ROOT, Step, arguments, load_checkpoint, show, write
from train_classifier import BARE, UNREADABLE, WORN, items_of, logits_of, plain_crops, report, scores, softmax
from train_detector import evaluate as evaluate_detector
from train_finder import Crops
from train_finder import evaluate as evaluate_finder

FOLDERS = {"rider-detector": "detector", "head-finder": "finder", "head-classifier": "classifier"}


def published(folder, name):
    """-> value of every threshold and the temperature in a manifest."""
    path = Path(folder) / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run loso.py first, or name the published models with --models")
    manifest = json.loads(path.read_text())
    return {k: v["value"] for k, v in manifest["thresholds"].items()}, manifest["calibration"]["temperature"]


def out_of_source(step):
    """-> {worn, notWorn, unreadable}, their reason, temperature, metrics"""
    pool = read_all(step.folder.parent / "loso", ROADSIDE)
    if pool is None:
        limits, temperature = published(step.args.models, "head-classifier")
        step.say("no out-of-source predictions (loso.py): thresholds and temperature are those of the published model")
        return {k: limits[k] for k in ("worn", "notWorn", "unreadable")}, None, temperature, {}
    calm = ~pool["mined"]  # mined places are rarer in service than here
    temperature = temperature_of(pool["logits"][calm], pool["labels"][calm])
    prob = softmax(pool["logits"] / temperature)
    limits, reach = choose(prob, pool["labels"], pool["sources"], pool["mined"])
    said, labels, sources = words(prob, **limits), pool["labels"], pool["sources"]
    table = {}
    for name in [*sorted(set(sources)), "all roadside sources"]:
        pick = (sources == name) | (name == "all roadside sources")
        table[name] = {**scores(pool["logits"][pick], labels[pick], ()), **at(said[pick], labels[pick], pool["mined"][pick])}
    return limits, reach, temperature, {f"{k} left out (real)": v for k, v in table.items()}


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
    step = Step("calibrate", arguments(__doc__, models=str(ROOT / "models")).parse_args())
    checkpoints = {name: step.need(f"{folder}/checkpoint.pt") for name, folder in FOLDERS.items()}
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    base = json.loads((Path(__file__).parent / "thresholds.json").read_text())
    limits, reach, temperature, left_out = out_of_source(step)
    step.say(f"temperature {temperature}, thresholds {limits}" + (f": {reach}" if reach else ""))
    pipe = Pipeline(*checkpoints.values(), temperature, step.device)
    val = load(step.work, "val")
    items = items_of(val)
    logits = logits_of(pipe.classifier, plain_crops(items))
    labels, street = np.array([i.label for i in items]), np.isin([i.source for i in items], ["helmet_motor", "kaggle764", "nckh", "site"])
    said, none_mined = words(softmax(logits / temperature), **limits), np.zeros(len(items), bool)
    score = base["head-finder"]["score"]["value"]
    metrics = {"head-classifier": {
        **left_out, **{f"{s} val (real)": r for s, r in report(logits, items).items()},
        "street val at the thresholds (real)": at(said[street], labels[street], none_mined[street]),
        "all val at the thresholds (real)": at(said, labels, none_mined)}}
    for source in ("helmet_motor", "site"):
        frames = [i for i in val if (i["tag"] if source == "site" else i["source"]) == source]
        if frames:
            metrics["head-classifier"][f"whole frames, {source} val (real)"] = end_to_end(pipe, frames, limits, score)
    crops = Crops([i for i in val if i["source"] in ("helmet_motor", "kaggle764", "nckh", "hard_hat_workers") or i["tag"] == "site"], teacher)
    metrics["head-finder"] = {f"{s} val (real)": r for s, r in evaluate_finder(pipe.finder.net, crops, list(crops.pools), score).items()}
    metrics["rider-detector"] = {f"{s} val (real)": r for s, r in evaluate_detector(
        pipe.detector, [i for i in val if i["tag"] in ("riders", "site")], teacher).items()}
    reasons = {
        "worn": "A single look says worn from here on: lowest share at which 97 % of the heads called worn are, on sources left out of training.",
        "notWorn": f"A single look says bare from here on, the lowest share with precision .98 in all and .97 in every source if there is one: {reach}. Higher than worn, because speaking to the wrong person is the worse error.",
        "unreadable": f"Above this the look says nothing; with it the most bare heads are called at that precision, {reach}."}
    networks = {"rider-detector": pipe.detector, "head-finder": pipe.finder.net, "head-classifier": pipe.classifier}
    (step.work / "float").mkdir(exist_ok=True)
    for name, path in checkpoints.items():
        export(name, networks[name].cpu(), step.work / "float" / f"{name}.onnx", temperature)
        saved = load_checkpoint(path)
        thresholds = {k: {**base[name][k], "value": v, "reason": reasons[k]} for k, v in limits.items()} if name == "head-classifier" and reach else {}
        recipe = {k: v for k, v in saved["args"].items() if k in ("steps", "batch", "lr", "init") and v != ""}
        write(step.folder / f"{name}.json", json.dumps({
            "date": datetime.date.today().isoformat(), "seed": saved["args"]["seed"], "recipe": f"scripts/train, {json.dumps(recipe)}, {saved['step']} steps done",
            "thresholds": thresholds, "temperature": temperature if name == "head-classifier" else 1.0, "metrics": metrics[name]}, indent=1, default=float))
        step.say(f"{name}\n{show(metrics[name])}")
    step.finish(metrics, thresholds=limits, temperature=temperature)


if __name__ == "__main__":
    main()

"""Float PyTorch, float ONNX, int8 ONNX and the service's TypeScript crops on the same val pictures: W/compare/{compare.json,compare.md}.

python3 compare.py --work W --models DIR [--only NAME ...]

Compares W/<step>/checkpoint.pt, W/float/NAME.onnx and W/int8/NAME.onnx at the thresholds and the temperature of DIR/NAME.json.
"""
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

from compare_score import groups_of, heads_of, score_classifier, score_detector, score_finder
from data import group_rect, head_rect, iou, load, read, sample
from labels import by_name
from nets import ClassifierExport, DetectorExport, FinderExport, HeadClassifier, HeadFinder, YoloxNano
from quantise_onnx import FRAME, NAMES, finish, frame_of, node, run
from step import ROOT, Step, arguments, infer, load_checkpoint
from train_finder import Crops

PATHS = ("float torch", "float ONNX", "int8 ONNX", "float ONNX, TypeScript crops", "int8 ONNX, TypeScript crops")


def typescript_crops(cuts, size, folder):
    """cuts: (picture, kind, box) -> what src/vision makes of them, uint8 [N, h, w, 3]."""
    jobs, files = [], {}
    for picture, kind, box in cuts:
        file = files.setdefault(id(picture), Path(folder) / f"{len(files)}.rgb")
        if not file.exists():
            picture.tofile(file)
        jobs.append({"file": str(file), "w": picture.shape[1], "h": picture.shape[0], "kind": kind, "box": [float(v) for v in box], "size": size})
    (Path(folder) / "jobs.json").write_text(json.dumps(jobs))
    finish(node("compare-crops.cjs", Path(folder) / "jobs.json", Path(folder) / "crops.bin"), "compare-crops.cjs")
    for file in files.values():
        file.unlink()
    return np.fromfile(Path(folder) / "crops.bin", np.uint8).reshape(len(cuts), size[1], size[0], 3)


def both_crops(step, cuts, python, size):
    """-> crops of Python and of TypeScript; pictures pass through a temporary folder a few at a time."""
    parts = []
    for k in step.progress(range(0, len(cuts), 48)):
        with tempfile.TemporaryDirectory() as folder:
            held = [(picture(), kind, box) for picture, kind, box in cuts[k:k + 48]]
            parts.append((np.stack([python(p, box) for p, _, box in held]), typescript_crops(held, size, folder)))
    return [np.concatenate(p) for p in zip(*parts)]


def reader(path, cache={}):
    """Reads a picture late; the last one is kept, for several boxes of one picture."""
    def picture():
        if cache.get("path") != path:
            cache.update(path=path, picture=read(path))
        return cache["picture"]
    return picture


def checkpoint(step, name, net):
    net.load_state_dict(load_checkpoint(step.need(f"{name}/checkpoint.pt"))["ema"])
    return net.eval()


def all_paths(step, name, net, crops):
    """-> {path: outputs} for (Python crops, TypeScript crops)"""
    files = {kind: step.need(f"{kind}/{name}.onnx") for kind in ("float", "int8")}
    python, typescript = crops
    at_once = 1 if name == "rider-detector" else 8
    outputs = [np.concatenate([infer(net, python[k:k + at_once]) for k in range(0, len(python), at_once)])]
    for source in (python, typescript):
        outputs += [run(files[kind], source, at_once) for kind in ("float", "int8")]
    return dict(zip(PATHS, outputs))


def threshold(manifest, key):
    value = manifest["thresholds"][key]
    return value["value"] if isinstance(value, dict) else value


def compare_classifier(step, manifest):
    items = [(i, b) for i in load(step.work, "val", ("riders", "heads", "site")) for b in i["boxes"]
             if b["name"] in ("helmet", "bare_head") and b.get("recommended", 1) == 1 and max(b["box"][2:]) >= 9]
    crops = both_crops(step, [(reader(i["path"]), "head", b["box"]) for i, b in items], lambda p, box: sample(p, head_rect(box), (64, 64)), (64, 64))
    net = ClassifierExport(checkpoint(step, "classifier", HeadClassifier()), manifest["calibration"]["temperature"]).eval()
    found = all_paths(step, "head-classifier", net, crops)
    bare, street = np.array([b["name"] == "bare_head" for _, b in items]), np.array([i["tag"] != "heads" for i, _ in items])
    worn_at, bare_at = threshold(manifest, "worn"), threshold(manifest, "notWorn")
    decision = {p: np.where(f[:, 1] >= bare_at, 1, np.where(f[:, 0] >= worn_at, 0, 2)) for p, f in found.items()}
    first = found[PATHS[0]]
    differences = {p: {"max": float(np.abs(f - first).max()), "mean": float(np.abs(f - first).mean()), "decisions": len(f), "changed": int((decision[p] != decision[PATHS[0]]).sum()),
                       "bare and worn swapped": int((decision[p] + decision[PATHS[0]] == 1).sum())}
                   for p, f in found.items()}
    return crops, differences, {p: score_classifier(f, bare, street, worn_at, bare_at) for p, f in found.items()}


def compare_rows(rows, at):
    """rows: {path: rows of every picture}: what of one path the other lacks at the threshold, and how far the scores of one box are apart."""
    first, out = rows[PATHS[0]], {}
    for p, mine in rows.items():
        apart, changed, decisions = [], 0, 0
        for a, b in zip(first, mine):
            pairs = iou(a[:, 1:], b[:, 1:]) if len(a) and len(b) else np.zeros((len(a), len(b)))
            for x, y, overlaps in ((a, b, pairs), (b, a, pairs.T)):
                for k in np.flatnonzero(x[:, 0] >= at):
                    best = int(overlaps[k].argmax()) if overlaps.shape[1] else -1
                    same = best >= 0 and overlaps[k, best] >= 0.5
                    decisions += x is a
                    changed += not same or y[best, 0] < at
                    apart += [abs(x[k, 0] - y[best, 0])] if same else []
        out[p] = {"max": float(max(apart, default=0)), "mean": float(np.mean(apart)) if apart else 0.0, "decisions": decisions, "changed": int(changed)}
    return out


def compare_finder(step, manifest):
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    pools = Crops(load(step.work, "val", ("riders", "site")), teacher)
    cuts, views = [], []
    for source, entries in pools.pools.items():
        for entry in entries:
            picture = cv2.cvtColor(cv2.imdecode(entry[0], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            for view in entry[1]:
                _, heads, weight = pools.crop(entry, view, False)
                cuts.append((lambda picture=picture: picture, "group", view))
                views.append((source, heads, weight))
    crops = both_crops(step, cuts, lambda p, box: sample(p, group_rect(box)[0], (160, 128)), (160, 128))
    found = all_paths(step, "head-finder", FinderExport(checkpoint(step, "finder", HeadFinder())).eval(), crops)
    rows, at = {p: [heads_of(o) for o in f] for p, f in found.items()}, threshold(manifest, "score")
    return crops, compare_rows(rows, at), {p: score_finder(r, views, at) for p, r in rows.items()}


def compare_detector(step, manifest):
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    images = load(step.work, "val", ("riders", "site"))
    crops = both_crops(step, [(reader(i["path"]), "frame", [0, 0, 1, 1]) for i in images], lambda p, _: frame_of(p)[0], FRAME)
    found = all_paths(step, "rider-detector", DetectorExport(checkpoint(step, "detector", YoloxNano(3)), FRAME[1], FRAME[0]).eval(), crops)
    scales = [min(FRAME[0] / i["size"][0], FRAME[1] / i["size"][1]) for i in images]
    rows = {p: [groups_of(o, s) for o, s in zip(f, scales)] for p, f in found.items()}
    return crops, compare_rows(rows, threshold(manifest, "confirm")), {p: score_detector(r, images, teacher) for p, r in rows.items()}


def markdown(report):
    lines = []
    for name, r in report.items():
        lines += [f"### {name}", "", f"Crops, TypeScript against Python: mean {r['pixels']['mean']:.2f}, 99th percentile {r['pixels']['p99']:.0f}, largest {r['pixels']['max']} of 255 "
                  f"({r['pixels']['crops']} val inputs).", ""]
        sets = list(next(iter(r["metrics"].values())))
        columns = [(s, k) for s in sets for k in r["metrics"][PATHS[0]][s] if k not in ("heads", "groups") and not k.startswith("heads in a group >= 0.12")]
        lines += ["| path | largest difference | mean | decisions changed | " + " | ".join(f"{s}: {k}" for s, k in columns) + " |", "|" + "---|" * (4 + len(columns))]
        for p, d in r["differences"].items():
            lines.append(f"| {p} | {d['max']:.2g} | {d['mean']:.2g} | {d['changed']} of {d['decisions']} | " + " | ".join(str(r["metrics"][p][s][k]) for s, k in columns) + " |")
        lines.append("")
    return "\n".join(lines)


def main():
    ap = arguments(__doc__, models=str(ROOT / "models"))
    ap.add_argument("--only", nargs="*", choices=NAMES, default=list(NAMES))
    step, report = Step("compare", ap.parse_args()), {}
    torch.set_grad_enabled(False)
    for name in step.args.only:
        manifest = json.loads((Path(step.args.models) / f"{name}.json").read_text())
        crops, differences, metrics = {"rider-detector": compare_detector, "head-finder": compare_finder, "head-classifier": compare_classifier}[name](step, manifest)
        apart = np.abs(crops[0].astype(np.int16) - crops[1])
        pixels = {"crops": len(apart), "mean": round(float(apart.mean()), 3), "p99": float(np.percentile(apart, 99)), "max": int(apart.max())}
        report[name] = {"pixels": pixels, "differences": differences, "metrics": metrics}
    (step.folder / "compare.json").write_text(json.dumps(report, indent=1, default=float))
    (step.folder / "compare.md").write_text(markdown(report))
    step.say(markdown(report))
    step.finish({n: r["differences"] for n, r in report.items()})


if __name__ == "__main__":
    main()

"""Puts the three networks into --models, each with its manifest (checksum, thresholds, calibration, sources, metrics); parity samples in W/publish.

python3 publish.py --work W --model-version 1.1.0 [--models DIR] [--float rider-detector ...]

Where W/int8/<name>.onnx is there, it is published in place of W/float/<name>.onnx, except for the networks named by --float.
"""
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch

import nets
from calibrate import FOLDERS
from data import load
from labels import RIDERLESS
from start import initialise
from step import ROOT, Step, arguments, write

LICENCES = {"helmet_motor": "CC BY 4.0", "kaggle764": "CC0", "nckh": "MIT", "neg_cars": "CC BY 4.0", "neg_coco128": "mixed",
            "hard_hat_workers": "CC BY 4.0 / CC0 upstream", "hh_especial": "CC BY 4.0", "rd_hnh_vn": "MIT", "rd_jna_pm_helmets": "CC BY 4.0",
            "hh_rf100_construction": "CC BY 4.0", "sim": "Apache-2.0"}
RIDERS, SITES = ("helmet_motor", "kaggle764", "nckh", "neg_cars"), ("hard_hat_workers", "hh_especial")
COCO = {"name": "YOLOX-nano (COCO)", "licence": "Apache-2.0"}
MODELS = {
    "rider-detector": dict(net=lambda: nets.YoloxNano(3), wrap=nets.DetectorExport, sources=(*RIDERS, "neg_coco128", *RIDERLESS, "sim"), labels=nets.DETECTOR_LABELS,
                           coco="initial weights; teacher for pseudo-labels", input=("frame", [1, 384, 640, 3]), output=("candidates", [1, 5040, 7])),
    "head-finder": dict(net=nets.HeadFinder, wrap=nets.FinderExport, sources=(*RIDERS, *SITES, "sim"), labels=["head"],
                        coco="teacher for pseudo-labels", input=("crops", [-1, 128, 160, 3]), output=("heads", [-1, 1280, 5])),
    "head-classifier": dict(net=nets.HeadClassifier, wrap=nets.ClassifierExport, labels=nets.CLASSIFIER_LABELS, coco=None,
                            sources=(*RIDERS, *SITES, "rd_hnh_vn", "rd_jna_pm_helmets", "hh_rf100_construction", "sim"),
                            input=("heads", [-1, 64, 64, 3]), output=("probabilities", [-1, 3])),
}


def sources_of(spec, images):
    """-> training sources of a manifest: those of prepared.json that this network takes, and the technician's own."""
    splits = {}
    for i in images:
        splits.setdefault(i["source"], set()).add(i["split"])
    own = [s for s in splits if s.startswith("site_")]
    use = {s: "negatives" if s.startswith("neg_") else "simulated training pictures" if s == "sim" else
           "training, validation" if "val" in splits[s] else "training" for s in splits}
    use.update({s: "without riders: negatives" for s in RIDERLESS if spec["labels"] == nets.DETECTOR_LABELS})
    rows = [{"name": "scripts/simulate" if s == "sim" else s, "licence": LICENCES.get(s, "the site's own"), "use": use[s]} for s in (*spec["sources"], *own) if s in splits]
    return [{**COCO, "use": spec["coco"]}] * bool(spec["coco"]) + rows


def publish(step, name, spec, images):
    facts = json.loads(step.need(f"calibrate/{name}.json").read_text())
    net = initialise(spec["net"](), step.need(f"{FOLDERS[name]}/checkpoint.pt")).eval()
    models, temperature = Path(step.args.models), facts["temperature"]
    models.mkdir(parents=True, exist_ok=True)
    path, quantised = models / f"{name}.onnx", step.work / "int8" / f"{name}.onnx"
    int8 = quantised.exists() and name not in step.args.float
    shutil.copyfile(quantised if int8 else step.need(f"float/{name}.onnx"), path)
    base = json.loads((Path(__file__).parent / "thresholds.json").read_text())[name]
    manifest = {
        "name": name, "version": step.args.model_version, "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "date": facts["date"],
        "precision": "int8 (QDQ)" if int8 else "float32",
        "input": {"name": spec["input"][0], "shape": spec["input"][1], "type": "uint8", "layout": "NHWC", "colour": "RGB"},
        "output": {"name": spec["output"][0], "shape": spec["output"][1]},
        "labels": spec["labels"], "thresholds": {**base, **facts["thresholds"]}, "calibration": {"temperature": temperature},
        "training": {"sources": sources_of(spec, images), "seed": facts["seed"], "recipe": facts["recipe"]}, "metrics": facts["metrics"],
    }
    write(models / f"{name}.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    x = torch.from_numpy(np.random.default_rng(1).integers(0, 255, [1 if name == "rider-detector" else 3, *spec["input"][1][1:]], np.uint8))
    with torch.no_grad():
        y = (spec["wrap"](net, temperature) if name == "head-classifier" else spec["wrap"](net)).eval()(x).numpy().astype(np.float32)
    x.numpy().tofile(step.folder / f"{name}.in"), y.tofile(step.folder / f"{name}.out")
    step.say(f"{path}: {path.stat().st_size} bytes, {manifest['precision']}, sha256 {manifest['sha256'][:12]}…")
    return {"bytes": path.stat().st_size, "sha256": manifest["sha256"]}


def main():
    ap = arguments(__doc__, models=str(ROOT / "models"), model_version="0.0.0-local")
    ap.add_argument("--float", nargs="*", default=[], choices=list(MODELS), help="publish these as float32")
    step = Step("publish", ap.parse_args())
    images = load(step.work)
    step.finish({name: publish(step, name, spec, images) for name, spec in MODELS.items()})


if __name__ == "__main__":
    main()

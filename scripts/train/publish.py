"""Exports one checkpoint to models/: ONNX, manifest (checksum, thresholds, calibration, sources, metrics) and a parity sample.

python3 publish.py rider-detector WORK/detector.pt --version 1.0.0 --facts facts.json [--sample WORK/parity]
facts.json: {"seed", "recipe", "thresholds", "temperature"?, "metrics", "date", "simulated": bool}
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from export import export
from nets import (CLASSIFIER_LABELS, DETECTOR_LABELS, ClassifierExport, DetectorExport, FinderExport, HeadClassifier, HeadFinder, YoloxNano)

COCO = {"name": "YOLOX-nano (COCO)", "licence": "Apache-2.0", "use": "initial weights; teacher for pseudo-labels"}
TEACHER = {**COCO, "use": "teacher for pseudo-labels"}
PROBE = {"name": "head_probe (this project)", "licence": "Apache-2.0", "use": "initial weights"}
RIDERS = [{"name": "helmet_motor", "licence": "CC BY 4.0", "use": "training, validation"},
          {"name": "kaggle764", "licence": "CC0", "use": "training, validation"},
          {"name": "nckh", "licence": "MIT", "use": "training, validation"},
          {"name": "neg_cars", "licence": "CC BY 4.0", "use": "negatives"}]
COCO128 = [{"name": "neg_coco128", "licence": "mixed", "use": "negatives"}]
SITE = [{"name": "hard_hat_workers", "licence": "CC BY 4.0 / CC0 upstream", "use": "training, validation"},
        {"name": "hh_especial", "licence": "CC BY 4.0", "use": "training, validation"}]
HEADS = SITE + [{"name": "rd_hnh_vn", "licence": "MIT", "use": "training, validation"},
                {"name": "rd_jna_pm_helmets", "licence": "CC BY 4.0", "use": "training, validation"},
                {"name": "hh_rf100_construction", "licence": "CC BY 4.0", "use": "training, validation"}]
SIM = {"name": "scripts/simulate", "licence": "Apache-2.0", "use": "simulated training pictures"}

MODELS = {
    "rider-detector": dict(net=lambda: YoloxNano(3), wrap=DetectorExport, sources=[COCO, *RIDERS, *COCO128], labels=DETECTOR_LABELS,
                           input=("frame", [1, 384, 640, 3]), output=("candidates", [1, 5040, 7])),
    "head-finder": dict(net=HeadFinder, wrap=FinderExport, sources=[TEACHER, *RIDERS, *SITE], labels=["head"],
                        input=("crops", [-1, 128, 160, 3]), output=("heads", [-1, 1280, 5])),
    "head-classifier": dict(net=HeadClassifier, wrap=ClassifierExport, sources=[PROBE, *RIDERS, *HEADS], labels=CLASSIFIER_LABELS,
                            input=("heads", [-1, 64, 64, 3]), output=("probabilities", [-1, 3])),
}


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("name", choices=sorted(MODELS)), ap.add_argument("checkpoint"), ap.add_argument("--version", required=True)
    ap.add_argument("--facts", required=True), ap.add_argument("--models", default="models"), ap.add_argument("--sample")
    args = ap.parse_args()
    spec, facts = MODELS[args.name], json.loads(Path(args.facts).read_text())
    net, saved = spec["net"](), torch.load(args.checkpoint)
    net.load_state_dict(saved["ema"])
    net.eval()
    temperature = facts.get("temperature", 1.0)
    path = Path(args.models) / f"{args.name}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    export(args.name, net, path, temperature)
    manifest = {
        "name": args.name, "version": args.version, "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "date": facts["date"],
        "input": {"name": spec["input"][0], "shape": spec["input"][1], "type": "uint8", "layout": "NHWC", "colour": "RGB"},
        "output": {"name": spec["output"][0], "shape": spec["output"][1]},
        "labels": spec["labels"], "thresholds": facts["thresholds"], "calibration": {"temperature": temperature},
        "training": {"sources": spec["sources"] + ([SIM] if facts["simulated"] else []), "seed": facts["seed"], "recipe": facts["recipe"]},
        "metrics": facts["metrics"],
    }
    (Path(args.models) / f"{args.name}.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    if args.sample:
        shape = [1 if args.name == "rider-detector" else 3, *spec["input"][1][1:]]
        x = torch.randint(0, 255, shape, dtype=torch.uint8)
        wrap = spec["wrap"](net, temperature) if args.name == "head-classifier" else spec["wrap"](net)
        with torch.no_grad():
            y = wrap.eval()(x).numpy().astype(np.float32)
        folder = Path(args.sample)
        folder.mkdir(parents=True, exist_ok=True)
        x.numpy().tofile(folder / f"{args.name}.in"), y.tofile(folder / f"{args.name}.out")
    print(path, path.stat().st_size, manifest["sha256"][:12])


if __name__ == "__main__":
    main()

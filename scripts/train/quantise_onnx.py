"""Runs ONNX files through the service's own ONNX Runtime (Node), and makes network inputs from prepared pictures."""
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from data import GREY, group_rect, head_rect, load, read, sample
from labels import by_name, street_labels

NAMES = ("rider-detector", "head-finder", "head-classifier")
HERE = Path(__file__).resolve().parent
FRAME = (640, 384)


def node(script, *args):
    """Starts a script of this folder; -> the process, its lines on stdout."""
    try:
        return subprocess.Popen(["node", str(HERE / script), *map(str, args)], stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise SystemExit("node is missing: install Node.js and run npm ci in the project's root") from None


def finish(process, script):
    if process.wait() != 0:
        raise SystemExit(f"{script} ended with code {process.returncode}; its message is above")


def histograms(step, model, batch, folder):
    """-> {output: (counts, low, high)} of every output of the model over the batch."""
    raw, out = Path(folder) / "inputs.bin", Path(folder) / "histograms.json"
    batch.tofile(raw)
    process = node("calibrate-int8.cjs", model, raw, ",".join(map(str, batch.shape[1:])), out)
    for _ in step.progress(process.stdout, total=2 * len(batch)):
        pass
    finish(process, "calibrate-int8.cjs")
    found = json.loads(out.read_text())
    raw.unlink(), out.unlink()
    return {k: (np.array(v["counts"], float), v["low"], v["high"]) for k, v in found.items()}


def run(model, batch, at_once=1):
    """uint8 inputs [N, H, W, 3] -> the model's output [N, ...] float32."""
    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder) / "in.bin", Path(folder) / "out.bin"
        np.ascontiguousarray(batch).tofile(raw)
        process = node("compare-run.cjs", model, raw, ",".join(map(str, batch.shape[1:])), out, at_once)
        text = process.stdout.read()
        finish(process, "compare-run.cjs")
        return np.fromfile(out, np.float32).reshape(len(batch), *json.loads(text)["shape"][1:])


def times(models, batch=1, rounds=60):
    """Timing of models on one thread, taking turns, of a random input -> {path: {p10, p50} in ms}."""
    process = node("compare-time.cjs", rounds, batch, *models)
    text = process.stdout.read()
    finish(process, "compare-time.cjs")
    return json.loads(text)


def frame_of(picture, size=FRAME):
    """Letterboxed at the top left as the service does it -> frame, input px per source px."""
    h, w = picture.shape[:2]
    s = min(size[0] / w, size[1] / h)
    cw, ch = round(w * s), round(h * s)
    frame = np.full((size[1], size[0], 3), GREY, np.uint8)
    frame[:ch, :cw] = sample(picture, (0, 0, w, h), (cw, ch))
    return frame, s


def inputs_of(name, step, split, count, rng):
    """Seeded inputs of one network from the pictures of one split -> uint8 [N, H, W, 3], {source: how many}."""
    images = load(step.work, split)
    street = [i for i in images if i["tag"] in ("riders", "sim", "site")]
    if name == "rider-detector":
        makers = [(i, None) for i in street]
    elif name == "head-finder":
        teacher = json.loads(step.need("teach/teacher.json").read_text())
        makers = [(i, group_rect(b)[0]) for i in street for b in street_labels(i, teacher)["rider_group"] if max(b[2:]) > 40]
    else:
        makers = [(i, head_rect(b)) for i in images for b in by_name(i, "helmet", "bare_head") if max(b[2:]) >= 9]
    by_source = {}
    for maker in makers:
        by_source.setdefault(maker[0]["source"], []).append(maker)
    each = -(-count // len(by_source))  # the sources weigh the same: small ones are other cameras, too
    picked = [m[k] for m in by_source.values() for k in rng.permutation(len(m))[:each]]
    picked = [picked[k] for k in rng.permutation(len(picked))[:count]]
    size = {"head-finder": (160, 128), "head-classifier": (64, 64)}.get(name)
    batch = np.stack([frame_of(read(i["path"]))[0] if rect is None else sample(read(i["path"]), rect, size) for i, rect in picked])
    sources = {}
    for i, _ in picked:
        sources[i["source"]] = sources.get(i["source"], 0) + 1
    return batch, sources

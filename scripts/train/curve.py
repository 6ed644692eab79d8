"""Accuracy per millisecond of the rider detector at several input sizes: models/plots/detector-curve.{md,svg}, W/curve/curve.json.

python3 curve.py --work W [--models DIR] [--sizes 416x256 512x320 ...] [--no-int8]

Every val picture twice: as it is, and shrunk into a grey 1280x720 frame so that its middle rider_group is 40 to 120 px high there.
"""
import json
from pathlib import Path

import numpy as np
import onnx

from compare_score import CONFIRM, groups_of, score_detector
from data import GREY, load, read, sample
from export import export
from labels import street_labels
from nets import YoloxNano
from quantise import quantise
from quantise_onnx import frame_of, run, times
from start import initialise
from step import ROOT, Step, arguments

SIZES = ("416x256", "512x320", "640x384", "800x480", "960x544")
FAR = (1280, 720)
COLOURS = {"float": "#1f77b4", "int8": "#d95f02"}


def placements(images, teacher, rng):
    """-> (scale, x, y) of every picture in the far frame."""
    out = []
    for im in images:
        heights = [b[3] for b in street_labels(im, teacher)["rider_group"]]
        target = float(np.exp(rng.uniform(np.log(40), np.log(120))))
        s = min(target / float(np.median(heights)) if heights else 0.3, FAR[0] / im["size"][0], FAR[1] / im["size"][1])
        out.append((s, int(rng.uniform(0, FAR[0] - s * im["size"][0])), int(rng.uniform(0, FAR[1] - s * im["size"][1]))))
    return out


def far_picture(picture, place):
    s, x, y = place
    w, h = (max(1, round(v * s)) for v in (picture.shape[1], picture.shape[0]))
    frame = np.full((FAR[1], FAR[0], 3), GREY, np.uint8)
    frame[y:y + h, x:x + w] = sample(picture, (0, 0, picture.shape[1], picture.shape[0]), (w, h))[:FAR[1] - y, :FAR[0] - x]
    return frame


def measure(model, size, pictures):
    """pictures: functions that read one -> rider_group rows of each in source px."""
    frames, scales = zip(*[frame_of(p(), size) for p in pictures])
    return [groups_of(o, s) for o, s in zip(run(model, np.stack(frames)), scales)]


def overall(table):
    """The mean over the sources, each weighing the same."""
    return {k: round(float(np.mean([r[k] for r in table.values()])), 3) for k in (f"heads in a group >= {CONFIRM}", "AP50")}


def models_of(step, net, sizes):
    """-> {(size, kind): path}; the int8 ones share the ranges measured at 640x384, for the tensors are the same."""
    facts, made = step.work / "int8" / "rider-detector.json", {}
    for size in sizes:
        path = made[size, "float"] = step.folder / f"{size}-float.onnx"
        export("rider-detector", net, path, size=tuple(map(int, size.split("x"))))
        if facts.exists() and not step.args.no_int8:
            made[size, "int8"] = step.folder / f"{size}-int8.onnx"
            saved = json.loads(facts.read_text())
            onnx.save(quantise(onnx.load(str(path)), saved["ranges"], saved["weightBits"]), str(made[size, "int8"]))
    return made


def markdown(rows):
    sources = list(next(iter(rows.values()))["as it is"])
    head = [f"{s}, {v}" for s in sources for v in ("heads in a group", "AP50")]
    base = rows.get(("640x384", "float"), next(iter(rows.values())))["ms"]["p10"]
    lines = ["| input | precision | ms on one thread, p50 (p10) | time against 640x384 float | " + " | ".join(head) + " | far riders: heads in a group | far riders: AP50 |", "|" + "---|" * (6 + len(head))]
    for (size, kind), r in rows.items():
        far = overall(r["40-120 px riders"])
        values = [r["as it is"][s][k] for s in sources for k in (f"heads in a group >= {CONFIRM}", "AP50")]
        lines.append(f"| {size} | {kind} | {r['ms']['p50']:.1f} ({r['ms']['p10']:.1f}) | {r['ms']['p10'] / base:.2f} | " + " | ".join(map(str, values)) + f" | {far[f'heads in a group >= {CONFIRM}']} | {far['AP50']} |")
    return "\n".join(lines)


def plot(rows):
    """An SVG: ms on one thread against AP50 (mean of the sources); full lines val as it is, dashed riders of 40-120 px."""
    most = max(r["ms"]["p10"] for r in rows.values()) * 1.1
    left, top, width, height = 60, 30, 560, 320
    at = lambda ms, ap: (left + width * ms / most, top + height * (1 - ap))  # noqa: E731
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 50} {top + height + 60}" font-family="sans-serif" font-size="12">',
             f'<rect width="{left + width + 50}" height="{top + height + 60}" fill="#fff"/>',
             f'<text x="{left}" y="18">rider_group AP50. Full line: val as it is; dashed: riders 40-120 px high in 720p</text>']
    for k in range(6):
        _, y = at(0, k / 5)
        parts += [f'<path d="M{left} {y:.1f}h{width}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{k / 5:.1f}</text>']
    for ms in range(0, int(most) + 1, 10):
        x, _ = at(ms, 0)
        parts.append(f'<path d="M{x:.1f} {top}v{height}" stroke="#eee"/><text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{ms}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 40}" text-anchor="middle">ms per frame, one thread</text>')
    for k, (kind, colour) in enumerate(COLOURS.items()):
        parts.append(f'<text x="{left + width - 60}" y="{top + height - 30 + 16 * k}" fill="{colour}">{kind}</text>')
        for view, dash in (("as it is", ""), ("40-120 px riders", ' stroke-dasharray="5 4"')):
            points = [(*at(r["ms"]["p10"], overall(r[view])["AP50"]), size) for (size, made), r in rows.items() if made == kind]
            if not points:
                continue
            parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)}" fill="none" stroke="{colour}"{dash}/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' + (f'<text x="{x + 6:.1f}" y="{y + 14:.1f}" font-size="10">{size}</text>' if dash else "") for x, y, size in points]
    return "\n".join([*parts, "</svg>", ""])


def main():
    ap = arguments(__doc__, models=str(ROOT / "models"))
    ap.add_argument("--sizes", nargs="+", default=list(SIZES)), ap.add_argument("--no-int8", action="store_true")
    step = Step("curve", ap.parse_args())
    teacher = json.loads(step.need("teach/teacher.json").read_text())
    images = load(step.work, "val", ("riders", "site"))
    places = placements(images, teacher, np.random.default_rng([step.args.seed, 9]))
    near = [lambda im=im: read(im["path"]) for im in images]
    far = [lambda im=im, p=p: far_picture(read(im["path"]), p) for im, p in zip(images, places)]
    models, rows = models_of(step, initialise(YoloxNano(3), step.need("detector/checkpoint.pt")).eval(), step.args.sizes), {}
    for (size, kind), path in step.progress(models.items()):
        pixels = tuple(map(int, size.split("x")))
        rows[size, kind] = {"as it is": score_detector(measure(path, pixels, near), images, teacher),
                            "40-120 px riders": score_detector(measure(path, pixels, far), images, teacher, lambda k: places[k])}
    ms = times(models.values())
    for key, path in models.items():
        rows[key]["ms"] = ms[str(path)]
    step.say(markdown(rows))
    plots = Path(step.args.models) / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    (plots / "detector-curve.md").write_text(markdown(rows) + "\n")
    (plots / "detector-curve.svg").write_text(plot(rows))
    (step.folder / "curve.json").write_text(json.dumps({f"{s} {k}": r for (s, k), r in rows.items()}, indent=1, default=float))
    step.finish({f"{s} {k}": {**r["ms"], **overall(r["as it is"])} for (s, k), r in rows.items()})


if __name__ == "__main__":
    main()

"""COCO folders in, one checked index out: W/prepared.json, which is all that the later steps read.

python3 prepare.py --work W [--data DIR] [--sim DIR ...] [--site DIR ...]

--data: a folder with riders/ and heads/ (train.json, val.json); '' for none. --sim: folders of scripts/simulate.
--site: a technician's own pictures (train.json, annotations.json or the only *.json in the folder); a fifth, by group, is held out as val.
Every repair is counted and named in W/prepare/log.txt.
"""
import hashlib
import json
from collections import Counter
from pathlib import Path

import cv2

from data import iou
from step import ROOT, Step, arguments, write

NAMES = {"helmet", "bare_head", "two_wheeler", "person_on_two_wheeler", "rider_with_vehicle", "person"}
HEADS = ("helmet", "bare_head")
KEPT = ("sub", "kind", "state", "colour", "helmet_colour", "recommended", "ridden")  # what later steps ask of an annotation
MIN_PX = 2  # narrower boxes teach nothing


class Repairs:
    """Counts what was mended and names every case in the log."""

    def __init__(self, say, table):
        self.say, self.counts, self.table, self.used = say, Counter(), table, set()

    def note(self, what, where):
        self.counts[what] += 1
        self.say(f"{what}: {where}")

    def label(self, set_name, file_name, annotation):
        """-> the mended name of an annotation or None."""
        for k, r in enumerate(self.table):
            if (r["set"], r["file_name"]) == (set_name, file_name) and (
                    r["annotation"] == annotation["id"] if "annotation" in r else iou([r["box"]], [annotation["bbox"]])[0, 0] > 0.6):
                self.used.add(k)
                return r["label"]
        return None


def coco(path):
    """-> the parsed file, its three lists present."""
    try:
        data = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: no readable COCO file ({error})") from None
    for key in ("images", "annotations", "categories"):
        if not isinstance(data.get(key), list):
            raise SystemExit(f"{path}: '{key}' is missing; a COCO file has images, annotations and categories")
    return data


def clip(box, size):
    """-> the part of the box inside the picture, or None when less than MIN_PX is left."""
    x, y, w, h = box
    x0, y0, x1, y1 = max(0.0, x), max(0.0, y), min(float(size[0]), x + w), min(float(size[1]), y + h)
    return [x0, y0, x1 - x0, y1 - y0] if x1 - x0 >= MIN_PX and y1 - y0 >= MIN_PX else None


def read_set(path, tag, split, source, repairs):
    """-> pictures of one COCO file, checked and mended."""
    path, data = Path(path), coco(path)
    set_name, names = f"{path.parent.name}/{path.stem}", {c["id"]: c["name"] for c in data["categories"]}
    for name in sorted(set(names.values()) - NAMES):
        repairs.note("unknown category left out", f"{path}: '{name}'")
    images, files, file_names = {}, set(), {}
    for i in data["images"]:
        where, file = f"{path}: picture {i.get('id')} ({i.get('file_name')})", path.parent / i["file_name"]
        if i["id"] in images or file in files:
            repairs.note("duplicate picture dropped", where)
            continue
        picture = cv2.imread(str(file))
        if picture is None:
            repairs.note("missing or undecodable picture dropped", where)
            continue
        size = (picture.shape[1], picture.shape[0])
        if size != (i.get("width"), i.get("height")):
            repairs.note("picture size corrected", f"{where}: {i.get('width')}x{i.get('height')} -> {size[0]}x{size[1]}")
        files.add(file)
        file_names[i["id"]] = i["file_name"]
        exhaustive = i.get("exhaustive_category_ids", list(names))
        images[i["id"]] = {
            "path": str(file.resolve()), "tag": tag, "split": split, "source": source or i.get("source", tag), "group": f"{path.parent.name}/{i.get('group', file.name)}",
            "size": size, "stretched": bool(i.get("stretched")), "studio": bool(i.get("studio_background")), "exhaustive": sorted({names[c] for c in exhaustive if c in names} & NAMES), "boxes": []}
    seen = set()
    for a in data["annotations"]:
        image, where = images.get(a.get("image_id")), f"{path}: annotation {a.get('id')}"
        if image is None:
            repairs.note("annotation without a picture dropped", where)
        elif a["id"] in seen:
            repairs.note("duplicate annotation id dropped", where)
        elif names.get(a.get("category_id")) in NAMES:
            seen.add(a["id"])
            box = mended(a, names[a["category_id"]], image, repairs.label(set_name, file_names[a["image_id"]], a), where, repairs)
            image["boxes"] += [box] if box else []
        elif a.get("category_id") not in names:
            repairs.note("annotation of an undeclared category dropped", where)
    images = list(images.values())
    if tag == "riders":
        hang(images, repairs)
    return images


def mended(a, name, image, label, where, repairs):
    """One annotation -> {name, box, ...} or None."""
    if label is not None:
        repairs.note(f"label repaired to {label}", where)
    raw = a.get("bbox")
    if label == "none" or not (isinstance(raw, list) and len(raw) == 4 and all(isinstance(v, (int, float)) and abs(v) < 1e6 for v in raw)):
        if label != "none":
            repairs.note("unreadable box dropped", f"{where}: {raw}")
        return None
    whole = [float(v) for v in raw]
    box = clip(whole, image["size"])
    if box is None:
        repairs.note("box outside the picture or degenerate dropped", f"{where}: {raw}")
        return None
    if max(abs(u - v) for u, v in zip(box, whole)) > 1:
        repairs.note("box clipped to the picture", f"{where}: {raw}")
    if a.get("box_scope") == "headwear":  # helmet or cap alone: down to the chin
        box[3] *= 1.5
        repairs.counts["headwear box extended"] += 1
    name = label if label in HEADS else name
    if name == "bare_head" and a.get("box_scope") == "headwear" and image["studio"]:
        repairs.counts["cap or hat on no head hidden"] += 1
        name = "hidden_head"
    elif a.get("iscrowd") or label == "hidden":  # no label, no background
        name = "hidden_head" if name in HEADS else f"hidden_{name}"
        repairs.counts["hidden (no loss)"] += 1
    return {"id": a["id"], "name": name, "box": [round(v, 1) for v in box], **{k: a[k] for k in KEPT if a.get(k) is not None}}


def hang(images, repairs):
    """nckh labels helmets that hang on a bike, too: what is not in the upper third of a rider_with_vehicle is hidden."""
    for im in [i for i in images if i["source"] == "nckh"]:
        groups = [b["box"] for b in im["boxes"] if b["name"] == "rider_with_vehicle"]
        for b in [b for b in im["boxes"] if b["name"] == "helmet"]:
            x, y, w, h = b["box"]
            if not any(gx <= x + w / 2 <= gx + gw and gy - h <= y + h / 2 <= gy + 0.33 * gh for gx, gy, gw, gh in groups):
                b["name"] = "hidden_head"
                repairs.counts["nckh helmet on no head hidden"] += 1


def hold_out(images, share=0.2):
    """Marks about a fifth of a site's pictures as val, whole groups at a time, by a hash of the group's name (the same in every run)."""
    groups = Counter(i["group"] for i in images)
    held = set()
    for g in sorted(groups, key=lambda g: hashlib.sha256(g.encode()).hexdigest()):
        if sum(groups[h] for h in held) + groups[g] / 2 <= share * len(images):
            held.add(g)
    for i in images:
        i["split"] = "val" if i["group"] in held else "train"


def coco_file(folder):
    found = [p for n in ("train.json", "annotations.json") for p in [Path(folder) / n] if p.exists()] or sorted(Path(folder).glob("*.json"))
    if not found:
        raise SystemExit(f"{folder}: no COCO file (train.json or annotations.json) in this folder")
    return found[0]


def keep_apart(images, repairs):
    """A group with pictures in train and in val trains nothing."""
    val = {(i["tag"], i["group"]) for i in images if i["split"] == "val"}
    kept = []
    for i in images:
        if i["split"] == "train" and (i["tag"], i["group"]) in val:
            repairs.note("training picture whose group is in val dropped", i["path"])
        else:
            kept.append(i)
    return kept


def main():
    ap = arguments(__doc__, data=str(ROOT.parent / "shared/data"))
    ap.add_argument("--sim", nargs="*", default=[]), ap.add_argument("--site", nargs="*", default=[])
    args = ap.parse_args()
    step = Step("prepare", args)
    repairs = Repairs(step.say, json.loads((Path(__file__).parent / "repairs.json").read_text())["repairs"])
    images = []
    for tag in ("riders", "heads") if args.data else ():
        for split in ("train", "val"):
            images += read_set(Path(args.data) / tag / f"{split}.json", tag, split, None, repairs)
            step.say(f"{tag}/{split}: {len(images)} pictures so far")
    for folder in args.sim:
        images += read_set(coco_file(folder), "sim", "train", "sim", repairs)
    for folder in args.site:
        own = read_set(coco_file(folder), "site", "train", f"site_{Path(folder).name}", repairs)
        hold_out(own)
        if len({i["split"] for i in own}) < 2:
            step.say(f"{folder}: all {len(own)} pictures share one group, so none is held out; give images[].group per hour or per video")
        images += own
    images = keep_apart(images, repairs)
    for k, r in enumerate(repairs.table):
        if k not in repairs.used and args.data:
            step.say(f"repairs.json: entry {k} ({r['set']} {r['file_name']}) fits no annotation")
    if not images:
        raise SystemExit("no pictures: give --data, --sim or --site")
    write(step.work / "prepared.json", json.dumps({"images": images}))
    table = {}
    for i in images:
        row = table.setdefault(f"{i['source']} {i['split']}", Counter())
        row["pictures"] += 1
        row.update(b["name"] for b in i["boxes"])
    for s, row in sorted(table.items()):
        step.say(f"{s:30s} {dict(row)}")
    step.say("\n".join(f"{n:5d} {what}" for what, n in sorted(repairs.counts.items())) or "no repairs")
    step.finish({s: dict(r) for s, r in table.items()}, repairs=dict(repairs.counts))


if __name__ == "__main__":
    main()

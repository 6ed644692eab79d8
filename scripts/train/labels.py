"""Street labels (rider_group, two_wheeler, person, ignore) from the sets' own boxes, completed by the teacher of teach.py.

Own labels win. Where a set says nothing, a confident teacher box becomes a label and a doubtful one an area without loss.
"""
import numpy as np

from data import overlap, union

SURE, DOUBT = 0.5, 0.12
RIDERLESS = ("hard_hat_workers", "hh_especial", "hh_rf100_construction")  # people, no vehicles


def share(a, boxes):
    """How much of box a lies in each of boxes."""
    if not len(boxes):
        return np.zeros(0)
    return overlap(np.asarray(a, float)[None], np.asarray(boxes, float)) / max(a[2] * a[3], 1e-6)


def by_name(im, *names):
    return [b["box"] for b in im["boxes"] if b["name"] in names]


def street_labels(im, teacher):
    """-> dict of lists of boxes (x, y, w, h). What a set annotates fully it alone decides."""
    out = {"rider_group": [], "two_wheeler": [], "person": by_name(im, "person"),
           "ignore": by_name(im, "hidden_rider_with_vehicle", "hidden_two_wheeler", "hidden_person")}
    own, found = im["exhaustive"], teacher.get(im["path"], [])
    wheels = [] if "two_wheeler" in own else [(d["box"], d["score"]) for d in found if d["name"] == "two_wheeler"]
    people = [] if "person" in own else [(d["box"], d["score"]) for d in found if d["name"] == "person"]
    if "rider_with_vehicle" in own:
        out["rider_group"] = by_name(im, "rider_with_vehicle")
        out["two_wheeler"] = [b["box"] for b in im["boxes"] if b["name"] == "two_wheeler" and not b.get(
            "ridden", share(b["box"], out["rider_group"]).sum() > 0.5)]
    elif {"two_wheeler", "person_on_two_wheeler"} <= own:
        _join(out, by_name(im, "two_wheeler"), by_name(im, "person_on_two_wheeler"))
    elif "two_wheeler" not in own:
        _groups_of_teacher(out, wheels, people, by_name(im, "helmet", "bare_head"))
        return out
    _complete(out, wheels, people)
    return out


def _join(out, wheels, riders):
    """Every rider goes to the two-wheeler that covers most of it. One without a rider is no label: some riders are unlabelled."""
    merged = []
    for w in sorted(wheels, key=lambda b: -b[2] * b[3]):
        if not len(merged) or share(w, merged).max() < 0.6:
            merged.append(w)
    wheels = merged
    crews = [[] for _ in wheels]
    for r in riders:
        s = share(r, wheels)
        if len(s) and s.max() > 0.05:
            crews[int(s.argmax())].append(r)
        else:
            out["ignore"].append(r)
    for w, crew in zip(wheels, crews):
        out["rider_group" if crew else "ignore"].append(union([w, *crew]))


def riderless_labels(im, teacher):
    """Labels of a picture of people without a vehicle (building sites); None when the teacher sees a two-wheeler in it after all.
    no_group: areas that certainly hold no rider_group, whatever else they hold."""
    found = teacher.get(im["path"], [])
    if any(d["name"] == "two_wheeler" for d in found):
        return None
    sure = [d["box"] for d in found if d["score"] >= SURE]
    doubt = [d["box"] for d in found if DOUBT <= d["score"] < SURE]
    doubt += [[x - 1.5 * w, y - 0.3 * h, 4 * w, 7 * h] for x, y, w, h in by_name(im, "helmet", "bare_head", "hidden_head")
              if not share([x, y, w, h], sure).sum() > 0.5]
    return {"rider_group": [], "two_wheeler": [], "person": sure, "ignore": doubt, "no_group": sure + doubt}


def rides(person, wheel):
    x, y, w, h = person
    wx, wy, ww, wh = wheel
    return (share(person, [wheel])[0] > 0.2 and y < wy + 0.25 * wh and y + h > wy + 0.3 * wh and
            wx - 0.15 * ww < x + w / 2 < wx + 1.15 * ww)


def _groups_of_teacher(out, wheels, people, heads):
    used = set()
    for wheel, score in sorted(wheels, key=lambda v: -v[1]):
        crew = [k for k, (p, s) in enumerate(people) if k not in used and s >= 0.35 and rides(p, wheel)]
        if score >= 0.4 and crew:
            used |= set(crew)
            box = union([wheel] + [people[k][0] for k in crew])
            inside = [h for h in heads if share(h, [box])[0] > 0.4]
            out["rider_group"].append(union([box] + inside))
        elif score >= 0.6 and not any(rides(p, wheel) for p, _ in people) and share(wheel, out["rider_group"]).sum() < 0.3:
            out["two_wheeler"].append(wheel)
        elif score >= DOUBT:
            out["ignore"].append(wheel)
    for k, (p, s) in enumerate(people):
        if k not in used and s >= DOUBT and share(p, out["rider_group"]).sum() < 0.6:
            out["ignore"].append(p)
    for x, y, w, h in heads:  # a head without a group: its rider and vehicle are somewhere below it
        if not share([x, y, w, h], out["rider_group"]).sum() > 0.5:
            out["ignore"].append([x - 1.5 * w, y - 0.3 * h, 4 * w, 7 * h])


def _complete(out, wheels, people):
    for name, boxes in (("two_wheeler", wheels), ("person", people)):
        for box, score in boxes:
            if share(box, out["rider_group"]).sum() > 0.35 or score < DOUBT:
                continue
            unsure = name == "person" and share(box, [w for w, _ in wheels]).sum() > 0.1  # may be riding
            out["ignore" if unsure or score < SURE else name].append(box)

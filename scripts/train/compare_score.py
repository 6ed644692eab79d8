"""Detections against labels for compare.py and curve.py: the same matching for every path and every input size."""
import numpy as np
import torch
from torchvision.ops import nms as suppress

from data import average_precision, iou
from labels import by_name, street_labels
from train_finder import nms

TRACK, CONFIRM = 0.12, 0.35
LOWEST = 0.05  # of the scores that count for an AP


def hits_of(rows, truth, counted, excused):
    """rows (score, x, y, w, h) -> (score, 1 or 0) of each that counts; -> a truth box is found once, at an IoU of .5."""
    left, hits = set(range(len(truth))), []
    for score, *box in sorted(map(tuple, rows), reverse=True):
        overlaps = iou([box], truth)[0] if len(truth) else np.zeros(0)
        best = max(left, key=lambda k: overlaps[k], default=None)
        if best is not None and overlaps[best] >= 0.5:
            left.discard(best)
            hits += [(score, 1)] if counted[best] else []
        elif not excused(box, overlaps):
            hits.append((score, 0))
    return hits


def groups_of(candidates, scale, lowest=LOWEST, limit=0.6):
    """One detector output [N, 7] -> rider_group rows (score, x, y, w, h in source px); a row is of the class it scores highest in."""
    mine = candidates[(candidates[:, 4:].argmax(1) == 0) & (candidates[:, 4] > lowest)]
    corners = torch.from_numpy(np.concatenate([mine[:, :2] - mine[:, 2:4] / 2, mine[:, :2] + mine[:, 2:4] / 2], 1))
    mine = mine[suppress(corners, torch.from_numpy(mine[:, 4].copy()), limit).numpy()]
    return np.concatenate([mine[:, 4:5], (mine[:, :2] - mine[:, 2:4] / 2) / scale, mine[:, 2:4] / scale], 1)


def heads_of(output, lowest=LOWEST):
    """One finder output [1280, 5] -> rows (score, x, y, w, h in crop px)."""
    rows = nms(output[output[:, 0] > lowest])
    return np.concatenate([rows[:, :1], rows[:, 1:3] - rows[:, 3:] / 2, rows[:, 3:]], 1)


def score_detector(found, images, teacher, place=None):
    """found: rider_group rows of every picture; place(k) -> (scale, x, y) of picture k when its boxes moved.
    -> {source: {heads, share of them in a group at TRACK and CONFIRM, groups, AP50, false groups at CONFIRM}}"""
    table = {}
    for source in sorted({i["source"] for i in images}):
        hits, total, heads, covered = [], 0, 0, {TRACK: 0, CONFIRM: 0}
        for k, im in [(k, i) for k, i in enumerate(images) if i["source"] == source]:
            s, dx, dy = place(k) if place else (1, 0, 0)
            move = lambda boxes: [[x * s + dx, y * s + dy, w * s, h * s] for x, y, w, h in boxes]  # noqa: E731
            labels, rows = street_labels(im, teacher), found[k]
            truth, ignore = move(labels["rider_group"]), move(labels["ignore"])
            for x, y, w, h in move(by_name(im, "helmet", "bare_head")):
                cx, cy = x + w / 2, y + h / 2
                if source == "nckh" and not any(g[0] < cx < g[0] + g[2] and g[1] < cy < g[1] + g[3] for g in truth):
                    continue  # its riders are not all labelled
                heads += 1
                for t in covered:
                    covered[t] += any(r[0] >= t and r[1] < cx < r[1] + r[3] and r[2] < cy < r[2] + r[4] for r in rows)
            hits += hits_of(rows, truth, [True] * len(truth), lambda b, _: ignore and iou([b], ignore)[0].max() > 0.3)
            total += len(truth)
        table[source] = {"heads": heads, **{f"heads in a group >= {t}": round(c / max(heads, 1), 3) for t, c in covered.items()},
                         "groups": total, "AP50": average_precision(hits, total), "false groups >= .35": sum(not h for s, h in hits if s >= CONFIRM)}
    return table


def score_finder(found, views, threshold):
    """found: head rows of every view; views: (source, heads in crop px, weight). -> {source: {heads, AP50, P and R at the threshold}}"""
    table = {}
    for source in sorted({v[0] for v in views}):
        hits, total = [], 0
        for rows, (_, heads, weight) in [(f, v) for f, v in zip(found, views) if v[0] == source]:
            centre, size = heads[:, :2] + heads[:, 2:] / 2, heads[:, 2:].max(1, initial=0)
            whole = (centre > 4).all(1) & (centre < [156, 124]).all(1) & (size >= 12) & (size <= 80)
            total += int(whole.sum())

            def excused(box, overlaps, whole=whole, weight=weight):
                cx, cy = box[0] + box[2] / 2, box[1] + box[3] / 2
                inside = weight[min(31, max(0, int(cy / 4))), min(39, max(0, int(cx / 4)))] > 0
                return not inside or (len(overlaps) and overlaps.max() > 0.3 and not whole[overlaps.argmax()])

            hits += hits_of(rows, heads, whole, excused)
        over = [h for s, h in hits if s >= threshold]
        table[source] = {"heads": total, "AP50": average_precision(hits, total), "P": round(sum(over) / max(len(over), 1), 3), "R": round(sum(over) / max(total, 1), 3)}
    return table


def auc(scores, positive):
    ranks = np.empty(len(scores))
    order = np.argsort(scores)
    ranks[order] = np.arange(1, len(scores) + 1)
    p, n = positive.sum(), (~positive).sum()
    return round(float((ranks[positive].sum() - p * (p + 1) / 2) / max(p * n, 1)), 4)


def score_classifier(prob, bare, street, worn_at, bare_at):
    """prob [N, 3] of heads; bare, street: masks. -> {set: {heads, AUC, P and R of bare at its threshold, R of worn}}"""
    table, logit = {}, np.log(prob[:, 1] + 1e-9) - np.log(prob[:, 0] + 1e-9)
    for name, pick in (("street", street), ("all", np.ones(len(prob), bool))):
        called = pick & (prob[:, 1] >= bare_at)
        table[name] = {"heads": int(pick.sum()), "AUC": auc(logit[pick], bare[pick]), "bare P": round(float(bare[called].mean()), 3) if called.any() else None,
                       "bare R": round(float((called & bare).sum() / max((pick & bare).sum(), 1)), 3),
                       "worn R": round(float((pick & ~bare & (prob[:, 0] >= worn_at)).sum() / max((pick & ~bare).sum(), 1)), 3)}
    return table

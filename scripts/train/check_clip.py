"""Runs the three checkpoints over a video and prints what each analysed frame shows; --sheet writes a picture of it.

python3 check_clip.py VIDEO --detector D.pt --finder F.pt --classifier C.pt [--every 15] [--sheet out.png]
"""
import argparse
from collections import Counter

import cv2
import numpy as np
import torch

from nets import CLASSIFIER_LABELS, DETECTOR_LABELS
from pipeline import Pipeline

COLOURS = [(255, 0, 255), (255, 160, 0), (0, 200, 255)]
HEADS = [(0, 255, 0), (255, 0, 0), (160, 160, 160)]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("video"), ap.add_argument("--detector", required=True), ap.add_argument("--finder", required=True)
    ap.add_argument("--classifier", required=True), ap.add_argument("--every", type=int, default=15), ap.add_argument("--sheet")
    ap.add_argument("--columns", type=int, default=4), ap.add_argument("--score", type=float, default=0.25)
    args = ap.parse_args()
    torch.set_num_threads(1)
    pipe, video = Pipeline(args.detector, args.finder, args.classifier), cv2.VideoCapture(args.video)
    tiles, n, tally = [], -1, Counter()
    while True:
        ok, frame = video.read()
        n += 1
        if not ok:
            break
        if n % args.every:
            continue
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        text, shown = [], rgb.copy()
        for cls, score, *box in pipe.detect(rgb, args.score):
            x, y, w, h = map(int, box)
            cv2.rectangle(shown, (x, y), (x + w, y + h), COLOURS[int(cls)], 2)
            cv2.putText(shown, f"{score:.2f}", (x, y - 3), 0, 0.6, COLOURS[int(cls)], 2)
            word = f"{DETECTOR_LABELS[int(cls)]} {score:.2f}"
            tally[DETECTOR_LABELS[int(cls)]] += 1
            if cls == 0:
                heads = pipe.heads(rgb, box)
                for head, p in zip(heads, pipe.classify(rgb, heads[:, 1:])):
                    k = int(p.argmax())
                    hx, hy, hw, hh = map(int, head[1:])
                    cv2.rectangle(shown, (hx, hy), (hx + hw, hy + hh), HEADS[k], 2)
                    cv2.putText(shown, f"{p[k]:.2f}", (hx + hw, hy + 12), 0, 0.5, HEADS[k], 2)
                    word += f" [{head[0]:.2f} {CLASSIFIER_LABELS[k]} {p[k]:.2f}]"
                    tally[CLASSIFIER_LABELS[k]] += 1
            text.append(word)
        print(n, "; ".join(text))
        f = 480 / max(shown.shape[:2])
        tiles.append(cv2.resize(shown, None, fx=f, fy=f, interpolation=cv2.INTER_AREA))
    print(dict(tally))
    if args.sheet and tiles:
        c = args.columns
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % c)
        rows = [np.hstack(tiles[k:k + c]) for k in range(0, len(tiles), c)]
        cv2.imwrite(args.sheet, cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()

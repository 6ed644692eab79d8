"""
Peer 1: the rider detector as a good Python programmer would write it first. VideoCapture reads every picture of the camera,
five a second go through cv2.dnn, NMSBoxes leaves one box a thing. Arguments: RTSP address, detector as opencv_detector.py
writes it, its width and height, pictures a second, score and overlap. Prints one JSON line an analysed picture.
"""
import json
import sys
import time

import cv2
import numpy

GREY = (114, 114, 114)
LARGEST_POWER = 8


def grid(width, height):
    """Cell and stride of every candidate."""
    cells, strides = [], []
    for stride in (8, 16, 32):
        ys, xs = numpy.mgrid[: height // stride, : width // stride]
        cells.append(numpy.stack([xs, ys], axis=-1).reshape(-1, 2))
        strides.append(numpy.full((xs.size, 1), stride))
    return numpy.concatenate(cells), numpy.concatenate(strides)


def sigmoid(values):
    return 1 / (1 + numpy.exp(-values))


def main(url, detector, width, height, fps, score, overlap):
    width, height, fps, score, overlap = int(width), int(height), float(fps), float(score), float(overlap)
    network = cv2.dnn.readNetFromONNX(detector)
    cells, strides = grid(width, height)
    capture = cv2.VideoCapture(url)
    if not capture.isOpened():
        sys.exit(f"{url}: cannot be opened")
    next_at = time.monotonic()
    while True:
        there, picture = capture.read()
        if not there:
            sys.exit(f"{url}: no more pictures")
        now = time.monotonic()
        if now < next_at:
            continue
        next_at = max(next_at + 1 / fps, now - 1 / fps)
        scale = min(width / picture.shape[1], height / picture.shape[0])
        small = cv2.resize(picture, None, fx=scale, fy=scale)
        padding = (0, height - small.shape[0], 0, width - small.shape[1])
        padded = cv2.copyMakeBorder(small, *padding, cv2.BORDER_CONSTANT, value=GREY)
        network.setInput(cv2.dnn.blobFromImage(padded, swapRB=True))
        raw = network.forward()[0]
        scores = sigmoid(raw[:, 4:5]) * sigmoid(raw[:, 5:])
        labels = scores.argmax(axis=1)
        centres = (raw[:, :2] + cells) * strides
        sizes = numpy.exp(numpy.minimum(raw[:, 2:4], LARGEST_POWER)) * strides
        boxes = numpy.concatenate([centres - sizes / 2, sizes], axis=1) / scale
        found = 0
        for label in range(scores.shape[1]):
            mine = labels == label
            found += len(cv2.dnn.NMSBoxes(boxes[mine].tolist(), scores[mine, label].tolist(), score, overlap))
        print(json.dumps({"found": found}), flush=True)


main(*sys.argv[1:])

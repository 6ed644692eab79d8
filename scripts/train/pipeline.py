"""The three networks in a row on one picture, as the service runs them (checks, mining; torch checkpoints, not ONNX)."""
import numpy as np

import nets
from data import group_rect, head_rect, sample
from start import initialise
from step import infer
from train_detector import candidates
from train_finder import nms


class Pipeline:
    """Checkpoints (or published ONNX files) -> detections of a picture (RGB), heads of a rider group, probabilities of heads."""

    def __init__(self, detector, finder, classifier=None, temperature=1.0, device="cpu"):
        self.detector = initialise(nets.YoloxNano(3), detector).eval().to(device)
        self.finder = nets.FinderExport(initialise(nets.HeadFinder(), finder)).eval().to(device)
        self.classifier = initialise(nets.HeadClassifier(), classifier).eval().to(device) if classifier else None
        self.temperature = temperature

    def detect(self, picture, score=0.12):
        """-> rows (class, score, x, y, w, h)"""
        return candidates(self.detector, picture, score=score)

    def heads(self, picture, group, score=0.25):
        """-> rows (score, x, y, w, h in source px)"""
        rect, s = group_rect(group)
        found = infer(self.finder, sample(picture, rect, (160, 128))[None])[0]
        found = nms(found[found[:, 0] >= score])
        found[:, 1:] /= s
        found[:, 1:3] += np.array(rect[:2]) - found[:, 3:] / 2
        return found

    def classify(self, picture, boxes):
        """-> probabilities [N, 3]"""
        if not len(boxes):
            return np.zeros((0, 3))
        crops = np.stack([sample(picture, head_rect(b), (64, 64)) for b in boxes])
        z = infer(self.classifier, crops.transpose(0, 3, 1, 2).astype(np.float32) / 255) / self.temperature
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

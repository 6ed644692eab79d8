"""The three networks in a row on one picture, as the service runs them (checks, mining; torch checkpoints, not ONNX)."""
import numpy as np
import torch

from data import group_rect, head_rect, sample
from nets import FinderExport, HeadClassifier, HeadFinder, YoloxNano, yolox_grid
from train_detector import H, W, candidates
from train_finder import nms


def load(net, path):
    net.load_state_dict(torch.load(path)["ema"])
    return net.eval()


class Pipeline:
    """Checkpoints -> run(picture RGB) -> rows of detections and, per rider_group, its heads with their probabilities."""

    def __init__(self, detector, finder, classifier=None, temperature=1.0):
        self.detector = load(YoloxNano(3), detector)
        self.finder = FinderExport(load(HeadFinder(), finder)).eval()
        self.classifier = load(HeadClassifier(), classifier) if classifier else None
        self.temperature, self.grid = temperature, yolox_grid(H, W)

    def detect(self, picture, score=0.12):
        """-> rows (class, score, x, y, w, h)"""
        return candidates(self.detector, picture, *self.grid, score=score)

    def heads(self, picture, group, score=0.25):
        """-> rows (score, x, y, w, h in source px)"""
        rect, s = group_rect(group)
        crop = sample(picture, rect, (160, 128))
        with torch.no_grad():
            found = self.finder(torch.from_numpy(crop[None].copy()))[0].numpy()
        found = nms(found[found[:, 0] >= score])
        found[:, 1:] /= s
        found[:, 1:3] += np.array(rect[:2]) - found[:, 3:] / 2
        return found

    def classify(self, picture, boxes):
        """-> probabilities [N, 3]"""
        if not len(boxes):
            return np.zeros((0, 3))
        crops = np.stack([sample(picture, head_rect(b), (64, 64)) for b in boxes])
        with torch.no_grad():
            z = self.classifier(torch.from_numpy(crops.transpose(0, 3, 1, 2).copy()).float() / 255)
        return torch.softmax(z / self.temperature, 1).numpy()

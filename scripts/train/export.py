"""Writes one network as ONNX (opset 13, FP32), its BN folded by the exporter."""
import inspect

import torch
from nets import ClassifierExport, DetectorExport, FinderExport


def export(kind, net, path, temperature=1.0, size=(640, 384)):
    """kind: rider-detector | head-finder | head-classifier; size: width and height of the rider detector's frame. The net is put into eval mode."""
    width, height = size
    wrap, shape, names = {
        "rider-detector": (lambda: DetectorExport(net, height, width), (1, height, width, 3), ("frame", "candidates")),
        "head-finder": (lambda: FinderExport(net), (1, 128, 160, 3), ("crops", "heads")),
        "head-classifier": (lambda: ClassifierExport(net, temperature), (1, 64, 64, 3), ("heads", "probabilities")),
    }[kind]
    dynamic = {} if kind == "rider-detector" else {n: {0: "batch"} for n in names}
    sample = torch.randint(0, 255, shape, dtype=torch.uint8)
    old = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}  # torch 2.5 on: the exporter of 1.13, same graph
    torch.onnx.export(wrap().eval(), sample, str(path), opset_version=13, input_names=[names[0]],
                      output_names=[names[1]], dynamic_axes=dynamic, **old)

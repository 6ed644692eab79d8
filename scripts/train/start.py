"""Initial weights of a network from an earlier checkpoint (*.pt) or from a published float or int8 model (*.onnx)."""
import pickle
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn

from step import load_checkpoint


def initialise(net, path):
    if not Path(path).exists():
        raise SystemExit(f"{path} is missing: --init takes a checkpoint.pt of an earlier work folder or an *.onnx of models/")
    if Path(path).suffix == ".onnx":
        return from_onnx(net, path)
    try:
        net.load_state_dict(load_checkpoint(path)["ema"])
    except (KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise SystemExit(f"{path}: not a checkpoint of {type(net).__name__} ({str(error).splitlines()[0]})") from None
    return net


def weights_of(path):
    """-> (weight, bias) of every convolution and fully connected layer of an ONNX file in its order, int8 ones as the floats they stand for."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(str(path)).graph
    known = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for n in graph.node:
        if n.op_type == "Constant":
            known[n.output[0]] = numpy_helper.to_array(n.attribute[0].t)
        if n.op_type == "Identity" and n.input[0] in known:  # equal constants are stored once
            known[n.output[0]] = known[n.input[0]]
        if n.op_type == "DequantizeLinear" and n.input[0] in known:
            q, scale = known[n.input[0]].astype(np.float32), known[n.input[1]]
            zero = known[n.input[2]].astype(np.float32) if len(n.input) > 2 else np.float32(0)
            shape = (-1,) + (1,) * (q.ndim - 1) if np.ndim(scale) and q.ndim > 1 else np.shape(scale)
            known[n.output[0]] = (q - np.reshape(zero, shape if np.size(zero) > 1 else np.shape(zero))) * np.reshape(scale, shape)
    return [[torch.from_numpy(np.array(known[i], np.float32)) for i in n.input[1:3]] for n in graph.node
            if n.op_type in ("Conv", "Gemm") and n.input[1] in known]


def from_onnx(net, path):
    """The batch normalisation is folded in the file: it becomes the identity here, which leaves the function as it was."""
    layers = in_order(net)
    weights, targets = weights_of(path), [m for m in layers if not isinstance(m, nn.BatchNorm2d)]
    if [tuple(w.shape) for w, _ in weights] != [tuple(m.weight.shape) for m in targets]:
        raise SystemExit(f"{path}: its layers are not those of {type(net).__name__}")
    for m, (w, b) in zip(targets, weights):
        m.weight.data.copy_(w)
        follower = next(iter(layers[layers.index(m) + 1:]), None)
        if isinstance(follower, nn.BatchNorm2d):
            follower.weight.data.fill_(1), follower.bias.data.copy_(b)
            follower.running_mean.zero_(), follower.running_var.fill_(1 - follower.eps)
        else:
            m.bias.data.copy_(b)
    return net


def in_order(net):
    """-> the layers with weights in the order in which a picture meets them."""
    met = []
    hooks = [m.register_forward_hook(lambda m, *_: met.append(m)) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))]
    with torch.no_grad():
        net.eval()(torch.zeros(1, 3, 128, 160))
    for h in hooks:
        h.remove()
    return met

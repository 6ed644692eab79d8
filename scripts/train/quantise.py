"""FP32 ONNX -> int8 QDQ ONNX with ranges measured on training pictures: W/int8/NAME.onnx and NAME.json.

python3 quantise.py --work W --models DIR [--only NAME ...] [--method mse] [--pictures 256]

Weights int8, symmetric, one scale per channel; activations uint8, one scale and zero point per tensor; biases int32 in units of both
scales. ReLU needs no operator of its own: it is the quantiser's lower end. The uint8 picture enters as it is, and what decodes the last
layer (sigmoid, exp, grid, peaks, softmax), that layer included, stays float.
Why 7-bit weights: without VNNI the kernels add two uint8 x int8 products in int16, which overflows at 2 x 255 x 127 and cannot at
2 x 255 x 63; depthwise layers multiply in 32 bits and keep 8. Both kinds of processor then compute the same numbers.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from quantise_onnx import NAMES, histograms, inputs_of, run
from step import ROOT, Step, arguments

MOVES = {"MaxPool", "Resize", "Slice", "Transpose"}  # only moves values: the output keeps the input's scale
FLOAT = {"ReduceMean"}  # has no int8 kernel here
WEIGHTED = {"Conv", "Gemm"}
LIMIT = {8: 127, 7: 63}


class Graph:
    """The nodes of a model, who makes and who reads every tensor, constants as arrays."""

    def __init__(self, graph):
        self.input = graph.input[0].name
        self.nodes = [n for n in graph.node if n.op_type != "Constant"]
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.constants.update({n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"})
        for n in [n for n in self.nodes if n.op_type == "Identity" and n.input[0] in self.constants]:  # torch writes equal weights once
            self.constants[n.output[0]] = self.constants[n.input[0]]
            self.nodes.remove(n)
        self.maker = {o: k for k, n in enumerate(self.nodes) for o in n.output}
        self.readers = {}
        for k, n in enumerate(self.nodes):
            for i in n.input:
                self.readers.setdefault(i, []).append(k)

    def below(self, names):
        """Indices of the nodes that read one of the tensors, directly or through others."""
        return self._walk(names, lambda t: self.readers.get(t, []), lambda n: n.output)

    def above(self, names):
        """Indices of the nodes that these tensors are made from."""
        return self._walk(names, lambda t: [self.maker[t]] if t in self.maker else [], lambda n: n.input)

    def _walk(self, names, neighbours, onwards):
        found, todo = set(), list(names)
        while todo:
            for k in neighbours(todo.pop()):
                if k not in found:
                    found.add(k)
                    todo += onwards(self.nodes[k])
        return found


class Plan:
    """Which nodes run in int8 and which tensors get a quantise-dequantise pair."""

    def __init__(self, graph):
        self.graph = graph
        self.uint8, self.replaced, self.first, self.scale, self.offset = entrance(graph)
        follows = {k: graph.below(graph.nodes[k].output) for k, n in enumerate(graph.nodes) if n.op_type in WEIGHTED}
        ends = [k for k, f in follows.items() if not any(graph.nodes[j].op_type in WEIGHTED for j in f)]
        feed = graph.above([i for k in ends for i in graph.nodes[k].input])
        self.core = [k for k in sorted(graph.below([self.first]) & feed) if graph.nodes[k].op_type not in FLOAT]
        self.tensors = [graph.nodes[k].output[0] for k in self.core if not self.waits_for_relu(graph.nodes[k])]

    def waits_for_relu(self, node):
        return node.op_type in ("Conv", "Add") and [self.graph.nodes[r].op_type for r in self.graph.readers[node.output[0]]] == ["Relu"]


def entrance(graph):
    """uint8 input -> Transpose -> Cast -> (Sub) -> (Div): float = (uint8 - offset) * scale.
    -> (last uint8 tensor, indices of the nodes after it, the float tensor they make, scale, offset)"""
    name, replaced, scale, offset = graph.input, [], 1.0, 0.0
    while graph.nodes[graph.readers[name][0]].op_type == "Transpose":
        name = graph.nodes[graph.readers[name][0]].output[0]
    last = name
    while len(graph.readers[name]) == 1 and graph.nodes[graph.readers[name][0]].op_type in ("Cast", "Sub", "Div"):
        k = graph.readers[name][0]
        node = graph.nodes[k]
        if node.op_type == "Sub":
            offset += float(graph.constants[node.input[1]]) / scale
        elif node.op_type == "Div":
            scale /= float(graph.constants[node.input[1]])
        replaced.append(k)
        name = node.output[0]
    if not replaced or any(n.op_type == "QuantizeLinear" for n in graph.nodes):
        raise SystemExit("not a float model of export.py (no Cast behind its uint8 input, or quantised already): give --models the folder of the float models")
    return last, replaced, name, scale, offset


def grid(low, high):
    """A range -> (scale, zero point) of uint8; zero is exact, because padding is zero."""
    low, high = min(low, 0.0), max(high, 0.0, low + 1e-6)
    scale = (high - low) / 255
    return np.float32(scale), int(np.clip(round(-low / scale), 0, 255))


def quantise_weight(w, bits):
    """-> int8 weights and their float32 scales, one per output channel."""
    flat = w.reshape(len(w), -1)
    scale = np.maximum(np.abs(flat).max(1), 1e-8) / LIMIT[bits]
    return np.clip(np.round(flat / scale[:, None]), -LIMIT[bits], LIMIT[bits]).astype(np.int8).reshape(w.shape), scale.astype(np.float32)


class Writer:
    """Collects the nodes and constants of the int8 graph."""

    def __init__(self, plan, ranges, bits):
        self.plan, self.graph, self.bits = plan, plan.graph, bits
        self.nodes, self.values, self.twin = [], dict(plan.graph.constants), {}
        self.params, self.ranges = {plan.first: (np.float32(plan.scale), int(round(plan.offset)))}, ranges

    def dequantise(self, source, target, scale, zero, **axis):
        self.values[f"{target}_scale"], self.values[f"{target}_zero"] = scale, zero
        self.nodes.append(helper.make_node("DequantizeLinear", [source, f"{target}_scale", f"{target}_zero"], [target], **axis))

    def pair(self, name):
        scale, zero = (np.asarray(v, t) for v, t in zip(self.params[name], (np.float32, np.uint8)))
        self.dequantise(f"{name}_int8", f"{name}_back", scale, zero)
        back = self.nodes.pop()
        self.nodes += [helper.make_node("QuantizeLinear", [name, *back.input[1:]], [f"{name}_int8"]), back]
        self.twin[name] = f"{name}_back"

    def scale_of_output(self, node):
        """Moved values, and what joins equally scaled tensors, keep their scale; all else has a measured range."""
        sources = {self.params.get(i) for i in node.input if i not in self.graph.constants and i}
        if node.op_type in MOVES or (node.op_type == "Concat" and len(sources) == 1):
            return self.params[node.input[0]]
        return grid(*self.ranges[node.output[0]])

    def convolution(self, old, new):
        (weight, bias), groups = old.input[1:], next((a.i for a in old.attribute if a.name == "group"), 1)
        w, b = self.graph.constants[weight], self.graph.constants[bias].astype(np.float64)
        q, scale = quantise_weight(w, 8 if groups > 1 else self.bits)
        if old.input[0] == self.plan.first:  # the picture's zero point is whole, its offset (127.5) is not
            b -= (self.plan.offset - self.params[self.plan.first][1]) * self.plan.scale * w.sum((1, 2, 3))
        unit = (self.params[old.input[0]][0] * scale).astype(np.float32)
        self.values[f"{weight}_int8"], self.values[f"{bias}_int32"] = q, np.round(b / unit).clip(-2**31 + 1, 2**31 - 1).astype(np.int32)
        self.dequantise(f"{weight}_int8", f"{weight}_back", scale, np.zeros(len(w), np.int8), axis=0)
        self.dequantise(f"{bias}_int32", f"{bias}_back", unit, np.zeros(len(w), np.int32), axis=0)
        new.input[1], new.input[2] = f"{weight}_back", f"{bias}_back"

    def write(self, model):
        plan = self.plan
        for k, old in enumerate(self.graph.nodes):
            if k in plan.replaced:
                if k == plan.replaced[-1]:
                    scale, zero = self.params[plan.first]
                    self.dequantise(plan.uint8, plan.first, np.asarray(scale), np.asarray(zero, np.uint8))
                continue
            new = onnx.NodeProto()
            new.CopyFrom(old)
            for j, name in enumerate(old.input):
                new.input[j] = self.twin.get(name, name)
            if k in plan.core and old.op_type == "Conv":
                self.convolution(old, new)
            self.nodes.append(new)
            if old.output[0] in plan.tensors:
                self.params[old.output[0]] = self.scale_of_output(old)
                self.pair(old.output[0])
        used = {i for n in self.nodes for i in n.input}
        constants = [numpy_helper.from_array(np.array(v, order="C"), k) for k, v in self.values.items() if k in used]
        made = helper.make_model(helper.make_graph(self.nodes, "int8", model.graph.input, model.graph.output, constants),
                                 opset_imports=model.opset_import, producer_name="scripts/train/quantise.py")
        made.ir_version = model.ir_version
        onnx.checker.check_model(made)
        return made


def quantise(model, ranges, bits=7):
    """ranges: {tensor: (low, high)} of every tensor of Plan."""
    return Writer(Plan(Graph(model.graph)), ranges, bits).write(model)


def with_outputs(model, names):
    """The model with these tensors as its only outputs."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    del out.graph.output[:]
    out.graph.output.extend(helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names)
    return out


def clipped(counts, low, high, method):
    """Histogram over [low, high] -> the range that is worth its 256 steps, by method: minmax, percentile (99.99 %) or mse."""
    if method == "minmax" or high <= low:
        return low, high
    centres = low + (np.arange(len(counts)) + 0.5) * (high - low) / len(counts)
    total = np.cumsum(counts) / max(counts.sum(), 1)
    if method == "percentile":
        return float(centres[np.searchsorted(total, 5e-5)]), float(centres[min(np.searchsorted(total, 1 - 5e-5), len(counts) - 1)])
    best = (np.inf, low, high)
    for fl in (1.0, 0.9, 0.8, 0.7, 0.55, 0.4) if low < 0 else (1.0,):
        for fh in np.linspace(0.2, 1, 41):
            scale, zero = grid(low * fl, high * fh)
            back = (np.clip(np.round(centres / scale) + zero, 0, 255) - zero) * scale
            best = min(best, (float((counts * (back - centres) ** 2).sum()), low * fl, high * fh))
    return best[1:]


def calibrate(step, path, batch, folder):
    """-> {tensor: (histogram, low, high)} over the batch."""
    model = onnx.load(str(path))
    augmented = folder / "calibration.onnx"
    onnx.save(with_outputs(model, Plan(Graph(model.graph)).tensors), str(augmented))
    return histograms(step, augmented, batch, folder)


def error(float_out, int8_out):
    """Root mean square difference in units of the float output's spread per column."""
    flat = [o.reshape(-1, o.shape[-1]).astype(np.float64) for o in (float_out, int8_out)]
    return float((np.sqrt(((flat[0] - flat[1]) ** 2).mean(0)) / (flat[0].std(0) + 1e-9)).mean())


def main():
    ap = arguments(__doc__, models=str(ROOT / "models"), pictures=256, method="best", bits=7)
    ap.add_argument("--only", nargs="*", choices=NAMES, default=list(NAMES))
    args = ap.parse_args()
    step = Step("int8", args)
    report = {}
    for name in args.only:
        path = Path(args.models) / f"{name}.onnx"
        if not path.exists():
            raise SystemExit(f"{path} is missing: --models names the folder with the float models of export.py")
        report[name] = one(step, name, path)
    step.finish(report)


def one(step, name, path):
    args, model = step.args, onnx.load(str(path))
    batch, sources = inputs_of(name, step, "train", args.pictures + args.pictures // 4, np.random.default_rng([args.seed, 8]))
    held, batch = batch[:args.pictures // 4], batch[args.pictures // 4:]
    step.say(f"{name}: calibrating on {len(batch)} of the training inputs {sources}, choosing on {len(held)} others")
    measured = calibrate(step, path, batch, step.folder)
    wanted, tried = run(path, held), {}
    for method in ("minmax", "percentile", "mse") if args.method == "best" else (args.method,):
        ranges = {t: clipped(*m, method) for t, m in measured.items()}
        made = quantise(model, ranges, args.bits)
        onnx.save(made, str(step.folder / "trial.onnx"))
        tried[method] = (error(wanted, run(step.folder / "trial.onnx", held)), made.SerializeToString())
    best = min(tried, key=lambda m: tried[m][0])
    out = step.folder / f"{name}.onnx"
    out.write_bytes(tried[best][1])
    facts = {"method": best, "error": {m: round(e, 4) for m, (e, _) in tried.items()}, "weightBits": args.bits, "inputs": len(batch), "sources": sources,
             "seed": args.seed, "float": hashlib.sha256(path.read_bytes()).hexdigest(), "sha256": hashlib.sha256(tried[best][1]).hexdigest(),
             "bytes": [path.stat().st_size, out.stat().st_size], "ranges": {t: clipped(*m, best) for t, m in measured.items()}}
    out.with_suffix(".json").write_text(json.dumps(facts, indent=1))
    for scratch in ("trial.onnx", "calibration.onnx"):
        (step.folder / scratch).unlink(missing_ok=True)
    step.say(f"{name}: {json.dumps({k: facts[k] for k in ('method', 'error', 'bytes')})}")
    return facts


if __name__ == "__main__":
    main()

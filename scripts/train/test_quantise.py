"""Tests of quantise.py on small fresh networks: python3 -m unittest test_quantise (from this folder; needs python3-onnx and npm ci)."""
import tempfile
import types
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch

from export import export
from nets import HeadClassifier, HeadFinder, YoloxNano
from quantise import LIMIT, Graph, Plan, calibrate, clipped, grid, quantise, quantise_weight
from quantise_onnx import run

NETS = {"rider-detector": lambda: YoloxNano(3), "head-finder": HeadFinder, "head-classifier": HeadClassifier}
STEP = types.SimpleNamespace(progress=lambda items, total=None: items)


class Numbers(unittest.TestCase):
    def test_products_of_two_neighbours_fit_into_16_bits(self):
        self.assertLessEqual(2 * 255 * LIMIT[7], 2**15 - 1)

    def test_weights_come_back_within_half_a_step_of_their_channel(self):
        w = np.random.default_rng(1).normal(0, [[[[1]]], [[[100]]]], (2, 3, 3, 3))
        q, scale = quantise_weight(w, 7)
        self.assertEqual(np.abs(q).max(axis=(1, 2, 3)).tolist(), [63, 63])
        self.assertTrue((np.abs(q * scale[:, None, None, None] - w) <= 0.5001 * scale[:, None, None, None]).all())

    def test_zero_is_exact_and_both_ends_are_reached(self):
        for low, high in ((-1.0, 3.0), (0.5, 6.0), (-4.0, -1.0)):
            scale, zero = grid(low, high)
            self.assertIn(zero, range(256))
            self.assertLessEqual(-zero * scale, min(low, 0) + scale)
            self.assertGreaterEqual((255 - zero) * scale, max(high, 0) - scale)

    def test_an_outlier_costs_no_resolution(self):
        counts = np.zeros(2048)
        counts[:200], counts[-1] = 100_000, 1
        self.assertEqual(clipped(counts, 0.0, 100.0, "minmax"), (0.0, 100.0))
        for method in ("percentile", "mse"):
            self.assertLess(clipped(counts, 0.0, 100.0, method)[1], 30)


class Graphs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.manual_seed(1)
        cls.folder = tempfile.TemporaryDirectory()
        cls.paths = {n: Path(cls.folder.name) / f"{n}.onnx" for n in NETS}
        for name, path in cls.paths.items():
            export(name, NETS[name]().eval(), path)
        cls.models = {n: onnx.load(str(p)) for n, p in cls.paths.items()}
        cls.small = {n: quantise(m, {t: (-4.0, 4.0) for t in Plan(Graph(m.graph)).tensors}) for n, m in cls.models.items()}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_picture_enters_as_it_is(self):
        for name, scale, offset in (("rider-detector", 1, 0), ("head-finder", 1 / 127.5, 127.5), ("head-classifier", 1 / 255, 0)):
            plan = Plan(Graph(self.models[name].graph))
            self.assertAlmostEqual(plan.scale, scale)
            self.assertAlmostEqual(plan.offset, offset)

    def test_every_convolution_but_the_last_has_int8_weights(self):
        for name, last in (("rider-detector", 9), ("head-finder", 1), ("head-classifier", 0)):
            nodes = self.small[name].graph.node
            made = {o: n.op_type for n in nodes for o in n.output}
            self.assertEqual(sum(made.get(n.input[1]) != "DequantizeLinear" for n in nodes if n.op_type == "Conv"), last, name)

    def test_a_second_time_is_refused(self):
        with self.assertRaises(SystemExit):
            quantise(self.small["head-finder"], {})

    def test_runtime_agrees_with_the_float_model(self):
        for name, shape in (("head-finder", (12, 128, 160, 3)), ("head-classifier", (12, 64, 64, 3))):
            rng = np.random.default_rng(2)
            pictures = np.stack([np.kron(rng.integers(0, 256, (shape[1] // 16, shape[2] // 16, 3)), np.ones((16, 16, 1))) for _ in range(12)]).astype(np.uint8)
            measured = calibrate(STEP, self.paths[name], pictures, Path(self.folder.name))
            made = Path(self.folder.name) / "int8.onnx"
            onnx.save(quantise(self.models[name], {t: clipped(*m, "minmax") for t, m in measured.items()}), str(made))
            a, b = run(self.paths[name], pictures), run(made, pictures, 4)
            self.assertEqual(a.shape, b.shape)
            if name == "head-classifier":
                self.assertLess(np.abs(a - b).max(), 0.02)
            else:  # sizes and centres; the score is 0 off the peaks, which may move
                self.assertLess(np.abs(a[..., 1:] - b[..., 1:]).mean(), 1.0)


if __name__ == "__main__":
    unittest.main()

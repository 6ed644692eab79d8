"""Makes the voice beside this file: not a voice at all, each character is 120 ms of a tone of its own, yet sherpa-onnx takes it for one.

apt install python3-onnx; /usr/bin/python3 test/support/tone-voice/make.py
"""
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE, SAMPLES = 16000, 1920
HERE = Path(__file__).parent
PAUSES = ["_", "^", "$", "，", "。", "！", "：", "、"]
words = sorted(set(re.findall(r"[\u4e00-\u9fff]", (HERE / "../../../audio/phrases.json").read_text(encoding="utf8"))))
tokens = PAUSES + [f"u{ord(word):04x}" for word in words]
hertz = np.array([0] * len(PAUSES) + [200 + 3 * k for k in range(len(words))], np.float32)

constants = {
    "steps": 2 * np.pi * hertz / RATE, "loud": np.array(0.3, np.float32), "samples": np.array([1, 1, SAMPLES], np.int64),
    "last": np.array([2], np.int64), "row": np.array([1, -1], np.int64), "time": np.array(1, np.int64), "sound": np.array([1, 1, -1], np.int64),
}
nodes = [helper.make_node(kind, inputs, [output]) for kind, inputs, output in [
    ("Gather", ["steps", "x"], "step"), ("Unsqueeze", ["step", "last"], "each"), ("Expand", ["each", "samples"], "held"),
    ("Reshape", ["held", "row"], "run"), ("CumSum", ["run", "time"], "phase"), ("Sin", ["phase"], "wave"),
    ("Mul", ["wave", "loud"], "soft"), ("Reshape", ["soft", "sound"], "y")]]
value = helper.make_tensor_value_info
inputs = [value("x", TensorProto.INT64, ["N", "L"]), value("x_length", TensorProto.INT64, ["N"])]
inputs += [value(name, TensorProto.FLOAT, [1]) for name in ("noise_scale", "length_scale", "noise_scale_w")]
graph = helper.make_graph(nodes, "tones", inputs, [value("y", TensorProto.FLOAT, ["N", 1, "T"])],
                          [numpy_helper.from_array(array.astype(array.dtype), name) for name, array in constants.items()])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
helper.set_model_props(model, {"model_type": "vits", "comment": "tones", "language": "Chinese", "add_blank": "0", "n_speakers": "1",
                               "sample_rate": str(RATE), "punctuation": " ".join(PAUSES[3:]), "version": "1"})
onnx.checker.check_model(model)
onnx.save(model, HERE / "model.onnx")
(HERE / "tokens.txt").write_text("".join(f"{token} {k}\n" for k, token in enumerate(tokens)), encoding="utf8")
(HERE / "lexicon.txt").write_text("".join(f"{word} u{ord(word):04x}\n" for word in words), encoding="utf8")

"""
Debian's OpenCV 4.6 cannot read the rider detector as it is shipped: pixels come in as bytes (NHWC) and boxes go out
decoded (Clip with a missing bound). This keeps the network between the two, weights untouched, for cv2.dnn: float pictures
[1, 3, h, w] in, the raw candidates [1, n, 8] out. Arguments: the detector, the file to write.
"""
import sys

import onnx
from onnx import TensorProto, helper


def main(source, target):
    model = onnx.load(source)
    graph = model.graph
    _, height, width, _ = (side.dim_value for side in graph.input[0].type.tensor_type.shape.dim)
    pixels = next(node for node in graph.node if node.op_type == "Cast").output[0]
    candidates = [node for node in graph.node if node.op_type == "Transpose"][-1].output[0]
    needed, kept = {candidates}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output) and pixels not in node.output:
            kept.insert(0, node)
            needed.update(node.input)
    cut = helper.make_graph(
        kept,
        "detector",
        [helper.make_tensor_value_info(pixels, TensorProto.FLOAT, [1, 3, height, width])],
        [helper.make_tensor_value_info(candidates, TensorProto.FLOAT, [1])],
        [tensor for tensor in graph.initializer if tensor.name in needed],
    )
    onnx.save(helper.make_model(cut, opset_imports=model.opset_import), target)


main(*sys.argv[1:])

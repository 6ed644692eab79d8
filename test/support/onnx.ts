/**
 * Writes tiny ONNX networks, good and wrong ones: just enough of protobuf (https://protobuf.dev/programming-guides/encoding)
 * and of onnx.proto3 for pixels that are averaged to so many numbers.
 */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];
const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint((field << 3) | 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): number[] => bytes(field, [...Buffer.from(content)]);

const ELEMENT = { float32: 1, uint8: 2 } as const;
const INTS = 7;
const INT = 2;

function valueInfo(field: number, name: string, type: keyof typeof ELEMENT, shape: readonly number[]): number[] {
  const sides = shape.flatMap((side) => bytes(1, side < 0 ? text(2, 'batch') : number(1, side)));
  const tensor = [...number(1, ELEMENT[type]), ...bytes(2, sides)];
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, tensor))]);
}

function node(
  operator: string,
  ends: { inputs: readonly string[]; output: string },
  attributes: readonly number[][] = [],
): number[] {
  const content = [
    ...ends.inputs.flatMap((name) => text(1, name)),
    ...text(2, ends.output),
    ...text(4, operator),
    ...attributes.flatMap((attribute) => bytes(5, attribute)),
  ];
  return bytes(1, content);
}

const int = (name: string, value: number): number[] => [...text(1, name), ...number(3, value), ...number(20, INT)];
const ints = (name: string, values: readonly number[]): number[] => [
  ...text(1, name),
  ...values.flatMap((value) => number(8, value)),
  ...number(20, INTS),
];

export interface TinyNetwork {
  readonly input: { readonly name: string; readonly shape: readonly number[]; readonly type?: keyof typeof ELEMENT };
  readonly output: string;
  /** The three channel means this many times over: outputs of 3, 6, … numbers. */
  readonly repeats?: number;
  readonly opset?: number;
}

/** A network from pictures [n, h, w, 3] to [n, 3 × repeats]. */
export function tinyNetwork({ input, output, repeats = 1, opset = 13 }: TinyNetwork): Buffer {
  const means = Array.from({ length: repeats }, () => 'means');
  const graph = [
    ...node('Cast', { inputs: [input.name], output: 'numbers' }, [int('to', ELEMENT.float32)]),
    ...node('ReduceMean', { inputs: ['numbers'], output: 'means' }, [ints('axes', [1, 2]), int('keepdims', 0)]),
    ...node('Concat', { inputs: means, output }, [int('axis', 1)]),
    ...text(2, 'tiny'),
    ...valueInfo(11, input.name, input.type ?? 'uint8', input.shape),
    ...valueInfo(12, output, 'float32', [-1, 3 * repeats]),
  ];
  return Buffer.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, opset))]);
}

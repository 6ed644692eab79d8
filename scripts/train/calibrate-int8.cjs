// Histograms of every output of a model over raw uint8 inputs: one pass for the ranges, one for 2048 bins.
// node calibrate-int8.cjs MODEL INPUTS.bin H,W,3 OUT.json (prints a line for each input and pass)
const fs = require('node:fs');
process.env.ORT_DISABLE_TELEMETRY = '1'; // before it loads
const ort = require('onnxruntime-node');

const BINS = 2048;
/** Larger tensors are thinned to about this many values by a stride that is no multiple of a row. */
const MOST_VALUES = 60_000;

function strideOf(length) {
  const stride = Math.ceil(length / MOST_VALUES);
  return stride > 1 ? stride | 1 : 1;
}

function widen(state, values) {
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v < state.low) state.low = v;
    if (v > state.high) state.high = v;
  }
}

function count(state, values) {
  const scale = BINS / Math.max(state.high - state.low, 1e-12);
  const stride = strideOf(values.length);
  for (let i = 0; i < values.length; i += stride) {
    state.counts[Math.min(BINS - 1, ((values[i] - state.low) * scale) | 0)]++;
  }
}

async function main([model, inputs, shape, out]) {
  const dims = shape.split(',').map(Number);
  const bytes = dims.reduce((a, b) => a * b, 1);
  const file = fs.openSync(inputs, 'r');
  const total = fs.fstatSync(file).size / bytes;
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const found = Object.fromEntries(
    session.outputNames.map((n) => [
      n,
      { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, counts: new Array(BINS).fill(0) },
    ]),
  );
  const pixels = new Uint8Array(bytes);
  for (const pass of [widen, count]) {
    for (let k = 0; k < total; k++) {
      fs.readSync(file, pixels, 0, bytes, k * bytes);
      const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('uint8', pixels, [1, ...dims]) });
      for (const name of session.outputNames) pass(found[name], results[name].data);
      console.log(k);
    }
  }
  fs.closeSync(file);
  fs.writeFileSync(out, JSON.stringify(found));
  await session.release();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`calibrate-int8.cjs: ${error.message}`);
  process.exitCode = 1;
});

// Runs a model over raw uint8 inputs with the service's ONNX Runtime.
// node compare-run.cjs MODEL INPUTS.bin H,W,3 OUT.bin AT_ONCE: OUT.bin holds the first output (float32); {"shape"} of the last run on stdout.
const fs = require('node:fs');
process.env.ORT_DISABLE_TELEMETRY = '1'; // before it loads
const ort = require('onnxruntime-node');

async function main([model, inputs, shape, out, atOnce]) {
  const dims = shape.split(',').map(Number);
  const bytes = dims.reduce((a, b) => a * b, 1);
  const source = fs.openSync(inputs, 'r');
  const total = fs.fstatSync(source).size / bytes;
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const target = fs.openSync(out, 'w');
  let last = [];
  for (let k = 0; k < total; k += Number(atOnce)) {
    const count = Math.min(Number(atOnce), total - k);
    const part = new Uint8Array(count * bytes);
    fs.readSync(source, part, 0, part.length, k * bytes);
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('uint8', part, [count, ...dims]) });
    const { data, dims: made } = results[session.outputNames[0]];
    last = made;
    fs.writeSync(target, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  fs.closeSync(source);
  fs.closeSync(target);
  console.log(JSON.stringify({ shape: last }));
  await session.release();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`compare-run.cjs: ${error.message}`);
  process.exitCode = 1;
});

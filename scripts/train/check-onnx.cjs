// Compares the exported models with the outputs torch wrote (publish.py --sample) and times them on one thread.
// node scripts/train/check-onnx.cjs MODELS_FOLDER SAMPLE_FOLDER
const fs = require('node:fs');
const path = require('node:path');
process.env.ORT_DISABLE_TELEMETRY = '1'; // before it loads
const ort = require('onnxruntime-node');

async function main(models, samples) {
  for (const file of fs.readdirSync(models).filter((f) => f.endsWith('.onnx'))) {
    const name = path.basename(file, '.onnx');
    const session = await ort.InferenceSession.create(path.join(models, file), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const manifest = JSON.parse(fs.readFileSync(path.join(models, `${name}.json`), 'utf8'));
    const bytes = new Uint8Array(fs.readFileSync(path.join(samples, `${name}.in`)));
    const frame = manifest.input.shape.slice(1).reduce((a, b) => a * b, 1);
    const input = new ort.Tensor('uint8', bytes, [bytes.length / frame, ...manifest.input.shape.slice(1)]);
    const { [manifest.output.name]: output } = await session.run({ [manifest.input.name]: input });
    const raw = fs.readFileSync(path.join(samples, `${name}.out`));
    const expected = new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
    let worst = 0;
    output.data.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - expected[i]) / (1 + Math.abs(expected[i])));
    });
    const one = new ort.Tensor('uint8', bytes.slice(0, frame), [1, ...manifest.input.shape.slice(1)]);
    const times = [];
    for (let k = 0; k < 60; k++) {
      const start = process.hrtime.bigint();
      await session.run({ [manifest.input.name]: one });
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    times.sort((a, b) => a - b);
    console.log(
      `${name}: shape ${output.dims} worst difference ${worst.toExponential(1)} p10 ${times[6].toFixed(1)} ms p50 ${times[30].toFixed(1)} ms`,
    );
    await session.release();
  }
}

main(process.argv[2], process.argv[3]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

// Times models against each other on one thread, taking turns, as src/vision/networks.ts runs them.
// node compare-time.cjs ROUNDS BATCH MODEL ...: one JSON line {model: {p10, p50}} in ms.
process.env.ORT_DISABLE_TELEMETRY = '1'; // before it loads
const ort = require('onnxruntime-node');

function noise(dims) {
  const pixels = new Uint8Array(dims.reduce((a, b) => a * b, 1));
  for (let i = 0, seed = 1; i < pixels.length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    pixels[i] = seed >> 16;
  }
  return new ort.Tensor('uint8', pixels, dims);
}

async function main([rounds, batch, ...models]) {
  const runs = [];
  for (const model of models) {
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const dims = session.inputMetadata[0].shape.map((d) => (typeof d === 'number' && d > 0 ? d : Number(batch)));
    runs.push({ model, session, feeds: { [session.inputNames[0]]: noise(dims) }, ms: [] });
  }
  for (let k = -3; k < Number(rounds); k++) {
    for (const { session, feeds, ms } of runs) {
      const start = process.hrtime.bigint();
      await session.run(feeds);
      if (k >= 0) ms.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  const at = (ms, share) => Number(ms[Math.floor(share * ms.length)].toFixed(2));
  const result = {};
  for (const { model, session, ms } of runs) {
    ms.sort((a, b) => a - b);
    result[model] = { p10: at(ms, 0.1), p50: at(ms, 0.5) };
    await session.release();
  }
  console.log(JSON.stringify(result));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`compare-time.cjs: ${error.message}`);
  process.exitCode = 1;
});

// Cuts network inputs with the service's own TypeScript (src/vision) from raw RGB pictures.
// node compare-crops.cjs JOBS.json OUT.bin; a job is {file, w, h, kind: frame | group | head, box: [x, y, w, h] px, size: [w, h]}
const fs = require('node:fs');
const path = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, file) => {
  const { code } = transformSync(fs.readFileSync(file, 'utf8'), {
    filename: file,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  module._compile(code, file);
};
const vision = path.join(__dirname, '../../src/vision');
const { letterbox, resample } = require(path.join(vision, 'preprocess.ts'));
const { classifierCrop, headCrop } = require(path.join(vision, 'decode.ts'));

function cut({ kind, box, size: [widthPx, heightPx] }, picture) {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  if (kind === 'frame') {
    letterbox(picture, { pixels, widthPx, heightPx });
    return pixels;
  }
  const [x, y, w, h] = box;
  const part = { x: x / picture.widthPx, y: y / picture.heightPx, w: w / picture.widthPx, h: h / picture.heightPx };
  const rect = kind === 'head' ? classifierCrop(part, picture) : headCrop(part, picture, { widthPx, heightPx }).rect;
  resample(picture, rect, { pixels, offset: 0, strideBytes: widthPx * 3, widthPx, heightPx });
  return pixels;
}

function main([jobs, out]) {
  const target = fs.openSync(out, 'w');
  let picture = { file: '', widthPx: 0, heightPx: 0, pixels: new Uint8Array(0) };
  for (const job of JSON.parse(fs.readFileSync(jobs, 'utf8'))) {
    if (picture.file !== job.file) {
      picture = { file: job.file, widthPx: job.w, heightPx: job.h, pixels: new Uint8Array(fs.readFileSync(job.file)) };
    }
    fs.writeSync(target, cut(job, picture));
  }
  fs.closeSync(target);
}

main(process.argv.slice(2));

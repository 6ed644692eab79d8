/** Labelled pictures, and recordings of junctions, as a full card or a broken download leaves them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { openRecording } from '../../../../src/camera/recording';
import { decodePicture } from '../../../../src/evaluation/pictures';
import { declared, type Fuzz } from '../fuzz';
import { spoiltBytes } from '../spoiling';

const SIZE = { widthPx: 24, heightPx: 16 };

export async function pictures(fuzz: Fuzz): Promise<void> {
  const { widthPx: width, heightPx: height } = SIZE;
  const noise = Buffer.from(Array.from({ length: width * height * 3 }, (_, at) => (at * 7919) % 251));
  const picture = () => sharp(noise, { raw: { width, height, channels: 3 } });
  const samples = await Promise.all([
    picture().jpeg().toBuffer(),
    picture().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
    picture().png().toBuffer(),
    picture().webp().toBuffer(),
    picture().tiff().toBuffer(),
  ]);
  const path = join(fuzz.folder, 'picture.jpg');
  const words = [
    '\xff\xd8',
    '\xff\xc0\0\x11\x08\xff\xff\xff\xff',
    'IHDR\xff\xff\xff\xff',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'GIF89a',
  ];
  await fuzz.feed({ what: 'pictures', inputs: 4_000, of: spoiltBytes({ samples, words }) }, (bytes) => {
    writeFileSync(path, bytes);
    return declared(async () => {
      const { pixels } = await decodePicture(path, SIZE);
      if (pixels.length !== width * height * 3) throw new Error(`${pixels.length} bytes of pixels`);
    });
  });
  await recordings(fuzz);
}

async function recordings(fuzz: Fuzz): Promise<void> {
  const film = join(fuzz.folder, 'film.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=5:duration=1'];
  execFileSync('ffmpeg', [
    '-nostdin',
    '-v',
    'error',
    ...source,
    '-pix_fmt',
    'yuv420p',
    '-c:v',
    'libx264',
    '-threads',
    '1',
    film,
  ]);
  const of = fc.tuple(
    spoiltBytes({ samples: [readFileSync(film)], words: ['moov', 'mdat', '\0\0\0\x01'] }),
    fc.constantFrom('mp4', 'jpg'),
  );
  await fuzz.feed({ what: 'recordings of junctions', inputs: 60, of }, ([bytes, ending]) => {
    const path = join(fuzz.folder, `spoilt.${ending}`);
    writeFileSync(path, bytes);
    return declared(async () => {
      const recording = await openRecording(path, { fps: 5, maxWidthPx: 64 });
      for await (const { pixels } of recording.frames(AbortSignal.timeout(15_000))) recording.release(pixels);
    });
  });
}

/**
 * Picture files into pixels as the models take them, and crops back into files. The evaluation's importer of sharp: one
 * picture at a time, one thread. Labels mean the stored pixels, so an EXIF orientation is not applied.
 */
import { access } from 'node:fs/promises';
import sharp, { type Metadata, type Region } from 'sharp';
import { FatalError, messageOf } from '../errors';
import type { Picture } from '../vision/preprocess';

/** Three times 8K: 300 MB of RGB. */
const MAX_PIXELS = 100_000_000;
const CROP_QUALITY = 85;

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

sharp.concurrency(1);
sharp.cache(false);

/**
 * RGB, 8 bits a channel: grey is spread, 16 bits are scaled, transparency is dropped, CMYK and colour profiles become sRGB.
 * @param labelled the size the labels give: boxes of another size would lie elsewhere
 * @throws FatalError picture/missing | unreadable | damaged | giant | size, naming file and cure
 */
export async function decodePicture(path: string, labelled: Size): Promise<Picture> {
  const { width: widthPx, height: heightPx } = await metadataOf(path);
  if (widthPx * heightPx > MAX_PIXELS) {
    throw new FatalError(
      'picture/giant',
      `${path}: ${widthPx}×${heightPx} is more than ${MAX_PIXELS / 1e6} megapixels. Shrink or tile it, and its labels with it.`,
    );
  }
  if (widthPx !== labelled.widthPx || heightPx !== labelled.heightPx) {
    throw new FatalError(
      'picture/size',
      `${path}: is ${widthPx}×${heightPx}, its labels are for ${labelled.widthPx}×${labelled.heightPx}. Put the labelled picture back, or label this one.`,
    );
  }
  return { widthPx, heightPx, pixels: await pixelsOf(path) };
}

/**
 * Writes parts of one picture as JPEG files.
 * @throws FatalError picture/damaged when the picture can no longer be read; whatever the disk has against the files
 */
export async function cutCrops(
  path: string,
  crops: readonly { readonly rect: Region; readonly path: string }[],
): Promise<void> {
  const { width, height } = await metadataOf(path);
  const raw = { width, height, channels: 3 } as const;
  const pixels = await pixelsOf(path);
  for (const crop of crops) {
    await sharp(pixels, { raw, limitInputPixels: MAX_PIXELS })
      .extract(crop.rect)
      .jpeg({ quality: CROP_QUALITY })
      .toFile(crop.path);
  }
}

async function pixelsOf(path: string): Promise<Buffer> {
  try {
    return await sharp(path, { failOn: 'error', limitInputPixels: MAX_PIXELS })
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    const reason = firstLine(error);
    throw new FatalError('picture/damaged', `${path}: damaged or cut off (${reason}). Copy it anew.`, { cause: error });
  }
}

async function metadataOf(path: string): Promise<Metadata> {
  try {
    await access(path);
  } catch (error) {
    const cure = 'Picture names are relative to the label file: put the picture there or remove it from the labels.';
    throw new FatalError('picture/missing', `${path}: cannot be read (${messageOf(error)}). ${cure}`, { cause: error });
  }
  try {
    return await sharp(path, { limitInputPixels: false }).metadata();
  } catch (error) {
    const cure = 'Copy it anew, or remove it from the labels; JPEG, PNG, WebP, TIFF and AVIF can be read.';
    throw new FatalError(
      'picture/unreadable',
      `${path}: no picture, or only its beginning (${firstLine(error)}). ${cure}`,
      {
        cause: error,
      },
    );
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}

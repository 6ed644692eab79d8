/**
 * Draws what Anqi decided onto one picture of a film: the README's picture.
 * node dist/scripts/demonstration/picture.js FILM TRACKS.jsonl SECOND OUT.jpg   (TRACKS from `anqi replay FILM --tracks`)
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface TrackLine {
  readonly t: number;
  readonly riders: readonly {
    readonly trackId: number;
    readonly box: Box;
    readonly persons: readonly {
      readonly seat: string;
      readonly head: Box | null;
      readonly state: 'worn' | 'not_worn' | 'unknown';
      readonly votes: { readonly worn: number; readonly not_worn: number };
    }[];
  }[];
}

const COLOURS = { worn: '#1fbf5f', not_worn: '#ff4d3d', unknown: '#c9c9c9' };
const WORDS = { worn: '已戴 worn', not_worn: '未戴 bare', unknown: '未定 unknown' };

function nearest(file: string, second: number): TrackLine {
  const lines: TrackLine[] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [best] = lines.sort((a, b) => Math.abs(a.t - second) - Math.abs(b.t - second));
  if (best === undefined) throw new Error(`${file}: no frames`);
  return best;
}

function overlay({ riders }: TrackLine, { width, height }: { width: number; height: number }): string {
  const rect = ({ x, y, w, h }: Box, colour: string, strokePx: number): string =>
    `<rect x="${x * width}" y="${y * height}" width="${w * width}" height="${h * height}" rx="4" fill="none" stroke="${colour}" stroke-width="${strokePx}"/>`;
  const parts = riders.flatMap((rider) => [
    rect(rider.box, '#ffffff', 2),
    ...rider.persons.flatMap(({ seat, head, state, votes }, index) => {
      const label = `${seat} · ${WORDS[state]} ${votes.not_worn}:${votes.worn}`;
      const at = { x: rider.box.x * width, y: rider.box.y * height - 8 - 20 * index };
      const text = `<text x="${at.x}" y="${at.y}" font-family="Noto Sans CJK SC, sans-serif" font-size="16" font-weight="bold" fill="${COLOURS[state]}" stroke="#000000" stroke-width="3" paint-order="stroke">${label}</text>`;
      return head === null ? [text] : [rect(head, COLOURS[state], 3), text];
    }),
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`;
}

async function draw([film = '', tracks = '', second = '0', out = 'junction.jpg']: readonly string[]): Promise<void> {
  const line = nearest(tracks, Number(second));
  const cut = [
    '-v',
    'error',
    '-ss',
    String(line.t),
    '-i',
    film,
    '-frames:v',
    '1',
    '-f',
    'image2pipe',
    '-c:v',
    'png',
    '-',
  ];
  const picture = sharp(execFileSync('ffmpeg', cut, { maxBuffer: 64 * 1024 * 1024 }));
  const { width, height } = await picture.metadata();
  const drawn = picture.composite([{ input: Buffer.from(overlay(line, { width, height })) }]);
  writeFileSync(out, await drawn.jpeg({ quality: 82 }).toBuffer());
}

void draw(process.argv.slice(2));

/** What weather, lens and sensor of a street camera make of a clean render. Labels do not change: nothing moves. */
import { type Random, randomFrom, seedOf } from '../random';
import type { Scenario } from '../scenario';
import type { Glow } from './glow';

interface View {
  readonly scenario: Scenario;
  readonly glows: readonly Glow[];
  /** Of a film: rain and noise change with it. */
  readonly tS?: number;
}

/** About what a street camera's lens does to an edge. */
const SOFT_PX = 0.5;

const NOISE_PX = 256;

export class Lens {
  private readonly canvas = document.createElement('canvas');
  private readonly noise = noiseTile();

  /** A film's edges come unsmoothed from the renderer. */
  soften(source: HTMLCanvasElement): HTMLCanvasElement {
    const context = this.context(source);
    context.filter = `blur(${SOFT_PX}px)`;
    context.drawImage(source, 0, 0);
    context.filter = 'none';
    return this.canvas;
  }

  private context(source: HTMLCanvasElement): CanvasRenderingContext2D {
    const { canvas } = this;
    if (canvas.width !== source.width) canvas.width = source.width;
    if (canvas.height !== source.height) canvas.height = source.height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no 2D canvas');
    return context;
  }

  develop(source: HTMLCanvasElement, { scenario, glows, tS }: View): HTMLCanvasElement {
    const random = randomFrom(scenario.seed + 808);
    const moving = tS === undefined ? random : randomFrom(seedOf(`noise ${tS}`, scenario.seed));
    const { canvas } = this;
    const context = this.context(source);
    const isNight = scenario.daylight === 'night';
    context.filter = filterOf(random, { isNight, leastBlurPx: tS === undefined ? 0 : SOFT_PX });
    context.drawImage(source, 0, 0);
    context.filter = 'none';
    if (scenario.daylight === 'low_sun') flare(context, random);
    for (const glow of glows) halo(context, glow, scenario.weather === 'rain');
    if (scenario.weather === 'rain') rain(context, moving);
    if (scenario.weather === 'rain' && random.chance(0.5)) drops(context, source, random);
    const strength = isNight ? random.between(0.1, 0.3) : random.between(0, 0.13);
    this.grain(context, moving, strength);
    if (random.chance(0.5)) stamp(context, random);
    return canvas;
  }

  private grain(context: CanvasRenderingContext2D, random: Random, strength: number): void {
    context.globalCompositeOperation = 'overlay';
    context.globalAlpha = strength;
    const [left, top] = [-random.integer(0, NOISE_PX - 1), -random.integer(0, NOISE_PX - 1)];
    for (let y = top; y < context.canvas.height; y += NOISE_PX)
      for (let x = left; x < context.canvas.width; x += NOISE_PX) context.drawImage(this.noise, x, y);
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'source-over';
  }
}

function noiseTile(): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [NOISE_PX, NOISE_PX];
  const context = tile.getContext('2d');
  if (!context) throw new Error('this browser has no 2D canvas');
  const random = randomFrom(909);
  const pixels = context.createImageData(NOISE_PX, NOISE_PX);
  for (let offset = 0; offset < pixels.data.length; offset += 4) {
    const grey = random.integer(0, 255);
    pixels.data.set([grey + random.integer(-40, 40), grey, grey + random.integer(-40, 40), 255], offset);
  }
  context.putImageData(pixels, 0, 0);
  return tile;
}

function filterOf(
  random: Random,
  { isNight, leastBlurPx }: { readonly isNight: boolean; readonly leastBlurPx: number },
): string {
  const blurPx = Math.max(leastBlurPx, random.chance(0.45) ? random.between(0.3, 1.1) : 0);
  const bright = isNight ? random.between(1, 2) : random.between(0.85, 1.35);
  const parts = [
    `brightness(${bright})`,
    `contrast(${random.between(0.8, 1.15)})`,
    `saturate(${isNight && random.chance(0.25) ? random.between(0, 0.3) : random.between(0.55, 1.25)})`,
  ];
  return `${blurPx > 0 ? `blur(${blurPx}px) ` : ''}${parts.join(' ')}`;
}

function halo(context: CanvasRenderingContext2D, glow: Glow, isWet: boolean): void {
  const { width, height } = context.canvas;
  const [x, y, radius] = [glow.x * width, glow.y * height, Math.max(3, glow.radiusRatio * height)];
  const tint = (alpha: number): string => `rgba(${glow.colour.join(',')},${alpha})`;
  const shade = context.createRadialGradient(x, y, 0, x, y, radius);
  shade.addColorStop(0, tint(glow.strength));
  shade.addColorStop(0.15, tint(glow.strength * 0.7));
  shade.addColorStop(0.4, tint(glow.strength * 0.18));
  shade.addColorStop(1, tint(0));
  context.globalCompositeOperation = 'lighter';
  context.fillStyle = shade;
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  if (isWet) {
    // Its reflection on the wet road.
    const streak = context.createLinearGradient(0, y + radius * 0.4, 0, y + radius * 3);
    streak.addColorStop(0, tint(glow.strength * 0.3));
    streak.addColorStop(1, tint(0));
    context.fillStyle = streak;
    context.fillRect(x - radius * 0.18, y + radius * 0.4, radius * 0.36, radius * 2.6);
  }
  context.globalCompositeOperation = 'source-over';
}

/** The veil of a sun that stands in or near the picture. */
function flare(context: CanvasRenderingContext2D, random: Random): void {
  const { width, height } = context.canvas;
  const [x, y] = [random.between(-0.2, 1.2) * width, random.between(-0.3, 0.1) * height];
  const shade = context.createRadialGradient(x, y, 0, x, y, width * random.between(0.5, 0.9));
  shade.addColorStop(0, `rgba(255,236,200,${random.between(0.3, 0.75)})`);
  shade.addColorStop(1, 'rgba(255,220,170,0)');
  context.fillStyle = shade;
  context.fillRect(0, 0, width, height);
}

function rain(context: CanvasRenderingContext2D, random: Random): void {
  const { width, height } = context.canvas;
  const slant = random.between(-0.25, 0.25);
  const count = random.integer(120, 520);
  context.lineWidth = random.between(0.6, 1.3);
  for (let index = 0; index < count; index += 1) {
    const [x, y, long] = [random.between(0, width), random.between(-20, height), random.between(6, 34)];
    context.strokeStyle = `rgba(215,222,230,${random.between(0.06, 0.3)})`;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + long * slant, y + long);
    context.stroke();
  }
}

/** Water on the glass: each drop shows the picture upside down and blurred. */
function drops(context: CanvasRenderingContext2D, source: HTMLCanvasElement, random: Random): void {
  for (let index = random.integer(2, 7); index > 0; index -= 1) {
    const radius = random.between(5, 20);
    const [x, y] = [random.between(0, source.width), random.between(0, source.height)];
    context.save();
    context.beginPath();
    context.ellipse(x, y, radius, radius * random.between(1, 1.4), 0, 0, 7);
    context.clip();
    context.globalAlpha = 0.75;
    context.filter = 'blur(2px)';
    context.translate(x, y);
    context.scale(1, -1);
    context.drawImage(source, -x - radius, -y - radius * 3);
    context.restore();
  }
}

/** Date, time and place, as cameras print them. */
function stamp(context: CanvasRenderingContext2D, random: Random): void {
  const { width, height } = context.canvas;
  const size = Math.round(height * random.between(0.028, 0.045));
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `20${two(random.integer(19, 26))}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`;
  const time = `${two(random.integer(0, 23))}:${two(random.integer(0, 59))}:${two(random.integer(0, 59))}`;
  const place = random.pick(['人民路口', '解放西路', '1号机位', '东门路段', 'CAM 03', '中心小学门口']);
  context.font = `${size}px "Noto Sans CJK SC", sans-serif`;
  context.fillStyle = random.pick(['#ffffff', '#f5f5f5', '#ffe95a']);
  context.strokeStyle = 'rgba(0,0,0,0.7)';
  context.lineWidth = 2;
  const write = (text: string, x: number, y: number): void => {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  write(`${date} ${time}`, random.pick([12, width - size * 10.5]), size * 1.4);
  write(place, width - size * 7, height - size * 0.8);
}

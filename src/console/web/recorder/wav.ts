/** What a microphone heard as a WAV of 16-bit PCM in one channel (pure). */
const HEADER_BYTES = 44;
const FULL_SCALE = 32_767;

/** @param stretches −1…1; what is beyond is limited */
export function wavOf(stretches: readonly Float32Array[], rateHz: number): Blob {
  const bytes = 2 * stretches.reduce((sum, { length }) => sum + length, 0);
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const write = (at: number, text: string): void => {
    for (const [index, letter] of [...text].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  write(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, 'data');
  view.setUint32(40, bytes, true);
  let at = HEADER_BYTES;
  for (const stretch of stretches) {
    for (const sample of stretch) {
      view.setInt16(at, Math.round(Math.max(-1, Math.min(1, sample)) * FULL_SCALE), true);
      at += 2;
    }
  }
  return new Blob([view.buffer], { type: 'audio/wav' });
}

/** The highest level of a stretch in dB of full scale, at least −60: what a meter shows. */
export function levelDb(stretch: Float32Array): number {
  let peak = 0;
  for (const sample of stretch) if (Math.abs(sample) > peak) peak = Math.abs(sample);
  return Math.max(-60, 20 * Math.log10(Math.max(peak, 1e-6)));
}

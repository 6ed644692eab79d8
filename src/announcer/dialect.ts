/** Changxing dialect text → phonemes with tones. The pronunciation is data: audio/wuu/. */
import type { SpeechScript } from './say-voice';

export class DialectVoice {
  constructor(private readonly folder: string) {}

  /** @throws RecoverableError `lexicon_missing_character` naming the characters nobody has a pronunciation for. */
  async script(text: string): Promise<SpeechScript> {
    throw new Error(`${this.folder}: ${text}`);
  }
}

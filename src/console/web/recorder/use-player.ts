/** One sound at a time, whichever button asked for it. */
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Player {
  /** Name of the sound that is heard now. */
  readonly playing: string | null;
  /** Name of the sound that could not be played. */
  readonly failed: string | null;
  readonly play: (name: string, address: string) => void;
  readonly stop: () => void;
}

export function usePlayer(): Player {
  const audio = useRef<HTMLAudioElement | null>(null);
  const [playing, setPlaying] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const stop = useCallback(() => {
    audio.current?.pause();
    audio.current = null;
    setPlaying(null);
  }, []);
  const play = useCallback(
    (name: string, address: string) => {
      stop();
      const sound = new Audio(address);
      audio.current = sound;
      setPlaying(name);
      setFailed(null);
      const end = (isGood: boolean): void => {
        if (audio.current !== sound) return;
        stop();
        if (!isGood) setFailed(name);
      };
      // A part of a sound, such as #t=0.2,1.4, ends with a pause.
      for (const event of ['ended', 'pause']) sound.addEventListener(event, () => end(true));
      sound.addEventListener('error', () => end(false));
      sound.play().catch((error: unknown) => end(error instanceof DOMException && error.name === 'AbortError'));
    },
    [stop],
  );
  useEffect(() => stop, [stop]);
  return { playing, failed, play, stop };
}

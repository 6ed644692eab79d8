/** What a page reads from the box, again every so often while it is in view. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { CallError } from './api';

export interface Reading<T> {
  readonly data: T | undefined;
  readonly error: CallError | undefined;
  readonly again: () => void;
}

/** The service is away for a moment while a new configuration comes into force. */
const COMING = ['unreachable', 'busy'];
const RETRY_MS = 1000;

/** @param read is called anew whenever it changes: wrap it in useCallback */
export function useReading<T>(read: (signal: AbortSignal) => Promise<T>, everyMs?: number): Reading<T> {
  const [data, setData] = useState<T>();
  const [error, setError] = useState<CallError>();
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks for another reading
  useEffect(() => {
    const stop = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        setData(await read(stop.signal));
        setError(undefined);
      } catch (caught) {
        if (stop.signal.aborted) return;
        const trouble = asCallError(caught);
        setError(trouble);
        if (everyMs === undefined && COMING.includes(trouble.code)) retry = setTimeout(() => void once(), RETRY_MS);
      }
    };
    void once();
    const timer = everyMs === undefined ? undefined : setInterval(() => void once(), everyMs);
    return () => {
      stop.abort();
      clearInterval(timer);
      clearTimeout(retry);
    };
  }, [read, everyMs, round]);
  return { data, error, again };
}

export interface Doing<A extends readonly unknown[]> {
  readonly isBusy: boolean;
  readonly error: CallError | undefined;
  readonly run: (...given: A) => Promise<boolean>;
}

/** Something a button does; `run` says whether it was done. */
export function useDoing<A extends readonly unknown[]>(work: (...given: A) => Promise<void>): Doing<A> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const latest = useRef(work);
  latest.current = work;
  const run = useCallback(async (...given: A): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await latest.current(...given);
      return true;
    } catch (caught) {
      setError(asCallError(caught));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { isBusy, error, run };
}

function asCallError(caught: unknown): CallError {
  return caught instanceof CallError ? caught : new CallError('failed', String(caught));
}

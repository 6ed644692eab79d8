/** A signal that aborts with another one, or when its time is over, whichever is first. */

/**
 * In place of AbortSignal.any([signal, AbortSignal.timeout(ms)]): there nothing holds the timeout itself, and once it has been
 * collected the limit never comes (seen with Node 20).
 */
export function deadline(limitMs: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`not done within ${limitMs} ms`, 'TimeoutError')),
    limitMs,
  ).unref();
  controller.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  for (const signal of signals) {
    const follow = (): void => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true, signal: controller.signal });
  }
  return controller.signal;
}

/** What the operating system said: ENOSPC, EACCES, …; empty for any other error. */
export function osCodeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}

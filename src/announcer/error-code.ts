/** The system's code of a thrown error (`ENOENT`), or null. By shape: errors of Node itself may come from another realm. */
export function errorCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

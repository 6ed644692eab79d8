/**
 * Since 1.29 onnxruntime's Linux builds report what they run to their maker (docs/Privacy.md there) unless this variable
 * is set in the process, not in a thread, before the first session. A junction's box tells nobody but its platform.
 */
export function refuseTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

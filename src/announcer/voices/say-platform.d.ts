/** The part of `say` this project builds on; the package types only its ready-made platforms. */
declare module 'say/platform/base.js' {
  import type { ChildProcess, SpawnOptions } from 'node:child_process';

  class SayPlatformBase {
    child: ChildProcess | null;
    /** Spawns what buildExportCommand returns. Reports stderr's first piece as an error, a non-zero exit as success. */
    export(
      text: string,
      voice: string,
      speed: number | null,
      filename: string,
      callback: (error: Error | null) => void,
    ): void;
    buildExportCommand(request: { text: string; voice: string; speed: number | null; filename: string }): {
      command: string;
      args: string[];
      pipedData: string;
      options: SpawnOptions;
    };
  }
  export = SayPlatformBase;
}

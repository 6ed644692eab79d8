declare module 'node-rtsp-stream' {
  import type { ChildProcess } from 'node:child_process';
  import { EventEmitter } from 'node:events';

  interface StreamOptions {
    readonly name: string;
    readonly streamUrl: string;
    readonly wsPort?: number;
    readonly ffmpegPath?: string;
    readonly ffmpegOptions?: Readonly<Record<string, string | number>>;
  }

  /** Starts ffmpeg and a WebSocket server in its constructor; `camdata` brings MPEG-TS. */
  class VideoStream extends EventEmitter {
    constructor(options: StreamOptions);
    readonly stream: ChildProcess;
    readonly mpeg1Muxer: EventEmitter;
    wsServer: { close(): void };
    stop(): this;
    pipeStreamToSocketServer(): unknown;
  }

  export = VideoStream;
}

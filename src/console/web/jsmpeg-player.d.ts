declare module '@cycjimmy/jsmpeg-player' {
  interface PlayerOptions {
    readonly canvas: HTMLCanvasElement;
    readonly audio: boolean;
    readonly autoplay: boolean;
    readonly disableWebAssembly: boolean;
    readonly videoBufferSize: number;
    readonly pauseWhenHidden: boolean;
    readonly reconnectInterval: number;
    readonly onVideoDecode?: () => void;
  }

  class Player {
    constructor(url: string, options: PlayerOptions);
    destroy(): void;
  }

  const JSMpeg: { readonly Player: typeof Player };
  export default JSMpeg;
}

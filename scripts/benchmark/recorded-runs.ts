/** Looks over onnxruntime's shoulder: what each network is fed and how long it takes, so that it can be run again by itself. */
import { InferenceSession, type InferenceSession as Session, type Tensor } from 'onnxruntime-node';

export interface RecordedRun {
  /** Name of the input: each of the three networks has its own. */
  readonly input: string;
  readonly pixels: Tensor;
  readonly ms: number;
  readonly run: (pixels: Tensor) => Promise<unknown>;
}

/** Every session made from now on writes its runs into the list that is returned; empty it between frames. */
export function recordRuns(): RecordedRun[] {
  const recorded: RecordedRun[] = [];
  const create = InferenceSession.create.bind(InferenceSession);
  const createRecording = async (model: Uint8Array, options: Session.SessionOptions): Promise<Session> => {
    const session = await create(model, options);
    const run = session.run.bind(session);
    session.run = async (feeds: Session.FeedsType) => {
      const startedMs = performance.now();
      const outputs = await run(feeds);
      const ms = performance.now() - startedMs;
      for (const [input, value] of Object.entries(feeds))
        recorded.push({ input, pixels: value, ms, run: (pixels) => run({ [input]: pixels }) });
      return outputs;
    };
    return session;
  };
  // create() has four overloads; the service uses this one.
  Reflect.set(InferenceSession, 'create', createRecording);
  return recorded;
}

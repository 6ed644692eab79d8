/**
 * Handle of the inference worker: several cameras share one worker, jobs run in the order they come (each camera has
 * at most one), and a worker that died is started again with the next job.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BoundingBox, Detection, Frame } from '../domain';
import { FatalError, messageOf, RecoverableError } from '../errors';
import type { Attention } from './attention';
import type { Examination, FromWorker, ModelIdentity, PictureJob, ToWorker, WorkerSettings } from './messages';
import { Patience } from './patience';
import type { Picture } from './preprocess';
import { refuseTelemetry } from './telemetry';
import type { Thresholds } from './thresholds';

export interface Analysis {
  readonly detections: readonly Detection[];
  /** The frame again: its pixels travelled to the worker and came back in another Uint8Array. */
  readonly frame: Frame;
}

export interface DetectorInfo {
  readonly models: readonly ModelIdentity[];
  readonly thresholds: Thresholds;
  /** Why the models run on the CPU although another provider was wanted; null where the wish is met. */
  readonly providerProblem: string | null;
}

type Answer = Extract<FromWorker, { readonly job: number }>;

interface Job {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

type PictureMessage = ToWorker & PictureJob;

interface Running {
  readonly worker: Worker;
  readonly info: DetectorInfo;
  readonly jobs: Map<number, Job>;
  /** Expects a word in time, as long as there is a job. */
  readonly expect: (kind: PictureMessage['type']) => void;
}

/** Loading three small models takes 0.3 s; a box under full load gets a hundred times that. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 2_500;
/** A picture of 100 megapixels takes some seconds: a thread that says nothing for so long hangs. */
const EXAMINE_LIMIT_MS = 120_000;
/** A thread ends at its next step in JavaScript. */
const TERMINATE_TIMEOUT_MS = 3_000;
/** Compiled beside this file; from the sources (tests) the build's copy is used. */
const COMPILED = join(__dirname, 'worker.js');
const WORKER_FILE = existsSync(COMPILED) ? COMPILED : join(__dirname, '../../dist/src/vision/worker.js');

export class Detector {
  private running: Promise<Running> | null = null;
  private readonly threads = new Set<Worker>();
  private nextJob = 1;
  private isClosed = false;
  /** A thread that could not be ended: only a new process helps. */
  private stuck: FatalError | null = null;

  /** `onLost`: hears of every worker that ended or hung, also between two jobs; the next job starts another one. */
  constructor(
    private readonly settings: WorkerSettings,
    private readonly onLost: (error: RecoverableError) => void = () => undefined,
  ) {}

  /** Loads the models. @throws FatalError model/* naming the file and the cure */
  async start(): Promise<DetectorInfo> {
    return (await this.ensureRunning()).info;
  }

  /**
   * Looks at one frame, at what `attention` asks for first. Its pixels are handed over and come back in `analysis.frame`.
   * @throws RecoverableError vision/* when the worker died or the run failed (the pixels are lost then)
   */
  async detect(frame: Frame, attention: readonly Attention[] = []): Promise<Analysis> {
    const { widthPx, heightPx, pixels } = frame;
    const answer = await this.ask((job) => ({ type: 'analyse', job, widthPx, heightPx, pixels, attention }));
    if (answer.type !== 'analysed') throw failed(answer);
    return { detections: answer.detections, frame: { ...frame, pixels: answer.pixels } };
  }

  /**
   * Looks at one picture the way an evaluation does, and classifies `heads` (0–1). The pixels are handed over for good.
   * @throws RecoverableError vision/* as detect() does
   */
  async examine(picture: Picture, heads: readonly BoundingBox[]): Promise<Examination> {
    const answer = await this.ask((job) => ({ type: 'examine', job, ...picture, heads }));
    if (answer.type !== 'examined') throw failed(answer);
    return answer.examination;
  }

  /** Before close(): who still waits for an answer after `graceMs` gets none, so that a thread that hangs holds nobody up. */
  giveUpAfter(graceMs: number): void {
    setTimeout(async () => {
      this.isClosed = true;
      const jobs = (await this.running?.catch(() => null))?.jobs ?? new Map<number, Job>();
      for (const job of jobs.values()) job.reject(new RecoverableError('vision/closed', 'the detector is closed'));
      jobs.clear();
    }, graceMs).unref();
  }

  /** Lets the job in flight finish, releases the sessions and ends the thread. */
  async close(): Promise<void> {
    this.isClosed = true;
    const running = await this.running?.catch(() => null);
    if (running === null || running === undefined) return;
    const ended = new Promise<void>((resolve) => running.worker.once('exit', () => resolve()));
    const stop: ToWorker = { type: 'stop' };
    running.worker.postMessage(stop);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    });
    await Promise.race([ended, timeout]);
    clearTimeout(timer);
    // A thread that hangs inside a run must not keep the process; ending it then may abort, which is the last resort.
    await running.worker.terminate();
  }

  /** False while a thread lives; one that hangs where nothing in this process can end it lives on after close(). */
  get hasEnded(): boolean {
    return this.threads.size === 0;
  }

  private async ask(question: (job: number) => PictureMessage): Promise<Answer> {
    const { worker, jobs, expect } = await this.ensureRunning();
    return new Promise((resolve, reject) => {
      const job = this.nextJob++;
      jobs.set(job, { resolve, reject });
      const message = question(job);
      if (jobs.size === 1) expect(message.type);
      const { buffer } = message.pixels;
      worker.postMessage(message, buffer instanceof ArrayBuffer ? [buffer] : []);
    });
  }

  private ensureRunning(): Promise<Running> {
    if (this.isClosed) return Promise.reject(new RecoverableError('vision/closed', 'the detector is closed'));
    if (this.stuck !== null) return Promise.reject(this.stuck);
    this.running ??= this.launch().catch((error: unknown) => {
      this.running = null;
      throw error;
    });
    return this.running;
  }

  private launch(): Promise<Running> {
    refuseTelemetry(); // here: a worker's own variables do not reach native code
    const worker = new Worker(WORKER_FILE, { workerData: this.settings });
    this.threads.add(worker);
    worker.on('exit', () => this.threads.delete(worker));
    const jobs = new Map<number, Job>();
    return new Promise((resolve, reject) => {
      let isLost = false;
      let silence: NodeJS.Timeout | undefined;
      let expected: PictureMessage['type'] = 'analyse';
      let sinceMs = 0;
      const patience = new Patience();
      const lose = (error: RecoverableError): void => {
        clearTimeout(timer);
        clearTimeout(silence);
        if (isLost) return;
        isLost = true;
        this.running = null;
        if (!this.isClosed) this.onLost(error);
        reject(error);
        for (const job of jobs.values()) job.reject(error);
        jobs.clear();
      };
      const died = (reason: string): void =>
        lose(new RecoverableError('vision/worker-died', `the inference worker ended: ${reason}`));
      const timer = setTimeout(() => {
        lose(
          new RecoverableError('vision/start', `the inference worker was not ready after ${START_TIMEOUT_MS / 1000} s`),
        );
        void this.endThread(worker);
      }, START_TIMEOUT_MS);
      const expect = (kind: PictureMessage['type']): void => {
        expected = kind;
        sinceMs = performance.now();
        const limitMs = kind === 'examine' ? EXAMINE_LIMIT_MS : patience.limitMs;
        clearTimeout(silence);
        const mine = setTimeout(() => {
          // Where this thread itself was held up, the answer waits to be read: that comes first.
          setImmediate(() => {
            if (silence !== mine) return;
            lose(
              new RecoverableError(
                'vision/worker-hung',
                `the inference worker said nothing for ${(limitMs / 1000).toFixed(1)} s`,
              ),
            );
            void this.endThread(worker);
          });
        }, limitMs).unref();
        silence = mine;
      };
      worker.on('error', (error) => died(messageOf(error)));
      worker.on('exit', (code) => died(`exit code ${code}`));
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'ready') {
          clearTimeout(timer);
          const { models, thresholds, providerProblem } = message;
          resolve({ worker, jobs, expect, info: { models, thresholds, providerProblem } });
        } else if (message.type === 'refused') {
          clearTimeout(timer);
          reject(new FatalError(message.code, message.message));
        } else if (message.type !== 'stopped') {
          jobs.get(message.job)?.resolve(message);
          jobs.delete(message.job);
          clearTimeout(silence);
          silence = undefined;
          if (expected === 'analyse') patience.note(performance.now() - sinceMs);
          if (jobs.size > 0) expect(expected);
        }
      });
    });
  }

  /** What hangs outside JavaScript cannot be ended; then the service has to, and is started anew. */
  private async endThread(worker: Worker): Promise<void> {
    const ended = worker.terminate().then(() => true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), TERMINATE_TIMEOUT_MS);
    });
    const isOver = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (!isOver) this.stuck = new FatalError('vision/stuck', 'the inference thread hangs and cannot be ended');
  }
}

function failed(answer: Answer): RecoverableError {
  const reason = answer.type === 'failed' ? answer.message : `unexpected answer ${answer.type}`;
  return new RecoverableError('vision/run', `inference failed: ${reason}`);
}

/**
 * The recording and delivering half of the service, fed with incidents of its own making, as a process that may be killed:
 * sender.js CONFIG LOG RATE SPEED. Each event that cannot be lost any more is a line `EPOCH SEQUENCE ID` of LOG. RATE: events
 * a second; SPEED: how much faster than the clock the events' own time runs.
 */
import { openSync, writeSync } from 'node:fs';
import { uuidv7 } from 'uuidv7';
import { CommandDesk, Refusal } from '../../src/mqtt/command-desk';
import { COMMANDS } from '../../src/mqtt/commands';
import { type EventDraft, encodeEvent, toCloudEvent } from '../../src/mqtt/events';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { replayEvents } from '../../src/mqtt/replaying';
import { Lifecycle } from '../../src/runtime/lifecycle';
import { createLogger } from '../../src/runtime/logger';
import { type Sinks, startSinks } from '../../src/sinks';
import { readConfig } from '../../src/site-config';

const CAMERA = 'east';
const TICK_MS = 20;

function main([configFile = '', logFile = '', rate = '200', speed = '1']: readonly string[]): void {
  const config = readConfig(configFile);
  const log = createLogger({ level: 'error' });
  const lifecycle = new Lifecycle(log);
  const sinks = startSinks(config, { log, lifecycle, version: '0', configRevision: '' });
  answerReplays(sinks);
  const made = openSync(logFile, 'a');
  const startedMs = Date.now();
  const monotonicMs = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    due += (Number(rate) * TICK_MS) / 1000;
    const atMs = startedMs + Math.round((performance.now() - monotonicMs) * Number(speed));
    for (; due >= EVENT_EXAMPLES.length; due -= EVENT_EXAMPLES.length) {
      for (const line of incident(sinks, { ...config.node, atMs })) writeSync(made, line);
    }
  }, TICK_MS);
  process.once('SIGTERM', () => {
    clearInterval(timer);
    void lifecycle.stop();
  });
}

/** Violation, prompt in Mandarin, in dialect, outcome. What found no room anywhere is told by health. */
function* incident(
  { outbox, topics }: Sinks,
  { id: nodeId, timeZone, atMs }: { readonly id: string; readonly timeZone: string; readonly atMs: number },
): Generator<string> {
  const incidentId = uuidv7();
  for (const { type, data } of EVENT_EXAMPLES) {
    const kind = type.split('.')[3];
    const draft: EventDraft = Object({ kind, cameraId: CAMERA, atMs, data: { ...data, incidentId } });
    let epoch = '';
    const build = (stamp: { readonly id: string; readonly sequence: number; readonly epoch: string }): string => {
      epoch = stamp.epoch;
      return encodeEvent(toCloudEvent(draft, { nodeId, timeZone, ...stamp }));
    };
    try {
      const { id, sequence } = outbox.append({ topic: topics.camera(CAMERA).event(draft.kind), build }, Date.now());
      yield `${epoch} ${sequence} ${id}\n`;
    } catch {
      return;
    }
  }
}

function answerReplays({ client, outbox, ledger, topics }: Sinks): void {
  if (client === null) throw new Error('a broker is needed');
  const requests = topics.request('');
  const desk = new CommandDesk({
    allowed: ['event.replay'],
    carryOut: async (name, params) => {
      if (name !== 'event.replay') throw new Refusal('refused', 'a box without cameras');
      const publish = (topic: string, payload: string): Promise<void> => client.publish(topic, payload);
      return replayEvents(COMMANDS[name].params.parse(params), { outbox, publish });
    },
    send: (command, answer) =>
      void client.publish(topics.response(command), JSON.stringify(answer)).catch(() => undefined),
    audit: ({ answer, ...entry }) => ledger.record({ ...entry, answer: JSON.stringify(answer) }),
    earlier: () => undefined,
    now: Date.now,
  });
  client.listen([`${requests}+`], (message) => desk.take(message.topic.slice(requests.length), message));
}

main(process.argv.slice(2));

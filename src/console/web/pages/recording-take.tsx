/** One take: recorded here or brought as a file, judged by the box, heard, and kept or made again. */
import { Alert, Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Trouble, Waiting } from '../parts';
import { HAS_MICROPHONE, type Hearing, hear, MicrophoneError, type MicrophoneTrouble } from '../recorder/microphone';
import { PlayButton } from '../recorder/play-button';
import type { Player } from '../recorder/use-player';
import { useDoing } from '../use-call';
import { useWords } from '../words';

type Judged = Output<'checkTake'>;

type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'hearing'; readonly levelDb: number; readonly heardMs: number }
  | { readonly kind: 'no_microphone'; readonly trouble: MicrophoneTrouble }
  | { readonly kind: 'taken'; readonly file: Blob; readonly address: string };

interface TakeProps {
  readonly words: string;
  readonly speaker: string;
  readonly player: Player;
  readonly onClose: () => void;
  readonly onKept: () => void;
}

/** The box takes no more than half a minute. */
const LONGEST_MS = 29_000;

export function Take({ words, speaker, player, onClose, onKept }: TakeProps) {
  const { say } = useWords();
  const [state, setState] = useState<State>({ kind: 'ready' });
  const hearing = useRef<Hearing | null>(null);
  const leaving = useRef(new AbortController());
  const check = useDoing(async (file: Blob) => setJudged(await call('checkTake', { params: { words }, file })));
  const [judged, setJudged] = useState<Judged>();
  const keep = useDoing(async (file: Blob) => {
    player.stop();
    await call('keepTake', { params: { words }, query: { speaker }, file });
    onKept();
  });
  useEffect(() => {
    const controller = new AbortController();
    leaving.current = controller;
    return () => controller.abort();
  }, []);
  const address = state.kind === 'taken' ? state.address : undefined;
  useEffect(() => (address === undefined ? undefined : () => URL.revokeObjectURL(address)), [address]);

  const take = (file: Blob): void => {
    setJudged(undefined);
    setState({ kind: 'taken', file, address: URL.createObjectURL(file) });
    void check.run(file);
  };
  const stop = (): void => {
    const { current } = hearing;
    hearing.current = null;
    if (current !== null) take(current.stop());
  };
  const start = async (): Promise<void> => {
    player.stop();
    setState({ kind: 'starting' });
    const { signal } = leaving.current;
    const onLevel = (levelDb: number, heardMs: number): void => {
      if (hearing.current !== null) setState({ kind: 'hearing', levelDb, heardMs });
      if (heardMs > LONGEST_MS) stop();
    };
    try {
      hearing.current = await hear(onLevel, signal);
    } catch (error) {
      if (signal.aborted) return;
      setState({ kind: 'no_microphone', trouble: error instanceof MicrophoneError ? error.trouble : 'failed' });
    }
  };
  const isHearing = state.kind === 'hearing';
  const isGood = judged?.advice.every(({ isSerious }) => !isSerious) === true;
  return (
    <Stack gap="xs">
      <Text size="sm">{say('recording.how')}</Text>
      {state.kind === 'no_microphone' && (
        <Alert color="#b01e1e" role="alert" title={say(`recording.microphone.${state.trouble}`)} />
      )}
      <div role="status">{isHearing && <Text fw={700}>{say('recording.speak')}</Text>}</div>
      {isHearing && <Meter levelDb={state.levelDb} heardMs={state.heardMs} />}
      {check.isBusy && <Waiting />}
      <Trouble error={check.error ?? keep.error} />
      {judged !== undefined && <Advice judged={judged} />}
      <Group gap="xs">
        {state.kind === 'taken' && (
          <PlayButton name="take" label={say('recording.take')} address={part(state.address, judged)} player={player} />
        )}
        {state.kind === 'taken' && judged !== undefined && isGood && (
          <Button autoFocus loading={keep.isBusy} onClick={() => void keep.run(state.file)}>
            {say(judged.advice.length === 0 ? 'recording.keep' : 'recording.keepAnyway')}
          </Button>
        )}
        {HAS_MICROPHONE && !isHearing && (
          <Button
            autoFocus
            color="#b01e1e"
            variant={state.kind === 'taken' && isGood ? 'outline' : 'filled'}
            loading={state.kind === 'starting'}
            onClick={() => void start()}
          >
            ● {say(state.kind === 'taken' ? 'recording.again' : 'recording.start')}
          </Button>
        )}
        {isHearing && (
          <Button autoFocus color="#b01e1e" onClick={stop}>
            ■ {say('recording.stop')}
          </Button>
        )}
        {!isHearing && (
          <FileButton accept="audio/*,.m4a,.amr,.wav" onChange={(file) => file !== null && take(plain(file))}>
            {(props) => (
              <Button variant="default" {...props} autoFocus={!HAS_MICROPHONE}>
                {say('recording.file')}
              </Button>
            )}
          </FileButton>
        )}
        <Button variant="default" onClick={onClose}>
          {say('cancel')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Telephones have a hundred names for a type; the box looks at the bytes. */
function plain(file: File): Blob {
  return new Blob([file], { type: 'application/octet-stream' });
}

/** What will be kept: the voice alone. */
function part(address: string, judged: Judged | undefined): string {
  const { startMs = null, endMs = null } = judged ?? {};
  return startMs === null || endMs === null ? address : `${address}#t=${startMs / 1000},${endMs / 1000 + 0.1}`;
}

/** Peaks from −18 to −3 dB leave room above, and the room of the speaker far below. */
const LOW_DB = -30;
const HIGH_DB = -3;
const FLOOR_DB = -60;

function Meter({ levelDb, heardMs }: { readonly levelDb: number; readonly heardMs: number }) {
  const { say } = useWords();
  const verdict = levelDb > HIGH_DB ? 'loud' : levelDb < LOW_DB ? 'soft' : 'right';
  return (
    <Stack gap={4}>
      <meter
        className="level"
        aria-label={say('recording.level')}
        aria-valuetext={say(`recording.level.${verdict}`)}
        min={FLOOR_DB}
        low={LOW_DB}
        optimum={-12}
        high={HIGH_DB}
        max={0}
        value={levelDb}
      />
      <Text size="sm" className="figure" aria-hidden>
        {(heardMs / 1000).toFixed(1)} s · {say(`recording.level.${verdict}`)}
      </Text>
    </Stack>
  );
}

function Advice({ judged: { advice, startMs, endMs, lufs } }: { readonly judged: Judged }) {
  const { say, sayCode } = useWords();
  const isSerious = advice.some((one) => one.isSerious);
  const colour = isSerious ? '#b01e1e' : advice.length > 0 ? '#9a3412' : '#0f6b4e';
  const title = isSerious ? 'recording.bad' : advice.length > 0 ? 'recording.fair' : 'recording.good';
  return (
    <Alert color={colour} role={isSerious ? 'alert' : 'status'} title={say(title)}>
      {advice.map(({ code, value }) => (
        <Text key={code}>{sayCode('take', code).replace('{value}', String(value ?? ''))}</Text>
      ))}
      {startMs !== null && endMs !== null && lufs !== null && (
        <Text size="sm" className="figure">
          {say('recording.measures', { seconds: ((endMs - startMs) / 1000).toFixed(1), lufs: lufs.toFixed(0) })}
        </Text>
      )}
    </Alert>
  );
}

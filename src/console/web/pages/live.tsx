/** Live: the picture with everybody who is seen, what their looks said, and why somebody is or is not spoken to. */
import { Alert, List, NativeSelect, Switch, Text } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Page, Section, Trouble, Waiting } from '../parts';
import { useReading } from '../use-call';
import { useWords, type WordKey } from '../words';

type View = Omit<Output<'cameraView'>, 'heads' | 'minHeadPx'>;
type Rider = View['riders'][number];

const COLOURS = { worn: '#22c55e', not_worn: '#f97316', unknown: '#d1d5db' } as const;
/** Without a first picture for so long the stills take its place. */
const PATIENCE_MS = 8_000;
const STILL_EVERY_MS = 2_000;

export function LivePage() {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('health', {}, signal), []);
  const { data, error, again } = useReading(read);
  const [chosen, setChosen] = useState('');
  const cameras = data?.cameras.filter(({ state }) => state !== 'disabled') ?? [];
  const camera = cameras.find(({ id }) => id === chosen) ?? cameras[0];
  return (
    <Page title={say('nav.live')}>
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && camera === undefined && <Text>{say('health.noCameras')}</Text>}
      {cameras.length > 1 && (
        <NativeSelect
          label={say('figures.camera')}
          value={camera?.id ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={cameras.map(({ id, name }) => ({ value: id, label: name === '' ? id : name }))}
        />
      )}
      {camera !== undefined && (
        <Watched key={camera.id} id={camera.id} name={camera.name === '' ? camera.id : camera.name} />
      )}
    </Page>
  );
}

function Watched({ id, name }: { readonly id: string; readonly name: string }) {
  const { say } = useWords();
  const [isMoving, setMoving] = useState(true);
  const [hasPicture, setHasPicture] = useState(false);
  const [isLate, setLate] = useState(false);
  const view = useView(id);
  // Until the moving picture is there nobody has to look at an empty page.
  const showsStills = !isMoving || !hasPicture;
  useEffect(() => {
    const timer = setTimeout(() => setLate(!hasPicture), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [hasPicture]);
  return (
    <Section title={name}>
      <Switch
        label={say('live.moving')}
        checked={isMoving}
        onChange={(event) => {
          setMoving(event.currentTarget.checked);
          setHasPicture(false);
          setLate(false);
        }}
      />
      <div className="live" style={{ aspectRatio: `${view?.widthPx ?? 16} / ${view?.heightPx ?? 9}` }}>
        {isMoving && <Video id={id} onPicture={() => setHasPicture(true)} />}
        {showsStills && <Still id={id} name={name} />}
        {view !== undefined && <Overlay view={view} />}
      </div>
      {isMoving && isLate && !hasPicture && <Alert color="#9a3412" role="status" title={say('live.late')} />}
      {view !== undefined && <Who riders={view.riders} />}
    </Section>
  );
}

function Video({ id, onPicture }: { readonly id: string; readonly onPicture: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const told = useRef(onPicture);
  told.current = onPicture;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    let stop = (): void => undefined;
    let isOver = false;
    // Half of the page's script, needed here only.
    void import('@cycjimmy/jsmpeg-player').then(({ default: JSMpeg }) => {
      if (isOver) return;
      const player = new JSMpeg.Player(socketAddress(id, 'video'), {
        canvas: element,
        ...{ audio: false, autoplay: true, pauseWhenHidden: true, reconnectInterval: 2 },
        // The page's policy allows no compiling.
        disableWebAssembly: true,
        videoBufferSize: 512 * 1024,
        onVideoDecode: () => told.current(),
      });
      stop = () => player.destroy();
    });
    return () => {
      isOver = true;
      stop();
    };
  }, [id]);
  return <canvas ref={canvas} />;
}

function Still({ id, name }: { readonly id: string; readonly name: string }) {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setRound((before) => before + 1), STILL_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <img src={`/api/cameras/${encodeURIComponent(id)}/picture.jpg?${round}`} alt={name} />;
}

/** The newest frame's riders; a lost connection is made anew. */
function useView(id: string): View | undefined {
  const [view, setView] = useState<View>();
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const open = (): void => {
      socket = new WebSocket(socketAddress(id, 'tracks'));
      socket.onmessage = ({ data }) => setView(JSON.parse(String(data)));
      socket.onclose = () => {
        if (!isOver) timer = setTimeout(open, STILL_EVERY_MS);
      };
    };
    open();
    return () => {
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    };
  }, [id]);
  return view;
}

function socketAddress(id: string, kind: 'video' | 'tracks'): string {
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  return `${scheme}://${window.location.host}/api/cameras/${encodeURIComponent(id)}/live/${kind}`;
}

function Overlay({ view }: { readonly view: View }) {
  const { sayCode } = useWords();
  const [w, h] = [1000, (1000 * view.heightPx) / Math.max(1, view.widthPx)];
  return (
    <svg viewBox={`0 0 ${w} ${h}`} aria-hidden>
      {view.riders.map(({ trackId, box, isWatched, isAddressable, persons }) => (
        <g key={trackId}>
          <rect
            x={box.x * w}
            y={box.y * h}
            width={box.w * w}
            height={box.h * h}
            fill="none"
            stroke={isWatched && isAddressable ? '#38bdf8' : '#9ca3af'}
            strokeWidth={3}
          />
          {persons.map(({ seat, head, state, votes }) =>
            head === null ? null : (
              <g key={seat}>
                <rect
                  x={head.x * w}
                  y={head.y * h}
                  width={head.w * w}
                  height={head.h * h}
                  fill="none"
                  stroke={COLOURS[state]}
                  strokeWidth={4}
                />
                <text x={head.x * w} y={head.y * h - 8} className="live-word" fill={COLOURS[state]}>
                  {sayCode('head', state)} {votes.notWorn}:{votes.worn}
                </text>
              </g>
            ),
          )}
        </g>
      ))}
    </svg>
  );
}

function Who({ riders }: { readonly riders: View['riders'] }) {
  const { say, sayCode } = useWords();
  if (riders.length === 0) return <Text>{say('live.nobody')}</Text>;
  return (
    <List>
      {riders.flatMap((rider) =>
        rider.persons.map((person) => (
          <List.Item key={`${rider.trackId} ${person.seat}`}>
            #{rider.trackId} {sayCode('seat', person.seat)}：{sayCode('head', person.state)} ·{' '}
            {say('incidents.votes', { bare: person.votes.notWorn, worn: person.votes.worn })} ·{' '}
            {say(why(rider, person.state))}
          </List.Item>
        )),
      )}
    </List>
  );
}

function why({ isWatched, isAddressable }: Rider, state: Rider['persons'][number]['state']): WordKey {
  if (state === 'worn') return 'why.worn';
  if (!isAddressable) return 'why.parked';
  if (state === 'unknown') return 'why.undecided';
  return isWatched ? 'why.addressed' : 'why.outside';
}

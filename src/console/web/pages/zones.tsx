/** Zones of one camera, drawn on its picture, with who stands inside now and how large heads are there. */
import { Alert, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import type { Camera } from '../camera';
import { ChangeState, useChange } from '../change';
import { Page, Section, Trouble, Waiting } from '../parts';
import { linkTo } from '../router';
import { useReading } from '../use-call';
import { useWords } from '../words';
import { ZoneCanvas } from '../zones/canvas';
import { CORNERS, headVerdict, isInside, KINDS, type Kind, type Zone } from '../zones/geometry';
import { useZones } from '../zones/state';

type View = Output<'cameraView'>;

const EVERY_MS = 1_000;

export function ZonesPage({ camera, onDone }: { readonly camera: Camera; readonly onDone: () => void }) {
  const { say } = useWords();
  const { id } = camera;
  const drawn = useZones(camera);
  const [kind, setKind] = useState<Kind>('watch');
  const [picture, setPicture] = useState(1);
  const read = useCallback((signal: AbortSignal) => call('cameraView', { params: { id } }, signal), [id]);
  const { data: view, error } = useReading(read, EVERY_MS);
  const save = useChange(() => {
    const of = (which: Kind) =>
      drawn.zones
        .filter((zone) => zone.kind === which)
        .map(({ points }) => points.map(([x, y]): [number, number] => [x, y]));
    const [arrow] = of('travel');
    const [from, to] = arrow ?? [];
    const travel: [[number, number], [number, number]] | null = from && to ? [from, to] : null;
    const body = { watch: of('watch'), approach: of('approach'), travel, ignore: of('ignore') };
    return call('changeCamera', { params: { id }, body });
  }, onDone);
  const shown = camera.name === '' ? id : camera.name;
  return (
    <Page
      title={say('zones.title', { name: shown })}
      aside={
        <Button component="a" variant="default" href={linkTo('cameras')}>
          {say('back')}
        </Button>
      }
    >
      <Trouble error={error} />
      <Section title={shown}>
        <Text size="sm">{say('zones.hint')}</Text>
        <NativeSelect
          label={say('zones.kind')}
          value={kind}
          onChange={(event) => setKind(KINDS.find((one) => one === event.currentTarget.value) ?? 'watch')}
          data={KINDS.map((value) => ({ value, label: say(`zones.${value}`) }))}
        />
        {view === undefined || view.atMs === null ? (
          <>
            <Waiting />
            <Text>{say('zones.noPicture')}</Text>
          </>
        ) : (
          <ZoneCanvas
            picture={`/api/cameras/${encodeURIComponent(id)}/picture.jpg?${picture}`}
            view={view}
            drawn={drawn}
            kind={kind}
          />
        )}
        <Group gap="xs">
          <Button disabled={drawn.open.length < CORNERS[kind].min} onClick={() => drawn.finish(kind)}>
            {say('zones.finish')}
          </Button>
          <Button variant="default" disabled={!drawn.canUndo} onClick={drawn.undo}>
            {say('zones.undo')}
          </Button>
          <Button variant="default" onClick={drawn.clear}>
            {say('zones.clear')}
          </Button>
          <Button variant="default" onClick={() => setPicture((before) => before + 1)}>
            {say('zones.picture')}
          </Button>
        </Group>
        <Verdicts zones={drawn.zones} view={view} onRemove={drawn.remove} />
        <ChangeState change={save} />
        <Button loading={save.isBusy} disabled={drawn.open.length > 0} onClick={() => void save.run()}>
          {say('save')}
        </Button>
      </Section>
    </Page>
  );
}

interface VerdictsProps {
  readonly zones: readonly Zone[];
  readonly view: View | undefined;
  readonly onRemove: (index: number) => void;
}

function Verdicts({ zones, view, onRemove }: VerdictsProps) {
  const { say } = useWords();
  const watched = zones.filter(({ kind }) => kind === 'watch');
  return (
    <Stack gap="xs">
      {zones.map((zone, index) => {
        const name = say('zones.nth', { kind: say(`zones.${zone.kind}`), number: index + 1 });
        const count = view?.riders.filter(({ foot }) => isInside(foot, zone.points)).length ?? 0;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a zone has no other name
          <Group key={index} justify="space-between" gap="xs">
            <Text>{zone.kind === 'travel' ? name : `${name}: ${say('zones.inside', { count })}`}</Text>
            <Button size="sm" variant="default" onClick={() => onRemove(index)} aria-label={`${say('delete')} ${name}`}>
              {say('delete')}
            </Button>
          </Group>
        );
      })}
      {watched.length === 0 && <Text>{say('zones.everywhere')}</Text>}
      {view !== undefined && <HeadSizes zones={watched} view={view} />}
    </Stack>
  );
}

function HeadSizes({ zones, view }: { readonly zones: readonly Zone[]; readonly view: View }) {
  const { say } = useWords();
  const verdict = headVerdict(view, zones);
  if (verdict === null) return <Text>{say('zones.headsNone')}</Text>;
  const { px, isEnough } = verdict;
  return (
    <Alert
      color={isEnough ? '#0f6b4e' : '#9a3412'}
      title={say(isEnough ? 'zones.headsGood' : 'zones.headsSmall', { px, min: Math.ceil(view.minHeadPx) })}
    />
  );
}

/** Cameras: list, add, change, remove; the zones of one on a page of its own. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { call } from '../api';
import type { Camera } from '../camera';
import { ChangeState, useChange } from '../change';
import { Page, Section, STATE_COLOURS, Trouble, Waiting } from '../parts';
import { go, linkTo, useRoute } from '../router';
import { useReading } from '../use-call';
import { useWords } from '../words';
import { CameraForm } from './camera-form';
import { ZonesPage } from './zones';

export function CamerasPage() {
  const { say } = useWords();
  const [, id, what] = useRoute();
  const read = useCallback((signal: AbortSignal) => call('listCameras', {}, signal), []);
  const { data, error, again } = useReading(read);
  if (data === undefined) return error === undefined ? <Waiting /> : <Trouble error={error} again={again} />;
  const camera = data.cameras.find((one) => one.id === id);
  const leave = (): void => {
    again();
    go('cameras');
  };
  if (id === 'new' && what === undefined)
    return <CameraForm key="new" camera={undefined} speakers={data.speakers} onDone={leave} />;
  if (camera !== undefined && what === 'zones') return <ZonesPage key={camera.id} camera={camera} onDone={again} />;
  if (camera !== undefined)
    return <CameraForm key={camera.id} camera={camera} speakers={data.speakers} onDone={leave} />;
  return (
    <Page
      title={say('nav.cameras')}
      aside={
        <Button component="a" href={linkTo('cameras', 'new')}>
          {say('cameras.add')}
        </Button>
      }
    >
      <Trouble error={error} again={again} />
      {data.cameras.length === 0 && <Text>{say('cameras.none')}</Text>}
      {data.cameras.map((one) => (
        <CameraCard key={one.id} camera={one} onChanged={again} />
      ))}
    </Page>
  );
}

function CameraCard({ camera, onChanged }: { readonly camera: Camera; readonly onChanged: () => void }) {
  const { say, sayCode } = useWords();
  const [isAsking, setAsking] = useState(false);
  const { id, name, state, reason, enabled, url } = camera;
  const shown = name === '' ? id : name;
  const enable = useChange(() => call('changeCamera', { params: { id }, body: { enabled: !enabled } }), onChanged);
  const remove = useChange(() => call('removeCamera', { params: { id } }), onChanged);
  return (
    <Section
      title={shown}
      aside={
        <Badge color={STATE_COLOURS[state] ?? '#b01e1e'} size="lg">
          {sayCode('state', state)}
        </Badge>
      }
    >
      <Text className="words" size="sm">
        {id} · {url}
      </Text>
      {reason !== null && <Text className="words">{sayCode('reason', reason)}</Text>}
      <Group gap="xs">
        <Button component="a" variant="default" href={linkTo('cameras', id, 'zones')}>
          {say('cameras.zones')}
        </Button>
        <Button component="a" variant="default" href={linkTo('cameras', id, 'edit')}>
          {say('edit')}
        </Button>
        <Button variant="default" onClick={() => void enable.run()} loading={enable.isBusy}>
          {say(enabled ? 'cameras.disable' : 'cameras.enable')}
        </Button>
        <Button variant="default" onClick={() => setAsking(true)}>
          {say('delete')}
        </Button>
      </Group>
      {isAsking && (
        <Stack gap="xs" role="alertdialog" aria-label={say('cameras.confirmRemove', { name: shown })}>
          <Text>{say('cameras.confirmRemove', { name: shown })}</Text>
          <Group gap="xs">
            <Button color="#b01e1e" loading={remove.isBusy} onClick={() => void remove.run()}>
              {say('delete')}
            </Button>
            <Button variant="default" onClick={() => setAsking(false)}>
              {say('cancel')}
            </Button>
          </Group>
        </Stack>
      )}
      <ChangeState change={remove.isBusy || remove.error !== undefined ? remove : enable} />
    </Section>
  );
}

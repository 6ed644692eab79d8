/** One camera: found on the network or typed in, tested, saved. */
import { Button, Group, NativeSelect, NumberInput, PasswordInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import type { Camera, CameraFields } from '../camera';
import { ChangeState, useChange } from '../change';
import { Page, Section } from '../parts';
import { linkTo } from '../router';
import { useWords } from '../words';
import { CameraSearch } from './camera-search';
import { CameraTest } from './camera-test';

const DIRECTIONS = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'] as const;

interface FormProps {
  readonly camera: Camera | undefined;
  readonly speakers: readonly string[];
  readonly onDone: () => void;
}

export function CameraForm({ camera, speakers, onDone }: FormProps) {
  const { say } = useWords();
  const [fields, setFields] = useState<CameraFields>(() => fieldsOf(camera, speakers));
  const change = (part: Partial<CameraFields>): void => setFields((before) => ({ ...before, ...part }));
  const save = useChange(async () => {
    const body = bodyOf(fields);
    return camera === undefined
      ? call('addCamera', { body: { id: fields.id, ...body } })
      : call('changeCamera', { params: { id: camera.id }, body });
  }, onDone);
  return (
    <Page
      title={camera === undefined ? say('cameras.add') : camera.name === '' ? camera.id : camera.name}
      aside={
        <Button component="a" variant="default" href={linkTo('cameras')}>
          {say('back')}
        </Button>
      }
    >
      <CameraSearch username={fields.username} password={fields.password} onChosen={change} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Section title={say('figures.camera')}>
          <Stack>
            <Fields
              fields={fields}
              change={change}
              isNew={camera === undefined}
              hasPassword={camera?.hasPassword === true}
            />
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
              <NativeSelect
                label={say('cameras.speaker')}
                value={fields.speaker}
                onChange={(event) => change({ speaker: event.currentTarget.value })}
                data={[{ value: '', label: say('cameras.silent') }, ...speakers]}
              />
              <NativeSelect
                label={say('cameras.direction')}
                value={fields.direction}
                onChange={(event) => change({ direction: event.currentTarget.value })}
                data={[
                  { value: '', label: '–' },
                  ...DIRECTIONS.map((value) => ({ value, label: say(`direction.${value}`) })),
                ]}
              />
              <NumberInput
                label={say('cameras.lane')}
                min={0}
                max={20}
                value={fields.lane}
                onChange={(value) => change({ lane: Number(value) })}
              />
            </SimpleGrid>
            <CameraTest fields={fields} as={camera?.id ?? null} />
            <ChangeState change={save} />
            <Button type="submit" loading={save.isBusy}>
              {say('save')}
            </Button>
          </Stack>
        </Section>
      </form>
    </Page>
  );
}

interface FieldsProps {
  readonly fields: CameraFields;
  readonly change: (part: Partial<CameraFields>) => void;
  readonly isNew: boolean;
  readonly hasPassword: boolean;
}

function Fields({ fields, change, isNew, hasPassword }: FieldsProps) {
  const { say } = useWords();
  return (
    <>
      {isNew && (
        <TextInput
          label={say('cameras.id')}
          required
          pattern="[A-Za-z0-9][A-Za-z0-9_\-]{0,63}"
          autoCapitalize="none"
          value={fields.id}
          onChange={(event) => change({ id: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={say('cameras.name')}
        maxLength={100}
        value={fields.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label={say('cameras.url')}
        description={say('cameras.urlHint')}
        required
        inputMode="url"
        autoCapitalize="none"
        value={fields.url}
        onChange={(event) => change(splitLogin(event.currentTarget.value))}
      />
      <Group grow align="end">
        <TextInput
          label={say('cameras.username')}
          autoComplete="off"
          autoCapitalize="none"
          value={fields.username}
          onChange={(event) => change({ username: event.currentTarget.value })}
        />
        <PasswordInput
          label={say('cameras.password')}
          {...(hasPassword ? { description: say('cameras.passwordKept') } : {})}
          autoComplete="new-password"
          value={fields.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
        />
      </Group>
      <NativeSelect
        label={say('cameras.transport')}
        value={fields.transport}
        onChange={(event) => change({ transport: event.currentTarget.value === 'udp' ? 'udp' : 'tcp' })}
        data={[
          { value: 'tcp', label: 'TCP' },
          { value: 'udp', label: 'UDP' },
        ]}
      />
    </>
  );
}

/** Addresses are pasted with their login in them: it goes where it belongs. */
function splitLogin(url: string): Partial<CameraFields> {
  const [, scheme, login, rest] = /^(rtsps?:\/\/)(.*)@([^@]*)$/i.exec(url) ?? [];
  if (scheme === undefined || login === undefined || rest === undefined) return { url };
  const colon = login.indexOf(':');
  const [username, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  return { url: `${scheme}${rest}`, username: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fieldsOf(camera: Camera | undefined, speakers: readonly string[]): CameraFields {
  return {
    id: camera?.id ?? '',
    name: camera?.name ?? '',
    url: camera?.url ?? '',
    username: camera?.username ?? '',
    password: '',
    transport: camera?.transport ?? 'tcp',
    speaker: camera === undefined ? (speakers[0] ?? '') : (camera.speaker ?? ''),
    direction: camera?.direction ?? '',
    lane: camera?.lane ?? 0,
  };
}

function bodyOf({ name, url, username, password, transport, speaker, direction, lane }: CameraFields) {
  const none = (text: string): string | null => (text === '' ? null : text);
  return {
    ...{ name, url, transport, lane },
    username: none(username),
    ...(password === '' ? {} : { password }),
    speaker: none(speaker),
    direction: DIRECTIONS.find((one) => one === direction) ?? null,
  };
}

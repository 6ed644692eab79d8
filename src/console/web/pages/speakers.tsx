/** Loudspeakers: test phrases, volumes by time of day, quiet hours, the noise-sensitive site. */
import { Alert, Badge, Button, Group, NumberInput, Slider, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { ChangeState, useChange } from '../change';
import { Page, Section, Trouble, Waiting } from '../parts';
import { useDoing, useReading } from '../use-call';
import { useWords } from '../words';

type Speaking = Output<'speakers'>;
type Said = Output<'testSpeaker'>;

export function SpeakersPage() {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('speakers', {}, signal), []);
  const { data, error, again } = useReading(read);
  return (
    <Page title={say('nav.speakers')}>
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data?.speakers.length === 0 && <Text>{say('none')}</Text>}
      {data?.speakers.map((one) => (
        <SpeakerCard key={one.id} speaker={one} hasDialect={data.dialect !== 'none'} />
      ))}
      {data !== undefined && <Manners speaking={data} onSaved={again} />}
    </Page>
  );
}

function SpeakerCard({
  speaker,
  hasDialect,
}: {
  readonly speaker: Speaking['speakers'][number];
  readonly hasDialect: boolean;
}) {
  const { say, sayCode } = useWords();
  const [said, setSaid] = useState<Said>();
  const test = useDoing(async (lang: 'zh-CN' | 'wuu') => {
    setSaid(undefined);
    setSaid(await call('testSpeaker', { params: { id: speaker.id }, body: { lang } }));
  });
  const langs = hasDialect ? (['zh-CN', 'wuu'] as const) : (['zh-CN'] as const);
  return (
    <Section
      title={`${speaker.id} · ${sayCode('speakerKind', speaker.kind)}`}
      aside={
        <Badge color={speaker.isGood ? '#0f6b4e' : '#b01e1e'} size="lg">
          {say(speaker.isGood ? 'health.good' : 'health.bad')}
        </Badge>
      }
    >
      <Group gap="xs">
        {langs.map((lang) => (
          <Button key={lang} variant="default" loading={test.isBusy} onClick={() => void test.run(lang)}>
            {say('speakers.test', { lang: sayCode('lang', lang) })}
          </Button>
        ))}
      </Group>
      <Trouble error={test.error} />
      {said !== undefined && (
        <Alert
          color={said.playback === 'failed' ? '#b01e1e' : '#0f6b4e'}
          role="status"
          title={sayCode('playback', said.playback)}
        >
          <Text>{said.text}</Text>
          {said.reason !== null && <Text className="words">{sayCode('refusal', said.reason)}</Text>}
        </Alert>
      )}
    </Section>
  );
}

const NIGHT = { from: '22:00', to: '06:00' };

function Manners({ speaking, onSaved }: { readonly speaking: Speaking; readonly onSaved: () => void }) {
  const { say } = useWords();
  const [wanted, setWanted] = useState(speaking);
  const change = (part: Partial<Speaking>): void => setWanted((before) => ({ ...before, ...part }));
  const save = useChange(() => {
    const { speakers, quietHours, volume, noiseSensitive, approvalNumber } = wanted;
    const volumes = Object.fromEntries(speakers.map((one) => [one.id, one.volume]));
    return call('setSpeaking', { body: { volumes, quietHours, volume, noiseSensitive, approvalNumber } });
  }, onSaved);
  const { quietHours, volume, noiseSensitive, approvalNumber } = wanted;
  return (
    <Section title={say('speakers.manners')}>
      {wanted.speakers
        .filter(({ kind }) => kind !== 'folder')
        .map((one) => (
          <Percent
            key={one.id}
            label={say('speakers.volumeOf', { name: one.id })}
            value={one.volume}
            onChange={(value) =>
              change({
                speakers: wanted.speakers.map((other) => (other.id === one.id ? { ...other, volume: value } : other)),
              })
            }
          />
        ))}
      <Percent
        label={say('speakers.day')}
        value={volume.day}
        onChange={(day) => change({ volume: { ...volume, day } })}
      />
      {(['noon', 'evening'] as const).map((part) => (
        <Stack key={part} gap={4}>
          <Percent
            label={say(`speakers.${part}`)}
            value={volume[part].percent}
            onChange={(percent) => change({ volume: { ...volume, [part]: { ...volume[part], percent } } })}
          />
          <Span
            label={say(`speakers.${part}`)}
            span={volume[part]}
            onChange={(span) => change({ volume: { ...volume, [part]: { ...volume[part], ...span } } })}
          />
        </Stack>
      ))}
      <Switch
        label={say('speakers.quiet')}
        checked={quietHours !== null}
        onChange={(event) => change({ quietHours: event.currentTarget.checked ? NIGHT : null })}
      />
      {quietHours !== null && (
        <Span label={say('speakers.quiet')} span={quietHours} onChange={(span) => change({ quietHours: span })} />
      )}
      <Switch
        label={say('speakers.sensitive')}
        checked={noiseSensitive}
        onChange={(event) => change({ noiseSensitive: event.currentTarget.checked })}
      />
      {noiseSensitive && (
        <TextInput
          label={say('speakers.approval')}
          description={say('speakers.approvalHint')}
          maxLength={100}
          value={approvalNumber ?? ''}
          onChange={(event) =>
            change({ approvalNumber: event.currentTarget.value === '' ? null : event.currentTarget.value })
          }
        />
      )}
      <ChangeState change={save} />
      <Button loading={save.isBusy} onClick={() => void save.run()}>
        {say('save')}
      </Button>
    </Section>
  );
}

interface PercentProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Percent({ label, value, onChange }: PercentProps) {
  return (
    <Stack gap={4}>
      <NumberInput
        label={label}
        min={0}
        max={100}
        suffix=" %"
        value={value}
        onChange={(next) => onChange(Number(next))}
      />
      <Slider
        thumbLabel={label}
        label={null}
        min={0}
        max={100}
        step={5}
        value={value}
        onChange={onChange}
        thumbSize={28}
      />
    </Stack>
  );
}

interface SpanProps {
  readonly label: string;
  readonly span: { readonly from: string; readonly to: string };
  readonly onChange: (span: { readonly from: string; readonly to: string }) => void;
}

function Span({ label, span: { from, to }, onChange }: SpanProps) {
  const { say } = useWords();
  return (
    <Group grow>
      <TextInput
        type="time"
        aria-label={`${label} ${say('speakers.from')}`}
        value={from}
        onChange={(event) => onChange({ from: event.currentTarget.value, to })}
      />
      <TextInput
        type="time"
        aria-label={`${label} ${say('speakers.to')}`}
        value={to}
        onChange={(event) => onChange({ from, to: event.currentTarget.value })}
      />
    </Group>
  );
}

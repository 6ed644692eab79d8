/** How the service, its cameras and speakers, the platform and the box fare. */
import { Alert, Badge, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useCallback } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Page, Section, STATE_COLOURS, Trouble, Waiting } from '../parts';
import type { Session } from '../session';
import { useReading } from '../use-call';
import { type Speech, useWords } from '../words';

type Health = Output<'health'>;

const EVERY_MS = 5_000;

export function HealthPage({ session }: { readonly session: Session }) {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('health', {}, signal), []);
  const { data, error, again } = useReading(read, EVERY_MS);
  return (
    <Page
      title={say('health.title')}
      aside={
        session.role === 'technician' && (
          <Button
            component="a"
            variant="default"
            href="/api/diagnosis.zip"
            download
            title={say('health.diagnosisNote')}
          >
            {say('health.diagnosis')}
          </Button>
        )
      }
    >
      <Trouble error={error} again={again} />
      {data === undefined ? error === undefined && <Waiting /> : <Shown health={data} />}
    </Page>
  );
}

function Shown({ health }: { readonly health: Health }) {
  const { say, sayCode } = useWords();
  const { status, symptoms } = health;
  return (
    <>
      <Alert color={STATE_COLOURS[status] ?? '#b01e1e'} title={say(`health.${status}`)}>
        {symptoms.length > 0 && (
          <Text className="words">{symptoms.map((code) => sayCode('symptom', code)).join(' · ')}</Text>
        )}
      </Alert>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Cameras cameras={health.cameras} />
        <Speakers speakers={health.speakers} />
        <Delivery health={health} />
        <Box health={health} />
      </SimpleGrid>
    </>
  );
}

function Cameras({ cameras }: { readonly cameras: Health['cameras'] }) {
  const { say, sayCode } = useWords();
  return (
    <Section title={say('health.cameras')}>
      {cameras.length === 0 && <Text>{say('health.noCameras')}</Text>}
      {cameras.map(({ id, name, state, reason, history }) => (
        <Stack key={id} gap={4}>
          <Group justify="space-between">
            <Text fw={600}>{name === '' ? id : name}</Text>
            <Badge color={STATE_COLOURS[state] ?? '#b01e1e'} size="lg">
              {sayCode('state', state)}
            </Badge>
          </Group>
          {reason !== null && <Text className="words">{sayCode('reason', reason)}</Text>}
          <details>
            <summary>{say('health.history')}</summary>
            {history.slice(0, 20).map((change) => (
              <Text size="sm" key={`${change.at}${change.state}`} className="figure words">
                {change.at.slice(5, 19).replace('T', ' ')} {sayCode('state', change.state)} {change.reason}
              </Text>
            ))}
          </details>
        </Stack>
      ))}
    </Section>
  );
}

function Speakers({ speakers }: { readonly speakers: Health['speakers'] }) {
  const { say } = useWords();
  return (
    <Section title={say('health.speakers')}>
      {speakers.length === 0 && <Text>{say('none')}</Text>}
      {speakers.map(({ id, isGood, spoken, refused }) => {
        const count = Object.values(refused).reduce((sum, one) => sum + one, 0);
        return (
          <Stack key={id} gap={4}>
            <Group justify="space-between">
              <Text fw={600}>{id}</Text>
              <Badge color={isGood ? '#0f6b4e' : '#b01e1e'} size="lg">
                {say(isGood ? 'health.good' : 'health.bad')}
              </Badge>
            </Group>
            <Text size="sm">
              {say('health.spoken', { count: spoken })} · {say('health.refused', { count })}
              {count > 0 &&
                ` (${Object.entries(refused)
                  .map(([why, times]) => `${why} ${times}`)
                  .join(', ')})`}
            </Text>
          </Stack>
        );
      })}
    </Section>
  );
}

function Delivery({ health: { broker, outbox } }: { readonly health: Health }) {
  const { say } = useWords();
  return (
    <Section title={say('health.broker')}>
      <Line label={say('health.broker')} value={say(`health.broker.${broker.state}`)} />
      {broker.reason !== null && <Text className="words">{broker.reason}</Text>}
      <Line label={say('health.outbox')} value={String(outbox.depth)} />
      {outbox.depth > 0 && <Text size="sm">{say('health.outboxAge', { seconds: outbox.oldestAgeS })}</Text>}
      <Line label={say('health.dropped')} value={String(outbox.dropped)} />
      <Line label={say('health.evidenceDropped')} value={String(outbox.evidenceDropped)} />
    </Section>
  );
}

function Box({ health: { box, version, models, startedAt } }: { readonly health: Health }) {
  const { say } = useWords();
  return (
    <Section title={say('health.box')}>
      {box.diskBytes !== null && <Line label={say('health.disk')} value={share(box.diskBytes)} />}
      <Line label={say('health.memory')} value={share(box.memoryBytes)} />
      <Line label={say('health.load')} value={`${box.load.toFixed(2)} / ${box.cores}`} />
      {box.temperatureC !== null && (
        <Line label={say('health.temperature')} value={`${box.temperatureC.toFixed(1)} °C`} />
      )}
      <Line label={say('health.uptime')} value={duration(box.uptimeS, say)} />
      <Line label={say('health.startedAt')} value={startedAt.slice(0, 19).replace('T', ' ')} />
      <Line label={say('health.version')} value={version} />
      <Line
        label={say('health.models')}
        value={models.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 8)}`).join(', ')}
      />
    </Section>
  );
}

function Line({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Group justify="space-between" gap="xs" align="baseline">
      <Text>{label}</Text>
      <Text fw={600} className="figure words">
        {value}
      </Text>
    </Group>
  );
}

const GB = 1e9;

function share({ free, total }: { readonly free: number; readonly total: number }): string {
  return `${(free / GB).toFixed(1)} / ${(total / GB).toFixed(1)} GB`;
}

function duration(seconds: number, say: Speech['say']): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say('duration.minutes', { count: minutes });
  if (minutes < 60 * 48) return say('duration.hours', { count: Math.floor(minutes / 60) });
  return say('duration.days', { count: Math.floor(minutes / 60 / 24) });
}

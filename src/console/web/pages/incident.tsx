/** One incident: its pictures, what was seen and said in order, and a mark where the box was wrong. */
import { Button, Image, List, NativeSelect, SimpleGrid, Stack, Text, TextInput, Timeline } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Page, Section, Trouble, Waiting } from '../parts';
import { linkTo } from '../router';
import { useDoing, useReading } from '../use-call';
import { useWords } from '../words';

type Story = Output<'incident'>;
type Step = Story['steps'][number];

const REASONS = [
  'helmet_on',
  'cap_or_hood',
  'no_rider',
  'not_riding',
  'wrong_person',
  'wrong_outcome',
  'other',
] as const;

export function IncidentStory({ id }: { readonly id: string }) {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('incident', { params: { id } }, signal), [id]);
  const { data, error, again } = useReading(read);
  return (
    <Page
      title={
        data === undefined
          ? say('nav.incidents')
          : `${data.incident.camera} ${data.incident.endedAt.slice(0, 19).replace('T', ' ')}`
      }
      aside={
        <Button component="a" variant="default" href={linkTo('incidents')}>
          {say('back')}
        </Button>
      }
    >
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Evidence id={id} evidence={data.evidence} />
          <Section title={say('incidents.story')}>
            {data.steps.length === 0 && <Text>{say('incidents.cleared')}</Text>}
            <Timeline active={data.steps.length} bulletSize={20}>
              {data.steps.map((step) => (
                <Timeline.Item key={`${step.at}${step.kind}${step.prompt?.number}`} title={<StepTitle step={step} />}>
                  <StepDetail step={step} />
                </Timeline.Item>
              ))}
            </Timeline>
          </Section>
          <Mark id={id} mark={data.incident.mark} onMarked={again} />
        </SimpleGrid>
      )}
    </Page>
  );
}

function Evidence({ id, evidence }: { readonly id: string; readonly evidence: Story['evidence'] }) {
  const { say } = useWords();
  const address = (name: string): string =>
    `/api/incidents/${encodeURIComponent(id)}/evidence/${encodeURIComponent(name)}`;
  return (
    <Section title={say('incidents.evidence')}>
      <Text size="sm">{say('incidents.blurred')}</Text>
      {evidence.length === 0 && <Text>{say('incidents.noEvidence')}</Text>}
      {evidence.map(({ kind, name }) =>
        kind === 'clip' ? (
          // biome-ignore lint/a11y/useMediaCaption: the clip has no sound
          <video
            key={name}
            className="evidence"
            src={address(name)}
            controls
            preload="none"
            aria-label={say('incidents.clip')}
          />
        ) : (
          <Image key={name} src={address(name)} alt={say(`incidents.${kind}`)} loading="lazy" />
        ),
      )}
    </Section>
  );
}

function StepTitle({ step: { at, kind, prompt } }: { readonly step: Step }) {
  const { say } = useWords();
  return (
    <Text fw={600} className="figure">
      {at.slice(11, 19)} {say(`step.${kind}`)} {prompt !== null && say('prompt.nth', { number: prompt.number })}
    </Text>
  );
}

function StepDetail({ step: { persons, prompt, outcome } }: { readonly step: Step }) {
  const { say, sayCode } = useWords();
  return (
    <Stack gap={4}>
      {prompt !== null && (
        <>
          <Text lang={prompt.lang}>
            {sayCode('lang', prompt.lang)}：{prompt.text}
          </Text>
          <Text size="sm">
            {sayCode('playback', prompt.playback)}
            {prompt.proof !== null && ` · ${sayCode('proof', prompt.proof)}`}
            {prompt.reason !== null && ` · ${sayCode('refusal', prompt.reason)}`}
          </Text>
        </>
      )}
      {outcome !== null && (
        <Text>
          {sayCode('result', outcome.result)}
          {outcome.reactionMs !== null && ` · ${(outcome.reactionMs / 1000).toFixed(1)} s`}
          {outcome.reason !== null && ` · ${outcome.reason}`}
        </Text>
      )}
      {persons.length > 0 && (
        <List size="sm">
          {persons.map(({ seat, head, votes, clothes }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: persons have no other name
            <List.Item key={index}>
              {sayCode('seat', seat)}：{sayCode('head', head)} ·{' '}
              {say('incidents.votes', { bare: votes.notWorn, worn: votes.worn })}
              {clothes.length > 0 && ` · ${clothes.map((one) => sayCode('clothes', one)).join(' ')}`}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

interface MarkProps {
  readonly id: string;
  readonly mark: Story['incident']['mark'];
  readonly onMarked: () => void;
}

function Mark({ id, mark, onMarked }: MarkProps) {
  const { say } = useWords();
  const [reason, setReason] = useState<string>(mark?.reason ?? 'helmet_on');
  const [note, setNote] = useState(mark?.note ?? '');
  const save = useDoing(async (isWrong: boolean) => {
    const known = REASONS.find((one) => one === reason) ?? 'other';
    await call('markIncident', { params: { id }, body: { reason: isWrong ? known : null, note } });
    onMarked();
  });
  return (
    <Section title={say('incidents.markTitle')}>
      {mark !== null && (
        <Text role="status">
          {say('incidents.markedBy', { name: mark.by })} {say(`wrong.${mark.reason}`)} {mark.note}
        </Text>
      )}
      <NativeSelect
        label={say('incidents.why')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data={REASONS.map((value) => ({ value, label: say(`wrong.${value}`) }))}
      />
      <TextInput
        label={say('incidents.note')}
        maxLength={300}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Trouble error={save.error} />
      <Button loading={save.isBusy} onClick={() => void save.run(true)}>
        {say('incidents.markWrong')}
      </Button>
      {mark !== null && (
        <Button variant="default" loading={save.isBusy} onClick={() => void save.run(false)}>
          {say('incidents.unmark')}
        </Button>
      )}
    </Section>
  );
}

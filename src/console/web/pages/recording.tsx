/** The recording room: who speaks, what is missing, a take of each, and how prompts sound now. */
import { Alert, Badge, Button, Group, NativeSelect, Paper, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { addressOf, call } from '../api';
import { Page, Section, Trouble, Waiting } from '../parts';
import { HAS_MICROPHONE } from '../recorder/microphone';
import { PlayButton } from '../recorder/play-button';
import type { Item, Room } from '../recorder/room';
import { type Player, usePlayer } from '../recorder/use-player';
import { useDoing, useReading } from '../use-call';
import { useWords } from '../words';
import { Hearing } from './recording-hearing';
import { Speakers } from './recording-speakers';
import { Take } from './recording-take';
import { Travel } from './recording-travel';

const FILTERS = {
  missing: ({ recording, state }: Item): boolean => recording === null && state !== 'recorded',
  recorded: ({ state }: Item): boolean => state === 'recorded',
  clauses: ({ kind }: Item): boolean => kind === 'clause',
  slots: ({ kind }: Item): boolean => kind === 'slot',
  all: (): boolean => true,
} as const;
type Filter = keyof typeof FILTERS;
const FILTER_NAMES = ['missing', 'recorded', 'clauses', 'slots', 'all'] as const satisfies readonly Filter[];

const TABS = ['words', 'hear', 'travel'] as const;
/** More than that at once is a long way on a phone. */
const SHOWN_AT_FIRST = 20;

export function RecordingPage() {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('listRecordings', {}, signal), []);
  const { data, error, again } = useReading(read);
  const [speaker, setSpeaker] = useState<string>();
  const player = usePlayer();
  const chosen = data?.speakers.find(({ name }) => name === speaker) ?? data?.speakers.at(-1);
  return (
    <Page title={say('nav.recording')}>
      <Text size="sm">{say('recording.hint')}</Text>
      {!HAS_MICROPHONE && (
        <Alert color="#9a3412" title={say('recording.insecure')}>
          {say('recording.insecureHint')}
        </Alert>
      )}
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && (
        <>
          <Speakers room={data} chosen={chosen?.name} onChoose={setSpeaker} onChanged={again} />
          <Tabs defaultValue="words" keepMounted={false}>
            <Tabs.List grow mb="md">
              {TABS.map((tab) => (
                <Tabs.Tab key={tab} value={tab} className="room-tab">
                  {say(`recording.${tab}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="words">
              <WordList room={data} speaker={chosen?.name} player={player} onChanged={again} />
            </Tabs.Panel>
            <Tabs.Panel value="hear">
              <Hearing phrases={data.phrases} player={player} />
            </Tabs.Panel>
            <Tabs.Panel value="travel">
              <Travel canLeave={data.speakers.some(({ recordings }) => recordings > 0)} onChanged={again} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </Page>
  );
}

interface ListProps {
  readonly room: Room;
  readonly speaker: string | undefined;
  readonly player: Player;
  readonly onChanged: () => void;
}

function WordList({ room, speaker, player, onChanged }: ListProps) {
  const { say } = useWords();
  const [filter, setFilter] = useState<Filter>('missing');
  const [open, setOpen] = useState<string>();
  const [kept, setKept] = useState<string>();
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  // The open one stays where it is until the next is opened, though it is no longer missing.
  const items = room.words.filter((item) => FILTERS[filter](item) || item.words === open);
  const limit = Math.max(shown, 1 + items.findIndex((item) => item.words === open));
  const missing = room.words.filter(FILTERS.missing).length;
  const next = (words: string): string | undefined => {
    const rest = items.slice(items.findIndex((item) => item.words === words) + 1);
    return rest.find(FILTERS.missing)?.words;
  };
  return (
    <Section
      title={say('recording.words')}
      aside={
        <Badge size="lg" color={missing === 0 ? '#0f6b4e' : '#9a3412'}>
          {say('recording.left', { missing, all: room.words.length })}
        </Badge>
      }
    >
      <NativeSelect
        label={say('recording.show')}
        value={filter}
        onChange={(event) => {
          setFilter(FILTER_NAMES.find((one) => one === event.currentTarget.value) ?? 'missing');
          setOpen(undefined);
          setShown(SHOWN_AT_FIRST);
        }}
        data={FILTER_NAMES.map((value) => ({ value, label: say(`recording.show.${value}`) }))}
      />
      <Text role="status" className={kept === undefined ? '' : 'kept'} c="#0f6b4e" mih={24}>
        {kept !== undefined && say('recording.kept', { words: kept })}
      </Text>
      {items.length === 0 && <Text>{say('recording.nothing')}</Text>}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm" component="ul" className="plain-list">
        {items.slice(0, limit).map((item) => (
          <li key={item.words}>
            <WordCard
              item={item}
              speaker={speaker}
              player={player}
              isOpen={open === item.words}
              onOpen={(isOpen) => {
                setKept(undefined);
                setOpen(isOpen ? item.words : undefined);
              }}
              onKept={() => {
                setKept(item.words);
                setOpen(next(item.words));
                onChanged();
              }}
              onChanged={onChanged}
            />
          </li>
        ))}
      </SimpleGrid>
      {items.length > limit && (
        <Button variant="default" onClick={() => setShown(items.length)}>
          {say('recording.more', { count: items.length - limit })}
        </Button>
      )}
    </Section>
  );
}

interface CardProps {
  readonly item: Item;
  readonly speaker: string | undefined;
  readonly player: Player;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  readonly onKept: () => void;
  readonly onChanged: () => void;
}

const STATE_COLOURS = { recorded: '#0f6b4e', machine: '#9a3412', missing: '#b01e1e' } as const;

function WordCard({ item, speaker, player, isOpen, onOpen, onKept, onChanged }: CardProps) {
  const { say } = useWords();
  const { words, state, mandarin, clause, ipa, note, recording } = item;
  const [isAsking, setAsking] = useState(false);
  const remove = useDoing(async () => {
    player.stop();
    await call('removeRecording', { params: { words } });
    setAsking(false);
    onChanged();
  });
  const address = addressOf('/api/recordings/:words/sound', { words }, { at: recording?.recordedAt ?? state });
  return (
    <Paper component="article" withBorder p="sm" aria-label={words} h="100%">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="start">
          <Text size="xl" fw={700} lang="wuu">
            {words}
          </Text>
          <Badge color={STATE_COLOURS[state]} flex="none">
            {say(`recording.state.${state}`)}
          </Badge>
        </Group>
        <Text lang="zh-CN">{mandarin}</Text>
        {clause !== words && (
          <Text size="sm" lang="wuu">
            {say('recording.clause', { clause })}
          </Text>
        )}
        <Text size="sm" className="words" lang="und-fonipa">
          {ipa === null ? say('recording.noIpa') : `[${ipa}]`}
        </Text>
        {note !== '' && (
          <Text size="sm" className="words">
            {note}
          </Text>
        )}
        {recording !== null && (
          <Text size="sm">
            {recording.speaker === null
              ? say('recording.byHand')
              : `${recording.speaker} · ${recording.recordedAt?.slice(0, 16).replace('T', ' ')}`}
          </Text>
        )}
        <Group gap="xs">
          {state !== 'missing' && <PlayButton name={words} label={words} address={address} player={player} />}
          {!isOpen && (
            <Button
              variant={recording === null ? 'filled' : 'default'}
              disabled={speaker === undefined}
              aria-label={`${say(recording === null ? 'recording.record' : 'recording.recordAgain')} ${words}`}
              onClick={() => onOpen(true)}
            >
              {say(recording === null ? 'recording.record' : 'recording.recordAgain')}
            </Button>
          )}
          {recording !== null && !isOpen && (
            <Button variant="default" aria-label={`${say('delete')} ${words}`} onClick={() => setAsking(!isAsking)}>
              {say('delete')}
            </Button>
          )}
        </Group>
        {isAsking && (
          <Button color="#b01e1e" loading={remove.isBusy} onClick={() => void remove.run()}>
            {say('recording.reallyDelete', { words })}
          </Button>
        )}
        <Trouble error={remove.error} />
        {isOpen && speaker !== undefined && (
          <Take words={words} speaker={speaker} player={player} onClose={() => onOpen(false)} onKept={onKept} />
        )}
      </Stack>
    </Paper>
  );
}

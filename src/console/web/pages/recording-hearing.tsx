/** Every prompt as it sounds now, in both languages. */
import { Badge, Group, Stack, Text } from '@mantine/core';
import { addressOf } from '../api';
import { Section } from '../parts';
import { PlayButton } from '../recorder/play-button';
import type { Room } from '../recorder/room';
import type { Player } from '../recorder/use-player';
import { useWords } from '../words';

export function Hearing({ phrases, player }: { readonly phrases: Room['phrases']; readonly player: Player }) {
  const { say, sayCode } = useWords();
  return (
    <Section title={say('recording.hear')}>
      <Text size="sm">{say('recording.hearHint')}</Text>
      <Stack gap="md" component="ul" className="plain-list">
        {phrases.map(({ id, sentences }) => (
          <li key={id}>
            <Stack gap={6}>
              {sentences.map(({ lang, text, voice }) => (
                <Stack key={lang} gap={4}>
                  <Text lang={lang}>{text}</Text>
                  <Group gap="xs">
                    <PlayButton
                      name={`${id} ${lang}`}
                      label={`${sayCode('lang', lang)} ${text}`}
                      address={addressOf('/api/phrases/:phrase/:lang/sound', { phrase: id, lang })}
                      player={player}
                    />
                    <Text size="sm">{sayCode('lang', lang)}</Text>
                    <Badge color={voice === 'recorded' ? '#0f6b4e' : '#4b5563'}>
                      {say(`recording.voice.${voice}`)}
                    </Badge>
                  </Group>
                </Stack>
              ))}
            </Stack>
          </li>
        ))}
      </Stack>
    </Section>
  );
}

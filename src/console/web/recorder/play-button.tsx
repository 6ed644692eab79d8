/** Plays, and while it does, stops. */
import { Button, Text } from '@mantine/core';
import { useWords } from '../words';
import type { Player } from './use-player';

interface PlayProps {
  readonly name: string;
  readonly label: string;
  readonly address: string;
  readonly player: Player;
}

export function PlayButton({ name, label, address, player }: PlayProps) {
  const { say } = useWords();
  const isPlaying = player.playing === name;
  const word = say(isPlaying ? 'recording.silence' : 'recording.play');
  return (
    <>
      <Button
        variant="default"
        aria-label={`${word} ${label}`}
        onClick={() => (isPlaying ? player.stop() : player.play(name, address))}
      >
        {isPlaying ? '■' : '▶'} {word}
      </Button>
      {player.failed === name && (
        <Text c="#b01e1e" role="alert" size="sm">
          {say('recording.unplayable')}
        </Text>
      )}
    </>
  );
}

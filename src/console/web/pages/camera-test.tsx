/** What a stream shows, or why it shows nothing. */
import { Alert, Button, Image, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import type { CameraFields } from '../camera';
import { Trouble } from '../parts';
import { useDoing } from '../use-call';
import { useWords } from '../words';

type Result = Output<'testCamera'>;

export function CameraTest({ fields, as }: { readonly fields: CameraFields; readonly as: string | null }) {
  const { say } = useWords();
  const [result, setResult] = useState<Result>();
  const test = useDoing(async () => {
    setResult(undefined);
    const { url, transport, username, password } = fields;
    const login = { username: username === '' ? null : username, password: password === '' ? null : password };
    setResult(await call('testCamera', { body: { url, transport, ...login, as } }));
  });
  return (
    <Stack gap="xs">
      <Button variant="default" loading={test.isBusy} disabled={fields.url === ''} onClick={() => void test.run()}>
        {say('cameras.test')}
      </Button>
      {test.isBusy && <Text role="status">{say('cameras.testing')}</Text>}
      <Trouble error={test.error} />
      {result !== undefined && <Shown result={result} />}
    </Stack>
  );
}

function Shown({ result }: { readonly result: Result }) {
  const { say, sayCode } = useWords();
  const { codec, widthPx, heightPx, fps, firstPictureMs, picture, reason, detail } = result;
  if (result.result === 'bad')
    return (
      <Alert color="#b01e1e" role="alert" title={sayCode('reason', reason ?? '')}>
        <Text size="sm" className="words">
          {detail}
        </Text>
      </Alert>
    );
  const facts = {
    codec: codec ?? '?',
    width: widthPx ?? 0,
    height: heightPx ?? 0,
    fps: fps ?? '?',
    delay: firstPictureMs ?? 0,
  };
  return (
    <Alert color="#0f6b4e" role="status" title={say('cameras.good')}>
      <Text>{say('cameras.facts', facts)}</Text>
      {picture !== null && <Image mt="xs" src={`data:image/jpeg;base64,${picture}`} alt={say('cameras.picture')} />}
    </Alert>
  );
}

/** First start: the code from the log, an account, the junction. */
import {
  Button,
  Container,
  Fieldset,
  Group,
  NativeSelect,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import { LanguageSwitch } from '../language-switch';
import { Trouble, Waiting } from '../parts';
import { untilServing } from '../serving';
import type { Session } from '../session';
import { useDoing } from '../use-call';
import { useWords, type WordKey } from '../words';

const SHORTEST_PASSWORD = 10;
const DEGREES = '-?[0-9]{1,3}([.][0-9]+)?';

interface Fields {
  readonly code: string;
  readonly username: string;
  readonly password: string;
  readonly again: string;
  readonly name: string;
  readonly nodeId: string;
  readonly lat: string;
  readonly lon: string;
  readonly timeZone: string;
  readonly brokerUrl: string;
  readonly brokerUsername: string;
  readonly brokerPassword: string;
}

export function SetUp({ hasSite, onDone }: { readonly hasSite: boolean; readonly onDone: (session: Session) => void }) {
  const { say } = useWords();
  const [fields, setFields] = useState<Fields>(EMPTY);
  const [problem, setProblem] = useState<WordKey>();
  const [isStarting, setStarting] = useState(false);
  const field = (key: keyof Fields) => ({
    value: fields[key],
    onChange: (event: { currentTarget: { value: string } }) =>
      setFields({ ...fields, [key]: event.currentTarget.value }),
  });
  const submit = useDoing(async (wanted: Fields) => {
    const { code, username, password } = wanted;
    const session = await call('setUp', { body: { code, username, password, site: hasSite ? null : siteOf(wanted) } });
    setStarting(true);
    onDone(hasSite ? session : await untilServing());
  });
  const check = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    const found = problemIn(fields);
    setProblem(found);
    if (found === undefined) void submit.run(fields);
  };
  return (
    <Container component="main" size="sm" py="lg" px="md">
      <Paper withBorder p="lg">
        <form onSubmit={check}>
          <Stack>
            <Group justify="space-between">
              <Title order={1} size="h3">
                {say('setUp.title')}
              </Title>
              <LanguageSwitch variant="default" />
            </Group>
            <Text>{say('setUp.intro')}</Text>
            <TextInput
              label={say('setUp.code')}
              required
              autoComplete="off"
              autoCapitalize="characters"
              placeholder="XXXXX-XXXXX"
              {...field('code')}
            />
            <TextInput
              label={say('setUp.username')}
              required
              autoComplete="username"
              autoCapitalize="none"
              {...field('username')}
            />
            <PasswordInput label={say('setUp.password')} required autoComplete="new-password" {...field('password')} />
            <PasswordInput
              label={say('setUp.passwordAgain')}
              required
              autoComplete="new-password"
              error={problem === undefined ? undefined : say(problem)}
              {...field('again')}
            />
            {!hasSite && <SiteFields field={field} />}
            <Trouble error={submit.error} />
            {submit.error?.code.startsWith('broker_') === true && (
              <Button variant="default" onClick={() => void submit.run({ ...fields, brokerUrl: '' })}>
                {say('setUp.withoutBroker')}
              </Button>
            )}
            {isStarting && submit.isBusy ? (
              <>
                <Text role="status">{say('setUp.starting')}</Text>
                <Waiting />
              </>
            ) : (
              <Button type="submit" loading={submit.isBusy}>
                {say('setUp.submit')}
              </Button>
            )}
          </Stack>
        </form>
      </Paper>
    </Container>
  );
}

interface Field {
  readonly value: string;
  readonly onChange: (event: { currentTarget: { value: string } }) => void;
}

function SiteFields({ field }: { readonly field: (key: keyof Fields) => Field }) {
  const { say } = useWords();
  return (
    <>
      <TextInput
        label={say('setUp.siteName')}
        description={say('setUp.siteNameHint')}
        required
        maxLength={100}
        {...field('name')}
      />
      <TextInput
        label={say('setUp.nodeId')}
        description={say('setUp.nodeIdHint')}
        required
        pattern="[A-Za-z0-9][A-Za-z0-9_\-]{0,63}"
        autoCapitalize="none"
        {...field('nodeId')}
      />
      <NativeSelect label={say('setUp.timeZone')} data={timeZones()} {...field('timeZone')} />
      <Fieldset legend={say('setUp.place')}>
        <Group grow>
          <TextInput label={say('setUp.lat')} inputMode="decimal" pattern={DEGREES} {...field('lat')} />
          <TextInput label={say('setUp.lon')} inputMode="decimal" pattern={DEGREES} {...field('lon')} />
        </Group>
      </Fieldset>
      <Fieldset legend={say('setUp.broker')}>
        <Stack gap="sm">
          <TextInput
            label={say('broker.url')}
            description={say('setUp.brokerHint')}
            inputMode="url"
            autoCapitalize="none"
            placeholder="mqtt://192.168.1.20:1883"
            {...field('brokerUrl')}
          />
          <TextInput
            label={say('setUp.brokerUsername')}
            autoComplete="off"
            autoCapitalize="none"
            {...field('brokerUsername')}
          />
          <PasswordInput label={say('setUp.brokerPassword')} autoComplete="off" {...field('brokerPassword')} />
        </Stack>
      </Fieldset>
    </>
  );
}

const EMPTY: Fields = {
  code: '',
  username: '',
  password: '',
  again: '',
  name: '',
  nodeId: 'junction-1',
  lat: '',
  lon: '',
  timeZone: 'Asia/Shanghai',
  brokerUrl: '',
  brokerUsername: '',
  brokerPassword: '',
};

function problemIn({ password, again }: Fields): WordKey | undefined {
  if (password.length < SHORTEST_PASSWORD) return 'setUp.passwordShort';
  return password === again ? undefined : 'setUp.passwordsDiffer';
}

function siteOf({ name, nodeId, lat, lon, timeZone, brokerUrl, brokerUsername, brokerPassword }: Fields) {
  const number = (key: string, text: string) => (text.trim() === '' ? {} : { [key]: Number(text) });
  const url = brokerUrl.trim();
  const broker = { url, username: orNull(brokerUsername), password: orNull(brokerPassword) };
  const given = url === '' ? {} : { broker };
  return { name, nodeId, timeZone, ...number('lat', lat), ...number('lon', lon), ...given };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function timeZones(): string[] {
  return ['Asia/Shanghai', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'Asia/Shanghai')];
}

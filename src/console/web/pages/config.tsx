/** The configuration: the broker as a form, everything else as the text it is, checked while it is typed. */
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import type { Output } from '../../contract';
import { CallError, call } from '../api';
import { ChangeState, type Changing, useChange } from '../change';
import { diffLines, hunks } from '../diff';
import { Page, Section, Trouble, Waiting } from '../parts';
import { helpAt } from '../schema-help';
import { untilServing } from '../serving';
import { useDoing, useReading } from '../use-call';
import { useWords } from '../words';
import { Backup } from './backup';
import { BrokerForm } from './broker';

type Config = Output<'config'>;
type Problems = Output<'checkConfig'>['problems'];

const CHECK_AFTER_MS = 600;

export function ConfigPage() {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('config', {}, signal), []);
  const { data, error, again } = useReading(read);
  const [isSaved, setSaved] = useState(false);
  const changing = {
    onBegin: () => setSaved(false),
    onDone: () => {
      setSaved(true);
      again();
    },
  };
  const restart = useDoing(async () => {
    await call('restart', {});
    await untilServing();
  });
  return (
    <Page
      title={say('nav.config')}
      aside={
        <Button variant="default" loading={restart.isBusy} onClick={() => void restart.run()}>
          {say('config.restart')}
        </Button>
      }
    >
      <Trouble error={error ?? restart.error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && <BrokerForm key={`broker ${data.revision}`} broker={data.broker} {...changing} />}
      {isSaved && <Alert color="#0f6b4e" role="status" title={say('applied')} />}
      {data !== undefined && <Editor key={data.revision} config={data} {...changing} />}
    </Page>
  );
}

type Comparison = 'changes' | 'previous';

function Editor({ config, onBegin, onDone }: Changing & { readonly config: Config }) {
  const { say } = useWords();
  const [text, setText] = useState(config.text);
  const [caret, setCaret] = useState(0);
  const [comparison, setComparison] = useState<Comparison>();
  const problems = useProblems(text);
  const help = useMemo(() => helpAt(text, caret, config.schema), [text, caret, config.schema]);
  const { revision, previous } = config;
  const change = (ask: () => Promise<{ readonly transaction: string }>) => () => {
    onBegin();
    return ask();
  };
  const save = useChange(
    change(() => call('saveConfig', { body: { text, revision } })),
    onDone,
  );
  const rollBack = useChange(
    change(() => call('rollBackConfig', { body: { revision } })),
    onDone,
  );
  const isChanged = text !== config.text;
  return (
    <>
      <Section title={say('config.text')}>
        <Text size="sm">{say('config.hint')}</Text>
        <Textarea
          aria-label={say('config.text')}
          classNames={{ input: 'config-text' }}
          autosize={false}
          rows={22}
          spellCheck={false}
          autoCapitalize="none"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        />
        <Text size="sm" className="words" mih={24}>
          {help !== null && `${help.key}: ${help.words}`}
        </Text>
        <ProblemList problems={problems} />
        <Group gap="xs">
          <Button variant="default" disabled={!isChanged} onClick={() => setComparison('changes')}>
            {say('config.compare')}
          </Button>
          {previous !== null && (
            <Button variant="default" onClick={() => setComparison('previous')}>
              {say('config.previous')}
            </Button>
          )}
        </Group>
        {comparison === 'changes' && (
          <Comparing before={config.text} after={text} same={say('config.same')}>
            <Button loading={save.isBusy} disabled={!isChanged || problems.length > 0} onClick={() => void save.run()}>
              {say('save')}
            </Button>
          </Comparing>
        )}
        {comparison === 'previous' && previous !== null && (
          <Comparing before={config.text} after={previous} same={say('config.onlySecrets')}>
            <Button loading={rollBack.isBusy} onClick={() => void rollBack.run()}>
              {say('config.rollBack')}
            </Button>
          </Comparing>
        )}
        {/* That it is done is told above: this editor gives way to one of the new text. */}
        <ChangeState change={{ ...save, isDone: false }} />
        <ChangeState change={{ ...rollBack, isDone: false }} />
      </Section>
      <Backup
        masked={config.text}
        onRestore={(restored) => {
          setText(restored);
          setComparison('changes');
        }}
      />
    </>
  );
}

interface ComparingProps {
  readonly before: string;
  readonly after: string;
  /** Said where no line differs. */
  readonly same: string;
  readonly children: ReactNode;
}

function Comparing({ before, after, same, children }: ComparingProps) {
  return (
    <Stack gap="xs">
      {before === after ? <Text role="status">{same}</Text> : <Diff before={before} after={after} />}
      {children}
    </Stack>
  );
}

function useProblems(text: string): Problems {
  const [problems, setProblems] = useState<Problems>([]);
  const [settled] = useDebouncedValue(text, CHECK_AFTER_MS);
  useEffect(() => {
    const stop = new AbortController();
    call('checkConfig', { body: { text: settled } }, stop.signal)
      .then((answer) => setProblems(answer.problems))
      .catch((error: unknown) => {
        if (!stop.signal.aborted)
          setProblems([
            { line: 0, key: '', found: '', expected: error instanceof CallError ? error.detail : String(error) },
          ]);
      });
    return () => stop.abort();
  }, [settled]);
  return problems;
}

function ProblemList({ problems }: { readonly problems: Problems }) {
  const { say } = useWords();
  if (problems.length === 0)
    return (
      <Text c="#0f6b4e" role="status">
        {say('config.good')}
      </Text>
    );
  return (
    <Alert color="#b01e1e" role="alert" title={say('config.problems', { count: problems.length })}>
      {problems.map(({ line, key, found, expected }) => (
        <Text key={`${line} ${key} ${expected}`} size="sm" className="words">
          {line > 0 && `${say('config.line', { line })} `}
          {key !== '' && `${key}: `}
          {found !== '' && `${found} → `}
          {expected}
        </Text>
      ))}
    </Alert>
  );
}

const SIGNS = { same: ' ', gone: '−', new: '+' } as const;

function Diff({ before, after }: { readonly before: string; readonly after: string }) {
  const { say } = useWords();
  const lines = useMemo(() => hunks(diffLines(before, after)), [before, after]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wider than a phone, it is scrolled by keyboard as well
    <section className="wide-table config-diff" tabIndex={0} aria-label={say('config.compare')}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name
        <div key={index} className={`diff-${line?.kind ?? 'left-out'}`}>
          {line === null ? '⋯' : `${SIGNS[line.kind]} ${line.text}`}
        </div>
      ))}
    </section>
  );
}

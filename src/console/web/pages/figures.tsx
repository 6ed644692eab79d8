/** Reminded, corrected, correction rate and helmet use: cards, plots and tables. */
import { Button, Group, NativeSelect, Paper, SimpleGrid, Table, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import type { Output } from '../../contract';
import { addressOf, call } from '../api';
import { Page, Section, Trouble, Waiting } from '../parts';
import { Plot } from '../plot';
import type { Session } from '../session';
import { useReading } from '../use-call';
import { useWords } from '../words';

type Figures = Output<'figures'>;
type Counts = Figures['total'];

const PERIODS = ['24h', '7d', '30d', '365d'] as const;
const EVERY_MS = 60_000;
const COLOURS = { corrected: '#17805e', notCorrected: '#c2410c', unknown: '#6b7280', rate: '#1d4ed8' };

export function FiguresPage({ session }: { readonly session: Session }) {
  const { say } = useWords();
  const [since, setSince] = useState<string>('7d');
  const [camera, setCamera] = useState('');
  const query = useMemo(() => ({ since, ...(camera === '' ? {} : { camera }) }), [since, camera]);
  const read = useCallback((signal: AbortSignal) => call('figures', { query }, signal), [query]);
  const { data, error, again } = useReading(read, EVERY_MS);
  const cameras = useCameras();
  return (
    <Page
      title={say('figures.title')}
      aside={
        <Button
          component="a"
          variant="default"
          href={addressOf('/api/figures.csv', {}, query)}
          download={`anqi-${session.site.nodeId}.csv`}
        >
          {say('figures.csv')}
        </Button>
      }
    >
      <Group grow>
        <NativeSelect
          label={say('figures.period')}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
          data={PERIODS.map((value) => ({ value, label: say(`figures.period.${value}`) }))}
        />
        <NativeSelect
          label={say('figures.camera')}
          value={camera}
          onChange={(event) => setCamera(event.currentTarget.value)}
          data={[{ value: '', label: say('figures.allCameras') }, ...cameras]}
        />
      </Group>
      <Trouble error={error} again={again} />
      {data === undefined ? error === undefined && <Waiting /> : <Shown figures={data} cameras={cameras} />}
    </Page>
  );
}

function useCameras(): readonly { readonly value: string; readonly label: string }[] {
  const read = useCallback((signal: AbortSignal) => call('health', {}, signal), []);
  const { data } = useReading(read);
  return (data?.cameras ?? []).map(({ id, name }) => ({ value: id, label: name === '' ? id : name }));
}

type Named = ReturnType<typeof useCameras>;

function Shown({ figures, cameras }: { readonly figures: Figures; readonly cameras: Named }) {
  const { say, sayCode } = useWords();
  const { total, helmetUse, helmetUseBy, by, medianReactionMs, notReminded } = figures;
  const reaction = medianReactionMs === null ? '–' : `${(medianReactionMs / 1000).toFixed(1)} s`;
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        <Card label={say('figures.reminded')} value={String(total.reminded)} />
        <Card label={say('figures.rate')} value={percent(total.correctionRate)} />
        <Card label={say('figures.corrected')} value={String(total.corrected)} />
        <Card label={say('figures.notCorrected')} value={String(total.notCorrected)} />
        <Card label={say('figures.unknown')} value={String(total.unknown)} />
        <Card label={say('figures.notReminded')} value={String(notReminded)} />
        <Card label={say('figures.reaction')} value={reaction} />
        <Card
          label={say('figures.helmetUse')}
          value={percent(helmetUse.helmetUseRate)}
          note={say('figures.helmetUseOf', { riders: helmetUse.riders })}
        />
      </SimpleGrid>
      <Text size="sm">{say('figures.rateNote')}</Text>
      {total.reminded === 0 && <Text>{say('figures.empty')}</Text>}
      <HelmetUsePlot title={say('figures.helmetUseByDay')} groups={helmetUseBy.day} name={(day) => day.slice(5)} />
      <HelmetUsePlot title={say('figures.helmetUseByHour')} groups={helmetUseBy.hour} name={(hour) => `${hour}:00`} />
      <Plotted title={say('figures.byDay')} groups={by.day} name={(day) => day.slice(5)} />
      <Plotted title={say('figures.byHour')} groups={by.hour} name={(hour) => `${hour}:00`} />
      <Tabled title={say('figures.byLanguage')} groups={by.language} name={(lang) => sayCode('lang', lang)} />
      <Tabled title={say('figures.byPrompt')} groups={by.prompt} name={(number) => say('prompt.nth', { number })} />
      <Tabled title={say('figures.bySeat')} groups={by.seat} name={(seat) => sayCode('seat', seat)} />
      <Tabled
        title={say('figures.byCamera')}
        groups={by.camera}
        name={(id) => cameras.find(({ value }) => value === id)?.label ?? id}
      />
    </>
  );
}

function Card({ label, value, note }: { readonly label: string; readonly value: string; readonly note?: string }) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm">{label}</Text>
      <Text className="figure" fz={28} fw={700} lh={1.2}>
        {value}
      </Text>
      {note !== undefined && <Text size="xs">{note}</Text>}
    </Paper>
  );
}

interface GroupsProps {
  readonly title: string;
  readonly groups: Readonly<Record<string, Counts>>;
  readonly name: (key: string) => string;
}

/** Days and hours: a script's objects give 10 before 08. */
function inOrder<T>(groups: Readonly<Record<string, T>>): [key: string, one: T][] {
  return Object.entries(groups).sort(([a], [b]) => a.localeCompare(b));
}

function Plotted({ title, groups, name }: GroupsProps) {
  const { say, language } = useWords();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `name` and `say` change with the language only
  const plot = useMemo(() => {
    const rows = inOrder(groups);
    const all = rows.map(([, one]) => one);
    return {
      names: rows.map(([key]) => name(key)),
      series: [
        {
          label: say('figures.reminded'),
          colour: '#9ca3af',
          kind: 'bars' as const,
          values: all.map((one) => one.reminded),
        },
        {
          label: say('figures.corrected'),
          colour: COLOURS.corrected,
          kind: 'bars' as const,
          values: all.map((one) => one.corrected),
        },
        {
          label: `${say('figures.rate')} %`,
          colour: COLOURS.rate,
          kind: 'percent' as const,
          values: all.map((one) => one.correctionRate),
        },
      ],
    };
  }, [groups, language]);
  if (Object.keys(groups).length === 0) return null;
  return (
    <Section title={title}>
      <Plot title={title} {...plot} />
      <details>
        <summary>{say('figures.table')}</summary>
        <CountsTable title={title} rows={inOrder(groups)} name={name} />
      </details>
    </Section>
  );
}

interface HelmetUseProps {
  readonly title: string;
  readonly groups: Figures['helmetUseBy']['day'];
  readonly name: (key: string) => string;
}

function HelmetUsePlot({ title, groups, name }: HelmetUseProps) {
  const { say, language } = useWords();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `name` and `say` change with the language only
  const plot = useMemo(() => {
    const rows = inOrder(groups);
    const all = rows.map(([, one]) => one);
    const [riders, rate] = [say('figures.people'), `${say('figures.helmetUse')} %`];
    return {
      names: rows.map(([key]) => name(key)),
      series: [
        { label: riders, colour: '#9ca3af', kind: 'bars' as const, values: all.map((one) => one.riders) },
        { label: rate, colour: COLOURS.rate, kind: 'percent' as const, values: all.map((one) => one.helmetUseRate) },
      ],
    };
  }, [groups, language]);
  if (Object.keys(groups).length === 0) return null;
  return (
    <Section title={title}>
      <Plot title={title} {...plot} />
      <details>
        <summary>{say('figures.table')}</summary>
        <Table className="figure" verticalSpacing={6}>
          <Table.Tbody>
            {inOrder(groups).map(([key, { riders, helmetUseRate }]) => (
              <Table.Tr key={key}>
                <Table.Th scope="row">{name(key)}</Table.Th>
                <Table.Td ta="right">{say('figures.helmetUseOf', { riders })}</Table.Td>
                <Table.Td ta="right">{percent(helmetUseRate)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </Section>
  );
}

function Tabled(props: GroupsProps) {
  if (Object.keys(props.groups).length === 0) return null;
  return (
    <Section title={props.title}>
      <CountsTable title={props.title} rows={Object.entries(props.groups)} name={props.name} />
    </Section>
  );
}

interface CountsTableProps extends Omit<GroupsProps, 'groups'> {
  readonly rows: readonly (readonly [key: string, one: Counts])[];
}

function CountsTable({ title, rows, name }: CountsTableProps) {
  const { say } = useWords();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than a phone is scrolled by keyboard as well
    <section className="wide-table" tabIndex={0} aria-label={`${say('figures.table')}: ${title}`}>
      <Table className="figure" verticalSpacing={6} miw={420}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{title}</Table.Th>
            {(['reminded', 'corrected', 'notCorrected', 'unknown', 'rate'] as const).map((key) => (
              <Table.Th key={key} ta="right">
                {say(`figures.${key}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([key, one]) => (
            <Table.Tr key={key}>
              <Table.Th scope="row">{name(key)}</Table.Th>
              {[one.reminded, one.corrected, one.notCorrected, one.unknown, percent(one.correctionRate)].map(
                (value, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move
                  <Table.Td key={column} ta="right">
                    {value}
                  </Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} %`;
}

/** Incidents that are over: a list to filter, and the story of one. */
import { Anchor, Badge, Button, Group, NativeSelect, SimpleGrid, Table, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Page, Trouble, Waiting } from '../parts';
import { linkTo, useRoute } from '../router';
import { useReading } from '../use-call';
import { useWords } from '../words';
import { IncidentStory } from './incident';

export type Incident = Output<'listIncidents'>['incidents'][number];

const PERIODS = ['24h', '7d', '30d', '365d'] as const;
const RESULTS = ['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded'] as const;
const PAGE_ROWS = 50;

export function IncidentsPage() {
  const [, id] = useRoute();
  return id === undefined || id === '' ? <IncidentList /> : <IncidentStory key={id} id={id} />;
}

function IncidentList() {
  const { say } = useWords();
  const [since, setSince] = useState('7d');
  const [result, setResult] = useState('');
  const [marked, setMarked] = useState('');
  const [before, setBefore] = useState<string>();
  const query = useMemo(() => {
    const wanted = RESULTS.find((one) => one === result);
    return {
      ...{ since, limit: PAGE_ROWS },
      ...(before === undefined ? {} : { before }),
      ...(wanted === undefined ? {} : { result: wanted }),
      ...(marked === 'yes' ? { marked: 'yes' as const } : {}),
    };
  }, [since, result, marked, before]);
  const read = useCallback((signal: AbortSignal) => call('listIncidents', { query }, signal), [query]);
  const { data, error, again } = useReading(read);
  const pick = (set: (value: string) => void) => (event: { currentTarget: { value: string } }) => {
    setBefore(undefined);
    set(event.currentTarget.value);
  };
  const last = data?.incidents.at(-1);
  return (
    <Page title={say('nav.incidents')}>
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <NativeSelect
          label={say('figures.period')}
          value={since}
          onChange={pick(setSince)}
          data={PERIODS.map((value) => ({ value, label: say(`figures.period.${value}`) }))}
        />
        <NativeSelect
          label={say('incidents.result')}
          value={result}
          onChange={pick(setResult)}
          data={[
            { value: '', label: say('incidents.all') },
            ...RESULTS.map((value) => ({ value, label: say(`result.${value}`) })),
          ]}
        />
        <NativeSelect
          label={say('incidents.mark')}
          value={marked}
          onChange={pick(setMarked)}
          data={[
            { value: '', label: say('incidents.all') },
            { value: 'yes', label: say('incidents.onlyMarked') },
          ]}
        />
      </SimpleGrid>
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data?.incidents.length === 0 && <Text>{say('figures.empty')}</Text>}
      {data !== undefined && data.incidents.length > 0 && <Rows incidents={data.incidents} />}
      <Group gap="xs">
        {before !== undefined && (
          <Button variant="default" onClick={() => setBefore(undefined)}>
            {say('incidents.newest')}
          </Button>
        )}
        {data?.incidents.length === PAGE_ROWS && last !== undefined && (
          <Button variant="default" onClick={() => setBefore(last.endedAt)}>
            {say('incidents.older')}
          </Button>
        )}
      </Group>
    </Page>
  );
}

function Rows({ incidents }: { readonly incidents: readonly Incident[] }) {
  const { say, sayCode } = useWords();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than a phone is scrolled by keyboard as well
    <section className="wide-table" tabIndex={0} aria-label={say('nav.incidents')}>
      <Table verticalSpacing={8} miw={520} bg="white">
        <Table.Thead>
          <Table.Tr>
            {(['time', 'camera', 'seat', 'prompts', 'result'] as const).map((key) => (
              <Table.Th key={key}>{say(`incidents.${key}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {incidents.map((one) => (
            <Table.Tr key={one.incidentId}>
              <Table.Td className="figure">
                <Anchor href={linkTo('incidents', one.incidentId)} underline="always">
                  {one.endedAt.slice(5, 19).replace('T', ' ')}
                </Anchor>
              </Table.Td>
              <Table.Td>{one.camera}</Table.Td>
              <Table.Td>{sayCode('seat', one.seat)}</Table.Td>
              <Table.Td>
                {one.prompts} {one.lastLang !== null && sayCode('lang', one.lastLang)}
              </Table.Td>
              <Table.Td>
                {sayCode('result', one.result)}
                {one.mark !== null && (
                  <Badge ml="xs" color="#b01e1e">
                    {say('incidents.wrong')}
                  </Badge>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

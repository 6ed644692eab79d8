/** Every kind of message through a real broker, held against the published files as a stranger reads them. */
import { MqttClient } from '../../src/mqtt/client';
import { MESSAGES } from '../../src/mqtt/contract';
import { topicsOf } from '../../src/mqtt/topics';
import { createLogger } from '../../src/runtime/logger';
import { Mosquitto, PASSWORD, USER } from '../support/mosquitto';
import { PublishedContract } from '../support/published';

jest.setTimeout(60_000);

it.each([5, 4] as const)('arrives as the contract says, over MQTT protocol level %i', async (protocolVersion) => {
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe('anqi/v1/#');
  const topics = topicsOf('n');
  const login = { username: USER, password: PASSWORD };
  const client = new MqttClient(
    { url: broker.url, ...login, protocolVersion, clientId: 'anqi-n', stateTopic: topics.state },
    createLogger({ level: 'silent' }),
  );
  await using _ = running(client);
  await online(client);
  await subscriber.until((received) => received.length > 0);
  const sent = MESSAGES.flatMap(({ topic, examples, contentType, isRetained }) =>
    examples.map((example) => ({
      topic: `anqi/v1/n/${topic.replace('{camera}', 'east').replace('{speaker}', 'horn')}`,
      payload: contentType === 'text/plain' ? String(example) : JSON.stringify(example),
      retain: isRetained,
    })),
  );
  for (const { topic, payload, retain } of sent) await client.publish(topic, payload, { retain });
  const received = await subscriber.until((so) => so.length > sent.length);
  const contract = new PublishedContract();
  expect(received.flatMap((message) => contract.problemsOnWire(message))).toEqual([]);
  expect([...new Set(received.map(({ topic }) => contract.messageOn(topic)))].sort()).toEqual(contract.messages);
  // The check itself can fail.
  expect(contract.problemsOnWire({ topic: 'anqi/v1/n/health', payload: '{"status":"fine"}' })).not.toEqual([]);
  expect(contract.problemsOnWire({ topic: 'anqi/v1/n/elsewhere', payload: '{}' })).not.toEqual([]);
});

function running(client: MqttClient): AsyncDisposable {
  const stop = new AbortController();
  const ended = client.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  return { [Symbol.asyncDispose]: end };
}

/** The broker has the birth message a moment before the client knows. */
function online(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.state.kind === 'online') resolve();
    };
    client.onState(look);
    look();
  });
}

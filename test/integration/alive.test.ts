/** What a container's health check learns of the service: that it goes on, that it hangs, that it is gone. */

import { freePort } from '../../scripts/lib/ports';
import { anqi } from '../support/anqi';
import { ServiceProcess, Site } from '../support/service';

jest.setTimeout(120_000);

test.each(['plain', 'self_signed'])('asks the console: %s', async (kind) => {
  await using site = await Site.make();
  const console = { host: '127.0.0.1', port: await freePort(), ...(kind === 'plain' ? {} : { tls: kind }) };
  const file = await site.write(site.config({ cameras: [], console }));
  await using service = ServiceProcess.run(file);
  await service.until('the console is open', () => service.said.includes('the console is open'));
  expect(await anqi('alive', '--config', file)).toMatchObject({ code: 0, stderr: '' });
  process.kill(service.pid, 'SIGSTOP');
  const hanging = await anqi('alive', '--config', file);
  process.kill(service.pid, 'SIGCONT');
  expect(hanging).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not answer.*\(alive\/silent\)/) });
  expect(await anqi('alive', '--config', file)).toMatchObject({ code: 0 });
  await service.end('SIGKILL');
  expect(await anqi('alive', '--config', file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/ECONNREFUSED/),
  });
});

test('is content with a box that waits for its set-up', async () => {
  await using site = await Site.make();
  const seed = { console: { host: '127.0.0.1', port: await freePort() }, dataFolder: site.dataFolder };
  const file = await site.write(seed);
  await using service = ServiceProcess.run(file);
  await service.until('the set-up is open', () => service.said.includes('the console is open'));
  expect(await anqi('alive', '--config', file)).toMatchObject({ code: 0 });
});

test('without a console it looks who holds the data folder', async () => {
  await using site = await Site.make();
  const file = await site.write(site.config({ cameras: [] }));
  await using service = ServiceProcess.run(file);
  await service.until('the models are loaded', () => service.said.includes('models loaded'));
  expect(await anqi('alive', '--config', file)).toMatchObject({ code: 0 });
  await service.end('SIGTERM');
  expect(await anqi('alive', '--config', file)).toMatchObject({ code: 1, stderr: expect.stringMatching(/no service/) });
});

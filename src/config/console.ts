/** The `console` section: where the technician's page is open, and to whom. */
import { isIP } from 'node:net';
import { z } from 'zod';

/** Private and link-local ranges, and the box itself (RFC 1918, 4193, 3927, 4291). */
const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

export const consoleSchema = z.strictObject({
  host: z.string().min(1).default('::').describe(':: = every address of the box, IPv4 as well'),
  port: z.number().int().min(0).max(65_535).default(8080),
  networks: z
    .array(z.string().refine(isNetwork, 'a network such as 192.168.1.0/24, or one address'))
    .min(1)
    .max(64)
    .default(PRIVATE_NETWORKS)
    .describe('nobody else may reach the console'),
  cameraNetworks: z
    .array(z.string().refine(isNetwork, 'a network such as 192.168.1.0/24, or one address'))
    .max(64)
    .default(PRIVATE_NETWORKS.filter((network) => !/^(127|169|::1)/.test(network)))
    .describe('where the camera test and the ONVIF search may connect to'),
  wrongFolder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'copies of the pictures of incidents marked wrong go there, to teach the models; none = only the mark is kept',
    ),
  tls: z
    .union([z.literal('self_signed'), z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) })], {
      error: 'self_signed, or certFile and keyFile',
    })
    .optional()
    .describe('https: with this certificate and key (PEM), or self_signed with one that the box makes'),
});

export type ConsoleConfig = z.infer<typeof consoleSchema>;

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 6 ? 128 : 32));
}

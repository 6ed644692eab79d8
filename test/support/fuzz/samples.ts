/** Good input of every kind, small: what is spoilt. */
import { join } from 'node:path';

export const ROOT = process.env.ANQI_ROOT ?? join(__dirname, '../../..');
export const EXAMPLE_CONFIG = join(ROOT, 'config/anqi.example.yaml');

export const SITE_YAML = `version: 1
node: { id: junction, name: 雉城街道长安路口, timeZone: Asia/Shanghai }   # by hand
dataFolder: /var/lib/anqi
cameras:
  - id: east
    url: rtsp://192.0.2.10/live
    username: admin
    speaker: horn
    watch: [[[0.1, 0.2], [0.9, 0.2], [0.5, 0.9]]]
speakers:
  - { id: horn, kind: folder, folder: spoken }
  - { id: axis, kind: axis, url: "http://192.0.2.30", username: root, password: secret }
mqtt:
  url: mqtts://broker.example:8883
  username: box
  commands: [ping, info]
prompts: { quietHours: null, wording: { base: { zh-CN: "请戴好头盔" } } }
`;

/** Pictures of riders for boards at the roadside: rendered once each from the same bodies that ride the street. */
import * as THREE from 'three';
import { CLOTHING_COLOURS } from '../../../src/domain';
import { randomFrom } from '../random';
import { checkScenario } from '../scenario';
import { momentAt } from '../timeline';
import { buildBody } from './cast';

const WIDTH_PX = 288;
const HEIGHT_PX = 384;

export class Posters {
  private readonly pictures = new Map<number, THREE.Texture>();

  constructor(private readonly renderer: THREE.WebGLRenderer) {}

  picture(style: number): THREE.Texture {
    const known = this.pictures.get(style);
    if (known) return known;
    const random = randomFrom(style + 606);
    const scene = new THREE.Scene();
    scene.background = new THREE.Color().setHSL(random.next(), random.between(0.1, 0.7), random.between(0.3, 0.8));
    scene.add(new THREE.HemisphereLight(0xffffff, 0x9a948a, 2.6));
    const sun = new THREE.DirectionalLight(0xfff4e4, 1.6);
    sun.position.set(random.between(-5, 5), 6, 6);
    scene.add(sun, portraitOf(style));
    const camera = new THREE.PerspectiveCamera(26, WIDTH_PX / HEIGHT_PX, 0.3, 50);
    camera.position.set(random.between(-1.5, 1.5), random.between(1.1, 1.8), random.between(4.2, 6));
    camera.lookAt(0, random.between(0.95, 1.2), 0);
    scene.updateMatrixWorld(true);
    const target = new THREE.WebGLRenderTarget(WIDTH_PX, HEIGHT_PX);
    this.renderer.setRenderTarget(target);
    this.renderer.render(scene, camera);
    this.renderer.setRenderTarget(null);
    this.pictures.set(style, target.texture);
    return target.texture;
  }
}

function portraitOf(style: number): THREE.Group {
  const random = randomFrom(style + 707);
  const wears = random.chance(0.5);
  const rider = {
    id: 'r',
    kind: random.chance(0.8) ? 'ebike' : 'bicycle',
    colour: random.pick(CLOTHING_COLOURS),
    path: [{ t: 0, x: 0, z: 0, headingDeg: random.between(-75, 75) }],
    persons: [
      {
        id: 'p',
        upperColour: random.pick(CLOTHING_COLOURS),
        hair: random.pick(['short', 'long', 'bob', 'crop']),
        helmet: wears ? { shape: random.pick(['half', 'three_quarter']), colour: random.pick(CLOTHING_COLOURS) } : null,
      },
    ],
  };
  const camera = { position: [0, 1, 5], lookAt: [0, 1, 0] };
  const scenario = checkScenario({ name: 'poster', durationS: 1, camera, actors: [rider] }, 'poster');
  const group = new THREE.Group();
  const moment = momentAt(scenario, 0);
  for (const actor of scenario.actors) {
    const body = buildBody(actor, style, () => new THREE.Texture());
    const now = moment.actors.find(({ id }) => id === actor.id);
    if (now) body.place(now, 0);
    group.add(body.root);
  }
  return group;
}

/** The page: loads a scenario, renders a moment of it, and says where everything is in the picture. */
import * as THREE from 'three';
import { boxAround, hullArea, project } from '../geometry';
import type { ActorLabels, Purpose, RenderedFrame, Seen } from '../labels';
import { seedOf } from '../random';
import type { Camera, Scenario } from '../scenario';
import type { Moment } from '../timeline';
import { Backdrop } from './backdrop';
import { type Body, buildBody } from './cast';
import { glowsOf } from './glow';
import { Lens } from './lens';
import { addLight, shadeOf } from './light';
import { Posters } from './posters';
import { buildStreet } from './street';

/** The pass that counts visible pixels is smaller than the picture by this factor. */
const MASK_SCALE = 2;

interface Thing {
  readonly code: number;
  readonly meshes: () => readonly THREE.Mesh[];
}

class Stage {
  private readonly renderer: THREE.WebGLRenderer;
  private readonly camera = new THREE.PerspectiveCamera();
  private street: { readonly name: string; readonly group: THREE.Group } | null = null;
  private scene = new THREE.Scene();
  private bodies: Body[] = [];
  private mask = new THREE.WebGLRenderTarget(1, 1);
  private readonly posters: Posters;
  private readonly lens = new Lens();
  private scenario: Scenario | null = null;
  /** In films only. */
  private backdrop: Backdrop | null = null;
  private readonly codes = new Map<number, THREE.MeshBasicMaterial>();

  constructor(private readonly purpose: Purpose) {
    this.renderer = new THREE.WebGLRenderer({ antialias: purpose === 'stills' });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = THREE.PCFShadowMap;
    this.renderer.toneMapping = THREE.NeutralToneMapping;
    this.posters = new Posters(this.renderer);
  }

  load(scenario: Scenario, streetSeed: number): void {
    this.drop();
    const { widthPx, heightPx, daylight, weather, sunDeg, seed } = scenario;
    this.scenario = scenario;
    this.renderer.setSize(widthPx, heightPx, false);
    this.mask.dispose();
    this.mask = new THREE.WebGLRenderTarget(Math.ceil(widthPx / MASK_SCALE), Math.ceil(heightPx / MASK_SCALE));
    this.aim(scenario.camera, widthPx / heightPx);
    this.scene = new THREE.Scene();
    const focus = new THREE.Vector3(...scenario.camera.lookAt);
    addLight(this.scene, { daylight, weather, sunDeg, focus, seed });
    const street = this.streetOf(streetSeed, scenario);
    this.scene.add(street);
    if (this.purpose === 'film') {
      this.backdrop = new Backdrop(this.renderer, widthPx, heightPx);
      const { scene, camera } = this;
      this.backdrop.replace({ street, scene, camera, focus, shade: shadeOf(daylight, weather) });
    }
    this.bodies = scenario.actors.map((actor) =>
      buildBody(actor, seedOf(scenario.name, scenario.seed), (style) => this.posters.picture(style)),
    );
    for (const { root } of this.bodies) this.scene.add(root);
  }

  render(moment: Moment, quality: number): RenderedFrame {
    for (const body of this.bodies) {
      const now = moment.actors.find(({ id }) => id === body.actor.id);
      body.root.visible = now !== undefined;
      if (now) body.place(now, moment.tS);
    }
    this.scene.updateMatrixWorld(true);
    this.renderer.setRenderTarget(null);
    this.renderer.render(this.scene, this.camera);
    const jpeg = this.picture(moment).toDataURL('image/jpeg', quality).split(',')[1] ?? '';
    return { jpeg, actors: this.label(moment) };
  }

  /** What the camera delivers: the render itself, or seen through weather, lens and sensor. */
  private picture({ tS }: Moment): HTMLCanvasElement {
    const { scenario, camera, purpose } = this;
    const plain = this.renderer.domElement;
    if (!scenario) return plain;
    if (scenario.scenery === 'plain') return purpose === 'film' ? this.lens.soften(plain) : plain;
    const glows = glowsOf({ scenario, camera, bodies: this.bodies });
    return this.lens.develop(plain, { scenario, glows, ...(purpose === 'film' ? { tS } : {}) });
  }

  private aim({ position, lookAt, fovDeg, rollDeg }: Camera, aspect: number): void {
    this.camera.fov = fovDeg;
    this.camera.aspect = aspect;
    this.camera.near = 0.3;
    this.camera.far = 260;
    this.camera.position.set(...position);
    this.camera.lookAt(...lookAt);
    this.camera.rotateZ((rollDeg * Math.PI) / 180);
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld(true);
  }

  private label(moment: Moment): ActorLabels[] {
    const isThere = (id: string): boolean =>
      moment.actors.some(({ persons }) => persons.some((one) => one.id === id && one.isThere));
    const shown = this.bodies.filter(({ root }) => root.visible);
    let code = 0;
    const thing = (meshes: () => readonly THREE.Mesh[]): Thing => {
      code += 1;
      return { code, meshes };
    };
    const things = shown.map((body) => ({
      body,
      vehicle: body.vehicle ? thing(() => [...meshesOf(body.vehicle), ...stowedHelmets(body)]) : null,
      persons: body.members
        .filter(({ person }) => isThere(person.id))
        .map(({ person, figure, wears }) => ({
          id: person.id,
          body: thing(() => meshesOf(figure.body)),
          head: thing(() => [...meshesOf(figure.head), ...(wears ? meshesOf(figure.helmet) : [])]),
        })),
    }));
    const all = things.flatMap(({ vehicle, persons }) => [
      ...(vehicle ? [vehicle] : []),
      ...persons.flatMap((one) => [one.body, one.head]),
    ]);
    const counts = this.visiblePixels(all);
    const see = (one: Thing): Seen => this.see(one, counts);
    return things.map(({ body, vehicle, persons }) => ({
      id: body.actor.id,
      vehicle: vehicle && see(vehicle),
      persons: persons.map((one) => ({ id: one.id, body: see(one.body), head: see(one.head) })),
    }));
  }

  private see(thing: Thing, counts: readonly number[]): Seen {
    const view = new THREE.Matrix4().multiplyMatrices(this.camera.projectionMatrix, this.camera.matrixWorldInverse);
    const points: (readonly [number, number])[] = [];
    for (const mesh of thing.meshes()) {
      const matrix = new THREE.Matrix4().multiplyMatrices(view, mesh.matrixWorld).elements;
      for (const corner of cornersOf(mesh.geometry)) {
        const point = project(matrix, corner);
        if (point) points.push(point);
      }
    }
    const fullPx = hullArea(points) * this.mask.width * this.mask.height;
    return { box: boxAround(points), visibleRatio: fullPx > 0 ? Math.min(1, (counts[thing.code] ?? 0) / fullPx) : 0 };
  }

  /** Draws everything in one flat colour per thing and counts the colours. */
  private visiblePixels(things: readonly Thing[]): readonly number[] {
    const { background } = this.scene;
    const kept = new Map<THREE.Mesh, THREE.Material | THREE.Material[]>();
    const paint = (mesh: THREE.Mesh, code: number): void => {
      if (!kept.has(mesh)) kept.set(mesh, mesh.material);
      mesh.material = this.codeMaterial(code);
    };
    // The street of a film keeps its depth, and its colours count for nobody.
    for (const mesh of meshesOf(this.scene)) if (mesh !== this.backdrop?.quad) paint(mesh, 0);
    this.backdrop?.hideColours(true);
    for (const { code, meshes } of things) for (const mesh of meshes()) paint(mesh, code);
    this.scene.background = null;
    this.renderer.shadowMap.autoUpdate = false;
    this.renderer.setRenderTarget(this.mask);
    this.renderer.clear();
    this.renderer.render(this.scene, this.camera);
    const pixels = new Uint8Array(this.mask.width * this.mask.height * 4);
    this.renderer.readRenderTargetPixels(this.mask, 0, 0, this.mask.width, this.mask.height, pixels);
    this.renderer.setRenderTarget(null);
    this.renderer.shadowMap.autoUpdate = true;
    this.scene.background = background;
    this.backdrop?.hideColours(false);
    for (const [mesh, material] of kept) mesh.material = material;
    const counts = new Array<number>(things.length + 1).fill(0);
    for (let offset = 0; offset < pixels.length; offset += 4) {
      const code = (pixels[offset] ?? 0) + 256 * (pixels[offset + 1] ?? 0);
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  }

  private codeMaterial(code: number): THREE.MeshBasicMaterial {
    const known = this.codes.get(code);
    if (known) return known;
    const material = new THREE.MeshBasicMaterial({ fog: false, toneMapped: false });
    material.color.setRGB((code & 255) / 255, (code >> 8) / 255, 0);
    this.codes.set(code, material);
    return material;
  }

  /** The same street stays loaded: sending it to the renderer costs more than drawing it. */
  private streetOf(seed: number, { scenery, weather, daylight }: Scenario): THREE.Group {
    const look = { isRich: scenery === 'rich', isWet: weather === 'rain', isNight: daylight === 'night' };
    const name = JSON.stringify([seed, look]);
    if (this.street?.name === name) return this.street.group;
    if (this.street) disposeOf(this.street.group);
    this.street = { name, group: buildStreet(seed, look) };
    return this.street.group;
  }

  private drop(): void {
    this.street?.group.removeFromParent();
    this.backdrop?.dispose();
    this.backdrop = null;
    disposeOf(this.scene);
    this.scene.clear();
  }
}

function disposeOf(root: THREE.Object3D): void {
  root.traverse((object) => {
    if (object instanceof THREE.Mesh) object.geometry.dispose();
    if (object instanceof THREE.DirectionalLight) object.dispose();
  });
}

function meshesOf(root: THREE.Object3D | null): THREE.Mesh[] {
  const meshes: THREE.Mesh[] = [];
  root?.traverse((object) => {
    if (object instanceof THREE.Mesh) meshes.push(object);
  });
  return meshes;
}

/** A helmet in the basket is a part of the vehicle. */
function stowedHelmets({ members }: Body): THREE.Mesh[] {
  return members.flatMap(({ figure, wears }) => (wears ? [] : meshesOf(figure.helmet)));
}

const corners = new WeakMap<THREE.BufferGeometry, readonly (readonly [number, number, number])[]>();
const GRID_PER_M = 64;

/** A body's points on a 1.6 cm grid: enough for a box, few enough for every frame. */
function cornersOf(geometry: THREE.BufferGeometry): readonly (readonly [number, number, number])[] {
  const known = corners.get(geometry);
  if (known) return known;
  const position = geometry.getAttribute('position');
  const distinct = new Map<number, readonly [number, number, number]>();
  const cell = (value: number): number => Math.round(value * GRID_PER_M) + 512;
  const order = geometry.index;
  for (let step = 0; step < (order ?? position).count; step += 1) {
    const index = order ? order.getX(step) : step;
    const [x, y, z] = [position.getX(index), position.getY(index), position.getZ(index)];
    const key = (cell(x) * 1024 + cell(y)) * 1024 + cell(z);
    if (!distinct.has(key)) distinct.set(key, [x, y, z]);
  }
  const list = [...distinct.values()];
  corners.set(geometry, list);
  return list;
}

Object.assign(window, { openStage: (purpose: Purpose) => Object.assign(window, { stage: new Stage(purpose) }) });

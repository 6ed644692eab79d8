/**
 * The street of a film, drawn once: its picture and its depth lie behind the actors of every frame. The camera of a film
 * stands still, and on a processor-only renderer the street costs more than everybody on it.
 */
import * as THREE from 'three';

/** Samples per pixel along edges, as the browser's own canvas has. */
const SAMPLES = 4;
/** Shadows of actors fall on the ground round the camera's focus, this far (metres). */
const GROUND_M = 28;
/** Above road, lane paint and zebra. */
const GROUND_Y = 0.012;

const QUAD_VERTEX = `
varying vec2 spot;
void main() {
  spot = uv;
  gl_Position = vec4(position.xy, 1.0, 1.0);
}`;
const QUAD_FRAGMENT = `
uniform sampler2D picture;
uniform sampler2D distance;
varying vec2 spot;
void main() {
  gl_FragColor = texture2D(picture, spot);
  gl_FragDepth = texture2D(distance, spot).r;
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
}`;

export interface BackdropView {
  readonly street: THREE.Object3D;
  /** Everything that is lit, with the street in it. */
  readonly scene: THREE.Scene;
  readonly camera: THREE.Camera;
  readonly focus: THREE.Vector3;
  /** How much darker the ground is where no sun falls, 0–1. */
  readonly shade: number;
}

export class Backdrop {
  readonly quad: THREE.Mesh<THREE.PlaneGeometry, THREE.ShaderMaterial>;
  readonly ground: THREE.Mesh<THREE.PlaneGeometry, THREE.ShadowMaterial>;
  private readonly picture: THREE.WebGLRenderTarget;
  private readonly distance: THREE.WebGLRenderTarget;

  constructor(
    private readonly renderer: THREE.WebGLRenderer,
    widthPx: number,
    heightPx: number,
  ) {
    this.picture = new THREE.WebGLRenderTarget(widthPx, heightPx, { type: THREE.HalfFloatType, samples: SAMPLES });
    const depthTexture = new THREE.DepthTexture(widthPx, heightPx, THREE.UnsignedIntType);
    this.distance = new THREE.WebGLRenderTarget(widthPx, heightPx, { depthTexture });
    const uniforms = { picture: { value: this.picture.texture }, distance: { value: depthTexture } };
    const shader = { uniforms, vertexShader: QUAD_VERTEX, fragmentShader: QUAD_FRAGMENT };
    this.quad = new THREE.Mesh(
      new THREE.PlaneGeometry(2, 2),
      new THREE.ShaderMaterial({ ...shader, depthFunc: THREE.AlwaysDepth }),
    );
    this.quad.frustumCulled = false;
    this.quad.renderOrder = -2;
    this.ground = new THREE.Mesh(new THREE.PlaneGeometry(GROUND_M, GROUND_M), new THREE.ShadowMaterial());
    this.ground.rotation.x = -Math.PI / 2;
    this.ground.receiveShadow = true;
    this.ground.renderOrder = -1;
  }

  /** Draws the street by itself, then takes its place in the scene. */
  replace({ street, scene, camera, focus, shade }: BackdropView): void {
    const { renderer } = this;
    scene.updateMatrixWorld(true);
    for (const target of [this.picture, this.distance]) {
      renderer.setRenderTarget(target);
      renderer.clear();
      renderer.render(scene, camera);
    }
    renderer.setRenderTarget(null);
    street.removeFromParent();
    scene.background = null;
    this.ground.position.set(focus.x, GROUND_Y, focus.z);
    this.ground.material.opacity = shade;
    this.ground.visible = shade > 0;
    scene.add(this.quad, this.ground);
  }

  /** While things are counted by their colours, the street only hides what is behind it. */
  hideColours(isHidden: boolean): void {
    this.quad.material.colorWrite = !isHidden;
    this.ground.visible = !isHidden && this.ground.material.opacity > 0;
  }

  dispose(): void {
    this.quad.removeFromParent();
    this.ground.removeFromParent();
    for (const mesh of [this.quad, this.ground]) {
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
    for (const target of [this.picture, this.distance]) target.dispose();
  }
}

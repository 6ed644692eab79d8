/** Cloth with a print: computed from the place on the body, so that bodies need no texture coordinates. */
import * as THREE from 'three';

/** Share of the second colour at `at` (metres on the body part). */
const INK = {
  stripes: 'step(0.5, fract(at.y * 13.0))',
  checks: '0.5 * step(0.5, fract(at.x * 11.0)) + 0.5 * step(0.5, fract(at.y * 11.0))',
  blots: 'step(0.12, sin(at.x * 31.0 + sin(at.y * 17.0) * 2.0) * sin(at.y * 37.0 + at.x * 9.0))',
} as const;

export type Print = keyof typeof INK;

export function printed(print: Print): THREE.MeshLambertMaterial {
  const material = new THREE.MeshLambertMaterial({ vertexColors: true });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nvarying vec3 at;')
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nat = position;');
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', '#include <common>\nvarying vec3 at;')
      .replace('#include <color_fragment>', `#include <color_fragment>\n${SECOND_COLOUR}${INK[print]});`);
  };
  material.customProgramCacheKey = () => print;
  return material;
}

/** Dark cloth gets a light print, light cloth a dark one. */
const SECOND_COLOUR = `
vec3 second = dot(diffuseColor.rgb, vec3(0.3, 0.6, 0.1)) > 0.2 ? diffuseColor.rgb * 0.25 : diffuseColor.rgb + vec3(0.4, 0.37, 0.33);
diffuseColor.rgb = mix(diffuseColor.rgb, second, `;

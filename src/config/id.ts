/** What cameras, speakers and boxes may be called: part of MQTT topics and of environment variables. */
import { z } from 'zod';

export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, - and _ (at most 64, beginning with a letter or digit)');

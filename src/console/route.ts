/** What a route of the console says of itself, and the pieces of which several are made. */
import { z } from 'zod';

export const ROLES = ['technician', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** `open` = without a login; `viewer` = anybody who has logged in. */
export type Access = 'open' | Role;

export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` for each parameter. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Instead of a JSON body: a file of one of these types, handed on as bytes. */
  readonly upload?: readonly string[];
  /** Absent: nothing but the status. */
  readonly response?: z.ZodType;
  /** Instead of JSON. */
  readonly file?: string;
  /** Of the body; 64 KiB unless given. */
  readonly maxBytes?: number;
}

/** What people type; control characters have no place in it. */
export const line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'one line without control characters');

/** Of cameras, speakers and boxes. */
export const idSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, - and _ (at most 64)');

/** Names a change that is being tried: ask what became of it. */
export const changeSchema = z.strictObject({ transaction: z.string() });

/** Where events go. */
export const brokerSchema = z.strictObject({
  url: z
    .string()
    .max(300)
    .regex(/^(mqtts?|wss?):\/\/[^\s@]+$/, 'an address such as mqtt://192.168.1.20:1883'),
  username: line(200).nullable(),
  password: line(200).nullable().describe('null keeps the one that is there'),
});

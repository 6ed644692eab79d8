/** OpenAPI 3.1 of the routes (pure). `npm run contract` writes it beside this file. */
import { z } from 'zod';
import { errorSchema, ROUTES } from './contract';
import type { RouteSpec } from './route';

const CSRF = {
  name: 'x-csrf-token',
  in: 'header',
  required: true,
  description: 'csrf of the session',
  schema: { type: 'string' },
};

export function openapi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of Object.entries<RouteSpec>(ROUTES)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: { operationId, ...operation(route) } };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Anqi console 安骑',
      version: '1',
      description:
        'Errors carry {error: {code, detail}}. Whoever comes from a network outside console.networks gets 403. A body is JSON where nothing else is said.',
    },
    paths,
    components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'anqi_session' } } },
  };
}

function operation(route: RouteSpec): Record<string, unknown> {
  const isChanging = route.method !== 'GET' && route.access !== 'open';
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...(isChanging ? [CSRF] : []),
  ];
  return {
    summary: route.summary,
    'x-access': route.access,
    ...(route.access === 'open' ? {} : { security: [{ session: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(route.body, 'input') } }),
    ...(route.upload === undefined ? {} : { requestBody: { required: true, content: bytesOf(route.upload) } }),
    responses: {
      ...answerOf(route),
      default: { description: 'why not', content: json(errorSchema, 'output') },
    },
  };
}

function answerOf({ response, file }: RouteSpec): Record<string, unknown> {
  if (file !== undefined) return { '200': { description: 'the file', content: { [file]: {} } } };
  if (response === undefined) return { '204': { description: 'done' } };
  return { '200': { description: 'as asked', content: json(response, 'output') } };
}

function parametersOf(shape: z.ZodObject | undefined, place: 'path' | 'query'): unknown[] {
  if (shape === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(shape, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function bytesOf(types: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]));
}

function json(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return { 'application/json': { schema: rest } };
}

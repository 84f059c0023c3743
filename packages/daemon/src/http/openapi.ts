import {
  EVENT_STREAM,
  PROBLEM_JSON,
  PROBLEMS,
  type ProblemType,
  problem,
  type Route,
} from '@breakglass/shared';
import { z } from 'zod';

/** The OpenAPI 3.1 description of a route table. Pure. */
export function openApi(routes: Readonly<Record<string, Route>>, version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'breakglass',
      version,
      description: 'Sessions with an agent, and power verbs for a wedged VM.',
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { problem: schemaOf(problem) },
    },
    paths,
  };
}

function operation(name: string, route: Route): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    security: route.auth ? [{ bearer: [] }] : [],
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } },
        }),
    responses: { ...successes(route), ...failures(route) },
  };
}

function parameters(place: 'path' | 'query', shape: z.ZodObject | undefined): unknown[] {
  return Object.entries(shape?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(schema as z.ZodType),
  }));
}

function successes(route: Route): Record<string, unknown> {
  const events = { [EVENT_STREAM]: { schema: { type: 'string', description: route.events } } };
  const answers = Object.entries(route.responses).map(([status, schema]) => {
    const streamed = route.events !== undefined && status === '200' ? events : {};
    const content = { 'application/json': { schema: schemaOf(schema) }, ...streamed };
    return [status, { description: status === '200' ? 'done' : 'not so', content }] as const;
  });
  if (answers.length > 0) return Object.fromEntries(answers);
  return { 200: { description: 'the stream', content: events } };
}

/** Problems by status; several that share one are named together. */
function failures(route: Route): Record<string, unknown> {
  const types: ProblemType[] = [
    ...route.problems,
    ...(route.auth ? (['unauthenticated', 'forbidden'] as const) : []),
  ];
  const byStatus = Map.groupBy(types, (type) => PROBLEMS[type].status);
  const content = { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, { description: group.join(', '), content }]),
  );
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

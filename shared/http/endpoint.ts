import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { withCorrelationId } from '../logging/correlation.ts';
import { logCalls } from '../logging/log-calls.ts';
import { parseNumber } from '../kernel/number.ts';
import { fixedHeaders, jsonResult, problemAnswers, type Answer } from './answers.ts';
import { Problem } from './problems.ts';

export type Route = (event: APIGatewayProxyEventV2) => Promise<Answer>;
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The Lambda handler for some routes of the HTTP API (payload format 2.0), by route key such as `POST /api/reports`.
 * A `Problem` that a route throws becomes its problem+json answer; any other error becomes a 500 without details.
 */
export function endpoint(routes: Record<string, Route>): HttpHandler {
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logRequests)
    .use(fixedHeaders)
    .use(problemAnswers)
    .handler(async (event) => {
      const route = routes[event.routeKey];
      if (!route) throw new Problem('not-found');
      return jsonResult(await route(event));
    });
  return (event, context) => withCorrelationId(event.requestContext.requestId, () => handler(event, context));
}

const logRequests = logCalls<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
  started: 'request-received',
  ended: 'request-answered',
  fieldsOf: ({ routeKey, pathParameters }) => ({
    route: routeKey,
    number: parseNumber(pathParameters?.['number'] ?? ''),
  }),
  outcomeOf: ({ statusCode = 200 }) => ({ status: statusCode }),
});

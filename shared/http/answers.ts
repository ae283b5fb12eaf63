import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { logFailure } from '../logging/log.ts';
import { Problem } from './problems.ts';

/** What a route answers; `body` is sent as JSON. */
export type Answer = { status: number; body: unknown; headers?: Record<string, string> };

type Middleware = MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

export function jsonResult({ status, body, headers }: Answer): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** An error becomes a problem+json answer. One that is no `Problem` is logged, and answered with 500 alone. */
export const problemAnswers: Middleware = {
  onError: (request) => {
    const { error } = request;
    const problem = error instanceof Problem ? error : new Problem('internal');
    if (problem !== error) logFailure('request-failed', error);
    const { status, retryAfterSeconds } = problem;
    request.response = {
      statusCode: status,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        ...(status === 401 && { 'www-authenticate': 'Bearer' }),
        ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      },
      body: JSON.stringify(problem.body()),
    };
  },
};

const headersOfAll = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Every answer has these headers, unless it sets them itself. */
export const fixedHeaders: Middleware = { after: addHeaders, onError: addHeaders };

function addHeaders(request: { response?: APIGatewayProxyStructuredResultV2 | null | undefined }): void {
  if (request.response) request.response.headers = { ...headersOfAll, ...request.response.headers };
}

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseNumber } from '../domain/number.ts';
import type { ReportStore, Stored } from '../store/reports.ts';
import { opens, trackingTokenOf } from './credentials.ts';
import { Problem } from './problems.ts';

/** The number in the path in its canonical form. */
export function numberOf(event: APIGatewayProxyEventV2): string {
  const number = parseNumber(event.pathParameters?.['number'] ?? '');
  if (number === undefined) throw new Problem('report-not-found');
  return number;
}

/**
 * The report that the path names, if the bearer token opens it. A number that does not exist and a token that
 * does not fit get the same answer, so that numbers cannot be tried out.
 */
export async function openReport(event: APIGatewayProxyEventV2, store: ReportStore): Promise<Stored> {
  const token = trackingTokenOf(event);
  const stored = await store.load(numberOf(event));
  if (!stored || !opens(token, stored.private.tokenHash)) throw new Problem('report-not-found');
  return stored;
}

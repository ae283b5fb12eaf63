import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { findKind, parseNumber } from '../kernel/number.ts';
import type { AnyKind } from '../kernel/kind.ts';
import type { Private, Stored } from '../store/item.ts';
import type { Records } from '../store/records.ts';
import { opens, trackingTokenOf } from './credentials.ts';
import type { Limits } from './limits.ts';
import { Problem } from './problems.ts';

/** The number in the path in its canonical form. */
export function numberOf(event: APIGatewayProxyEventV2): string {
  const number = parseNumber(event.pathParameters?.['number'] ?? '');
  if (number === undefined) throw new Problem('report-not-found');
  return number;
}

/** The kind of the record that the path names. */
export function kindOfPath<K extends AnyKind>(event: APIGatewayProxyEventV2, kinds: readonly K[]): K {
  const kind = findKind(kinds, numberOf(event));
  if (!kind) throw new Problem('report-not-found');
  return kind;
}

/**
 * The record that the path names, if the bearer token opens it. A number that does not exist and a token that
 * does not fit get the same answer for the same work, so that numbers cannot be tried out.
 * @param opensToo whether another token than the present one may open it for this request.
 */
export async function openRecord<K extends AnyKind>(
  event: APIGatewayProxyEventV2,
  store: Records<K>,
  limits: Limits,
  opensToo: (token: string, secret: Private) => boolean = () => false,
): Promise<Stored<K>> {
  const token = trackingTokenOf(event);
  const stored = await store.open(numberOf(event), (secret) => {
    // Both in any case: which one fits is nobody's to tell by the time it takes.
    const fits = [opens(token, secret.tokenHash), opensToo(token, secret)];
    return fits.includes(true);
  });
  if (stored) return stored;
  await limits.wrongLink(event);
  throw new Problem('report-not-found');
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { ofType, synthesize } from '../infra/template.ts';
import { city } from '../support/city.ts';
import { copyTemplates } from '../support/templates.ts';
import { applied, bytesOf, changes, type Parts } from './changes.ts';
import { valuesOf } from './from-schema.ts';
import { fuzz } from './fuzz.ts';
import { responseProblems } from './response-checks.ts';
import type { BuiltRequest } from './requests.ts';
import { shapes, validCalls } from './routes.ts';
import { summary } from './summary.ts';
import type { Reply } from './wire.ts';
import { World } from './world.ts';

describe('the generators', () => {
  it('know exactly the routes of the template', () => {
    const routes = ofType(synthesize().platform, 'AWS::ApiGatewayV2::Route');
    expect(Object.keys(shapes).sort()).toEqual(
      routes.map(([, { Properties }]) => Properties['RouteKey']).sort(),
    );
  });

  it('produce bodies and queries that the schemas accept', () => {
    const world = new World(city);
    fc.assert(
      fc.property(validCalls(city), ({ route, body, query }) => {
        const about = { about: undefined, serial: world.nextSerial() };
        const shape = shapes[route];
        if (shape?.body) {
          const issues = shape.body.safeParse(world.resolve(body, about)).error?.issues ?? [];
          // The generators do not know field lengths and refinements.
          expect(issues.filter(({ code }) => code !== 'too_big' && code !== 'custom')).toEqual([]);
        }
        if (shape?.query) {
          const given = Object.entries(world.resolve(query, about) as object).filter(
            ([, value]) => value !== undefined,
          );
          // Refinements, such as `near` only with `crs`, are not always met.
          const issues = shape.query.safeParse(Object.fromEntries(given)).error?.issues ?? [];
          expect(issues.filter(({ code }) => code !== 'custom')).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuse an unsupported schema', () => {
    expect(() => valuesOf(z.strictObject({ at: z.date() }), () => undefined)).toThrow('type date (at)');
  });

  it('apply every kind of change to a request without throwing', () => {
    const parts: Parts = {
      method: 'POST',
      target: '/api/reports',
      headers: [['content-type', 'application/json']],
      json: { description: '水管爆了', location: { area: 'liuan' }, photos: ['a', 'b'] },
      body: undefined,
      framed: undefined,
      version: 'HTTP/1.1',
      isBroken: false,
    };
    const plain = bytesOf(parts, 'localhost').bytes;
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), (many) => {
        const { bytes } = bytesOf(many.reduce(applied, parts), 'localhost');
        expect(bytes.length).toBeGreaterThan(20);
        if (!bytes.equals(plain)) for (const { at } of many) seen.add(at);
      }),
      { numRuns: 1000 },
    );
    expect(seen.size).toBe(13);
  });
});

describe('the checks of responses', () => {
  const built = (of: Partial<BuiltRequest> = {}): BuiltRequest => ({
    route: 'GET /api/reports/{number}',
    key: '',
    body: Buffer.alloc(0),
    serial: 9,
    about: undefined,
    mayShow: 7,
    mayReveal: false,
    isChanged: false,
    sent: { bytes: Buffer.from('GET / HTTP/1.1'), isBroken: false },
    ...of,
  });
  const problem = {
    'content-type': 'application/problem+json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  };
  const words = { zh: '没有', en: 'None' };
  const problemsWith = (reply: Partial<Reply>, of?: Partial<BuiltRequest>): string[] =>
    responseProblems(
      built(of),
      {
        replies: [{ status: 200, headers: { 'content-type': 'application/json' }, body: '', ...reply }],
        milliseconds: 1,
      },
      '/data/folder',
    );

  it.each<[string, Partial<Reply>, Partial<BuiltRequest>?]>([
    ["the report's own text", { body: '〔述7〕' }],
    ['any text for staff', { body: '〔述3〕' }, { mayShow: 'all' }],
    ['a requested contact', { body: '密3密' }, { mayShow: 'all', mayReveal: true }],
    [
      'a complete problem',
      { status: 404, headers: problem, body: JSON.stringify({ code: 'x', status: 404, text: words }) },
    ],
    ["API Gateway's own response", { status: 404, body: '{"message":"Not Found"}' }],
    ['a status without a body', { status: 431, headers: {} }],
  ])('accept %s', (_, reply, of) => {
    expect(problemsWith(reply, of)).toEqual([]);
  });

  it.each<[string, Partial<Reply>, Partial<BuiltRequest>?]>([
    ['status 500', { status: 500, body: '{"message":"Internal Server Error"}' }],
    ['internal details', { body: '{"error":"x\\n    at run (index.mjs:3:1)"}' }],
    ['a path of the machine', { body: '/data/folder/logs' }],
    ["another report's text", { body: '〔述3〕' }],
    ["another report's text", { body: '〔述3〕' }, { mayShow: undefined }],
    ['text in a refusal', { status: 404, body: '{"message":"Not Found","a":"〔述3〕"}' }, { mayShow: 'all' }],
    ['a contact', { body: '密3密' }, { mayShow: 'all' }],
    ['a tracking token', { body: '{"trackingToken":"x"}' }],
    ['a problem without', { status: 404, headers: problem, body: '{"code":"x","status":404}' }],
    ['an unknown response', { status: 404, body: '{"message":"No item found"}' }],
    ['a header was injected', { headers: { 'x-injected': '1' } }],
  ])('report %s', (what, reply, of) => {
    expect(problemsWith(reply, of).join()).toContain(what);
  });
});

describe('the product', () => {
  // `npm run fuzz -- --requests N --seed S` sends any number.
  it('answers two thousand hostile requests correctly', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-fuzz-'));
    copyTemplates(dataDir);
    const result = await fuzz({ requests: 2000, seeds: [1], dataDir });
    for (const line of summary(result)) console.info(line);
    expect(result.failures).toEqual([]);
    expect(result.logged).toEqual([]);
    // Messages that no consumer could handle would be in a dead-letter queue.
    expect(result.left).toEqual({});
    const outcomes = Map.groupBy(
      [...result.counts.values()].flatMap((counts) => [...counts]),
      ([outcome]) => outcome,
    );
    expect(outcomes.has('429')).toBe(false);
    // The run was deep enough: reports were submitted, and commands accepted and refused.
    for (const reached of ['201', '200', '409 wrong-state', '409 stale-version', '403 not-permitted'])
      expect([...outcomes.keys()]).toContain(reached);
    expect(result.highestMegabytes).toBeLessThan(1200);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

import { describe, expect, it } from 'vitest';
import { logFields } from '../../infra/local/lambda/function-log.ts';
import { traceOf, type TraceLine } from '../../infra/ops/trace.ts';

const line = (second: number, functionName: string, code: string, rest: object = {}): TraceLine => ({
  timestamp: `2026-11-20T01:00:0${second}.000Z`,
  functionName,
  code,
  ...rest,
});
const [leak, part, other] = ['YT-261120-000017', 'YT-261120-000017-1', 'YT-261120-000025'];
const lines = [
  line(5, 'relay', 'change-published', { correlationId: 'a', number: leak }),
  line(1, 'submit', 'request-received', { correlationId: 'a' }),
  line(6, 'joint', 'message-handled', { correlationId: 'a', number: part }),
  line(2, 'submit', 'request-received', { correlationId: 'b' }),
  line(7, 'relay', 'change-published', { correlationId: 'b', number: other }),
  line(8, 'digest', 'digest-sent', { correlationId: 'run', numbers: [leak, other] }),
  line(9, 'digest', 'run-ended', { correlationId: 'run' }),
];

describe('the trace of a report', () => {
  it('has all that came of its requests, in order of time, and the digests that name it', () => {
    expect(traceOf(lines, leak).map(({ functionName, code }) => `${functionName} ${code}`)).toEqual([
      'submit request-received',
      'relay change-published',
      'joint message-handled',
      'digest digest-sent',
    ]);
  });

  it('is asked for by a correlation id too', () => {
    expect(traceOf(lines, 'b').map(({ timestamp }) => timestamp)).toEqual([
      '2026-11-20T01:00:02.000Z',
      '2026-11-20T01:00:07.000Z',
    ]);
    expect(traceOf(lines, 'c')).toEqual([]);
  });
});

describe('a line of a log', () => {
  it.each([
    '',
    'not JSON with "code"',
    '{"time":"2026-11-20T01:00:00Z","type":"platform.report","record":{"code":1}}',
    '{"timestamp":"2026-11-20T01:00:00Z","level":"INFO","message":"\\"code\\""}',
    '{"timestamp":"2026-11-20T01:00:00Z","level":"INFO","message":null,"code":1}',
  ])('is passed over when no function wrote it with a code: %s', (text) => {
    expect(logFields(text)).toBeUndefined();
  });
});

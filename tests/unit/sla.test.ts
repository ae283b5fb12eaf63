import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockCasesIn, smallWorld } from '../support/clock-cases.ts';
import { disagreements } from '../support/clock-judge.ts';

describe('a clock', () => {
  it('equals a minute-by-minute count (npm run clocks:oracle for many more)', () => {
    fc.assert(
      fc.property(clockCasesIn(smallWorld), (drawn) => {
        expect(disagreements(drawn)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

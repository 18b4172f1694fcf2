import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './duration.ts';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['10s', 10_000],
    ['5m0s', 300_000],
    ['1h0m0s', 3_600_000],
    ['26h3m4.5s', 93_784_500],
    ['-1m30s', -90_000],
    ['500µs', 0.5],
  ])('%s is %d ms, both ways', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ['1h', 3_600_000],
    ['0', 0],
    ['+2m', 120_000],
    ['.5s', 500],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 's', '1d', '1 h', 'h1', '1.2.3s', '--1s'])('does not read "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
